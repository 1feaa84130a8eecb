"""When a receiver dropped last, so that the home page can tell of today's losses."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("syslogd", "0002_schedules")]
    operations = [
        migrations.AddField(
            "syslogrun", "dropped_at", models.DateTimeField(blank=True, null=True, verbose_name="last dropped")
        )
    ]
