"""`make bench`: run the measurements beside this file one after another and show their figures and ratios.

A measurement is a module of this folder that prints a JSON object a line when run (`python -m tests.bench.sweep`):
`{"bench": "sweep /16", "seconds": 8.6, "ratio_braa": 2.9}`. Keys that begin with `ratio` compare with a peer or a limit
measured in the same run. Arguments name the modules to run; none: all.
"""

import json
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import tests.bench
from tests.run import environment_of
from tests.services import Services, running_services


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure of one measurement."""

    bench: str
    name: str
    value: object

    @property
    def is_ratio(self) -> bool:
        """A comparison, which counts more than the figure it is made of."""
        return self.name.rsplit(".", 1)[-1].startswith("ratio") or ".ratio" in f".{self.name}"

    def row(self) -> tuple[str, str, str]:
        """The cells of its line in the table."""
        number = f"{self.value:,.4g}" if isinstance(self.value, float) else f"{self.value}"
        return self.bench, self.name, f"{number} x" if self.is_ratio and isinstance(self.value, int | float) else number


def main(wanted: list[str]) -> int:
    """Run the measurements and print their table; 1 when one of them failed, 2 when one does not exist."""
    known = modules()
    unknown = [name for name in wanted if name not in known]
    if unknown:
        print(f"There is no measurement named {', '.join(unknown)}. There are: {', '.join(known)}.", file=sys.stderr)
        return 2
    figures, failed = [], []
    with running_services() as services:
        for name in wanted or known:
            print(f"Measuring {name} ...", file=sys.stderr, flush=True)
            status, output = run(name, services)
            figures += list(read(name, output))
            failed += [name] if status else []
    print(table(figures))
    for name in failed:
        print(f"{name} failed.", file=sys.stderr)
    return 1 if failed else 0


def modules() -> list[str]:
    """The names of the measurements."""
    found = [module.name for module in pkgutil.iter_modules(tests.bench.__path__)]
    return [name for name in found if not name.startswith("_")]


def run(name: str, services: Services) -> tuple[int, str]:
    """Exit status and standard output of one measurement, in a process of its own; its errors go to the terminal."""
    command = [sys.executable, "-m", f"tests.bench.{name}"]
    done = subprocess.run(command, env=environment_of(services), stdout=subprocess.PIPE, text=True)
    return done.returncode, done.stdout


def read(module: str, output: str) -> Iterator[Figure]:
    """The figures in a measurement's output; lines that are no JSON object are passed over."""
    for line in output.splitlines():
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict):
            bench = str(found.pop("bench", module))
            yield from (Figure(bench, name, value) for name, value in flat(found))


def flat(found: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, object]]:
    """The leaves of nested objects with dotted names."""
    for name, value in found.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def table(figures: list[Figure]) -> str:
    """Aligned columns, each measurement's name once, its ratios last."""
    order = list(dict.fromkeys(figure.bench for figure in figures))
    rows = [figure.row() for figure in sorted(figures, key=lambda one: (order.index(one.bench), one.is_ratio))]
    if not rows:
        return "Nothing was measured."
    first, second = max(len(row[0]) for row in rows), max(len(row[1]) for row in rows)
    lines, before = [], ""
    for bench, name, value in rows:
        lines.append(f"{bench if bench != before else '':{first}}  {name:{second}}  {value}")
        before = bench
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
