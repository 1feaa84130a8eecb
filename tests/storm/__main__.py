"""`make storm`: syslog under load while servers and processes die; a line a fault, 1 when anything was wrong.

python -m tests.storm --rate 10000 --long 60
"""

import argparse
import signal
import sys
from pathlib import Path

from tests.storm.faults import FAULTS
from tests.storm.house import begun


def main() -> int:
    """Run the faults one after another; 1 when one of them found something."""
    options = _parser().parse_args()
    signal.signal(
        signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM)
    )  # so that all processes are ended then, too
    failed = 0
    with begun(options.logs, options.spool) as built:
        from tests.storm.run import run

        for fault in options.faults or FAULTS:
            report = run(built, fault, options.rate, options.long)
            print(report.line(), flush=True)
            for sentence in report.sentences:
                print(f"  {sentence}", flush=True)
            failed += bool(report.sentences)
    return 1 if failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.storm", description=__doc__)
    parser.add_argument("faults", nargs="*", choices=[*FAULTS, []], help="all, unless named")
    parser.add_argument("--rate", type=int, default=5000, help="messages a second")
    parser.add_argument("--long", type=float, default=60, help="seconds that something stays away")
    parser.add_argument("--spool", type=int, default=16, help="MB of the spool")
    parser.add_argument("--logs", type=Path, help="a folder where the processes' logs stay")
    return parser


if __name__ == "__main__":
    sys.exit(main())
