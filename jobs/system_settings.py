"""The settings an operator may change while NetManager runs: one registry, read at each use."""

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from jobs.models import SystemSetting

Value = bool | int | str | None
OFF = ("0", "false", "no", "off")
ON = ("1", "true", "yes", "on")


@dataclass(frozen=True, slots=True)
class Definition:
    """`kind` is bool, number, optional number (empty: none), or str: networks, comma-separated (empty: none).

    Numbers lie within `least` and `most`.
    """

    kind: type
    default: Value
    help: str | Promise
    least: int = 0
    most: int = 1_000_000


REGISTRY: dict[str, Definition] = {
    "config_drift_enabled": Definition(
        bool, True, _("Compare all devices with their golden configuration every night.")
    ),
    "compliance_scan_enabled": Definition(bool, True, _("Check all devices against the standards every night.")),
    "compliance_scan_standard_id": Definition(
        int, None, _("The nightly scan checks this standard only; empty: all enabled ones."), least=1
    ),
    "deploy_approval_required": Definition(
        bool, False, _("A deployment stops after its plan until somebody approves it.")
    ),
    "deploy_approval_by_another": Definition(bool, True, _("Who asked for a deployment may not approve it.")),
    "job_retention_days": Definition(int, 90, _("Jobs that ended longer ago are deleted (days)."), least=1, most=3650),
    "job_lease_seconds": Definition(
        int,
        60,
        _("A worker that was silent this long is presumed dead and its work is done again."),
        least=5,
        most=3600,
    ),
    "ssh_sessions_per_site": Definition(
        int, 50, _("Logins to devices of one site at the same time; 0: any number."), most=10_000
    ),
    "ssh_sessions_per_credential": Definition(
        int, 0, _("Logins with one credential at the same time; 0: any number."), most=10_000
    ),
    "login_interval_ms": Definition(
        int, 0, _("Time between two logins with one credential (milliseconds); spares an AAA server."), most=60_000
    ),
    "login_failures_before_lock": Definition(
        int,
        10,
        _("So many refused logins within an hour lock a credential until somebody releases it; 0: never."),
        most=10_000,
    ),
    "syslog_allowed_senders": Definition(
        str, None, _("Addresses and prefixes whose syslog messages are kept, comma-separated; empty: all.")
    ),
    "syslog_relays": Definition(
        str,
        None,
        _("Relays (addresses and prefixes): the host name in their syslog messages tells which device spoke."),
    ),
    "syslog_backup_enabled": Definition(
        bool, True, _("Back up a device when its log tells of a configuration change.")
    ),
    "syslog_backup_quiet_seconds": Definition(
        int, 60, _("That backup waits until the device has told of no further change for so long (seconds)."), most=3600
    ),
    "syslog_backup_interval_minutes": Definition(
        int, 10, _("At least so much time lies between two such backups of a device (minutes)."), most=1440
    ),
}


def parse(name: str, text: str) -> Value:
    """The typed value; raises ValueError with a sentence that names the setting and what it accepts."""
    definition, text = REGISTRY[name], text.strip()
    if not text:
        return definition.default
    if definition.kind is bool:
        if text.lower() in OFF:
            return False
        if text.lower() in ON:
            return True
        raise ValueError(f"{name} is {text!r}; accepted are 1, true, yes, on and 0, false, no, off.")
    if definition.kind is str:
        return ", ".join(map(str, _networks(name, text))) or definition.default
    if text.isascii() and text.isdigit() and definition.least <= int(text) <= definition.most:
        return int(text)
    raise ValueError(f"{name} is {text!r}; accepted are whole numbers from {definition.least} to {definition.most}.")


def _networks(name: str, text: str) -> list[IPv4Network | IPv6Network]:
    try:
        return [ip_network(part.strip()) for part in text.split(",") if part.strip()]
    except ValueError:
        accepted = "addresses and prefixes, comma-separated, such as 192.0.2.7, 10.0.0.0/8, 2001:db8::/32"
        raise ValueError(f"{name} is {text!r}; accepted are {accepted}.") from None


def networks(name: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """A setting that is a list of networks; none when it is empty."""
    return tuple(_networks(name, str(get(name) or "")))


def text_of(value: object) -> str:
    """A typed value as it is stored; None is stored as nothing, which is the default."""
    return "" if value is None else str(value).strip().lower()


def get(name: str) -> Value:
    """What the setting is now; a stored value that is not accepted any more counts as the default."""
    return meant(name, stored(name).first())


def stored(name: str) -> QuerySet[SystemSetting, str]:
    """The value as it is stored, if it is: a question that can be asked within another."""
    return SystemSetting.objects.order_by().filter(name=name).values_list("value", flat=True)


def meant(name: str, text: str | None) -> Value:
    """What a stored value stands for, as in `get`."""
    try:
        return parse(name, text or "")
    except ValueError:
        return REGISTRY[name].default


def enabled(name: str) -> bool:
    """A setting of yes or no."""
    return bool(get(name))


def number(name: str) -> int:
    """A setting that always has a number."""
    return int(get(name) or 0)
