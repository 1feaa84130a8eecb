"""The schedule that seals the audit trail. An operator edits it in the admin; an upgrade leaves an existing row."""

from django.conf import settings
from django.db import migrations


def create(apps, _schema_editor):
    Interval = apps.get_model("django_celery_beat", "IntervalSchedule")
    Task = apps.get_model("django_celery_beat", "PeriodicTask")
    often, _ = Interval.objects.get_or_create(every=30, period="seconds")
    Task.objects.get_or_create(
        name="Seal the audit trail", defaults={"task": "inventory.seal_audit", "queue": "default", "interval": often}
    )


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0006_roles"),
        ("auditlog", "0017_add_actor_email"),
        ("inventory", "0004_access"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
