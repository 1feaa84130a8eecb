"""The ledger: what was asked, of which devices, and what came of each. PostgreSQL is the truth, Celery carries ids."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Job(models.Model):
    """One piece of long work. `uuid` is the `task_id` and `job_id` of the API."""

    class State(models.TextChoices):
        PENDING = "PENDING", _("waiting")
        STARTED = "STARTED", _("running")
        SUCCESS = "SUCCESS", _("done")
        PARTIAL = "PARTIAL", _("partly failed")
        FAILURE = "FAILURE", _("failed")
        REVOKED = "REVOKED", _("cancelled")

    READY = (State.SUCCESS, State.PARTIAL, State.FAILURE, State.REVOKED)

    uuid = models.UUIDField("ID", default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=20, db_index=True)
    parameters = models.JSONField(_("parameters"), default=dict, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, verbose_name=_("requested by")
    )
    request_id = models.CharField(_("request ID"), max_length=64, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.PENDING, db_index=True)
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
        SUCCESS = "SUCCESS", _("done")
        FAILED = "FAILED", _("failed")  # it did its work, the answer is no
        ERRORED = "ERRORED", _("broken off")  # it broke: see the log
        REVOKED = "REVOKED", _("cancelled")

    OPEN = (State.PENDING, State.RUNNING)

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
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    lease_worker = models.CharField(_("worker"), max_length=200, blank=True)
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    message = models.TextField(_("message"), blank=True)
    changed = models.BooleanField(_("changed"), default=False)
    diff = models.TextField(_("diff"), blank=True)
    result = models.JSONField(_("result"), default=dict, blank=True)

    class Meta:
        ordering = ["job", "id"]
        verbose_name = _("job target")
        verbose_name_plural = _("job targets")
        indexes = [models.Index(fields=["job", "state"]), models.Index(fields=["state", "lease_until"])]

    def __str__(self) -> str:
        return self.label
