"""The verb: from addresses to devices with facts. Sweep, fingerprint, read, recognise, store."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from django.db import DatabaseError, connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from inventory import audit
from inventory.discovery.fingerprint import Identified, identify, oids_needed
from inventory.discovery.recognise import Recognised, recognise
from inventory.discovery.sweep import SweepAnswer, SweepProgress, sweep
from inventory.errors import DeviceError
from inventory.facts import Snapshot, SystemFacts
from inventory.models import Credential, Device, DeviceAddress, Prefix
from inventory.platforms import GENERIC
from inventory.reach import NoCredential, is_allowed, prefix_of, snmp_auth
from inventory.record import record
from inventory.snmp.auth import SnmpAuth, SnmpTarget
from inventory.snmp.facts import read_identity, read_snapshot

log = logging.getLogger(__name__)
READERS = 32  # devices read at the same time after the sweep
STOP_EVERY = 1.0  # seconds between two questions whether to stop while devices are read
NAMED = 20  # problems repeated in the sentence; all of them are logged


@dataclass(frozen=True, slots=True)
class Options:
    """How to look. Ports are what found devices get for later logins; `pps` paces the sweep (packets per second).

    `sites` (ids): only what stands there is found, and devices of other sites are left alone; None: everywhere.
    """

    credentials: tuple[int, ...] = ()  # ids of SNMP credentials in the order they are tried; empty: all
    snmp_port: int = 161
    ssh_port: int = 22
    api_port: int | None = None
    pps: int = 2000
    retries: int = 1
    timeout: float = 1.0
    sites: tuple[int, ...] | None = None

    def own(self, devices: "QuerySet[Device]") -> "QuerySet[Device]":
        """Those of the devices that may be read and changed."""
        return devices if self.sites is None else devices.filter(site__in=self.sites)


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
    stopped: bool = False  # the caller wanted no more before everything was done

    def add(self, other: "Found") -> None:
        """Take another look's findings in."""
        self.probed += other.probed
        self.answered += other.answered
        self.created += [pk for pk in other.created if pk not in self.created]
        self.updated += [pk for pk in other.updated if pk not in (*self.created, *self.updated)]
        self.ignored += other.ignored
        self.problems += other.problems
        self.stopped |= other.stopped

    @property
    def sentence(self) -> str:
        """For the operator."""
        text = f"{self.answered} of {self.probed} addresses answered: "
        text += f"{len(self.created)} new devices, {len(self.updated)} known."
        if self.ignored:
            text += f" {self.ignored} deleted earlier stay deleted."
        if self.refused:
            text += f" {len(self.refused)} neighbours lie outside the allowed prefixes and were not asked."
        more = f"{len(self.problems) - NAMED} more problems are in the log." if len(self.problems) > NAMED else ""
        end = "Stopped before the end." if self.stopped else ""
        return " ".join(filter(None, [text, *self.problems[:NAMED], more, end]))


