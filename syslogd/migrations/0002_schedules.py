"""The schedules of syslog. An operator edits them in the admin; an upgrade leaves existing rows."""

from django.conf import settings
from django.db import migrations


def create(apps, _schema_editor):
    Interval = apps.get_model("django_celery_beat", "IntervalSchedule")
    Crontab = apps.get_model("django_celery_beat", "CrontabSchedule")
    Task = apps.get_model("django_celery_beat", "PeriodicTask")
    often, _ = Interval.objects.get_or_create(every=15, period="seconds")
    night, _ = Crontab.objects.get_or_create(minute="0", hour="3", timezone=settings.TIME_ZONE)
    rows = {
        "Delete old syslog messages": ("syslog.run_scheduled_retention", "maintenance", {"crontab": night}),
        "Act on syslog messages": ("syslog.react", "default", {"interval": often}),
    }
    for name, (task, queue, when) in rows.items():
        Task.objects.get_or_create(name=name, defaults={"task": task, "queue": queue, **when})


class Migration(migrations.Migration):
    dependencies = [
        ("syslogd", "0001_initial"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
