"""The running configuration of Arista EOS."""

from tests.lab.state import Device, Port
from tests.lab.vendors.ios_style import allowed_lines

ORDER = (
    "transceiver", "service", "logging", "hostname", "dns", "ntp", "snmp-server", "spanning-tree", "tacacs-server",
    "no aaa", "aaa", "enable", "username", "vlan", "interface", "ip", "banner", "management",
)  # fmt: skip
_INDENT = "   "


def running_config(device: Device) -> str:
    """`show running-config`; ends with `end`."""
    device.config.put(f"hostname {device.hostname}", ("hostname",))
    sections = device.config.ranked(ORDER, _INDENT)
    vlan, interfaces = ORDER.index("vlan"), ORDER.index("interface")
    for vid, name in sorted(device.vlans.items()):
        if vid != 1:
            named = [f"{_INDENT}name {name}"] if name != f"VLAN{vid:04d}" else []
            sections.append((vlan, [f"vlan {vid}", *named]))
    sections += [(interfaces, interface(p)) for p in device.sorted_ports]
    sections.sort(key=lambda item: item[0])
    hardware = device.hardware
    lines = [f"! device: {device.hostname} ({hardware.model}, EOS-{hardware.os_version})", "!"]
    lines += ["! boot system flash:/EOS.swi"]
    place = -1
    for rank, block in sections:
        if rank != place or len(block) > 1 or rank == interfaces:
            lines.append("!")
        lines += block
        place = rank
    return "\n".join([*lines, "!", "end", ""])


def interface(port: Port) -> list[str]:
    """The interface's block."""
    lines = [f"interface {port.name}"]
    if port.description:
        lines.append(f"{_INDENT}description {port.description}")
    if not port.enabled:
        lines.append(f"{_INDENT}shutdown")
    if port.kind == "ethernet" and not port.mode:
        lines.append(f"{_INDENT}no switchport")
    if port.mode == "access" and port.access_vlan != 1:
        lines.append(f"{_INDENT}switchport access vlan {port.access_vlan}")
    if port.mode == "trunk":
        native = [f"{_INDENT}switchport trunk native vlan {port.native_vlan}"] if port.native_vlan != 1 else []
        allowed = [f"{_INDENT}{line}" for line in allowed_lines(port, width=10_000)]
        lines += [*native, *allowed, f"{_INDENT}switchport mode trunk"]
    if port.address:
        lines.append(f"{_INDENT}ip address {port.address}")
    return [*lines, *(f"{_INDENT}{extra}" for extra in port.extra)]
