"""The public controls that each rule serves."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('compliance', '0003_waiver_role'),
    ]

    operations = [
        migrations.AddField(
            model_name='rule',
            name='references',
            field=models.JSONField(blank=True, default=list, help_text='Public controls that it serves, a list of texts.', verbose_name='references'),
        ),
    ]
