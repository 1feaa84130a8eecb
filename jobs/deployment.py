"""The parameters of a VLAN deployment: checked and completed, whichever door they came in by."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from inventory.models import Device
from inventory.parsing.vlan_list import format_vlan_list
from inventory.platforms import Platform, get_platform
from inventory.sentences import first_few
from inventory.vlans import request_errors
from jobs.operations import BadParameters, Parameters
from jobs.rollout import CANARY, ring_sizes

MOST_CANARIES, MOST_IN_A_RING, MOST_SIZES, MOST_RINGS = 1000, 10_000, 100, 1000
NAMED = 5  # devices that a refusal names
DEFAULTS: Parameters = {
    "vlans": [],
    "trunks": [],
    "dry_run": False,
    "canary": CANARY,
    "rings": [],
    "failure_threshold": 0,
    "window": None,
}


def checked(parameters: Parameters) -> Parameters:
    """The parameters with every default filled in; raises BadParameters. Checking them again changes nothing."""
    errors = {name: f"This is no parameter of a deployment; accepted are {', '.join(DEFAULTS)}."
              for name in parameters if name not in DEFAULTS}  # fmt: skip
    found = {name: default if parameters.get(name) is None else parameters[name] for name, default in DEFAULTS.items()}
    errors |= request_errors({"vlans": found["vlans"], "trunks": found["trunks"]})
    if not isinstance(found["dry_run"], bool):
        errors["dry_run"] = f"{found['dry_run']!r} is not true or false."
    errors |= _ring_errors(found)
    if found["window"] is not None:
        errors |= _window_errors(found["window"])
    if errors:
        raise BadParameters(errors)
    return found


def check_devices(parameters: Parameters, devices: QuerySet[Device]) -> None:
    """Hold checked parameters against the devices they are for; raises BadParameters."""
    names: dict[str, list[str]] = {}
    for slug, name in devices.order_by("name", "id").values_list("platform", "name"):
        names.setdefault(slug, []).append(name)
    platforms = {slug: get_platform(slug) for slug in names}
    errors = _unfit(platforms, names)
    count = sum(len(some) for some in names.values())
    rings = sum(1 for _ in ring_sizes(count, parameters["canary"], parameters["rings"]))
    if rings > MOST_RINGS:
        errors["rings"] = f"These sizes make {rings} rings of {count} devices; accepted are at most {MOST_RINGS} rings."
    for index, vlan in enumerate(parameters["vlans"]):
        for slug, platform in platforms.items():
            if vlan["vid"] in platform.reserved_vids:
                reserved, some = format_vlan_list(platform.reserved_vids), first_few(names[slug], NAMED)
                errors[f"vlans[{index}].vid"] = (
                    f"{vlan['vid']} is reserved on {platform.name} ({some}), as are {reserved}."
                )
        if vlan.get("address") and count > 1:
            errors[f"vlans[{index}].address"] = (
                f"{vlan['address']} can be given to one device only, and {count} were chosen."
            )
    if errors:
        raise BadParameters(errors)


def _unfit(platforms: Mapping[str, Platform], names: Mapping[str, list[str]]) -> dict[str, str]:
    """Platforms that nobody has taught us to write to."""
    unfit = [slug for slug, platform in platforms.items() if platform.vlan_templates is None]
    if not unfit:
        return {}
    told = "; ".join(f"{slug} ({first_few(names[slug], NAMED)})" for slug in unfit)
    return {"devices": f"VLANs cannot be deployed to devices of the platform {told}. Leave these out."}


def _ring_errors(found: Parameters) -> dict[str, str]:
    errors = {}
    if not _whole(found["canary"], 1, MOST_CANARIES):
        errors["canary"] = f"{found['canary']!r} is not a whole number from 1 to {MOST_CANARIES}."
    rings = found["rings"] if isinstance(found["rings"], list) else []
    if rings is not found["rings"] or len(rings) > MOST_SIZES:
        errors["rings"] = f"Accepted is a list of at most {MOST_SIZES} sizes of rings; the last one repeats."
    for index, size in enumerate(rings[:MOST_SIZES]):
        if not _whole(size, 1, MOST_IN_A_RING):
            errors[f"rings[{index}]"] = f"{size!r} is not a whole number from 1 to {MOST_IN_A_RING}."
    if not _whole(found["failure_threshold"], 0, 50_000):
        errors["failure_threshold"] = f"{found['failure_threshold']!r} is not a whole number from 0 to 50000."
    return errors


def _whole(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _window_errors(window: Any) -> dict[str, str]:
    """A window has a begin, an end or both, in times with their zone; it must not be over."""
    if not isinstance(window, dict) or set(window) - {"begin", "end"}:
        return {"window": "Accepted is {begin, end}, times such as 2026-03-01T22:00:00+09:00."}
    moments: dict[str, datetime] = {}
    errors = {}
    for name, text in window.items():
        moment = _moment(text)
        if moment is not None:
            moments[name] = moment
        elif text:
            errors[f"window.{name}"] = f"{text!r} is not a time with its zone, such as 2026-03-01T22:00:00+09:00."
    begin, end = moments.get("begin"), moments.get("end")
    if begin and end and end <= begin:
        errors["window.end"] = f"{window['end']} does not lie after the begin, {window['begin']}."
    elif end and end <= timezone.now():
        errors["window.end"] = f"{window['end']} is over already; accepted is a time to come."
    return errors


def _moment(text: object) -> datetime | None:
    """An ISO 8601 time that tells its zone."""
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None
