"""What beat starts: jobs of the kind that a row names, unless a setting or an unfinished one speaks against it."""

from importlib import import_module

import pytest
from django.apps import apps
from django.core.management import call_command
from django_celery_beat.models import PeriodicTask

from compliance.models import Standard
from inventory.models import Device
from jobs import schedule, system_settings
from jobs.launch import launch
from jobs.models import Job, JobTarget, SystemSetting
from jobs.schedule import run_scheduled
from netmanager.celery import app
from tests.factories import make_device, make_user

pytestmark = pytest.mark.django_db
MIGRATIONS = ("jobs.migrations.0002_schedules", "jobs.migrations.0005_more_schedules")


def put(name: str, value: str) -> None:
    SystemSetting.objects.update_or_create(name=name, defaults={"value": value})


@pytest.mark.parametrize("kind", ["sync", "backup", "scan", "drift"])
def test_it_runs_any_kind_on_every_active_device(kind: str) -> None:
    make_device("a")
    make_device("b", status="quarantine")
    job_id = run_scheduled(kind)
    assert (str(Job.objects.get(kind=kind).uuid), [target.label for target in JobTarget.objects.all()]) == (
        job_id,
        ["a"],
    )


def test_it_says_which_kinds_there_are() -> None:
    assert run_scheduled("cleanup").startswith("'cleanup' is not one of: backup, compliance_report, crawl")


def test_it_does_not_pile_up_jobs_of_a_kind_that_is_slower_than_its_schedule() -> None:
    make_device("a")
    first = schedule.run_scheduled_ssh_sync()
    assert schedule.run_scheduled_ssh_sync() == f"The job before, {first}, is not finished yet."
    Job.objects.update(state="PARTIAL")
    assert schedule.run_scheduled_ssh_sync() != first
    assert Job.objects.count() == 2


@pytest.mark.parametrize("word", ["0", "false", "no", "No", "off"])
def test_an_operator_switches_the_nightly_checks_off(word: str) -> None:
    make_device("a")
    put("config_drift_enabled", word)
    put("compliance_scan_enabled", word)
    assert schedule.run_scheduled_config_drift_checks() == "The setting config_drift_enabled is off."
    assert schedule.run_scheduled_compliance_scan() == "The setting compliance_scan_enabled is off."
    assert not Job.objects.exists()


def test_the_nightly_scan_checks_one_standard_where_the_setting_names_it() -> None:
    make_device("a")
    standard = Standard.objects.create(slug="ours", name="Ours")
    put("compliance_scan_standard_id", str(standard.pk))
    schedule.run_scheduled_compliance_scan()
    assert Job.objects.get().parameters == {"standard": standard.pk}


def test_a_standard_that_is_gone_is_told_instead_of_scanned() -> None:
    make_device("a")
    put("compliance_scan_standard_id", "999999")
    assert "There is no standard with the id" in schedule.run_scheduled_compliance_scan()


@pytest.mark.parametrize("text", ["maybe", "2", "-1"])
def test_a_setting_that_is_neither_yes_nor_no_counts_as_the_default(text: str) -> None:
    put("config_drift_enabled", text)
    assert system_settings.enabled("config_drift_enabled")
    with pytest.raises(ValueError, match=r"config_drift_enabled is .*; accepted are 1, true, yes, on and 0"):
        system_settings.parse("config_drift_enabled", text)


def test_every_row_calls_a_task_that_exists_at_the_time_of_the_plan() -> None:
    app.autodiscover_tasks(force=True)
    rows = {row.task: row for row in PeriodicTask.objects.exclude(task__startswith="celery.")}
    assert rows.keys() <= app.tasks.keys()
    assert {task: (str(row.crontab.hour), str(row.crontab.minute)) for task, row in rows.items() if row.crontab} == {
        "inventory.run_scheduled_ssh_sync": ("*", "0"),
        "jobs.run_scheduled_retention": ("3", "0"),
        "syslog.run_scheduled_retention": ("3", "0"),
        "compliance.run_scheduled_config_drift_checks": ("3", "10"),
        "compliance.run_scheduled_compliance_scan": ("3", "30"),
    }
    assert {task: row.interval.every for task, row in rows.items() if row.interval} == {
        "jobs.reap": 15,
        "syslog.react": 15,
        "inventory.run_scheduled_monitoring": 60,
        "inventory.seal_audit": 30,
        "compliance.apply_waivers": 300,
        "compliance.keep_trend": 3600,
    }


def test_an_upgrade_leaves_what_an_operator_changed() -> None:
    PeriodicTask.objects.filter(task="inventory.run_scheduled_monitoring").update(enabled=False)
    PeriodicTask.objects.filter(task="compliance.run_scheduled_compliance_scan").update(crontab=None, kwargs="{}")
    for name in MIGRATIONS:
        import_module(name).create(apps, None)
    assert not PeriodicTask.objects.get(task="inventory.run_scheduled_monitoring").enabled
    assert PeriodicTask.objects.get(task="compliance.run_scheduled_compliance_scan").crontab is None


def test_a_schedule_that_an_operator_deleted_stays_deleted() -> None:
    PeriodicTask.objects.filter(task="inventory.run_scheduled_monitoring").delete()
    call_command("migrate", verbosity=0)
    assert not PeriodicTask.objects.filter(task="inventory.run_scheduled_monitoring").exists()
    assert PeriodicTask.objects.filter(task="jobs.run_scheduled_retention").exists()


def test_a_job_that_somebody_asked_for_does_not_hold_the_schedule_up() -> None:
    make_device("a")
    launch("sync", devices=Device.objects.all(), user=make_user())
    assert Job.objects.filter(uuid=schedule.run_scheduled_ssh_sync()).exists()


@pytest.mark.parametrize("kind", ["deploy_vlan", "discover"])
def test_what_needs_more_than_devices_is_not_started_by_its_name_alone(kind: str) -> None:
    make_device("a")
    assert run_scheduled(kind).endswith(".")
    assert not Job.objects.exists()


def test_it_logs_why_it_started_nothing(caplog: pytest.LogCaptureFixture) -> None:
    put("config_drift_enabled", "no")
    with caplog.at_level("INFO", logger="jobs.schedule"):
        schedule.run_scheduled_config_drift_checks()
    (record,) = caplog.records
    assert (record.kind, record.reason) == ("drift", "The setting config_drift_enabled is off.")
