"""What goes wrong during a run, by chance from a seed: a list of accidents, one after another."""

import random
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from tests.chaos.house import House, Member

KINDS = ("kill", "freeze", "redis", "postgresql", "duplicate", "fault")
WEIGHTS = (7, 1, 2, 2, 3, 4)
# Faults that pass by themselves or are mended after a moment: the deployment has to succeed in spite of them.
PASSING = (
    "slow:0.5",
    "no-answer",
    "config-locked",
    "cut-in-config",
    "truncated-config",
    "cut-in-deploy:2",
    "cut-in-commit:1",
    "reboot-in-deploy:2",
)
# Faults that never go away: the deployment has to say so. The last one leaves the change in force, but unsaved.
STUBBORN = ("reject-line", "ignore-changes", "refuse-save")
MOST_FAULTS = 2  # passing ones a device gets, so that its further attempts come before the end of the run
# NX-OS marks no end of its configuration: what is cut short there is refused for good, as it is read.
UNSEEN = {("truncated-config", "cisco_nxos")}
SOON, LONG = (1, 4), (7, 10)  # so many accidents later it is mended; a long time is longer than a lease
AIMED, LOOKS = 0.6, 100  # so many of the kills wait for a change in the middle, looking so often
REBOOT = "reboot-in-deploy:2"


@dataclass(slots=True)
class Count:
    """How often what happened."""

    kills: int = 0
    orphans: int = 0  # targets that were in the middle of their work when their worker was killed
    begun: int = 0  # those of them whose device was being changed
    freezes: int = 0  # workers that stood still for longer than their leases and then went on
    redis: int = 0
    postgresql: int = 0
    duplicates: int = 0
    faults: int = 0
    fell: int = 0  # processes that ended by themselves and were started again


@dataclass(slots=True)
class Trouble:
    """`platforms` are those of the devices by address, all but the ones that are broken for good.

    `fault(address, name)` and `mend(address)` break and mend the lab, `again(ids)` sends messages once more.

    `held_by(pid)` tells the addresses of the devices that a worker process works on, `begun_by(pid)` of those that it
    is changing.
    """

    chance: random.Random
    house: House
    platforms: Mapping[str, str]
    targets: tuple[int, ...]
    fault: Callable[[str, str], None]
    mend: Callable[[str], None]
    again: Callable[[list[int]], None]
    held_by: Callable[[int], list[str]]
    begun_by: Callable[[int], list[str]]
    count: Count = field(default_factory=Count)
    broken: dict[str, list[str]] = field(default_factory=dict)
    frozen: list[str] = field(default_factory=list)  # devices whose worker stood still with its session open
    _later: list[tuple[int, Callable[[], None]]] = field(default_factory=list)

    def steps(self, most: int) -> Iterator[None]:
        """One accident at a time, `most` in all, each kind at least once; what was broken is mended at the end."""
        pause = threading.Event()
        try:
            for number, kind in enumerate(self._kinds(most)):
                self._mended(number)
                self.supervise()
                getattr(self, f"_{kind}")(number)
                pause.wait(self.chance.uniform(0.2, 1.6))
                yield
        finally:
            self._mended(most + max(LONG))

    def _kinds(self, most: int) -> Iterator[str]:
        first = [*KINDS]
        self.chance.shuffle(first)
        yield from first[:most]
        yield from self.chance.choices(KINDS, WEIGHTS, k=max(most - len(first), 0))

    def _mended(self, number: int) -> None:
        due = [action for when, action in self._later if when <= number]
        self._later = [(when, action) for when, action in self._later if when > number]
        for action in due:
            action()

    def supervise(self) -> None:
        """What a supervisor does: a process that ended by itself is started again."""
        for member in self.house.members:
            if member.fell():
                self.count.fell += 1
                member.start()

    def _kill(self, number: int) -> None:
        at_work = [worker for worker in self.house.workers if worker.at_work()]
        if at_work:
            victim = self.chance.choice(at_work)
            if self.chance.random() < AIMED:
                self._await_change(victim)
            pid = victim.kill()
            self.count.kills += 1
            self.count.orphans += len(self.held_by(pid))
            self.count.begun += len(self.begun_by(pid))
            self._later.append((number + self.chance.randint(*SOON), victim.start))

    def _await_change(self, worker: Member) -> None:
        """Until this worker is changing a device; not for long, because it may never."""
        pause = threading.Event()
        for _ in range(LOOKS):
            if worker.process is None or self.begun_by(worker.process.pid):
                return
            pause.wait(0.02)

    def _freeze(self, number: int) -> None:
        at_work = [worker for worker in self.house.workers if worker.at_work()]
        if at_work:
            victim = self.chance.choice(at_work)
            assert victim.process is not None
            self._later.append((number + self.chance.randint(*LONG), victim.freeze()))
            self.count.freezes += 1
            self.frozen += self.held_by(victim.process.pid)

    def _redis(self, _number: int) -> None:
        self.house.broker.stop(signal.SIGKILL)
        threading.Event().wait(self.chance.uniform(0, 1.5))
        assert self.house.broker.start(), self.house.broker.said()
        self.count.redis += 1

    def _postgresql(self, _number: int) -> None:
        self.house.database.stop(self.chance.choice((signal.SIGINT, signal.SIGQUIT)))  # fast, immediate
        threading.Event().wait(self.chance.uniform(0, 1.5))
        assert self.house.database.start(), self.house.database.said()
        self.count.postgresql += 1

    def _duplicate(self, _number: int) -> None:
        ids = self.chance.choices(self.targets, k=self.chance.randint(2, 12))
        self.again(ids)
        self.count.duplicates += len(ids)

    def _fault(self, number: int) -> None:
        healthy = [one for one in self.platforms if len(self.broken.get(one, [])) < MOST_FAULTS]
        if healthy:
            address = self.chance.choice(healthy)
            name = self.chance.choice([one for one in PASSING if (one, self.platforms[address]) not in UNSEEN])
            self.broken.setdefault(address, []).append(name)
            self.fault(address, name)
            self.count.faults += 1
            self._later.append((number + self.chance.randint(*SOON), lambda: self.mend(address)))
