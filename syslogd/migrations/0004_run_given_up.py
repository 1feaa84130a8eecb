"""Batches given up while their receiver lives: the receiver's own count of losses does not know of them."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('syslogd', '0003_run_dropped_at'),
    ]

    operations = [
        migrations.AddField(
            model_name='syslogrun',
            name='given_up',
            field=models.BigIntegerField(default=0, editable=False),
        ),
    ]
