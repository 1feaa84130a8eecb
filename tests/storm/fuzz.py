"""Damaged messages and rubbish for a long time, with an eye on memory; 1 when anything was wrong.

python -m tests.storm.fuzz --seconds 600 --rate 2000

Every message must be stored or counted as dropped, no process may print a traceback or end, no batch may be set
aside, and no process may hold more in the last third of the time than in the second.
"""

import argparse
import json
import os
import random
import socket
import sys
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.bench._processes import family
from tests.storm.faults import wait_for_receivers
from tests.storm.house import House, begun

SAMPLES = Path(__file__).parent.parent / "data" / "syslog"
LONGEST = 60_000  # octets of a datagram
LOOK = 10.0  # seconds between two looks at memory
GROWTH, GRAIN = 1.05, 3  # what may be more in the last third: a twentieth, or so many MiB
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Look:
    """Resident memory of the largest process of each kind, in MiB."""

    second: int
    sent: int
    syslogd: float
    worker: float
    redis: float


class Fuzz:
    """Spoils samples, the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._samples = [path.read_bytes() for path in sorted(SAMPLES.glob("*/*.txt"))]

    def datagram(self) -> bytes:
        """The next one, of at least one octet."""
        chance = self._random.random()
        if chance < 0.05:
            return self._random.randbytes(self._random.randint(1, 1500))
        text = bytearray(self._random.choice(self._samples))
        for _time in range(self._random.randint(0, 6)):
            self._spoil(text)
        return bytes(text[:LONGEST]) or b"\0"

    def _spoil(self, text: bytearray) -> None:
        pick, at = self._random.randint(0, 6), self._random.randint(0, len(text))
        if pick == 0:
            text[at : at + self._random.randint(1, 8)] = self._random.randbytes(self._random.randint(0, 8))
        elif pick == 1:
            del text[at:]
        elif pick == 2:
            text[at:at] = self._random.choice((b"\n", b"\r\n", b"\0", b"\\", b"\t", b'"', b"]", b"%%", b"\xff", b"<0>"))
        elif pick == 3:
            text += self._random.choice((b"\n", b" ", b"")) + self._random.choice(self._samples)
        elif pick == 4:
            text[at:at] = text[: self._random.randint(0, 200)]
        elif pick == 5:
            text[at : at + 1] = str(self._random.randint(0, 10**12)).encode()
        elif self._random.random() < 0.02:
            text *= 50


def main() -> int:
    """Send, look, wait, judge."""
    parser = argparse.ArgumentParser(prog="python -m tests.storm.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--rate", type=int, default=2000, help="datagrams a second")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--logs", type=Path, help="a folder where the processes' logs stay")
    options = parser.parse_args()
    with begun(options.logs, spool=64) as built:
        sent, looks = send(built, options.seconds, options.rate, Fuzz(options.seed))
        sentences = judged(built, sent, looks)
    for sentence in sentences:
        print(f"  {sentence}", flush=True)
    return 1 if sentences else 0


def send(house: House, seconds: int, rate: int, fuzz: Fuzz) -> tuple[int, list[Look]]:
    """How many datagrams were sent, and what was seen of memory meanwhile."""
    rest, looks, sent = threading.Event(), [], 0
    wait_for_receivers(house)
    began = time.monotonic()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        while (gone := time.monotonic() - began) < seconds:
            while sent < gone * rate:
                sender.sendto(fuzz.datagram(), ("127.0.0.1", house.port))
                sent += 1
            if gone >= LOOK * (len(looks) + 1):
                looks.append(look(house, int(gone), sent))
                print(json.dumps(asdict(looks[-1])), flush=True)
            rest.wait(0.01)
    return sent, looks


def look(house: House, second: int, sent: int) -> Look:
    """What each kind holds now."""
    held = {name: resident(server.pid) for name, server in (("syslogd", house.receiver), ("worker", house.worker))}
    return Look(second, sent, **held, redis=resident(house.broker.pid))


def resident(pid: int) -> float:
    """MiB of the largest process of a family."""
    found = [0.0]
    for member in family(pid):
        with suppress(OSError):
            found.append(int(Path(f"/proc/{member}/statm").read_text().split()[1]) * PAGE / 2**20)
    return round(max(found), 1)


def judged(house: House, sent: int, looks: list[Look]) -> list[str]:
    """What is not as it must be."""
    from tests.storm.run import BOUND, settled  # Django has to be set up before

    after = settled(house, time.monotonic() + BOUND)
    dropped, lives = sum(after.dropped.values()), [*house.receiver.logs, *house.worker.logs]
    print(
        f"fuzz: {sent} sent, {after.received} received = {after.stored} stored + {dropped} dropped, {after.rows} rows"
    )
    said = "".join(log.read_text(errors="replace") for log in lives)
    checks = [
        (after.received == sent, f"{sent} were sent, {after.received} counted as received."),
        (after.stored + dropped == sent, f"{sent} were sent, {after.stored} stored and {dropped} dropped."),
        (not after.in_flight["aside"], f"{after.in_flight['aside']} messages were set aside."),
        ("Traceback" not in said, "There was an exception; see the logs."),
        (len(lives) == 2, "A process ended."),
        *[(flat, f"{name} grew.") for name, flat in flatness(looks).items()],
    ]
    return [sentence for true, sentence in checks if not true]


def flatness(looks: list[Look]) -> dict[str, bool]:
    """Whether each kind held no more in the last third of the time than in the second."""
    third = len(looks) // 3
    return {
        name: max(getattr(one, name) for one in looks[2 * third :])
        <= GROWTH * max(getattr(one, name) for one in looks[third : 2 * third]) + GRAIN
        for name in ("syslogd", "worker", "redis")
        if third
    }


if __name__ == "__main__":
    sys.exit(main())
