"""What a Junos switch tells of itself, in the elements of Juniper's XML API: EX switches with enhanced layer 2."""

import time
from collections.abc import Callable, Iterator
from html import escape
from xml.etree.ElementTree import Element

from tests.lab.announce import lldp_port_id
from tests.lab.netconf import RpcError
from tests.lab.state import Device, Port

_HOSTS = "127.0.0.1 localhost\n128.0.0.1 master\n128.0.0.4 re0\n"
_CAPABILITIES = "Bridge Router"


def software(device: Device, _request: Element) -> str:
    """`show version`."""
    hardware = device.hardware
    return (
        f"<software-information><host-name>{escape(device.hostname)}</host-name>"
        f"<product-model>{hardware.model.lower()}</product-model><product-name>{hardware.model.lower()}</product-name>"
        f"<junos-version>{hardware.os_version}</junos-version></software-information>"
    )


def chassis(device: Device, _request: Element) -> str:
    """`show chassis hardware`."""
    return (
        f"<chassis-inventory><chassis><name>Chassis</name><serial-number>{device.serial}</serial-number>"
        f"<description>{device.hardware.model}</description></chassis></chassis-inventory>"
    )


def uptime(device: Device, _request: Element) -> str:
    """`show system uptime`."""
    up, now = int(device.uptime), int(time.time())
    return (
        "<system-uptime-information>"
        f'<current-time><date-time seconds="{now}">{_date(now)}</date-time></current-time>'
        f'<system-booted-time><date-time seconds="{now - up}">{_date(now - up)}</date-time>'
        f'<time-length seconds="{up}">{up // 86400} days</time-length></system-booted-time>'
        "</system-uptime-information>"
    )


def interfaces(device: Device, request: Element) -> str:
    """`show interfaces [terse]`; the private routing instance tells which routing engine this is."""
    if request.find("{*}routing-instance") is not None:
        return _private()
    terse = request.find("{*}terse") is not None
    physical: dict[str, list[Port]] = {}
    for port in device.sorted_ports:
        physical.setdefault(port.name.partition(".")[0], []).append(port)
    told = "".join(_physical(name, ports, terse) for name, ports in physical.items())
    return f"<interface-information>{told}</interface-information>"


def vlans(device: Device, _request: Element) -> str:
    """`show vlans`."""
    return f"<l2ng-l2ald-vlan-instance-information>{''.join(_vlans(device))}</l2ng-l2ald-vlan-instance-information>"


def lldp(device: Device, request: Element) -> str:
    """`show lldp neighbors [interface NAME]`; only the second tells capabilities."""
    only = request.findtext("{*}interface-device") or request.findtext("{*}interface-name") or ""
    ports = [port for port in device.lldp_ports() if only in ("", port.name)]
    return f"<lldp-neighbors-information>{''.join(map(_neighbour, ports))}</lldp-neighbors-information>"


def revision(device: Device, _request: Element) -> str:
    """`show system commit revision detail`: the newest commit."""
    at, comment = (device.commits[0].at, device.commits[0].comment) if device.commits else (_booted(device), "")
    told = f"<comment>{comment}</comment>" if comment else ""
    return (
        f"<commit-revision-information><revision>re0-{at}-{len(device.commits)}</revision><user>netops</user>"
        f'<client>netconf</client><date-time seconds="{at}">{_date(at)}</date-time>{told}</commit-revision-information>'
    )


def domain(device: Device) -> str:
    """The part of the configuration that names the domain."""
    return f"<configuration><system><domain-name>{device.domain}</domain-name></system></configuration>"


def last_commit(device: Device) -> str:
    """When and by whom, as the first line of the configuration says it."""
    at = device.commits[0].at if device.commits else _booted(device)
    return f"{_date(at)} by netops"


def _file(_device: Device, request: Element) -> str:
    if request.findtext("{*}filename") == "/etc/hosts.junos":
        return f"<file-content>{_HOSTS}</file-content>"
    raise RpcError("could not resolve file", "filename")


def _macs(_device: Device, _request: Element) -> str:
    return "<l2ng-l2ald-rtb-macdb/>"


TABLE: dict[str, Callable[[Device, Element], str]] = {
    "get-software-information": software,
    "get-chassis-inventory": chassis,
    "get-system-uptime-information": uptime,
    "get-interface-information": interfaces,
    "get-vlan-information": vlans,
    "get-lldp-neighbors-information": lldp,
    "get-lldp-interface-neighbors": lldp,
    "get-ethernet-switching-table-information": _macs,
    "file-show": _file,
}


def _booted(device: Device) -> int:
    return int(time.time() - device.uptime)


