"""Whose messages were dropped since the last line in the log."""

import threading
from collections import Counter
from ipaddress import ip_address
from typing import NamedTuple

REMEMBERED = 1000  # sources a reason: forged ones are without number


class Loss(NamedTuple):
    """Messages of one source dropped for one reason."""

    reason: str  # as in SyslogRun
    source: str  # an address, '' for further ones that were not remembered
    messages: int


class Losses:
    """Collected by the receiving threads, taken by the one that writes the log."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_reason: dict[str, Counter[bytes]] = {}

    def add(self, reason: str, sources: Counter[bytes]) -> None:
        """Messages by source."""
        with self._lock:
            held = self._by_reason.setdefault(reason, Counter())
            for source, messages in sources.items():
                held[source if source in held or len(held) < REMEMBERED else b""] += messages

    def take(self, most: int = 10) -> list[Loss]:
        """The noisiest `most` sources since the last call, noisiest first; forgets all."""
        with self._lock:
            collected, self._by_reason = self._by_reason, {}
        found = [
            Loss(reason, str(ip_address(source)) if source else "", messages)
            for reason, sources in collected.items()
            for source, messages in sources.most_common(most)
        ]
        return sorted(found, key=lambda loss: -loss.messages)[:most]
