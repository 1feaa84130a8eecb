"""Waivers for roles, and the schedule by which results follow waivers."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def schedule(apps, _schema_editor):
    Interval = apps.get_model("django_celery_beat", "IntervalSchedule")
    Task = apps.get_model("django_celery_beat", "PeriodicTask")
    often, _ = Interval.objects.get_or_create(every=300, period="seconds")
    Task.objects.get_or_create(
        name="Apply waivers",
        defaults={"task": "compliance.apply_waivers", "queue": "maintenance", "interval": often},
    )


class Migration(migrations.Migration):

    dependencies = [
        ('compliance', '0002_drift'),
        ('inventory', '0006_changed_by'),
        ('django_celery_beat', '0019_alter_periodictasks_options'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='waiver',
            name='waiver_for_a_device_or_a_site',
        ),
        migrations.AddField(
            model_name='waiver',
            name='role',
            field=models.CharField(blank=True, help_text='Every device of this role, wherever it stands.', max_length=50, verbose_name='role'),
        ),
        migrations.AlterField(
            model_name='waiver',
            name='device',
            field=models.ForeignKey(blank=True, help_text='Empty: every device of the site or the role, or all.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='waivers', to='inventory.device', verbose_name='device'),
        ),
        migrations.AddConstraint(
            model_name='waiver',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('device', None), ('site', None)), models.Q(('device', None), ('role', '')), models.Q(('role', ''), ('site', None)), _connector='OR'), name='waiver_for_a_device_a_site_or_a_role', violation_error_message='A waiver is for a device, a site or a role, not for several of them.'),
        ),
        migrations.RunPython(schedule, migrations.RunPython.noop),
    ]
