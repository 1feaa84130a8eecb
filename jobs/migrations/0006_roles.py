"""The roles as groups. Each permission is given once: an operator edits the groups, an upgrade leaves that alone."""

from django.db import migrations

from jobs.grants import create_roles


def create(apps, _schema_editor):
    create_roles(apps.get_model("auth", "Group").objects, apps.get_model("auth", "Permission").objects)


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0005_more_schedules"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
