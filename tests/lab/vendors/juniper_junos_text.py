"""The configuration of Junos: statements, and the braces they are printed in."""

import re
from collections.abc import Iterable, Iterator, Sequence

from tests.lab.state import Device, Port

Tree = dict[str, "Tree"]
_WORD = re.compile(r'"(?:[^"\\]|\\.)*"|\S+')
# Words whose value or key stands on their own line: `unit 0 {`, `vlan-id 10;`
_WITH_VALUE = frozenset(
    {"address", "authentication-key", "authorization", "class", "community", "contact", "description"}
    | {"domain-name", "encrypted-password", "family", "host", "host-name", "idle-timeout", "interface"}
    | {"interface-mode", "l3-interface", "location", "members", "message", "native-vlan-id", "root-login"}
    | {"secret", "server", "tacplus-server", "unit", "user", "version", "vlan-id"}
)
_SECRET = re.compile(r"^(?:encrypted-password|secret|authentication-key) ")
_ORDER = ("version", "system", "interfaces", "snmp", "protocols", "vlans")
_INDENT = "    "


def labels(words: Sequence[str]) -> tuple[str, ...]:
    """`interfaces irb unit 10` -> ("interfaces", "irb", "unit 10"): what stands on a line each."""
    found: list[str] = []
    rest = list(words)
    while rest:
        word, named = rest.pop(0), found[:1] in (["vlans"], ["interfaces"]) and len(found) == 1
        found.append(f"{word} {rest.pop(0)}" if word in _WITH_VALUE and rest and not named else word)
    return tuple(found)


def words_of(line: str) -> list[str]:
    """The words of a line; what is quoted is one."""
    return _WORD.findall(line)


def statements(device: Device) -> Iterator[str]:
    """The whole configuration as `show configuration | display set` has it, without the `set`."""
    yield f"system host-name {device.hostname}"
    yield from device.config.blocks
    for port in device.sorted_ports:
        yield from _port(port)
    for vid, name in device.vlans.items():
        if vid != 1:
            yield f"vlans {name} vlan-id {vid}"
            if vid in device.vlan_notes:
                yield f"vlans {name} l3-interface {device.vlan_notes[vid]}"


def running_config(device: Device) -> str:
    """`show configuration`, without the line that says when it was committed last; ends with a brace."""
    return "".join(f"{line}\n" for line in _block(tree(statements(device))))


def tree(lines: Iterable[str]) -> Tree:
    """Statements, each below the one it belongs to."""
    root: Tree = {}
    for line in lines:
        below = root
        for label in labels(words_of(line)):
            below = below.setdefault(label, {})
    return dict(sorted(root.items(), key=lambda item: _ORDER.index(item[0].partition(" ")[0])))


def compare(old: Tree, new: Tree, path: tuple[str, ...] = ()) -> Iterator[str]:
    """`show | compare`: what is added and removed, under the path it stands at."""
    lines = [f"-{_INDENT}{line}" for line in _block({k: v for k, v in old.items() if k not in new})]
    lines += [f"+{_INDENT}{line}" for line in _block({k: v for k, v in new.items() if k not in old})]
    if lines:
        yield " ".join(("[edit", *path)) + "]"
        yield from lines
    for label in old:
        if label in new:
            yield from compare(old[label], new[label], (*path, label))


def _block(below: Tree) -> Iterator[str]:
    members = [label.removeprefix("members ") for label in below if label.startswith("members ")]
    if members:
        yield f"members {members[0]};" if len(members) == 1 else f"members [ {' '.join(members)} ];"
    for label, inner in below.items():
        if inner:
            yield f"{label} {{"
            yield from (f"{_INDENT}{line}" for line in _block(inner))
            yield "}"
        elif not label.startswith("members "):
            yield f"{label};" + (" ## SECRET-DATA" if _SECRET.match(label) else "")


def _port(port: Port) -> Iterator[str]:
    name, _, unit = port.name.partition(".")
    path = f"interfaces {name}"
    if port.description:
        yield f'{path}{f" unit {unit}" if unit else ""} description "{port.description}"'
    if not port.enabled and port.kind == "ethernet":
        yield f"{path} disable"
    if port.kind == "ethernet" and port.mode:
        yield from _switched(port)
    if port.address:
        yield f"{path} unit {unit or 0} family inet address {port.address}"


def _switched(port: Port) -> Iterator[str]:
    ethernet = f"interfaces {port.name} unit 0 family ethernet-switching"
    if port.mode == "access":
        vids = {port.access_vlan} - {1}
    else:
        if port.native_vlan != 1:
            yield f"interfaces {port.name} native-vlan-id {port.native_vlan}"
        yield f"{ethernet} interface-mode trunk"
        vids = set(port.allowed or ())
        if port.allowed is None:
            yield f"{ethernet} vlan members all"
    if not vids:
        yield ethernet
    for vid in sorted(vids):
        yield f"{ethernet} vlan members {port.device.vlans.get(vid, vid)}"
