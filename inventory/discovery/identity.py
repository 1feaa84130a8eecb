"""Which known device is this? Pure.

The order of evidence: serial number, SNMP engine id, chassis MAC, sysName with vendor. Values that many devices
share (factory defaults, zeros) are no evidence.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

JUNK_SERIALS = frozenset(
    "none null unknown unspecified notspecified notavailable notapplicable notset default defaultstring empty invalid "
    "tobefilledbyoem systemserialnumber serialnumber chassisserialnumber nosuchinstance nosuchobject "
    "123456 12345678 123456789 0123456789 1234567890 xxxxxxxx".split()
)
JUNK_NAMES = frozenset(
    "localhost localhost.localdomain router switch hostname unknown none mikrotik huawei hpe h3c juniper cisco "
    "procurve fortigate ubnt debian ubuntu raspberrypi linux changeme default noname".split()
)
# Engine ids made of no data of the device's own (SnmpEngineID, RFC 3411): behind the four octets of the enterprise
# the loopback address, or an address or MAC of zeros or ones. Many agents ship so.
JUNK_ENGINE_ID = re.compile(r"[0-9a-f]{8}(?:(?:01)?7f000001[0-9a-f]*|0[1-5](?:00)+|0[1-5](?:ff)+|(?:00)+|(?:ff)+)")
# Virtual addresses that two devices share: VRRP (RFC 5798), HSRP, GLBP
SHARED_MAC = re.compile(r"(?:00005e0001|00005e0002|00000c07ac|00000c9ff|0007b400)[0-9a-f]*")

ADDRESS_LIKE = re.compile(r"[\d.]+|[0-9a-f:]*:[0-9a-f:.]*")
FIELDS = ("serial", "snmp_engine_id", "chassis_mac", "name")  # strongest evidence first
CROWD = 16  # evidence that more devices share tells nothing, and comparing them all would take long


@dataclass(frozen=True, slots=True)
class Known:
    """A device of the inventory, or the tombstone of a deleted one (`id` is then the tombstone's)."""

    id: int
    serial: str = ""
    snmp_engine_id: str = ""
    chassis_mac: str = ""
    name: str = ""
    vendor: str = ""
    addresses: tuple[str, ...] = ()
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """What an answering address said of itself. Empty text: it did not say."""

    address: str
    serial: str = ""
    snmp_engine_id: str = ""
    chassis_mac: str = ""
    name: str = ""
    vendor: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """`device_id` None: a device nobody knows. `conflicts`: sentences an operator should read."""

    device_id: int | None
    reason: str  # one of FIELDS, or new
    conflicts: tuple[str, ...] = ()
    deleted: bool = False  # the match is a tombstone: it stays deleted until a human says otherwise


@dataclass(frozen=True, slots=True)
class _Evidence:
    """The comparable form of what identifies a device; empty text where it is no evidence."""

    serial: str
    snmp_engine_id: str
    chassis_mac: str
    name: str
    domain: str
    vendor: str


class Index:
    """Known devices by each kind of evidence; a lookup costs microseconds at any size."""

    def __init__(self, known: Iterable[Known]) -> None:
        # tombstones are rows of another table: their numbers repeat those of devices
        self._known: dict[tuple[bool, int], tuple[Known, _Evidence]] = {}
        self._keys: dict[tuple[str, str], set[tuple[bool, int]]] = defaultdict(set)
        for device in known:
            self.add(device)

    def add(self, device: Known) -> None:
        """Take a device in, or another look at one: found again by every later `match`."""
        evidence = _evidence(device)
        key = (device.deleted, device.id)
        self._known[key] = (device, evidence)
        for field in FIELDS:
            value = getattr(evidence, field)
            if value:
                self._keys[field, value].add(key)

    def candidates(self, field: str, value: str) -> list[tuple[Known, _Evidence]]:
        """Devices that share this evidence, living ones first. `value` empty: none."""
        keys = self._keys.get((field, value), ()) if value else ()
        pairs = (self._known[key] for key in keys)
        current = (pair for pair in pairs if getattr(pair[1], field) == value)
        return sorted(islice(current, CROWD + 1), key=lambda pair: (pair[0].deleted, pair[0].id))


def match(seen: Seen, known: "Sequence[Known] | Index") -> Match:
    """The known device that `seen` is, by the strongest evidence that no stronger evidence contradicts.

    Give an Index when matching more than one.
    """
    index = known if isinstance(known, Index) else Index(known)
    evidence = _evidence(seen)
    conflicts: list[str] = []
    for field in FIELDS:
        sharing = index.candidates(field, getattr(evidence, field))
        if len(sharing) > CROWD:
            conflicts.append(f"more than {CROWD} devices share {_words(field)} of {seen.address}: it is no evidence")
            continue
        objections = {device: _objection(field, evidence, other) for device, other in sharing}
        conflicts += [
            f"{seen.address} and {_called(device)} share {_words(field)} but {objection}"
            for device, objection in objections.items()
            if objection
        ]
        fitting = [device for device, objection in objections.items() if not objection]
        living = [device for device in fitting if not device.deleted]
        if len(living) > 1:
            names = ", ".join(_called(device) for device in living)
            conflicts.append(f"{seen.address} could be any of {names}: they share {_words(field)}")
        elif fitting:
            return Match(fitting[0].id, field, tuple(conflicts), fitting[0].deleted)
    return Match(None, "new", tuple(conflicts))


def _objection(field: str, seen: _Evidence, known: _Evidence) -> str:
    """Why shared evidence does not make one device of two, or empty text."""
    contradicting: tuple[str, ...] = ("serial",)
    if field == "name":
        if not seen.vendor or seen.vendor != known.vendor:
            return "not the vendor"
        if seen.domain and known.domain and seen.domain != known.domain:
            return "not the domain"
        contradicting = FIELDS[:3]
    elif field == "serial" and seen.vendor and known.vendor and seen.vendor != known.vendor:
        return "not the vendor"
    for other in contradicting:
        mine, theirs = getattr(seen, other), getattr(known, other)
        if mine and theirs and mine != theirs:
            return f"not {_words(other)}"
    return ""


def _evidence(device: Known | Seen) -> _Evidence:
    full = device.name.strip().rstrip(".").lower()
    name, _, domain = (full, "", "") if ADDRESS_LIKE.fullmatch(full) else full.partition(".")
    vendor = device.vendor.strip().lower()
    return _Evidence(
        serial=_serial(device.serial),
        snmp_engine_id=_engine_id(device.snmp_engine_id),
        chassis_mac=_mac(device.chassis_mac),
        name="" if name in JUNK_NAMES or full in JUNK_NAMES else name,
        domain=domain,
        vendor="" if vendor == "unknown" else vendor,
    )


def _serial(text: str) -> str:
    serial = text.strip().upper()
    plain = re.sub(r"[^a-z0-9]", "", serial.lower())
    junk = len(plain) < 4 or plain in JUNK_SERIALS or len(set(plain)) < 2
    return "" if junk else serial


def _engine_id(text: str) -> str:
    """Lower-case hexadecimal; RFC 3411: 5 to 32 octets."""
    engine = re.sub(r"^0x|[\s:.-]", "", text.strip().lower())
    whole = re.fullmatch(r"(?:[0-9a-f]{2}){5,32}", engine)
    return "" if not whole or JUNK_ENGINE_ID.fullmatch(engine) or len(set(engine)) < 2 else engine


def _mac(text: str) -> str:
    """Twelve lower-case hexadecimal digits."""
    mac = re.sub(r"[\s:.-]", "", text.strip().lower())
    if not re.fullmatch(r"[0-9a-f]{12}", mac) or len(set(mac)) < 2 or SHARED_MAC.fullmatch(mac):
        return ""
    return "" if int(mac[1], 16) & 1 else mac


def _called(device: Known) -> str:
    return f"{device.name or 'the device'} (number {device.id}{', deleted' if device.deleted else ''})"


def _words(field: str) -> str:
    return {
        "serial": "the serial number",
        "snmp_engine_id": "the SNMP engine id",
        "chassis_mac": "the chassis MAC address",
        "name": "the name",
    }[field]
