"""`make chaos`: deployments to a lab while everything under them is killed; a line per seed, 1 when anything was wrong.

python -m tests.chaos --seeds 20 --devices 60
"""

import argparse
import os
import signal
import sys
from pathlib import Path

import django

from tests.chaos.house import environment, house, servers

SHOWN = 20  # sentences per seed


def main() -> int:
    """Run the seeds one after another; 1 when one of them found something."""
    options = _parser().parse_args()
    signal.signal(
        signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM)
    )  # so that all processes are ended then, too
    with servers() as (services, database, broker):
        os.environ.update(environment(services))
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "netmanager.settings")
        django.setup()
        _prepare()
        from tests.chaos.run import run

        failed = 0
        with house(options.logs or services.directory, database, broker) as built:
            for seed in range(options.first, options.first + options.seeds):
                report = run(built, seed, options.devices, options.accidents or options.devices // 2)
                print(report.line(), flush=True)
                for sentence in report.verdict.sentences[:SHOWN]:
                    print(f"  {sentence}", flush=True)
                failed += bool(report.verdict.sentences)
    return 1 if failed else 0


def _prepare() -> None:
    """Tables, and a scheduler that looks for what is left behind every two seconds."""
    from django.conf import settings
    from django.core.management import call_command
    from django_celery_beat.models import IntervalSchedule, PeriodicTask

    settings.ALLOWED_HOSTS = ["testserver"]
    call_command("migrate", verbosity=0)
    often, _ = IntervalSchedule.objects.get_or_create(every=2, period="seconds")
    PeriodicTask.objects.filter(task="jobs.reap").update(interval=often)
    PeriodicTask.objects.exclude(task="jobs.reap").update(enabled=False)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="how many")
    parser.add_argument("--first", type=int, default=1, help="the first of them")
    parser.add_argument("--devices", type=int, default=60)
    parser.add_argument("--accidents", type=int, default=0, help="0: one for two devices")
    parser.add_argument("--logs", type=Path, help="a folder where the processes' logs stay")
    return parser


if __name__ == "__main__":
    sys.exit(main())