def discover(
    addresses: Iterable[str],
    options: Options,
    on_progress: Callable[[SweepProgress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    pace: Callable[[], float] | None = None,
) -> Found:
    """Sweep the addresses and store every device that answers. The addresses must have been allowed before.

    `pace` as in `sweep`. Raises NoCredential when there is nothing to ask with.
    """
    credentials = usable_credentials(options.credentials)
    if not credentials:
        raise NoCredential("There is no SNMP credential to try; add one under Credentials.")
    found = Found()
    stop = should_stop or (lambda: False)

    def count(progress: SweepProgress) -> None:
        found.probed = progress.probed
        if on_progress:
            on_progress(progress)

    auths = [snmp_auth(credential) for credential in credentials]
    answers = list(_ask(addresses, auths, options, stop, count, pace))
    found.answered = len(answers)
    prefixes = list(Prefix.objects.select_related("site", "ssh_credential"))
    met: dict[int, list[str]] = {}
    for read in _read_all(answers, auths, options, stop):
        credential = credentials[read.credential] if read.credential is not None else None
        try:
            device = _store(found, read, credential, options, prefixes)
        except (DatabaseError, ValueError) as error:  # whatever one device sent, the others are stored
            log.exception("a found device could not be stored", extra={"address": read.answer.address})
            found.problems.append(f"{read.answer.address} could not be stored ({type(error).__name__}); see the log.")
            continue
        if device is not None:
            met.setdefault(device, []).append(read.answer.address)
    found.stopped = stop()
    if not found.stopped:
        _follow_moves(found, met, lambda silent: {a.address for a in _ask(silent, auths, options, stop)})
    for problem in found.problems[NAMED:]:
        log.warning(problem)
    return found


def _ask(
    addresses: Iterable[str],
    auths: Sequence[SnmpAuth],
    options: Options,
    stop: Callable[[], bool],
    on_progress: Callable[[SweepProgress], None] | None = None,
    pace: Callable[[], float] | None = None,
) -> Iterable[SweepAnswer]:
    return sweep(
        addresses,
        auths,
        port=options.snmp_port,
        pps=options.pps,
        retries=options.retries,
        timeout=options.timeout,
        on_progress=on_progress,
        should_stop=stop,
        pace=pace,
    )


def _follow_moves(found: Found, met: dict[int, list[str]], answering: Callable[[list[str]], set[str]]) -> None:
    """Manage a device on the address it answered on where the old one is neither its own any more nor answers."""
    doubtful = {}
    for device in Device.objects.filter(pk__in=met):
        old = device.primary_address
        own = device.addresses.filter(address=old).exclude(interface=None).exists()
        if old not in met[device.pk] and not own and is_allowed(old):
            doubtful[old] = device
    if not doubtful:
        return
    for old in set(doubtful) - answering(list(doubtful)):
        device, new = doubtful[old], met[doubtful[old].pk][0]
        if not Device.objects.filter(primary_address=new).exists():
            audit.update(Device.objects.filter(pk=device.pk, primary_address=old), primary_address=new)
            device.addresses.filter(address=old).delete()
            found.problems.append(f"{device.name} does not answer on {old} any more; it is managed on {new} now.")


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


def _read_all(
    answers: Sequence[SweepAnswer], auths: Sequence[SnmpAuth], options: Options, stop: Callable[[], bool]
) -> Iterable[Read]:
    """Read the tables of all that answered, many at a time, in chunks so that memory stays bounded."""
    for start in range(0, len(answers), READERS * 4):
        chunk = answers[start : start + READERS * 4]
        with asyncio.Runner() as runner:
            tasks = runner.run(_started(chunk, auths, options))
            waiting = set(tasks)
            # The question goes to the database, which must not be asked while the loop runs.
            while waiting and not stop():
                _done, waiting = runner.run(asyncio.wait(waiting, timeout=STOP_EVERY))
            done = [task for task in tasks if task not in waiting]
        yield from (task.result() for task in done)
        if waiting:
            return


async def _started(
    answers: Sequence[SweepAnswer], auths: Sequence[SnmpAuth], options: Options
) -> list["asyncio.Task[Read]"]:
    gate = asyncio.Semaphore(READERS)

    async def one(answer: SweepAnswer) -> Read:
        async with gate:
            return await _read_one(answer, auths, options)

    return [asyncio.create_task(one(answer)) for answer in answers]


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


def _store(
    found: Found, read: Read, credential: Credential | None, options: Options, prefixes: list[Prefix]
) -> int | None:
    """Recognise the device and store what was read, or say why not. Returns the device's id."""
    address, system = read.answer.address, read.snapshot.system or SystemFacts()
    if read.credential is None:
        found.problems.append(f"{address} answers SNMP but cannot be read: {read.problem}")
        if not system.sys_object_id:
            return None
    with transaction.atomic():
        _one_at_a_time()
        known = recognise(address, system)
        if options.sites is not None and _is_foreign(known, options):
            found.problems.append(f"{address} answers as a device outside of your access scopes; it was left alone.")
            return None
        found.problems += known.problems
        found.ignored += known.deleted
        if (device := known.device) is None:
            return None
        _adopt(device, read, credential, options, prefixes, known.created)
        record(device, read.snapshot)
        DeviceAddress.objects.get_or_create(device=device, address=address, vrf="")
        # Who answered here before and does not list the address itself has lost it.
        lost = DeviceAddress.objects.filter(address=address, interface=None, prefix_length=None)
        lost.filter(device__in=options.own(Device.objects.all())).exclude(device=device).delete()
    if device.pk not in (*found.created, *found.updated):
        (found.created if known.created else found.updated).append(device.pk)
    found.problems += [f"{device.name}: {text}" for text in read.snapshot.problems]
    return int(device.pk)


def _is_foreign(known: Recognised, options: Options) -> bool:
    """Whether the device stands elsewhere. Problems may name any device, so with them nobody is sure enough."""
    device = known.device
    here = device is None or known.created or device.site_id in (options.sites or ())
    return bool(known.problems) or not here


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
