"""The candidate configuration of Junos: locked, loaded, committed, confirmed, and undone by itself.

Sessions without a lock share one candidate; a session that locks it loses what it did not commit when it ends.
"""

import asyncio
import time
from dataclasses import dataclass, field

from tests.lab import snapshot
from tests.lab.snapshot import Snapshot
from tests.lab.state import Device
from tests.lab.vendors.juniper_junos import JunosCli, Refused
from tests.lab.vendors.juniper_junos_text import compare, running_config, statements, tree

SHARED, WAITING = "candidate", "unconfirmed"
KEPT = 50  # rollbacks
LOCKED_BY_BOB = "configuration database locked by:\n  bob terminal pts/0 (pid 2312) on since 2026-11-02 09:12:44 UTC\n"


@dataclass(slots=True)
class Shared:
    """The candidate; `lock` is the session that holds it."""

    twin: Device
    lock: object = None
    state: str = "pending"

    def forget(self) -> None:
        """Nothing runs for it."""


@dataclass(slots=True)
class Unconfirmed:
    """A commit that is undone unless it is confirmed; `before` is what it goes back to."""

    before: Snapshot
    state: str = "pendingCommitTimer"
    timer: asyncio.TimerHandle | None = field(default=None, repr=False)

    def forget(self) -> None:
        """Stop the clock."""
        if self.timer:
            self.timer.cancel()


@dataclass(frozen=True, slots=True)
class Commit:
    """One line of `show system commit`, newest first in `Device.commits`; `at` in seconds of the epoch."""

    at: int
    comment: str
    configuration: Snapshot


class Editing:
    """What one NETCONF session does to the configuration of its device."""

    def __init__(self, cli: JunosCli) -> None:
        self.cli, self.device = cli, cli.device

    @property
    def shared(self) -> Shared:
        """The candidate; a new one where nobody has begun."""
        found = self.device.candidates.get(SHARED)
        if not isinstance(found, Shared):
            found = self.device.candidates[SHARED] = Shared(snapshot.copy(self.device))
        return found

    def lock(self) -> None:
        """Raises Refused when another session holds it or has left something in it."""
        if self.cli.faults.has("config-locked") or self.shared.lock not in (None, self):
            raise Refused("", LOCKED_BY_BOB)
        if self.shared.lock is None and self.diff():
            raise Refused("", "configuration database modified")
        self.shared.lock = self
        self.device.configured += 1

    def unlock(self) -> None:
        """Give the candidate back; what was not committed is dropped."""
        shared = self.device.candidates.get(SHARED)
        if isinstance(shared, Shared) and shared.lock is self:
            del self.device.candidates[SHARED]

    def load(self, text: str) -> None:
        """Enter `set` lines into the candidate. Raises Refused at the first one that is refused."""
        self._may_edit()
        self.cli.twin, self.cli._lines = self.shared.twin, 0
        for line in text.splitlines():
            if line.strip() and not self.cli.cut:
                self.cli.statement(line.strip())

    def rollback(self, number: int) -> None:
        """Make an earlier configuration the candidate; 0 is the one in force."""
        self._may_edit()
        if number == 0:
            wanted = snapshot.take(self.device)
        elif number < len(self.device.commits):
            wanted = self.device.commits[number].configuration
        else:
            raise Refused(str(number), f"rollback {number}: no such configuration")
        self.shared.twin = snapshot.copy(self.device)
        snapshot.restore(self.shared.twin, wanted)

    def diff(self) -> str:
        """`show | compare`, empty where nothing differs."""
        lines = compare(tree(statements(self.device)), tree(statements(self.shared.twin)))
        return "".join(f"{line}\n" for line in lines)

    def commit(self, minutes: int = 0) -> None:
        """Put the candidate in force; with `minutes` only for so long unless another commit follows."""
        self._may_edit()
        device, faults = self.device, self.cli.faults
        if faults.has("reject-commit") or (faults.has("refuse-save") and not minutes):
            raise Refused("", "configuration check-out failed: could not write /config/juniper.conf.gz: no space left")
        before = snapshot.take(device)
        if not faults.has("ignore-changes"):
            snapshot.restore(device, snapshot.take(self.shared.twin))
            device.applied += self.shared.twin.applied
        self.shared.twin.applied.clear()
        if not device.commits:
            _remember(device, "", before)
        waiting = device.candidates.pop(WAITING, None)
        if isinstance(waiting, Unconfirmed):
            waiting.forget()
            before = waiting.before
        _remember(device, f"commit confirmed, rollback in {minutes}mins" if minutes else "")
        if minutes:
            timer = asyncio.get_running_loop().call_later(minutes * 60, undo, device)
            device.candidates[WAITING] = Unconfirmed(before, timer=timer)
        else:
            device.startup, device.saved = running_config(device), snapshot.take(device)

    def ended(self) -> None:
        """The session is over."""
        self.unlock()

    def _may_edit(self) -> None:
        if self.shared.lock not in (None, self):
            raise Refused("", LOCKED_BY_BOB)


def undo(device: Device) -> None:
    """The time of an unconfirmed commit is over."""
    waiting = device.candidates.pop(WAITING, None)
    if isinstance(waiting, Unconfirmed):
        waiting.forget()
        snapshot.restore(device, waiting.before)
        device.applied.append("undone: nobody confirmed the commit")
        _remember(device, "")


def _remember(device: Device, comment: str, configuration: Snapshot | None = None) -> None:
    commit = Commit(int(time.time()), comment, configuration or snapshot.take(device))
    device.commits.insert(0, commit)
    del device.commits[KEPT:]
