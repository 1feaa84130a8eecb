"""One cast for all tests: plain functions that store a believable row, every field free to choose.

A name or an address that is not given is the next unused one.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from ipaddress import IPv4Address
from itertools import count
from typing import Any
from uuid import uuid4

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, Permission, User
from django.utils import timezone

from compliance.models import Drift, DriftEvent, Result, Rule, Standard, Waiver
from inventory.models import (
    AccessScope,
    ConfigBackup,
    ConfigText,
    Credential,
    Device,
    DeviceAddress,
    Interface,
    Link,
    Neighbour,
    Prefix,
    Site,
    Vlan,
)
from jobs.grants import create_roles
from jobs.models import Job, JobTarget
from syslogd import partitions
from syslogd.batch import Batch, Chunk, Counts, first_id, pack
from syslogd.models import SyslogMessage, SyslogPoison, SyslogRun

NUMBERS = count(1)
CAPTURED = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
PASSWORD = "correct horse battery staple"
CONFIG = "hostname core1\nsnmp-server community ******** ro\nntp server 10.0.0.1\nend\n"


def make_user(*permissions: str, name: str = "", **fields: Any) -> User:
    """A person in the staff with these permissions (`app.codename`); the password is PASSWORD."""
    user: User = get_user_model().objects.create(
        username=name or f"user{next(NUMBERS)}", password=_hashed(PASSWORD), is_staff=True, **fields
    )
    user.user_permissions.set([_permission(wanted) for wanted in permissions])
    return user


def make_viewer(**fields: Any) -> User:
    """May look at everything of ours and change nothing."""
    return in_role(make_user(**fields), "viewer")


def make_operator(**fields: Any) -> User:
    """On shift: looks, edits and approves devices, starts work and asks for changes."""
    return in_role(make_user(**fields), "operator")


def make_approver(**fields: Any) -> User:
    """Looks and decides: deployments, waivers, golden configurations."""
    return in_role(make_user(**fields), "approver")


def make_administrator(**fields: Any) -> User:
    """Everything below a superuser."""
    return in_role(make_user(**fields), "admin")


def in_role(user: User, role: str) -> User:
    """Put the user into the role's group, which a test that empties all tables has lost."""
    create_roles(Group.objects, Permission.objects)
    user.groups.add(Group.objects.get(name=role))
    return user


def make_admin(**fields: Any) -> User:
    """A superuser: may do everything."""
    return make_user(is_superuser=True, **fields)


def make_site(name: str = "", **fields: Any) -> Site:
    name = name or f"Site {next(NUMBERS)}"
    return Site.objects.create(name=name, slug=fields.pop("slug", name.lower().replace(" ", "-")), **fields)


def make_scope(*users: User, sites: Sequence[Site] = (), roles: Sequence[str] = (), name: str = "") -> AccessScope:
    """The users see the devices of these sites and roles, and no others any more."""
    scope = AccessScope.objects.create(name=name or f"Scope {next(NUMBERS)}", roles=list(roles))
    scope.sites.set(sites)
    scope.users.set(users)
    return scope


def make_prefix(prefix: str = "127.0.0.0/8", **fields: Any) -> Prefix:
    """An allowed network; the loopback unless another is given."""
    return Prefix.objects.create(prefix=prefix, **fields)


def make_credential(kind: str = Credential.Kind.SSH, **fields: Any) -> Credential:
    """A complete credential of the kind, with made-up secrets."""
    wanted: dict[str, Any] = {
        Credential.Kind.SSH: {"username": "netops", "password": "ssh-s3cret"},
        Credential.Kind.SNMP_V2C: {"snmp_community": "community-s3cret"},
        Credential.Kind.SNMP_V3: {
            "username": "snmpops",
            "snmp_auth_protocol": Credential.AuthProtocol.SHA,
            "snmp_auth_key": "auth-s3cret",
            "snmp_priv_protocol": Credential.PrivProtocol.AES,
            "snmp_priv_key": "priv-s3cret",
        },
    }[Credential.Kind(kind)]
    fields.setdefault("name", f"{kind} {next(NUMBERS)}")
    return Credential.objects.create(kind=kind, **{**wanted, **fields})


