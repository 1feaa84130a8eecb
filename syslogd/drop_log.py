"""The line that tells operators of drops, once an interval at most."""

from syslogd.counters import Counters
from syslogd.losses import Losses
from syslogd.models.run import REASONS

NAMED = 5  # sources


class DropLog:
    """Of one receiver."""

    def __init__(self, counters: Counters, losses: Losses) -> None:
        self._counters, self._losses = counters, losses
        self._told = self._now()

    def line(self, seconds: int) -> str:
        """What was dropped since the last line, by reason and by source; nothing when nothing was.

        Addresses and numbers only: nothing of a message can stand in it.
        """
        now, told = self._now(), self._told
        self._told = now
        dropped = {reason: now[reason] - told[reason] for reason in REASONS}
        if not any(count > 0 for count in dropped.values()):
            return ""
        reasons = ", ".join(f"{count} {reason}" for reason, count in dropped.items() if count > 0)
        sources = ", ".join(
            f"{loss.source or 'others'} {loss.messages} ({loss.reason})" for loss in self._losses.take(NAMED)
        )
        number, total = self._counters.get("receiver"), sum(dropped.values())
        line = f"Receiver {number} dropped {total} messages within {seconds} s: {reasons}."
        return f"{line} Noisiest: {sources}." if sources else line

    def _now(self) -> dict[str, int]:
        return {reason: self._counters.get(reason) for reason in REASONS}
