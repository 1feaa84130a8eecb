"""Further schedules as rows. An operator edits them in the admin; an upgrade never touches an existing row."""

from django.conf import settings
from django.db import migrations


def create(apps, _schema_editor):
    Interval = apps.get_model("django_celery_beat", "IntervalSchedule")
    Crontab = apps.get_model("django_celery_beat", "CrontabSchedule")
    Task = apps.get_model("django_celery_beat", "PeriodicTask")
    minute, _ = Interval.objects.get_or_create(every=60, period="seconds")

    def night(at):
        return Crontab.objects.get_or_create(minute=at, hour="3", timezone=settings.TIME_ZONE)[0]

    rows = {
        "Delete old jobs": ("jobs.run_scheduled_retention", {"crontab": night("0")}),
        "Drift from the golden configuration": (
            "compliance.run_scheduled_config_drift_checks",
            {"crontab": night("10")},
        ),
        "Monitoring of all devices": ("inventory.run_scheduled_monitoring", {"interval": minute}),
    }
    for name, (task, when) in rows.items():
        Task.objects.get_or_create(name=name, defaults={"task": task, "queue": "default", **when})


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0004_parked"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
