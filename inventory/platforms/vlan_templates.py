"""How a platform is told about VLANs: lines with fields in braces, as a platform record gives them. Pure."""

from dataclasses import dataclass, fields
from string import Formatter

FORMS = ("negotiating", "switchport", "link-type", "link-mode", "braces")  # see inventory/vlans/stanzas.py, braces.py
LISTS = ("comma", "to")  # "10-12,20" or "10 to 12 20"


@dataclass(frozen=True, slots=True)
class VlanTemplates:
    """`form`: how the configuration tells ports; `lists`: how it writes VLAN lists; `default_name`: of an unnamed VLAN.

    Each tuple holds whole lines in the order in which they are entered, with the line that leaves a block where the
    next one would not be taken inside it. Fields: vid, vids, name, port, address, mask, length.
    """

    form: str
    lists: str
    default_name: str
    vlan: tuple[str, ...]  # create it without a name of its own
    named: tuple[str, ...]  # create it, or give the unnamed one its name
    routed: tuple[str, ...]  # its routed interface with an address
    access: tuple[str, ...]
    access_dynamic: tuple[str, ...]  # the same for a port that would negotiate
    trunk: tuple[str, ...]
    no_vlan: tuple[str, ...]
    no_name: tuple[str, ...]
    no_routed: tuple[str, ...]
    no_address: tuple[str, ...]
    no_access: tuple[str, ...]
    no_access_dynamic: tuple[str, ...]
    no_mode: tuple[str, ...]  # of a port that was in the VLAN before, but would negotiate
    no_trunk: tuple[str, ...]

    def unnamed(self, vid: int) -> str:
        """What a VLAN that nobody named is called."""
        return self.default_name.format(vid=vid)

    def is_default(self, vid: int, name: str) -> bool:
        """Whether nobody gave the VLAN this name; where VLANs are known by their names, somebody always did."""
        return not name or (self.form != "braces" and name.lower() == self.unnamed(vid).lower())


_FIELDS = {
    "vlan": {"vid", "name"},
    "named": {"vid", "name"},
    "routed": {"vid", "name", "address", "mask", "length"},
    "access": {"port", "vid", "name"},
    "access_dynamic": {"port", "vid", "name"},
    "mode": {"port"},
    "trunk": {"port", "vid", "vids", "name"},
}
LINES = tuple(one.name for one in fields(VlanTemplates) if one.name not in ("form", "lists", "default_name"))


def accepted(line: object, key: str) -> str:
    """A sentence that says what is wrong with a line of a template, empty when nothing is."""
    known = _FIELDS.get(key.removeprefix("no_"), _FIELDS["routed"])
    if not isinstance(line, str) or not line.strip() or not line.isprintable():
        return "accepted is a line of text"
    try:
        used = {field for _, field, _, _ in Formatter().parse(line) if field is not None}
    except ValueError as error:
        return f"is no template: {error}"
    return f"uses {', '.join(sorted(used - known))}; known are {', '.join(sorted(known))}" if used - known else ""