def _date(seconds: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(seconds))


def _private() -> str:
    return (
        "<interface-information><physical-interface><logical-interface><name>jsrv.1</name><address-family>"
        "<address-family-name>inet</address-family-name><interface-address><ifa-local>128.0.0.4/2</ifa-local>"
        "</interface-address></address-family></logical-interface></physical-interface></interface-information>"
    )


def _physical(name: str, ports: list[Port], terse: bool) -> str:
    first = ports[0]
    up = any(port.up for port in ports)
    enabled = any(port.enabled for port in ports)
    own = first.description if first.name == name else ""
    more = "" if terse else _details(first, own)
    units = "".join(_unit(port) for port in ports)
    return (
        f"<physical-interface><name>\n{name}\n</name><admin-status>\n{_updown(enabled)}\n</admin-status>"
        f"<oper-status>\n{_updown(up)}\n</oper-status>{more}{units}</physical-interface>"
    )


def _details(port: Port, description: str) -> str:
    told = f"<description>\n{escape(description)}\n</description>" if description else ""
    if port.kind == "ethernet":
        speed = f"{port.speed}mbps" if port.speed < 10_000 else f"{port.speed // 1000}Gbps"
        return f"{told}<mtu>{port.mtu + 14}</mtu><speed>{speed}</speed>" + _mac(port)
    return f"{told}<mtu>{'Unlimited' if port.kind == 'loopback' else port.mtu}</mtu>" + _mac(port)


def _mac(port: Port) -> str:
    return f"<current-physical-address>{port.mac}</current-physical-address>" if port.mac else ""


def _unit(port: Port) -> str:
    name, _, unit = port.name.partition(".")
    told = f"<description>{escape(port.description)}</description>" if unit and port.description else ""
    return f"<logical-interface><name>\n{name}.{unit or 0}\n</name>{told}{_families(port)}</logical-interface>"


def _families(port: Port) -> str:
    if port.address is None:
        return (
            "<address-family><address-family-name>eth-switch</address-family-name></address-family>"
            if port.mode
            else ""
        )
    return (
        "<address-family><address-family-name>\ninet\n</address-family-name><interface-address>"
        f"<ifa-local>\n{port.address}\n</ifa-local></interface-address></address-family>"
    )


def _vlans(device: Device) -> Iterator[str]:
    for vid, name in sorted(device.vlans.items()):
        members = [
            *device.members(vid),
            *(p for p in device.of_kind("ethernet") if p.mode == "trunk" and vid in p.tagged),
        ]
        told = "".join(
            f"<l2ng-l2rtb-vlan-member><l2ng-l2rtb-vlan-member-interface>{port.name}.0{'*' if port.up else ''}"
            "</l2ng-l2rtb-vlan-member-interface></l2ng-l2rtb-vlan-member>"
            for port in members
        )
        yield (
            "<l2ng-l2ald-vlan-instance-group><l2ng-l2rtb-name>default-switch</l2ng-l2rtb-name>"
            f"<l2ng-l2rtb-vlan-name>{escape(name)}</l2ng-l2rtb-vlan-name>"
            f"<l2ng-l2rtb-vlan-tag>{vid}</l2ng-l2rtb-vlan-tag>{told}</l2ng-l2ald-vlan-instance-group>"
        )


def _neighbour(port: Port) -> str:
    peer = port.peer
    assert peer is not None
    device = peer.device
    return (
        f"<lldp-neighbor-information><lldp-local-port-id>{port.name}</lldp-local-port-id>"
        "<lldp-local-parent-interface-name>-</lldp-local-parent-interface-name>"
        "<lldp-remote-chassis-id-subtype>Mac address</lldp-remote-chassis-id-subtype>"
        f"<lldp-remote-chassis-id>{device.base_mac}</lldp-remote-chassis-id>"
        f"<lldp-remote-port-id>{escape(lldp_port_id(peer))}</lldp-remote-port-id>"
        f"<lldp-remote-port-description>{escape(peer.description)}</lldp-remote-port-description>"
        f"<lldp-remote-system-name>{escape(device.system_name)}</lldp-remote-system-name>"
        f"<lldp-system-description><lldp-remote-system-description>{escape(device.hardware.sys_descr)}"
        "</lldp-remote-system-description></lldp-system-description>"
        f"<lldp-remote-system-capabilities-supported>{_CAPABILITIES}</lldp-remote-system-capabilities-supported>"
        f"<lldp-remote-system-capabilities-enabled>{_CAPABILITIES}</lldp-remote-system-capabilities-enabled>"
        "</lldp-neighbor-information>"
    )


def _updown(up: bool) -> str:
    return "up" if up else "down"
