"""Scores by standard for the matrix, the days of the trend, and the schedule that writes them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def schedule(apps, _schema_editor):
    Interval = apps.get_model("django_celery_beat", "IntervalSchedule")
    Task = apps.get_model("django_celery_beat", "PeriodicTask")
    hourly, _ = Interval.objects.get_or_create(every=3600, period="seconds")
    Task.objects.get_or_create(
        name="Compliance of the day",
        defaults={"task": "compliance.keep_trend", "queue": "maintenance", "interval": hourly},
    )


class Migration(migrations.Migration):

    dependencies = [
        ('django_celery_beat', '0019_alter_periodictasks_options'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('compliance', '0007_drift_events'),
        ('inventory', '0006_changed_by'),
    ]

    operations = [
        migrations.CreateModel(
            name='ComplianceDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(db_index=True, verbose_name='day')),
                ('devices', models.PositiveIntegerField(default=0, verbose_name='devices')),
                ('passed', models.PositiveIntegerField(default=0, verbose_name='passed')),
                ('failed', models.PositiveIntegerField(default=0, verbose_name='failed')),
                ('unknown', models.PositiveIntegerField(default=0, verbose_name='unknown')),
                ('waived', models.PositiveIntegerField(default=0, verbose_name='waived')),
                ('score', models.PositiveSmallIntegerField(null=True, verbose_name='compliance (%)')),
            ],
            options={
                'verbose_name': 'compliance of a day',
                'verbose_name_plural': 'compliance by day',
                'ordering': ['day', 'standard_id'],
            },
        ),
        migrations.CreateModel(
            name='StandardScore',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('passed', models.PositiveIntegerField(default=0, verbose_name='passed')),
                ('failed', models.PositiveIntegerField(default=0, verbose_name='failed')),
                ('unknown', models.PositiveIntegerField(default=0, verbose_name='unknown')),
                ('waived', models.PositiveIntegerField(default=0, verbose_name='waived')),
                ('fulfilled', models.PositiveIntegerField(default=0)),
                ('demanded', models.PositiveIntegerField(default=0)),
                ('score', models.PositiveSmallIntegerField(null=True, verbose_name='compliance (%)')),
            ],
            options={
                'verbose_name': 'score by standard',
                'verbose_name_plural': 'scores by standard',
            },
        ),
        migrations.AddIndex(
            model_name='result',
            index=models.Index(condition=models.Q(('state', 'fail')), fields=['rule', 'device'], name='result_failing'),
        ),
        migrations.AddField(
            model_name='complianceday',
            name='standard',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='days', to='compliance.standard', verbose_name='standard'),
        ),
        migrations.AddField(
            model_name='standardscore',
            name='device',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='standard_scores', to='inventory.device', verbose_name='device'),
        ),
        migrations.AddField(
            model_name='standardscore',
            name='standard',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='scores', to='compliance.standard', verbose_name='standard'),
        ),
        migrations.AddConstraint(
            model_name='complianceday',
            constraint=models.UniqueConstraint(fields=('day', 'standard'), name='one_row_per_day_and_standard'),
        ),
        migrations.AddConstraint(
            model_name='complianceday',
            constraint=models.UniqueConstraint(condition=models.Q(('standard', None)), fields=('day',), name='one_row_per_day_of_all_standards'),
        ),
        migrations.AddConstraint(
            model_name='standardscore',
            constraint=models.UniqueConstraint(fields=('device', 'standard'), name='one_score_per_device_and_standard'),
        ),
        migrations.RunPython(schedule, migrations.RunPython.noop),
    ]
