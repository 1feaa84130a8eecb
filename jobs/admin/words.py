"""What a kind of job is called and what it touches, in the operator's language."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from inventory.display import Tone
from jobs.models import Job, JobTarget
from jobs.operations import operations


@dataclass(frozen=True, slots=True)
class KindWords:
    """`verb` stands on the button, `touches` says what happens to the targets."""

    title: str | Promise
    verb: str | Promise
    icon: str
    touches: str | Promise


KINDS = {
    "discover": KindWords(
        _("Discovery"), _("Discover"), "radar", _("Addresses are asked over SNMP; nothing is changed on a device.")
    ),
    "crawl": KindWords(
        _("Neighbour crawl"),
        _("Crawl neighbours"),
        "route",
        _("LLDP and CDP neighbours are followed from here; nothing is changed on a device."),
    ),
    "sync": KindWords(_("SSH sync"), _("Sync"), "sync", _("Each device is read over SSH; nothing is changed on it.")),
    "backup": KindWords(
        _("Configuration backup"),
        _("Back up"),
        "save",
        _("The running configuration is read over SSH; nothing is changed on the device."),
    ),
    "scan": KindWords(
        _("Compliance scan"),
        _("Scan"),
        "policy",
        _("Stored configurations are checked; the devices themselves are not touched."),
    ),
    "drift": KindWords(
        _("Drift check"),
        _("Check drift"),
        "difference",
        _("Stored configurations are compared with the golden ones; the devices themselves are not touched."),
    ),
    "deploy_vlan": KindWords(
        _("VLAN deployment"),
        _("Deploy VLANs"),
        "publish",
        _("What is missing is added and nothing else changed; each device is backed up before and verified after."),
    ),
    "monitor": KindWords(
        _("Monitoring"),
        _("Ask whether reachable"),
        "monitor_heart",
        _("Each device is asked whether it answers; nothing is changed on it."),
    ),
    "compliance_report": KindWords(
        _("Compliance report"), _("Make the report"), "summarize", _("Stored results are read; no device is touched.")
    ),
    "inventory_report": KindWords(
        _("Inventory report"), _("Make the report"), "summarize", _("What is stored is read; no device is touched.")
    ),
    "retention": KindWords(
        _("Retention"), _("Clean up"), "auto_delete", _("Old jobs are deleted; no device is touched.")
    ),
}
ROUTINE = ("monitor", "retention")  # run by themselves all the time: lists show them only to who asks for them
JOB_TONES = {
    Job.State.PENDING: Tone.NONE,
    Job.State.STARTED: Tone.BUSY,
    Job.State.SUCCESS: Tone.GOOD,
    Job.State.PARTIAL: Tone.WARN,
    Job.State.FAILURE: Tone.BAD,
    Job.State.REVOKED: Tone.NONE,
}
TARGET_TONES = {
    JobTarget.State.PENDING: Tone.NONE,
    JobTarget.State.RUNNING: Tone.BUSY,
    JobTarget.State.HELD: Tone.NONE,
    JobTarget.State.SUCCESS: Tone.GOOD,
    JobTarget.State.FAILED: Tone.BAD,
    JobTarget.State.ERRORED: Tone.BAD,
    JobTarget.State.REVOKED: Tone.NONE,
}


def words_of(kind: str) -> KindWords:
    """A kind without words of its own is called by its operation's title; one that is no more, by its name."""
    operation = operations().get(kind)
    title = operation.title.capitalize() if operation else kind
    return KINDS.get(kind) or KindWords(title, title, "task", "")


def started(job: Job) -> str:
    """The message after a start: what runs, on how much, and what it touches."""
    words = words_of(job.kind)
    count = job.parameters.get("addresses")
    if job.kind == "discover" and isinstance(count, int):
        amount = ngettext("%(count)d address", "%(count)d addresses", count) % {"count": count}
    else:
        amount = ngettext("%(count)d device", "%(count)d devices", job.total) % {"count": job.total}
    return f"{words.title}: {amount}. {words.touches}"
