"""Every address the product answers, read from its URL configuration, each with a row's id where it names one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from axes.models import AccessAttempt
from django.apps import apps
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.regex_helper import normalize
from django_celery_beat.models import ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask

from compliance.models import Result
from inventory.models import FirmwareImage, HostKey, Tombstone
from jobs.models import FilePiece, Job, JobTarget
from tests import factories as make

FILLED = {
    "format": "json",
    "url": "nothing",
    "app_label": "inventory",
    "kind": "sync",
    "report": "compliance_report",
    "form": "pdf",
}
API_MODELS = {  # first segment under /api/v1/ -> model, where the name does not tell
    "audit-entries": "auditlog.logentry",
    "config-backups": "inventory.configbackup",
    "firmware-images": "inventory.firmwareimage",
    "prefixes": "inventory.prefix",
    "syslog": "syslogd.syslogmessage",
}
OWN_APPS = ("inventory", "compliance", "jobs", "syslogd")


@dataclass(frozen=True, slots=True)
class Address:
    """`route` has the parameters by name, `path` a row's id instead."""

    route: str
    path: str

    @property
    def area(self) -> str:
        """admin, api or the name itself."""
        first = self.route.split("/")[1]
        return first or "home"


def every_address() -> list[Address]:
    """All of them; raises AssertionError for a noun without a row, for that address would not be looked at."""
    found = {Address(route, _filled(route)) for route, name in _routes(get_resolver(), "/", "")}
    return sorted(found, key=lambda address: address.route)


def _routes(resolver: URLResolver, prefix: str, names: str) -> Iterator[tuple[str, str]]:
    for entry in resolver.url_patterns:
        for form, _parameters in normalize(entry.pattern.regex.pattern):
            route = prefix + form
            if isinstance(entry, URLResolver):
                yield from _routes(entry, route, names)
            elif isinstance(entry, URLPattern):
                yield route, entry.name or ""


def _filled(route: str) -> str:
    return re.sub(r"%\((\w+)\)s", lambda match: FILLED.get(match[1]) or row_of(route, match[1]), route)


def row_of(route: str, parameter: str) -> str:
    """What stands for a parameter in this route: the newest row of its noun."""
    if parameter == "target_id":
        return str(JobTarget.objects.latest("pk").pk)
    if parameter in ("device_id", "standard_id"):  # the cell of the newest result
        device, standard = Result.objects.values_list("device_id", "rule__standard_id").latest("pk")
        return str(device if parameter == "device_id" else standard)
    if route.startswith("/api/v1/platforms/"):
        return "cisco_ios"
    if route.startswith("/api/v1/settings/"):
        return "job_retention_days"
    if route.startswith("/admin/r/"):
        return str(ContentType.objects.get_for_model(Job).pk)
    model = model_of(route)
    row = model.objects.order_by("pk").last()
    assert row is not None, f"There is no {model.__name__} to look at {route} with."
    return str(row.uuid if route.startswith("/api/") and isinstance(row, Job) else row.pk)


def model_of(route: str) -> Any:
    """The model whose row an address names."""
    return _model_of_api(route.split("/")[3]) if route.startswith("/api/") else _model_of_admin(route)


def _model_of_api(noun: str) -> Any:
    if noun in API_MODELS:
        return apps.get_model(API_MODELS[noun])
    return next(
        m for app in OWN_APPS for m in apps.get_app_config(app).get_models() if f"{m._meta.model_name}s" == noun
    )


def _model_of_admin(route: str) -> Any:
    _, _, app, model, *_ = route.split("/")
    return apps.get_model(app, model)


def one_of_each() -> None:
    """A row of every noun that has an address."""
    device, rule = make.make_device(site=make.make_site()), make.make_rule()
    make.make_prefix()
    make.make_credential()
    make.make_vlan(device)
    make.make_neighbour(device)
    make.make_link(device, make.make_device())
    make.make_result(device, rule)
    make.make_waiver(make.make_user(), rule)
    make.make_drift(device)
    make.make_drift_event(device)
    make.make_job(devices=[device])
    report = make.make_job("compliance_report", labels=["report"], result={"file": "compliance.pdf"})
    FilePiece.objects.create(job=report, role=FilePiece.Role.FILE, number=1, content=b"%PDF")
    make.make_address(device, device.primary_address, interface=make.make_interface(device))
    device.components.create(name="PSU")
    make.make_receiver()
    make.make_syslog(device)
    make.make_poison()
    older = make.make_config_backup(device, "hostname old\nend\n")
    make.make_config_backup(device, captured_at=older.captured_at.replace(month=6))
    FirmwareImage.objects.create(name="image", platform="cisco_ios", version="17")
    HostKey.objects.create(device=device, key_type="ssh-ed25519", key="AAAA", fingerprint="SHA256:pinned")
    Tombstone.objects.create(name="gone")
    Group.objects.create(name="shift")
    make.make_scope(name="campus")
    AccessAttempt.objects.create(username="kim", ip_address="192.0.2.9", failures_since_start=5)
    ClockedSchedule.objects.create(clocked_time=make.CAPTURED)
    PeriodicTask.objects.create(name="once", task="jobs.reap", interval=IntervalSchedule.objects.create(every=1))
    CrontabSchedule.objects.get_or_create(hour="4")
