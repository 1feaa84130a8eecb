"""What processes cost: processor time and memory of whole families, from /proc."""

import os
from contextlib import suppress
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
FIELDS = slice(11, 15)  # of stat behind the name: utime, stime, cutime, cstime


def family(pid: int) -> list[int]:
    """A process and all that descend from it and live."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parents.setdefault(int(_fields(stat)[1]), []).append(int(stat.parent.name))
    found, look = [], [pid]
    while look:
        found.append(look.pop())
        look += parents.get(found[-1], [])
    return found


def cpu_seconds(pid: int) -> float:
    """Processor time of a family so far, its members that ended included."""
    total = 0
    for member in family(pid):
        with suppress(OSError):
            total += sum(map(int, _fields(Path(f"/proc/{member}/stat"))[FIELDS]))
    return total / TICKS


def peak_mib(pid: int) -> list[int]:
    """The most memory each member of the family ever held, in MiB; pages they share count with each."""
    found = []
    for member in family(pid):
        with suppress(OSError):
            lines = Path(f"/proc/{member}/status").read_text().splitlines()
            found += [int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM:")]
    return found


def _fields(stat: Path) -> list[str]:
    return stat.read_text().rpartition(")")[2].split()
