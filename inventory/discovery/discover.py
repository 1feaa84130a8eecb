"""The verb: from addresses to devices with facts. Sweep, fingerprint, read, recognise, store."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from inventory.discovery.fingerprint import Identified, identify, oids_needed
from inventory.discovery.recognise import recognise
from inventory.discovery.sweep import SweepAnswer, SweepProgress, sweep
from inventory.errors import DeviceError
from inventory.facts import Snapshot, SystemFacts
from inventory.models import Credential, Device, DeviceAddress, Prefix
from inventory.platforms import GENERIC
from inventory.reach import prefix_of, snmp_auth
from inventory.record import record
from inventory.snmp.auth import SnmpAuth, SnmpTarget
from inventory.snmp.facts import read_identity, read_snapshot

log = logging.getLogger(__name__)
READERS = 32  # devices read at the same time after the sweep


@dataclass(frozen=True, slots=True)
class Options:
    """How to look. Ports are what found devices get for later logins; `pps` paces the sweep (packets per second)."""

    credentials: tuple[int, ...] = ()  # ids of SNMP credentials in the order they are tried; empty: all
    snmp_port: int = 161
    ssh_port: int = 22
    api_port: int | None = None
    pps: int = 2000
    retries: int = 1
    timeout: float = 1.0


@dataclass(slots=True)
class Found:
    """What discovery came to. Ids of devices; `problems` are sentences."""

    probed: int = 0
    answered: int = 0
    created: list[int] = field(default_factory=list)
    updated: list[int] = field(default_factory=list)
    ignored: int = 0  # deleted devices that stay deleted
    refused: set[str] = field(default_factory=set)  # neighbours' addresses outside the allowed prefixes
    problems: list[str] = field(default_factory=list)

    def add(self, other: "Found") -> None:
        """Take another look's findings in."""
        self.probed += other.probed
        self.answered += other.answered
        self.created += [pk for pk in other.created if pk not in self.created]
        self.updated += [pk for pk in other.updated if pk not in (*self.created, *self.updated)]
        self.ignored += other.ignored
        self.problems += other.problems

    @property
    def sentence(self) -> str:
        """For the operator."""
        text = f"{self.answered} of {self.probed} addresses answered: "
        text += f"{len(self.created)} new devices, {len(self.updated)} known."
        if self.ignored:
            text += f" {self.ignored} deleted earlier stay deleted."
        if self.refused:
            text += f" {len(self.refused)} neighbours lie outside the allowed prefixes and were not asked."
        return " ".join([text, *self.problems[:20]])


