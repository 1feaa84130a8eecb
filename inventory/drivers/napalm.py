"""Devices that are read over an API (eAPI, NETCONF) through NAPALM. No Django."""

import ipaddress
import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeVar

from inventory.drivers.base import Target, never, nothing
from inventory.drivers.candidate import Candidate
from inventory.drivers.completeness import complete_config, saved_config, startup_record
from inventory.drivers.faults import LOGGING_IN, device_errors, sentence
from inventory.drivers.host_key import offered_in
from inventory.drivers.parts import config_interfaces, optional
from inventory.drivers.writing import check_lines
from inventory.errors import AuthenticationFailed, CommandRejected, SessionLost, Stopped, Unsupported
from inventory.facts import ComponentFact, InterfaceFact, NeighbourFact, SystemFacts, VlanFact
from inventory.parsing import dialect_for
from inventory.parsing.dialect import Dialect
from inventory.parsing.interface_stanzas import interface_address
from inventory.parsing.mac import mac_or_text, normalise_mac
from inventory.parsing.merge import merge_interfaces
from inventory.parsing.names import canonical_interface, interface_type, port_id
from inventory.parsing.text import clean
from inventory.parsing.vlan_list import HIGHEST, LOWEST

T = TypeVar("T")
NETCONF_TICK = 0.01  # seconds; a thread that wakes so often costs under 1 % of a core while its session is open
_BUILD = re.compile(r"-\d+\.\w+(?:\.\w+)*$")  # EOS: 4.28.3M-28837868.4283M, where every other source says 4.28.3M


