"""VLAN lists as engineers and devices write them. Pure."""

import re
from collections.abc import Iterable

LOWEST, HIGHEST = 1, 4094
_RANGE = re.compile(r"(\d{1,4})(?:\s*(?:-|to)\s*(\d{1,4}))?", re.ASCII)
_TO = re.compile(r"\s+to\s+")


def parse_vlan_list(text: str) -> tuple[int, ...]:
    """Sorted, distinct VLAN ids of "1-5,10", "1 to 5 10" or "10 20 30-32"; an empty list for "", "none" or "-".

    Raises ValueError naming the part that is not a VLAN id or range within 1 to 4094.

    >>> parse_vlan_list("10,1-3")
    (1, 2, 3, 10)
    """
    if text.strip().lower() in {"", "none", "-", "--"}:
        return ()
    vids: set[int] = set()
    for part in re.split(r"[,\s]+", _TO.sub("-", text.strip().strip(","))):
        vids.update(_members(part))
    return tuple(sorted(vids))


def vlans_in(text: str) -> tuple[int, ...]:
    """The same for text that may be something else: then nothing.

    >>> vlans_in("users"), vlans_in("10-12")
    ((), (10, 11, 12))
    """
    try:
        return parse_vlan_list(text)
    except ValueError:
        return ()


def format_vlan_list(vids: Iterable[int]) -> str:
    """The shortest form: "1-3,10".

    >>> format_vlan_list((10, 1, 2, 3))
    '1-3,10'
    """
    runs: list[list[int]] = []
    for vid in sorted(set(vids)):
        if runs and vid == runs[-1][1] + 1:
            runs[-1][1] = vid
        else:
            runs.append([vid, vid])
    return ",".join(str(low) if low == high else f"{low}-{high}" for low, high in runs)


def _members(part: str) -> range:
    match = _RANGE.fullmatch(part)
    if match:
        low = int(match.group(1))
        high = int(match.group(2) or low)
        if LOWEST <= low <= high <= HIGHEST:
            return range(low, high + 1)
    raise ValueError(f"'{part[:40]}' is not a VLAN id or range between {LOWEST} and {HIGHEST}")