def make_device(name: str = "", **fields: Any) -> Device:
    """An active IOS router at the next address of 127.77.0.0/16."""
    number = next(NUMBERS)
    fields.setdefault("primary_address", str(IPv4Address("127.77.0.0") + number))
    defaults = {
        "platform": "cisco_ios",
        "vendor": "Cisco",
        "model": "ISR4331/K9",
        "os_version": "17.6.4",
        "serial": f"FDO{number:08d}",
    }
    return Device.objects.create(name=name or f"router{number}", **{**defaults, **fields})


def make_address(device: Device, address: str, prefix_length: int | None = 24, **fields: Any) -> DeviceAddress:
    return DeviceAddress.objects.create(device=device, address=address, prefix_length=prefix_length, **fields)


def make_interface(device: Device, name: str = "", **fields: Any) -> Interface:
    """A port that is up."""
    number = next(NUMBERS)
    defaults: dict[str, Any] = {"if_index": number, "type": "ethernetCsmacd", "enabled": True, "up": True}
    return Interface.objects.create(device=device, name=name or f"GigabitEthernet0/{number}", **{**defaults, **fields})


def make_vlan(device: Device, vid: int = 10, **fields: Any) -> Vlan:
    return Vlan.objects.create(device=device, vid=vid, **{"name": f"VLAN{vid:04d}", **fields})


def make_neighbour(device: Device, local_interface: str = "GigabitEthernet0/1", **fields: Any) -> Neighbour:
    defaults = {"protocol": "lldp", "remote_name": "switch1", "remote_port": "Ethernet1"}
    return Neighbour.objects.create(device=device, local_interface=local_interface, **{**defaults, **fields})


def make_link(a: Device, b: Device, **fields: Any) -> Link:
    """A cable seen from both ends."""
    number = next(NUMBERS)
    defaults: dict[str, Any] = {"a_interface": f"Ethernet{number}", "b_interface": f"Ethernet{number}", "agreed": True}
    return Link.objects.create(a_device=a, b_device=b, **{**defaults, **fields})


def make_config_backup(device: Device, redacted: str = CONFIG, full: str = "", **fields: Any) -> ConfigBackup:
    """A configuration the device had since CAPTURED; `full` is the text with its secrets, by default the redacted."""
    full = full or redacted
    digest = hashlib.sha256(full.encode()).hexdigest()
    text, _ = ConfigText.objects.get_or_create(
        sha256=digest,
        defaults={"redacted": redacted, "full": full, "lines": len(full.splitlines()), "size": len(full.encode())},
    )
    times = {"captured_at": CAPTURED, "last_seen_at": CAPTURED}
    return ConfigBackup.objects.create(device=device, text=text, **{**times, **fields})


def make_standard(name: str = "", **fields: Any) -> Standard:
    """A standard of the operators' own, without rules."""
    number = next(NUMBERS)
    return Standard.objects.create(name=name or f"Standard {number}", slug=f"standard-{number}", **fields)


def make_rule(standard: Standard | None = None, rule_id: str = "", **fields: Any) -> Rule:
    """A rule for IOS that wants an NTP server."""
    number = next(NUMBERS)
    defaults: dict[str, Any] = {
        "title": "Time comes from NTP",
        "severity": Rule.Severity.HIGH,
        "platforms": ["cisco_ios"],
        "definition": {"matches": "^ntp server"},
        "remediation": "ntp server 10.0.0.1",
    }
    standard = standard or make_standard()
    return Rule.objects.create(standard=standard, rule_id=rule_id or f"ntp-{number}", **{**defaults, **fields})


def make_result(device: Device, rule: Rule | None = None, state: str = Result.State.PASS, **fields: Any) -> Result:
    """A verdict of CAPTURED with one line of evidence."""
    defaults: dict[str, Any] = {
        "evidence": [{"line_number": 3, "text": "ntp server 10.0.0.1"}],
        "checked_at": CAPTURED,
        "changed_at": CAPTURED,
    }
    return Result.objects.create(device=device, rule=rule or make_rule(), state=state, **{**defaults, **fields})


