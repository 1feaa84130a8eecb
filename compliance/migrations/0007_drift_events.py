"""What became of each device's drift is kept; it begins with what is known: since when each is as it is."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

STATES = [('in_sync', 'as golden'), ('drifted', 'drifted'), ('unknown', 'unknown')]
BATCH = 1000


def begin(apps: Any, schema_editor: Any) -> None:
    """One row for each comparison there is. The numbers are of the stored lines."""
    event = apps.get_model("compliance", "DriftEvent")
    rows: list[Any] = []
    for drift in apps.get_model("compliance", "Drift").objects.iterator(chunk_size=BATCH):
        counts = {name: len(getattr(drift, name)) for name in ("missing", "extra", "reordered")}
        known = {"device_id": drift.device_id, "state": drift.state, "message": drift.message}
        rows.append(event(**known, **counts, at=drift.changed_at))
        if len(rows) == BATCH:
            event.objects.bulk_create(rows)
            rows.clear()
    event.objects.bulk_create(rows)


class Migration(migrations.Migration):

    dependencies = [
        ('compliance', '0006_scanned'),
        ('inventory', '0006_changed_by'),
    ]

    operations = [
        migrations.AddField(
            model_name='drift',
            name='changed',
            field=models.JSONField(blank=True, default=list, verbose_name='changed lines'),
        ),
        migrations.CreateModel(
            name='DriftEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('was', models.CharField(blank=True, choices=STATES, max_length=8, verbose_name='state before')),
                ('state', models.CharField(choices=STATES, max_length=8, verbose_name='state')),
                ('message', models.CharField(blank=True, max_length=200, verbose_name='message')),
                ('missing', models.PositiveIntegerField(default=0, verbose_name='missing lines')),
                ('extra', models.PositiveIntegerField(default=0, verbose_name='extra lines')),
                ('changed', models.PositiveIntegerField(default=0, verbose_name='changed lines')),
                ('reordered', models.PositiveIntegerField(default=0, verbose_name='reordered blocks')),
                ('at', models.DateTimeField(db_index=True, verbose_name='time')),
                ('device', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='drift_events', to='inventory.device', verbose_name='device')),
            ],
            options={
                'verbose_name': 'drift event',
                'verbose_name_plural': 'drift events',
                'ordering': ['-at', '-pk'],
                'indexes': [models.Index(fields=['device', '-at'], name='compliance_driftevent_newest')],
            },
        ),
        migrations.RunPython(begin, migrations.RunPython.noop),
    ]
