"""The schedules as rows. An operator edits them in the admin; an upgrade never touches an existing row."""

from django.conf import settings
from django.db import migrations


def create(apps, _schema_editor):
    Interval = apps.get_model("django_celery_beat", "IntervalSchedule")
    Crontab = apps.get_model("django_celery_beat", "CrontabSchedule")
    Task = apps.get_model("django_celery_beat", "PeriodicTask")
    often, _ = Interval.objects.get_or_create(every=15, period="seconds")
    hourly, _ = Crontab.objects.get_or_create(minute="0", hour="*", timezone=settings.TIME_ZONE)
    night, _ = Crontab.objects.get_or_create(minute="30", hour="3", timezone=settings.TIME_ZONE)
    rows = {
        "Find work whose worker died": ("jobs.reap", {"interval": often}),
        "SSH sync of all devices": ("inventory.run_scheduled_ssh_sync", {"crontab": hourly}),
        "Compliance scan": ("compliance.run_scheduled_compliance_scan", {"crontab": night}),
    }
    for name, (task, when) in rows.items():
        Task.objects.get_or_create(name=name, defaults={"task": task, "queue": "default", **when})


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0001_initial"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