def make_drift(device: Device, state: str = Drift.State.DRIFTED, **fields: Any) -> Drift:
    """A comparison of CAPTURED with one missing line."""
    defaults: dict[str, Any] = {"message": "1 missing.", "missing": ["ntp server 10.0.0.1"]}
    times = {"checked_at": CAPTURED, "changed_at": CAPTURED}
    return Drift.objects.create(device=device, state=state, **{**defaults, **times, **fields})


def make_drift_event(device: Device, was: str = Drift.State.IN_SYNC, **fields: Any) -> DriftEvent:
    """That the device drifted at CAPTURED."""
    state = fields.pop("state", Drift.State.DRIFTED)
    return DriftEvent.objects.create(device=device, was=was, state=state, **{"at": CAPTURED, **fields})


def make_waiver(owner: User, rule: Rule | None = None, **fields: Any) -> Waiver:
    """A waiver for everywhere until far in the future."""
    defaults: dict[str, Any] = {
        "reason": "Replaced next quarter",
        "starts_at": CAPTURED,
        "ends_at": CAPTURED.replace(year=CAPTURED.year + 50),
    }
    return Waiver.objects.create(owner=owner, rule=rule or make_rule(), **{**defaults, **fields})


def make_job(kind: str = "sync", devices: Sequence[Device] = (), labels: Sequence[str] = (), **fields: Any) -> Job:
    """A waiting job with one waiting target per device and per label. Nothing is put on a queue."""
    targets = [JobTarget(device=device, label=device.name) for device in devices]
    targets += [JobTarget(label=label) for label in labels]
    job = Job.objects.create(kind=kind, **{"total": len(targets), **fields})
    for target in targets:
        target.job = job
    JobTarget.objects.bulk_create(targets)
    return job


def make_receiver(**fields: Any) -> SyslogRun:
    """A receiver that is at work; the counts in messages are given."""
    times = dict.fromkeys(("started_at", "seen_at"), timezone.now())
    return SyslogRun.objects.create(**{"host": "collector1", "receiver": 0, **times, **fields})


def make_syslog(device: Device | None = None, received_at: datetime | None = None, **fields: Any) -> SyslogMessage:
    """A stored message, of just now; the id tells its time and is never given twice within a microsecond."""
    moment = received_at or timezone.now()
    partitions.ensure([moment.astimezone(UTC).date()])
    texts = dict.fromkeys(("hostname", "app_name", "procid", "msgid", "mnemonic", "raw"), "")
    told = {"source": "192.0.2.1", "facility": 16, "severity": 6, "message": "a message", **texts, **fields}
    row = first_id(moment) + next(NUMBERS) % 4096
    return SyslogMessage.objects.create(id=row, received_at=moment, device=device, **told)


def make_poison(*texts: str, **fields: Any) -> SyslogPoison:
    """A batch set aside, of these messages; of none: damaged, so that trying again leaves it where it is."""
    count = len(texts) or 1
    run = make_receiver(received=count, handed=count, aside=count)
    chunk = Chunk(1, [b"\x7f\0\0\1"] * count, [text.encode() for text in texts])
    batch = Batch(uuid4(), run.uuid, 0, Counts(received=count, handed=count), (chunk,))
    told = {"at": CAPTURED, "count": count, "error": "DataError: no", **fields}
    payload = pack(batch) if texts else b"damaged"
    return SyslogPoison.objects.create(uuid=batch.uuid, run=run, payload=payload, **told)


@cache
def _hashed(password: str) -> str:
    """Slow by intention, so once a process is enough."""
    return make_password(password, hasher="pbkdf2_sha256")  # whatever hasher a test prefers


def _permission(name: str) -> Permission:
    app, codename = name.split(".")
    return Permission.objects.get(content_type__app_label=app, codename=codename)