def discover(
    addresses: Iterable[str],
    options: Options,
    on_progress: Callable[[SweepProgress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Found:
    """Sweep the addresses and store every device that answers. The addresses must have been allowed before."""
    credentials = usable_credentials(options.credentials)
    found = Found()
    if not credentials:
        found.problems.append("There is no SNMP credential to try; add one under Credentials.")
        return found

    def count(progress: SweepProgress) -> None:
        found.probed = progress.probed
        if on_progress:
            on_progress(progress)

    auths = [snmp_auth(credential) for credential in credentials]
    answers = list(
        sweep(
            addresses,
            auths,
            port=options.snmp_port,
            pps=options.pps,
            retries=options.retries,
            timeout=options.timeout,
            on_progress=count,
            should_stop=should_stop,
        )
    )
    found.answered = len(answers)
    prefixes = list(Prefix.objects.select_related("site", "ssh_credential"))
    for read in _read_all(answers, auths, options):
        credential = credentials[read.credential] if read.credential is not None else None
        try:
            _store(found, read, credential, options, prefixes)
        except (DatabaseError, ValueError) as error:  # whatever one device sent, the others are stored
            log.exception("a found device could not be stored", extra={"address": read.answer.address})
            found.problems.append(f"{read.answer.address} could not be stored ({type(error).__name__}); see the log.")
    return found


def usable_credentials(ids: Sequence[int]) -> list[Credential]:
    """The SNMP credentials to try, in the given order, or all of them."""
    rows = Credential.objects.exclude(kind=Credential.Kind.SSH)
    if not ids:
        return list(rows.order_by("id"))
    by_id = rows.in_bulk(ids)
    return [by_id[pk] for pk in ids if pk in by_id]


@dataclass(frozen=True, slots=True)
class Read:
    """One address that answered, and all it told."""

    answer: SweepAnswer
    credential: int | None  # index into the credentials; None: answered, but none of them could read it
    identified: Identified
    snapshot: Snapshot
    problem: str = ""


def _read_all(answers: Sequence[SweepAnswer], auths: Sequence[SnmpAuth], options: Options) -> Iterable[Read]:
    """Read the tables of all that answered, many at a time, in chunks so that memory stays bounded."""
    for start in range(0, len(answers), READERS * 4):
        yield from asyncio.run(_read_chunk(answers[start : start + READERS * 4], auths, options))


async def _read_chunk(answers: Sequence[SweepAnswer], auths: Sequence[SnmpAuth], options: Options) -> list[Read]:
    gate = asyncio.Semaphore(READERS)

    async def one(answer: SweepAnswer) -> Read:
        async with gate:
            return await _read_one(answer, auths, options)

    return list(await asyncio.gather(*(one(answer) for answer in answers)))


async def _read_one(answer: SweepAnswer, auths: Sequence[SnmpAuth], options: Options) -> Read:
    """Read with the credential that answered; an engine that only told its ID is tried with each v3 user."""
    problem = ""
    for index in [answer.auth_index] if answer.auth_index is not None else _v3_indexes(auths):
        target = SnmpTarget(address=answer.address, auth=auths[index], port=options.snmp_port)
        try:
            system = await read_identity(target) if not answer.sys_object_id else _told(answer)
            oids = oids_needed(identify(system.sys_object_id, system.sys_descr).platform)
            reading = await read_snapshot(target, oids)
        except DeviceError as error:
            problem = str(error)
            continue
        system = reading.snapshot.system or system
        identified = identify(system.sys_object_id, system.sys_descr, reading.values)
        return Read(answer, index, identified, replace(reading.snapshot, system=_facts(system, identified)))
    system = _told(answer)
    identified = identify(system.sys_object_id, system.sys_descr)
    return Read(answer, None, identified, Snapshot(system=_facts(system, identified)), problem)


def _v3_indexes(auths: Sequence[SnmpAuth]) -> list[int]:
    return [index for index, auth in enumerate(auths) if auth.version == "v3"]


def _told(answer: SweepAnswer) -> SystemFacts:
    """What the sweep alone knows."""
    return SystemFacts(
        hostname=answer.sys_name,
        sys_descr=answer.sys_descr,
        sys_object_id=answer.sys_object_id,
        snmp_engine_id=answer.engine_id,
    )


def _facts(system: SystemFacts, identified: Identified) -> SystemFacts:
    """The facts with what the platform's record found in them."""
    return replace(
        system,
        vendor=identified.vendor or system.vendor,
        model=identified.model or system.model,
        os_version=identified.os_version or system.os_version,
        serial=identified.serial or system.serial,
    )


def _store(found: Found, read: Read, credential: Credential | None, options: Options, prefixes: list[Prefix]) -> None:
    """Recognise the device and store what was read, or say why not."""
    address, system = read.answer.address, read.snapshot.system or SystemFacts()
    if read.credential is None:
        found.problems.append(f"{address} answers SNMP but cannot be read: {read.problem}")
        if not system.sys_object_id:
            return
    with transaction.atomic():
        _one_at_a_time()
        known = recognise(address, system)
        found.problems += known.problems
        found.ignored += known.deleted
        if (device := known.device) is None:
            return
        _adopt(device, read, credential, options, prefixes, known.created)
        record(device, read.snapshot)
        DeviceAddress.objects.get_or_create(device=device, address=address, vrf="")
    if device.pk not in (*found.created, *found.updated):
        (found.created if known.created else found.updated).append(device.pk)
    found.problems += [f"{device.name}: {text}" for text in read.snapshot.problems]


def _one_at_a_time() -> None:
    """Two workers that meet the same new router on two of its addresses must not create it twice."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [0x6E6D6964])
    # SQLite's transactions are IMMEDIATE (settings.py): they exclude one another anyway.


def _adopt(
    device: Device, read: Read, credential: Credential | None, options: Options, prefixes: list[Prefix], created: bool
) -> None:
    """Give the device its platform, its place and the ways to log in that it has not got yet."""
    now = timezone.now()
    device.last_seen_at = now
    if created or device.platform == GENERIC:
        device.platform = read.identified.platform.slug
    if credential is not None and device.snmp_credential_id is None:
        device.snmp_credential, device.snmp_port = credential, options.snmp_port
    if created:
        prefix = prefix_of(read.answer.address, prefixes)
        device.discovered_at = now
        device.ssh_port, device.api_port = options.ssh_port, options.api_port
        device.status = Device.Status.ACTIVE if prefix and prefix.auto_approve else Device.Status.QUARANTINE
        if prefix:
            device.site, device.ssh_credential = prefix.site, prefix.ssh_credential
    device.save()
