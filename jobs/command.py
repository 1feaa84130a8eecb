"""What the commands discover, backup and scan share: start a job, watch it, answer with an exit code."""

import json
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError
from django.db.models import QuerySet

from inventory.models import Device
from inventory.named import named
from jobs.launch import launch
from jobs.models import Job, JobTarget
from jobs.operations import BadParameters


class JobCommand(BaseCommand):
    """Exit code 0: all targets succeeded; 1: some failed; 2: the request was wrong."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-wait", action="store_true", help="print the job's id and end at once")

    def start(self, kind: str, parameters: dict[str, Any], options: dict[str, Any], **kwargs: Any) -> None:
        """Launch and, unless told otherwise, watch until the job has ended."""
        try:
            job = launch(kind, parameters, **kwargs)
        except BadParameters as error:
            raise CommandError("\n".join(error.errors.values()), returncode=2) from None
        self.stderr.write(f"job {job.uuid}, {job.total} targets")
        if options["no_wait"]:
            self.stdout.write(str(job.uuid))
            return
        try:
            job = self.watch(job)
        except KeyboardInterrupt:
            raise CommandError(f"The job goes on: see {job.uuid} under Jobs.", returncode=130) from None
        for target in job.targets.exclude(state=JobTarget.State.SUCCESS):
            self.stderr.write(f"{target.label}: {target.message}")
        self.stdout.write(json.dumps({"job_id": str(job.uuid), "state": job.state, "result": job.result}))
        if not job.successful:
            raise CommandError(job.error or f"The job ended as {job.state}.", returncode=1)

    def watch(self, job: Job) -> Job:
        """Show progress until the job has ended. Needs a running worker."""
        pause, shown = threading.Event(), -1
        while True:
            job.refresh_from_db()
            if job.done != shown:
                shown = job.done
                self.stderr.write(f"{job.done}/{job.total}")
            if job.ready:
                return job
            pause.wait(0.5)


def devices_named(names: list[str]) -> QuerySet[Device]:
    """Devices by name, address or id; all active ones when none is named. Raises CommandError for unknown ones."""
    active = Device.objects.filter(status=Device.Status.ACTIVE)
    if not names:
        return active
    found: set[int] = set()
    for name in names:
        ids = set(Device.objects.filter(named(name)).values_list("pk", flat=True))
        if not ids:
            shown = name if len(name) <= 60 else f"{name[:60]}..."
            raise CommandError(f"There is no device with the name, address or id {shown!r}.", returncode=2)
        found |= ids
    return Device.objects.filter(pk__in=found)
