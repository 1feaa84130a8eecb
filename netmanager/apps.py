"""The wiring app: checks, the admin site, templates shared by all."""

from django.apps import AppConfig


class NetManagerConfig(AppConfig):
    name = "netmanager"
    verbose_name = "NetManager"

    def ready(self) -> None:
        from netmanager import checks  # noqa: F401  registers the system checks

        _audit_people_schedules_and_settings()


def _audit_people_schedules_and_settings() -> None:
    """What people decide on outside of the inventory and the standards."""
    from django.contrib.auth.models import Group, User
    from django_celery_beat.models import (
        ClockedSchedule,
        CrontabSchedule,
        IntervalSchedule,
        PeriodicTask,
        SolarSchedule,
    )

    from inventory.audit import register
    from jobs.models import SystemSetting

    register(User, leave_out=("last_login",), masked=("password",), many=("groups", "user_permissions"))
    register(SystemSetting, leave_out=("updated_at", "updated_by"))
    register(Group, many=("permissions",))
    register(PeriodicTask, leave_out=("last_run_at", "total_run_count", "date_changed"))
    for schedule in (ClockedSchedule, CrontabSchedule, IntervalSchedule, SolarSchedule):
        register(schedule)
