"""The running configuration of Huawei VRP."""

from tests.lab.names import ranges
from tests.lab.state import Device, Port

ORDER = (
    "sysname", "dns", "vlan", "lldp", "undo http", "http", "undo telnet", "telnet", "hwtacacs-server", "aaa",
    "interface", "ip route-static", "snmp-agent", "stelnet", "ssh", "header", "user-interface", "ntp-service",
    "info-center",
)  # fmt: skip


def running_config(device: Device) -> str:
    """`display current-configuration`; ends with `return`."""
    device.config.put(f"sysname {device.hostname}", ("sysname",))
    sections = device.config.ranked(ORDER)
    vlan, interfaces = ORDER.index("vlan"), ORDER.index("interface")
    if batch := set(device.vlans) - {1}:
        sections += [(vlan, [f"vlan batch {piece}"]) for piece in by_tens(frozenset(batch))]
    sections += [(vlan, block) for vid in sorted(device.vlans) if len(block := _vlan(device, vid)) > 1]
    sections += [(interfaces, interface(p)) for p in device.sorted_ports]
    sections.sort(key=lambda item: item[0])
    lines = [f"!Software Version {device.hardware.os_version}"]
    place = -1
    for rank, block in sections:
        if rank != place or len(block) > 1 or rank == interfaces:
            lines.append("#")
        lines += block
        place = rank
    return "\n".join([*lines, "#", "return", ""])


def by_tens(vids: frozenset[int]) -> list[str]:
    """Ten ranges a line: `2 4 6 to 8`; a longer list goes on in a line of the same beginning."""
    runs = ranges(vids, " to ", ",").split(",")
    return [" ".join(runs[i : i + 10]) for i in range(0, len(runs), 10)]


def _vlan(device: Device, vid: int) -> list[str]:
    lines = [f"vlan {vid}"]
    lines += [f" description {device.vlan_notes[vid]}"] if vid in device.vlan_notes else []
    return lines + ([f" name {device.vlans[vid]}"] if device.vlans[vid] != f"VLAN {vid:04d}" else [])


def interface(port: Port) -> list[str]:
    """The interface's block."""
    lines = [f"interface {port.name}"]
    if port.description:
        lines.append(f" description {port.description}")
    if not port.enabled:
        lines.append(" shutdown")
    if port.kind == "ethernet" and not port.mode:
        lines.append(" undo portswitch")
    if port.mode == "access":
        lines.append(" port link-type access")
        lines += [f" port default vlan {port.access_vlan}"] if port.access_vlan != 1 else []
    if port.mode == "trunk":
        lines.append(" port link-type trunk")
        lines += [f" port trunk pvid vlan {port.native_vlan}"] if port.native_vlan != 1 else []
        lines += [f" port trunk allow-pass vlan {piece}" for piece in _allowed(port)]
    if port.address:
        lines.append(f" ip address {port.address.ip} {port.address.netmask}")
    return [*lines, *(f" {extra}" for extra in port.extra)]


def _allowed(port: Port) -> list[str]:
    if port.allowed is None:
        return ["2 to 4094"]
    return by_tens(port.allowed) if port.allowed else []