class NapalmDriver:
    """NAPALM's getters, and the platform's own readers for what they leave out."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._platform = target.platform
        self._dialect = dialect_for(target.platform.slug) or Dialect()
        self._commands = dict(target.platform.commands)
        self._config = ""
        with device_errors(target, LOGGING_IN):
            self._device = _opened(target)
        self._show_key()
        self._candidate = Candidate(target, self._device)

    def _show_key(self) -> None:
        """NETCONF runs over SSH; eAPI has no host key."""
        if ("transport", "ssh") not in self._platform.napalm_options:
            return
        try:
            self._target.on_host_key(offered_in(self._device.device._conn._session.transport))
        except BaseException:
            self._device.close()
            raise

    def system(self) -> SystemFacts:
        """Who the device is."""
        facts = self._get("get_facts")
        uptime = facts.get("uptime")
        if not _known(facts, "hostname") and not _known(facts, "serial_number"):
            raise self._unread("facts")
        return SystemFacts(
            hostname=_known(facts, "hostname"),
            vendor=self._platform.vendor,
            model=_known(facts, "model"),
            os_version=_BUILD.sub("", _known(facts, "os_version")),
            serial=_known(facts, "serial_number"),
            uptime_seconds=int(uptime) if isinstance(uptime, int | float) and uptime >= 0 else None,
        )

    def interfaces(self) -> tuple[InterfaceFact, ...]:
        """Interfaces with addresses, and with VLANs and VRFs where the platform has a reader for them."""
        told = self._get("get_interfaces")
        if not told:
            raise self._unread("interfaces")
        addresses = self._get("get_interfaces_ip")
        with device_errors(self._target, "reading its interfaces"):
            found = [_interface(name, told.get(name, {}), addresses.get(name, {})) for name in {**told, **addresses}]
        switchports = optional(lambda: self._own("switchports", self._dialect.switchports))
        return merge_interfaces(found, switchports, config_interfaces(self._dialect, self.running_config))

    def vlans(self) -> tuple[VlanFact, ...]:
        """VLANs the device has created."""
        told = self._get("get_vlans")
        if not told and self._style_unknown():
            raise self._unread("VLANs")
        with device_errors(self._target, "reading its VLANs"):
            vids = sorted(int(vid) for vid in told if str(vid).isdigit())
            return tuple(VlanFact(vid, _name(told, vid)) for vid in vids if LOWEST <= vid <= HIGHEST)

    def neighbours(self) -> tuple[NeighbourFact, ...]:
        """LLDP neighbours."""
        if self._dialect.lldp:
            return self._own("lldp", self._dialect.lldp)
        told = self._get("get_lldp_neighbors_detail")
        if not told:
            self._require_answer()
        with device_errors(self._target, "reading its neighbours"):
            return tuple(_neighbour(local, item) for local, items in told.items() for item in items)

    def components(self) -> tuple[ComponentFact, ...]:
        """Physical parts; Unsupported where NAPALM has no getter and the platform no reader for them."""
        return self._own("inventory", self._dialect.inventory)

    def running_config(self) -> str:
        """The running configuration, complete; raises IncompleteConfig or SessionLost."""
        if not self._config:
            self._go_on()
            with device_errors(self._target, "reading its configuration"):
                text = clean(str(self._device.get_config(retrieve="running")["running"]))
            self._config = complete_config(self._target, text)
        return self._config

    def startup_config(self) -> str:
        """What the device would start with, "" where nothing is saved; raises as `running_config`."""
        record = startup_record(self._target)
        self._go_on()
        with device_errors(self._target, "reading what it would start with"):
            text = clean(str(self._device.get_config(retrieve="startup")["startup"]))
        return saved_config(self._target, record, text)

    def compare(self, commands: tuple[str, ...]) -> str:
        """The device's own diff of these commands, which are loaded as a candidate and discarded."""
        check_lines(self._target, commands)
        self._candidate.load(commands)
        try:
            return self._candidate.diff()
        finally:
            self._candidate.discard()

    def apply(self, commands: tuple[str, ...], before_line: Callable[[], None] = nothing) -> str:
        """Commit the commands as one change; returns the device's diff.

        Where the platform has commit-confirm the device undoes the change by itself after some minutes without
        `confirm`. `before_line` is called before the candidate is loaded and before it is committed.
        """
        check_lines(self._target, commands)
        self._target = replace(self._target, stopped=never)  # what is begun is finished
        before_line()
        self._candidate.load(commands)
        self._config = ""
        try:
            diff = self._candidate.diff()
            before_line()
            self._candidate.commit()
        except BaseException:
            self._candidate.discard()
            raise
        return diff

    def pending(self) -> bool:
        """Whether a commit waits for its confirmation, also one of an earlier session."""
        return self._candidate.pending()

    def confirm(self) -> None:
        """Make the committed change permanent and save it; raises CommandRejected when it is undone or not saved."""
        self._config = ""
        self._candidate.confirm()

    def rollback(self) -> None:
        """Undo a commit that waits for its confirmation, also one of an earlier session; else Unsupported."""
        self._config = ""
        self._candidate.rollback()

    def close(self) -> None:
        """End the session; never raises. What waits for its confirmation goes on waiting until the device undoes it."""
        self._candidate.leave()
        try:
            self._device.close()
        except Exception:  # noqa: S110 - the device was quicker to hang up
            pass

    def _go_on(self) -> None:
        """Between two calls is when an API's session can be stopped. Raises Stopped."""
        if self._target.stopped():
            raise Stopped(sentence(self._target, "was not waited for any longer"))

    def _get(self, getter: str) -> Mapping[str, Any]:
        self._go_on()
        with device_errors(self._target, f"answering NAPALM's {getter}"):
            answer = getattr(self._device, getter)()
            if not isinstance(answer, dict):
                raise ValueError(getter)
            return answer

    def _unread(self, what: str) -> SessionLost:
        """What a library made nothing of is not nothing: the inventory would forget what it knows."""
        return SessionLost(sentence(self._target, f"answered in a form that could not be read for its {what}"))

    def _style_unknown(self) -> bool:
        """Whether NAPALM told no VLANs because it could not find out how this Junos device tells them."""
        pyez: Any = getattr(self._device, "device", None)
        return hasattr(pyez, "facts") and pyez.facts.get("switch_style") is None

    def _require_answer(self) -> None:
        """NAPALM hears silence and refusal as no neighbours: ask Junos once more. Raises SessionLost for silence."""
        pyez: Any = getattr(self._device, "device", None)
        if hasattr(pyez, "rpc"):
            with suppress(CommandRejected), device_errors(self._target, "reading its neighbours"):
                pyez.rpc.get_lldp_neighbors_information()

    def _own(self, purpose: str, reader: Callable[[str], tuple[T, ...]] | None) -> tuple[T, ...]:
        command = self._commands.get(purpose, "")
        if reader is None or not command:
            raise Unsupported(sentence(self._target, f"has no known way to tell its {purpose} ({self._platform.slug})"))
        self._go_on()
        with device_errors(self._target, f"answering '{command}'"):
            return reader(json.dumps(self._device.cli([command], encoding="json")[command]))


