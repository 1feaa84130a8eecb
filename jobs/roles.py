"""Who may do what: the four roles, each as a rule over the names of all permissions (`app.codename`). (pure)

The groups of these names begin with what stands here. Afterwards they belong to the operators: see jobs/grants.py.
"""

from collections.abc import Callable, Iterable

OURS = ("inventory", "compliance", "jobs", "syslogd")
# Seen by administrators alone: people and their scopes, the trail of what they did, texts with secrets, keys.
PRIVATE = ("accessscope", "auditseal", "configtext", "full_config", "keycanary")
OPERATOR = frozenset(
    {
        *(f"inventory.{verb}_{noun}" for verb in ("add", "change") for noun in ("device", "site", "prefix")),
        "inventory.change_interface",  # protect a port from deployments
        "inventory.approve_device",
        "inventory.run_discovery",
        "inventory.run_sync",
        "compliance.run_scan",
        "compliance.change_drift",
        "jobs.change_job",
        "jobs.deploy",
    }
)
APPROVER = frozenset(
    {
        "jobs.approve_deployment",
        "compliance.add_waiver",
        "compliance.change_waiver",
        "inventory.change_configbackup",  # accept a configuration as golden
    }
)
# Of other people's apps, what an administrator below the superuser has a page for.
BORROWED = ("auth.{}_user", "auth.{}_group", "axes.{}_accessattempt")
BORROWED_APPS = ("django_celery_beat",)
TRAIL = frozenset({"auditlog.view_logentry", "admin.view_logentry"})


def viewer(permission: str) -> bool:
    """Looks at everything of ours and changes nothing."""
    app, codename = permission.split(".", 1)
    return app in OURS and codename.startswith("view_") and codename.removeprefix("view_") not in PRIVATE


def operator(permission: str) -> bool:
    """Is on shift: finds and reads devices, lets them in, asks for changes."""
    return viewer(permission) or permission in OPERATOR


def approver(permission: str) -> bool:
    """Answers for changes: approves deployments, waives rules, accepts configurations."""
    return viewer(permission) or permission in APPROVER


def admin(permission: str) -> bool:
    """Everything below the superuser: credentials, settings, people, schedules, the audit trail."""
    app, codename = permission.split(".", 1)
    verb = codename.split("_", 1)[0]
    return (
        (app in OURS and codename.removeprefix(f"{verb}_") not in ("auditseal", "keycanary"))
        or app in BORROWED_APPS
        or permission in {pattern.format(verb) for pattern in BORROWED}
        or permission in TRAIL
        or permission == "inventory.view_auditseal"
    )


ROLES: dict[str, Callable[[str], bool]] = {
    "viewer": viewer,
    "operator": operator,
    "approver": approver,
    "admin": admin,
}


def permissions_of(role: str, every: Iterable[str]) -> frozenset[str]:
    """Those of the permissions that the role begins with."""
    return frozenset(filter(ROLES[role], every))
