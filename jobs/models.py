"""The ledger: what was asked, of which devices, and what came of each. PostgreSQL is the truth, Celery carries ids."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from inventory.scope import Access, Rule, of_device


def _seen_jobs(access: Access) -> models.Q:
    """All devices are own ones. What is not about a device (or about a deleted one) is told to who asked for it."""
    targets = JobTarget.objects.filter(job=models.OuterRef("pk"))
    foreign = targets.filter(device__isnull=False).exclude(access.devices("device__"))
    mine = models.Q(requested_by=access.user_id)
    named = models.Exists(targets) & ~models.Exists(targets.filter(device=None))
    return ~models.Exists(foreign) & (mine | models.Q(named))


def _seen_targets(access: Access) -> models.Q:
    return access.devices("device__") | models.Q(device=None, job__requested_by=access.user_id)


class Job(models.Model):
    """One piece of long work. `uuid` is the `task_id` and `job_id` of the API."""

    class State(models.TextChoices):
        PENDING = "PENDING", _("waiting")
        STARTED = "STARTED", _("running")
        SUCCESS = "SUCCESS", _("done")
        PARTIAL = "PARTIAL", _("partly failed")
        FAILURE = "FAILURE", _("failed")
        REVOKED = "REVOKED", _("cancelled")

    class Stage(models.TextChoices):
        """Where a rollout is; work without a plan has none. See jobs/rollout.py."""

        NONE = "", _("none")
        PLAN = "plan", _("planning")
        APPROVAL = "approval", _("waiting for approval")
        ROLLOUT = "rollout", _("rolling out")

    READY = (State.SUCCESS, State.PARTIAL, State.FAILURE, State.REVOKED)

    scoped = Rule(_seen_jobs)
    uuid = models.UUIDField("ID", default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=20, db_index=True)
    parameters = models.JSONField(_("parameters"), default=dict, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, verbose_name=_("requested by")
    )
    request_id = models.CharField(_("request ID"), max_length=64, blank=True)
    idempotency_key = models.CharField(_("idempotency key"), max_length=200, blank=True)
    request_hash = models.CharField(max_length=64, blank=True, editable=False)  # of what was asked under that key
    retry_of = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="retries", verbose_name=_("retry of")
    )
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.PENDING, db_index=True)
    stage = models.CharField(_("stage"), max_length=8, choices=Stage, blank=True, default=Stage.NONE)
    ring = models.PositiveSmallIntegerField(_("ring"), default=0)
    plan_hash = models.CharField(_("hash of the plan"), max_length=64, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="approved_jobs",
        verbose_name=_("approved by"),
    )
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True)
    total = models.PositiveIntegerField(_("targets"), default=0)
    done = models.PositiveIntegerField(_("done"), default=0)
    failed = models.PositiveIntegerField(_("failed"), default=0)
    cancel_requested = models.BooleanField(_("cancel requested"), default=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True, db_index=True)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    result = models.JSONField(_("result"), null=True, blank=True)
    error = models.TextField(_("error"), blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        constraints = [
            models.UniqueConstraint(
                fields=["requested_by", "idempotency_key"],
                condition=~models.Q(idempotency_key=""),
                name="one_job_per_idempotency_key",
            )
        ]
        permissions = [
            ("deploy", _("Can deploy configuration changes to devices")),
            ("approve_deployment", _("Can approve planned deployments")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.uuid}"

    @property
    def ready(self) -> bool:
        """The job has ended, well or not."""
        return self.state in self.READY

    @property
    def successful(self) -> bool:
        """Every target succeeded."""
        return self.state == self.State.SUCCESS


class JobTarget(models.Model):
    """What one job does to one device (or one block of addresses), and what came of it."""

    class State(models.TextChoices):
        PENDING = "PENDING", _("waiting")
        RUNNING = "RUNNING", _("running")
        HELD = "HELD", _("planned")  # its plan is made; it waits for its approval and its ring
        SUCCESS = "SUCCESS", _("done")
        FAILED = "FAILED", _("failed")  # it did its work, the answer is no
        ERRORED = "ERRORED", _("broken off")  # it broke: see the log
        REVOKED = "REVOKED", _("cancelled")

    class Step(models.TextChoices):
        WORK = "", _("work")
        PLAN = "plan", _("plan")
        DEPLOY = "deploy", _("deploy")

    BUSY = (State.PENDING, State.RUNNING)
    OPEN = (State.PENDING, State.RUNNING, State.HELD)

    scoped = Rule(_seen_targets)
    job = models.ForeignKey(Job, models.CASCADE, related_name="targets", verbose_name=_("job"))
    device = models.ForeignKey(
        "inventory.Device",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="job_targets",
        verbose_name=_("device"),
    )
    label = models.CharField(_("target"), max_length=200)  # device name or address block, kept when the device goes
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.PENDING)
    step = models.CharField(_("step"), max_length=8, choices=Step, blank=True, default=Step.WORK)
    ring = models.PositiveSmallIntegerField(_("ring"), default=0)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    not_before = models.DateTimeField(_("not before"), null=True, blank=True)
    paced = models.BooleanField(default=False)  # its slot at the kind's rate is taken: it is not asked for another
    parked = models.BooleanField(default=False)  # put off for long: it has no message, the reaper sends one in time
    lease_worker = models.CharField(_("worker"), max_length=200, blank=True)
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    message = models.TextField(_("message"), blank=True)
    changed = models.BooleanField(_("changed"), default=False)
    diff = models.TextField(_("diff"), blank=True)
    result = models.JSONField(_("result"), default=dict, blank=True)
    plan = models.JSONField(_("plan"), null=True, blank=True)
    journal = models.JSONField(_("journal"), null=True, blank=True)  # what a writing operation must find after a crash
    log = models.TextField(_("log"), blank=True)

    class Meta:
        ordering = ["job", "id"]
        verbose_name = _("job target")
        verbose_name_plural = _("job targets")
        indexes = [
            models.Index(fields=["job", "state"]),
            # Not of what has ended: that is nearly all, and nobody looks for it by its state alone.
            models.Index(
                fields=["state", "lease_until"],
                condition=models.Q(state__in=("PENDING", "RUNNING")),
                name="busy_targets",
            ),
            models.Index(fields=["not_before"], condition=models.Q(parked=True), name="parked_targets"),
        ]

    def __str__(self) -> str:
        return self.label


class FilePiece(models.Model):
    """A piece of the file that a job makes, or of what it is made from. Web and workers may share nothing else."""

    class Role(models.TextChoices):
        SOURCE = "source", _("source")  # HTML of a part that is not printed yet
        PART = "part", _("part")  # the same as PDF
        FILE = "file", _("file")  # the whole, cut into pieces

    scoped = Rule(lambda access: models.Q(job__requested_by=access.user_id))
    job = models.ForeignKey(Job, models.CASCADE, related_name="file_pieces", verbose_name=_("job"))
    role = models.CharField(_("role"), max_length=6, choices=Role)
    number = models.PositiveIntegerField(_("number"))
    content = models.BinaryField(_("content"))

    class Meta:
        ordering = ["job", "role", "number"]
        verbose_name = _("piece of a file")
        verbose_name_plural = _("pieces of files")
        constraints = [models.UniqueConstraint(fields=["job", "role", "number"], name="one_piece_per_place")]

    def __str__(self) -> str:
        return f"{self.job_id} {self.role} {self.number}"


class DeviceSession(models.Model):
    """Who is logged in to a device now: at most one target, whichever worker has it."""

    scoped = of_device("device")
    device = models.OneToOneField("inventory.Device", models.CASCADE, verbose_name=_("device"))
    target = models.OneToOneField(JobTarget, models.CASCADE, verbose_name=_("target"))
    site = models.ForeignKey("inventory.Site", models.CASCADE, null=True, blank=True, verbose_name=_("site"))
    credential = models.ForeignKey(
        "inventory.Credential", models.CASCADE, null=True, blank=True, verbose_name=_("credential")
    )
    worker = models.CharField(_("worker"), max_length=200)
    until = models.DateTimeField(_("until"))

    class Meta:
        verbose_name = _("device session")
        verbose_name_plural = _("device sessions")

    def __str__(self) -> str:
        return f"{self.device} {self.worker}"


class LoginFailure(models.Model):
    """A device refused a credential. Enough of them within an hour lock it: see jobs/gate.py."""

    scoped = of_device("device")
    credential = models.ForeignKey("inventory.Credential", models.CASCADE, verbose_name=_("credential"))
    device = models.ForeignKey("inventory.Device", models.CASCADE, verbose_name=_("device"))
    at = models.DateTimeField(_("time"), default=timezone.now)

    class Meta:
        verbose_name = _("refused login")
        verbose_name_plural = _("refused logins")
        indexes = [models.Index(fields=["credential", "at"])]

    def __str__(self) -> str:
        return f"{self.credential} {self.device}"


class Pace(models.Model):
    """When the next start of a kind of work, or the next login with a credential, may happen, over all workers."""

    name = models.CharField(max_length=100, primary_key=True)
    next_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class SystemSetting(models.Model):
    """A value an operator chose. Names, types, defaults and help stand in jobs/system_settings.py."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    value = models.CharField(_("value"), max_length=2000, blank=True)  # as typed; empty: the default
    updated_at = models.DateTimeField(_("changed"), auto_now=True)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, verbose_name=_("changed by")
    )

    class Meta:
        ordering = ["name"]
        verbose_name = _("setting")
        verbose_name_plural = _("settings")

    def __str__(self) -> str:
        return self.name
