"""Somebody may answer for a difference from the golden configuration."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('compliance', '0004_rule_references'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='drift',
            name='acknowledged_by',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='acknowledged by'),
        ),
        migrations.AddField(
            model_name='drift',
            name='acknowledged_digest',
            field=models.CharField(blank=True, editable=False, max_length=64),
        ),
        migrations.AddField(
            model_name='drift',
            name='acknowledged_reason',
            field=models.TextField(blank=True, help_text='Why the difference may stay. Without reason and end nobody answers for it.', verbose_name='reason'),
        ),
        migrations.AddField(
            model_name='drift',
            name='acknowledged_until',
            field=models.DateTimeField(blank=True, null=True, verbose_name='acknowledged until'),
        ),
        migrations.AddField(
            model_name='drift',
            name='digest',
            field=models.CharField(blank=True, editable=False, max_length=64),
        ),
    ]