def _opened(target: Target) -> Any:
    if target.private_key and not target.password:
        raise AuthenticationFailed(sentence(target, "is read over an API, which takes a password and no key"))
    from napalm import get_network_driver  # 0.8 s of import: paid by the worker at its first device

    options: dict[str, Any] = dict(target.platform.napalm_options)
    options.setdefault("transport", _transport(target))
    port = target.api_port or (target.port if options["transport"] == "ssh" else None)
    if port:  # NETCONF is a subsystem of SSH, and answers where SSH does
        options["port"] = port
    if target.enable_password:
        options["enable_password"] = target.enable_password.reveal()
    driver = get_network_driver(target.platform.napalm_driver)
    device = driver(
        hostname=target.address,
        username=target.username,
        password=target.password.reveal(),
        timeout=target.read_timeout,
        optional_args=options,
    )
    if options["transport"] == "ssh":
        _hurry()
        if hasattr(device, "device"):
            # PyEZ waits 30 s for a device that is switched off, and NAPALM hands no other number on.
            device.device._conn_open_timeout = target.connect_timeout
    device.open()
    return device


def _hurry() -> None:
    """Let NETCONF requests leave at once: its library keeps each for up to 0.1 s, and a login alone makes a dozen."""
    from ncclient.transport import session

    session.TICK = NETCONF_TICK


def _transport(target: Target) -> str:
    """eAPI speaks TLS; plain HTTP is for port 80 and for loopback, where a tunnel or a lab ends and nobody listens."""
    return "http" if target.api_port == 80 or _is_loopback(target.address) else "https"


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _interface(name: str, told: Mapping[str, Any], addresses: Mapping[str, Any]) -> InterfaceFact:
    speed, mtu = told.get("speed"), told.get("mtu")
    found = [
        interface_address(str(address), str(detail.get("prefix_length")))
        for family in ("ipv4", "ipv6")
        for address, detail in addresses.get(family, {}).items()
    ]
    return InterfaceFact(
        name=name,
        description=str(told.get("description") or ""),
        type=interface_type(name),
        enabled=told.get("is_enabled"),
        up=told.get("is_up"),
        mac_address=normalise_mac(str(told.get("mac_address") or "")),
        mtu=int(mtu) if mtu and mtu > 0 else None,
        speed_kbps=int(speed * 1000) if speed is not None and speed >= 0 else None,
        addresses=tuple(dict.fromkeys(address for address in found if address)),
    )


def _neighbour(local: str, told: Mapping[str, Any]) -> NeighbourFact:
    return NeighbourFact(
        protocol="lldp",
        local_interface=canonical_interface(local),
        remote_name=str(told.get("remote_system_name") or ""),
        remote_chassis_id=mac_or_text(str(told.get("remote_chassis_id") or "")),
        remote_port=port_id(str(told.get("remote_port") or "")),
        remote_port_description=str(told.get("remote_port_description") or ""),
        remote_description=str(told.get("remote_system_description") or ""),
        capabilities=tuple(str(name) for name in told.get("remote_system_enable_capab") or ()),
    )


def _known(facts: Mapping[str, Any], name: str) -> str:
    """A fact; NAPALM turns what PyEZ does not know into the word None, PyEZ an unknown version into 0.0I0.0."""
    text = str(facts.get(name) or "")
    return "" if text in ("None", "0.0I0.0") else text


def _name(vlans: Mapping[str, Any], vid: int) -> str:
    return str((vlans.get(str(vid)) or {}).get("name") or "")
