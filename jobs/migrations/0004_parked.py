from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('jobs', '0003_ledger'),
    ]

    operations = [
        migrations.AddField(
            model_name='jobtarget',
            name='parked',
            field=models.BooleanField(default=False),
        ),
        migrations.AddIndex(
            model_name='jobtarget',
            index=models.Index(condition=models.Q(('parked', True)), fields=['not_before'], name='parked_targets'),
        ),
    ]
