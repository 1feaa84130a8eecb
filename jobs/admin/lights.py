"""How a job and its targets are shown in a few signs: state, stage, progress, duration."""

from datetime import datetime

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from inventory.display import Tone, state
from jobs.admin.words import JOB_TONES, TARGET_TONES
from jobs.models import Job, JobTarget


def state_of(job: Job) -> SafeString:
    """The job's state as icon and word; one that waits for people says so."""
    if job.stage == Job.Stage.APPROVAL and not job.ready:
        return state(Tone.WARN, job.get_stage_display())
    return state(JOB_TONES[Job.State(job.state)], job.get_state_display())


def target_state(target: JobTarget) -> SafeString:
    """The target's state as icon and word."""
    return state(TARGET_TONES[JobTarget.State(target.state)], target.get_state_display())


def stage_words(job: Job, rings: int) -> str:
    """Where a rollout of this many rings is: "planning", "ring 2 of 4"; empty for other work and at the end."""
    if job.ready or not job.stage:
        return ""
    if job.stage == Job.Stage.ROLLOUT and job.ring:
        return _("ring %(ring)d of %(rings)d") % {"ring": job.ring, "rings": rings}
    return str(job.get_stage_display())


def progress_bar(job: Job) -> SafeString:
    """Two-coloured bar: what succeeded and what failed, of all targets."""
    total = job.total or 1
    good, bad = 100 * (job.done - job.failed) // total, -(-100 * job.failed // total)
    return format_html(
        '<span class="nm-bar" role="progressbar" aria-valuemin="0" aria-valuemax="{}" aria-valuenow="{}" '
        'aria-label="{}"><span class="nm-bar-good" style="width:{}%"></span>'
        '<span class="nm-bar-bad" style="width:{}%"></span></span>',
        job.total,
        job.done,
        _("%(done)d of %(total)d done, %(failed)d failed")
        % {"done": job.done, "total": job.total, "failed": job.failed},
        good,
        bad,
    )


def span(begin: datetime | None, end: datetime | None) -> str:
    """How long something took or has been running: "4.2 s", "3:05 min"."""
    if begin is None:
        return ""
    seconds = ((end or timezone.now()) - begin).total_seconds()
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d} h" if hours else f"{minutes}:{rest:02d} min"
