"""What a device is, told from its SNMP identity or its SSH banner. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from inventory.platforms import GENERIC, Extract, Platform, get_platform, platforms

ENTERPRISE = re.compile(r"1\.3\.6\.1\.4\.1\.(\d+)(?:\.|$)")
SEARCHED = 4096  # characters of a device's text that patterns look at; sysDescr has 255 (RFC 3418)
FACT_LENGTH = 200  # characters kept of a model, version or serial


@dataclass(frozen=True, slots=True)
class Identified:
    """The answer of `identify`. Empty text: the device did not say."""

    platform: Platform
    vendor: str
    model: str
    os_version: str
    serial: str
    matched_by: str  # sys_object_id, sys_descr, ssh_banner, or nothing


def identify(
    sys_object_id: str, sys_descr: str, values: Mapping[str, str] | None = None, ssh_banner: str = ""
) -> Identified:
    """The platform and the facts its record tells how to find.

    `values`: numeric OID -> text, what the device answered to `oids_needed(platform)`.
    First match: longest sysObjectID prefix of all records, sysDescr, SSH banner; else generic, whose vendor
    comes from the IANA enterprise number.
    """
    oid, descr = normal_oid(sys_object_id), sys_descr[:SEARCHED]
    platform, matched_by = _recognise(oid, descr, ssh_banner[:SEARCHED])
    found = platform.fingerprint
    sources = {normal_oid(name): text for name, text in (values or {}).items()} | {"sys_descr": descr}
    own_values = tuple(extract for extract in found.model if extract.source != "sys_descr")
    from_text = tuple(extract for extract in found.model if extract.source == "sys_descr")
    return Identified(
        platform=platform,
        vendor=vendor_of(oid) or platform.vendor if platform.slug == GENERIC else platform.vendor,
        # what the chassis says of itself beats the product number, which beats the family named in sysDescr
        model=_first(own_values, sources) or _models(platform).get(oid, "") or _first(from_text, sources),
        os_version=_first(found.os_version, sources),
        serial=_first(found.serial, sources),
        matched_by=matched_by,
    )


def oids_needed(platform: Platform) -> tuple[str, ...]:
    """The scalar OIDs to read before `identify` is asked again, in the record's order, without repeats."""
    found = platform.fingerprint
    extracts = (*found.model, *found.os_version, *found.serial)
    return tuple(dict.fromkeys(extract.source for extract in extracts if extract.source[0].isdigit()))


def vendor_of(sys_object_id: str) -> str:
    """The maker by the IANA private enterprise number, or empty text."""
    match = ENTERPRISE.match(normal_oid(sys_object_id))
    return dict(get_platform(GENERIC).fingerprint.vendors).get(match[1], "") if match else ""


def normal_oid(text: str) -> str:
    """An OID in numbers without a leading dot; net-snmp's "iso." is the leading 1."""
    text = text.strip().lstrip(".")
    return "1" + text[3:] if text.startswith("iso.") else text


def _recognise(oid: str, descr: str, banner: str) -> tuple[Platform, str]:
    for platform in _by_prefix(oid):
        if not platform.fingerprint.needs_sys_descr or oid in _models(platform) or _any(platform, "sys_descr", descr):
            return platform, "sys_object_id"
    for field, text in (("sys_descr", descr), ("ssh_banner", banner)):
        for platform in platforms().values():
            if text and _any(platform, field, text):
                return platform, field
    return get_platform(GENERIC), "nothing"


def _by_prefix(oid: str) -> Iterable[Platform]:
    """Platforms with a matching sysObjectID prefix, longest first."""
    arcs = oid.split(".")[:128]  # an OID has no more arcs (RFC 2578 3.5)
    for length in range(len(arcs), 0, -1):
        yield from _prefixes().get(".".join(arcs[:length]), ())


@cache
def _prefixes() -> dict[str, tuple[Platform, ...]]:
    owners: dict[str, tuple[Platform, ...]] = {}
    for platform in platforms().values():
        for prefix in platform.fingerprint.sys_object_ids:
            owners[prefix] = (*owners.get(prefix, ()), platform)
    return owners


@cache
def _models_by_slug(slug: str) -> dict[str, str]:
    return dict(get_platform(slug).fingerprint.models)


def _models(platform: Platform) -> dict[str, str]:
    return _models_by_slug(platform.slug)


def _any(platform: Platform, field: str, text: str) -> bool:
    found = platform.fingerprint
    patterns = found.sys_descr if field == "sys_descr" else found.ssh_banner
    return any(pattern.search(text) for pattern in patterns)


def _first(extracts: Iterable[Extract], sources: Mapping[str, str]) -> str:
    """The first fact found, on one line, without control characters."""
    for extract in extracts:
        text = sources.get(extract.source, "")[:SEARCHED]
        if extract.pattern is not None:
            match = extract.pattern.search(text)
            text = match[1] or "" if match else ""
        text = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
        if text:
            return text[:FACT_LENGTH]
    return ""
