"""HPE Comware: VRP's younger sister. What differs: `permit` for `allow-pass`, `access` for `default`, the displays."""

from tests.lab.cli import commands
from tests.lab.names import ranges
from tests.lab.state import Device, Port
from tests.lab.vendors import hp_comware_show as show
from tests.lab.vendors.huawei_vrp import HuaweiVrpCli
from tests.lab.vendors.huawei_vrp_text import by_tens

ORDER = (
    "version", "sysname", "dns", "lldp", "vlan", "interface", "ip route-static", "info-center", "snmp-agent", "ssh",
    "ntp-service", "local-user", "line", "return",
)  # fmt: skip
_TYPED = {"port access vlan": "port default vlan", "port trunk permit vlan": "port trunk allow-pass vlan"}


def running_config(device: Device) -> str:
    """`display current-configuration`; ends with `return`."""
    device.config.put(f"sysname {device.hostname}", ("sysname",))
    sections = device.config.ranked(ORDER)
    vlan, interfaces = ORDER.index("vlan"), ORDER.index("interface")
    sections += [(vlan, block) for block in _vlans(device)]
    sections += [(interfaces, interface(p)) for p in device.sorted_ports]
    sections.sort(key=lambda item: item[0])
    lines = ["#", f" version {device.hardware.os_version}"]
    for _, block in sections:
        lines += ["#", *([f" {block[0]}"] if len(block) == 1 and not block[0].startswith("vlan") else block)]
    return "\n".join([*lines, "#", "return", ""])


def _vlans(device: Device) -> list[list[str]]:
    """A block a VLAN with a name or a description, one a run of VLANs with neither: `vlan 2 to 5`."""
    told = {vid for vid, name in device.vlans.items() if vid in device.vlan_notes or name != f"VLAN {vid:04d}"}
    blocks = {}
    for vid in told:
        name, note = device.vlans[vid], device.vlan_notes.get(vid)
        blocks[vid] = [f"vlan {vid}", *([f" name {name}"] if name != f"VLAN {vid:04d}" else [])]
        blocks[vid] += [f" description {note}"] if note else []
    for run in ranges(set(device.vlans) - told, " to ", ",").split(","):
        if run:
            blocks[int(run.split()[0])] = [f"vlan {run}"]
    return [blocks[vid] for vid in sorted(blocks)]


def interface(port: Port) -> list[str]:
    """The interface's block."""
    lines = [f"interface {port.name}"]
    if port.kind == "ethernet":
        lines.append(f" port link-mode {'bridge' if port.mode else 'route'}")
    lines += [f" description {port.description}"] if port.description else []
    if port.mode == "access" and port.access_vlan != 1:
        lines.append(f" port access vlan {port.access_vlan}")
    if port.mode == "trunk":
        lines.append(" port link-type trunk")
        lines += [" undo port trunk permit vlan 1"] if port.allowed is not None and 1 not in port.allowed else []
        pieces = ["all"] if port.allowed is None else by_tens(port.allowed) if port.allowed else []
        lines += [f" port trunk permit vlan {piece}" for piece in pieces]
        lines += [f" port trunk pvid vlan {port.native_vlan}"] if port.native_vlan != 1 else []
    lines += [f" ip address {port.address.ip} {port.address.netmask}"] if port.address else []
    lines += [f" {extra}" for extra in port.extra]
    return lines if port.enabled else [*lines, " shutdown"]


class HpComwareCli(HuaweiVrpCli):
    """A Comware login: user view `<name>`, system view `[name]`."""

    invalid = " % Unrecognized command found at '^' position."
    locked = "The system configuration is locked by user bob. Please try later.\n"
    save_failed = "Validating file. Please wait...\nFailed to save the configuration: not enough free space.\n"
    svi = r"vlan-interface(\d{1,4})"
    svi_name = "Vlan-interface"
    table = commands(
        {
            "display version": show.version,
            "display device manuinfo": show.manuinfo,
            "display current-configuration": lambda cli: cli.configuration(),
            "display saved-configuration": lambda cli: cli.device.startup,
            "display interface": show.interfaces,
            "display interface NAME": show.interfaces,
            "display ip interface": show.ip_interface,
            "display vlan all": show.vlan_all,
            "display lldp neighbor-information verbose": show.lldp_verbose,
            "screen-length disable": lambda cli: cli.set_length("0"),
            "save force": lambda cli: cli.save_force(),
        }
    )

    @property
    def greeting(self) -> str:
        return "* Copyright (c) 2010-2017 Hewlett Packard Enterprise Development LP             *"

    def set_length(self, lines: str) -> str:
        """`screen-length disable`."""
        super().set_length(lines)
        return ""

    def configure(self, line: str) -> str:
        for typed, known in _TYPED.items():
            line = line.replace(typed, known)
        return super().configure(line)

    def text(self) -> str:
        """The running configuration in Comware's form."""
        return running_config(self.device)

    def save_force(self) -> str:
        """`save force`: without a question."""
        done = "Validating file. Please wait...\nSaved the current configuration to mainboard device successfully.\n"
        return self.store(self.text(), done)
