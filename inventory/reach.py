"""How to reach a device: which addresses may be touched, and with which credential."""

import ipaddress
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from inventory import host_keys
from inventory.drivers.base import Target, never
from inventory.errors import DeviceError
from inventory.models import Credential, Device, Prefix
from inventory.platforms import get_platform
from inventory.snmp.auth import SnmpAuth, SnmpTarget


class NotAllowed(DeviceError):
    """The address lies outside the allowed prefixes."""


class NoCredential(DeviceError):
    """Nobody said how to log in."""


def allowed_networks() -> tuple[str, ...]:
    """Prefixes that may be touched, as CIDR text."""
    return tuple(Prefix.objects.filter(excluded=False).values_list("prefix", flat=True))


def excluded_networks() -> tuple[str, ...]:
    """Prefixes that must never be touched."""
    return tuple(Prefix.objects.filter(excluded=True).values_list("prefix", flat=True))


def networks_of(sites: Sequence[int] | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(allowed, excluded) networks of these sites, None: of all. Prefixes of others inside of own ones are excluded."""
    if sites is None:
        return allowed_networks(), excluded_networks()
    rows = Prefix.objects.values_list("prefix", "site_id", "excluded")
    own = [prefix for prefix, site, excluded in rows if site in sites and not excluded]
    return tuple(own), tuple(
        prefix for prefix, site, excluded in rows if excluded or _is_inside(prefix, own, site, sites)
    )


def _is_inside(prefix: str, own: Sequence[str], site: int | None, sites: Sequence[int]) -> bool:
    """Whether somebody else's prefix lies in one of the own ones."""
    network = ipaddress.ip_network(prefix)
    parsed = [ipaddress.ip_network(one) for one in own]
    return site not in sites and any(
        network.version == one.version and network.subnet_of(one)  # type: ignore[arg-type]
        for one in parsed
    )


def prefix_of(address: str, prefixes: Sequence[Prefix]) -> Prefix | None:
    """The longest of the prefixes that contains the address."""
    parsed = ipaddress.ip_address(address)
    inside = [prefix for prefix in prefixes if parsed in ipaddress.ip_network(prefix.prefix)]
    return max(inside, key=lambda prefix: ipaddress.ip_network(prefix.prefix).prefixlen, default=None)


def allowed_among(addresses: Iterable[str]) -> set[str]:
    """Those of many addresses that may be touched: as `require_allowed` for each, with the prefixes read once."""
    networks: dict[tuple[int, int], dict[int, bool]] = defaultdict(dict)  # by IP version and bits that do not count
    for text, excluded in Prefix.objects.values_list("prefix", "excluded"):
        network = ipaddress.ip_network(text)
        networks[network.version, network.max_prefixlen - network.prefixlen][int(network.network_address)] = excluded
    longest_first = sorted(networks.items())

    def allowed(address: str) -> bool:
        parsed = ipaddress.ip_address(address)
        for (version, free), found in longest_first:
            excluded = found.get(int(parsed) >> free << free) if version == parsed.version else None
            if excluded is not None:
                return not excluded
        return False

    return {address for address in addresses if allowed(address)}


def require_allowed(address: str) -> None:
    """Raise NotAllowed unless the address lies in an allowed prefix and in no excluded one."""
    best = prefix_of(address, list(Prefix.objects.all()))
    if best is None:
        raise NotAllowed(f"{address} lies outside the allowed prefixes; add its network under Prefixes first.")
    if best.excluded:
        raise NotAllowed(f"{address} lies in the excluded prefix {best.prefix}.")


def is_allowed(address: str) -> bool:
    """Whether the address may be touched."""
    try:
        require_allowed(address)
    except NotAllowed:
        return False
    return True


def ssh_target(
    device: Device,
    *,
    connect_timeout: float = 10.0,
    read_timeout: float = 60.0,
    stopped: Callable[[], bool] = never,
    writing: bool = False,
) -> Target:
    """Where and how to log in to the device; raises NotAllowed or NoCredential.

    `writing`: the session raises HostKeyChanged unless it is opened with the device's pinned host key.
    """
    require_allowed(device.primary_address)
    credential = device.ssh_credential
    if credential is None:
        raise NoCredential(f"{device.name} has no SSH credential; choose one on the device's page or on its prefix.")
    return Target(
        name=device.name,
        address=device.primary_address,
        platform=get_platform(device.platform),
        username=credential.username,
        password=credential.password,
        enable_password=credential.enable_password,
        private_key=credential.ssh_private_key,
        passphrase=credential.ssh_passphrase,
        port=device.ssh_port,
        api_port=device.api_port,
        connect_timeout=connect_timeout,
        read_timeout=read_timeout,
        stopped=stopped,
        host_key_type=host_keys.device_key(device).key_type,
        on_host_key=partial(host_keys.require if writing else host_keys.note, device),
    )


def snmp_auth(credential: Credential) -> SnmpAuth:
    """The SNMP side of a credential; raises NoCredential when it is not complete."""
    try:
        return SnmpAuth(
            version="v3" if credential.kind == Credential.Kind.SNMP_V3 else "v2c",
            community=credential.snmp_community,
            user=credential.username,
            auth_protocol=credential.snmp_auth_protocol,
            auth_key=credential.snmp_auth_key,
            priv_protocol=credential.snmp_priv_protocol,
            priv_key=credential.snmp_priv_key,
        )
    except ValueError as error:
        raise NoCredential(f"The credential {credential.name} cannot be used. {error}") from None


def snmp_target(device: Device) -> SnmpTarget:
    """Where and how to ask the device over SNMP; raises NotAllowed or NoCredential."""
    require_allowed(device.primary_address)
    if device.snmp_credential is None:
        raise NoCredential(f"{device.name} has no SNMP credential.")
    return SnmpTarget(
        address=device.primary_address,
        auth=snmp_auth(device.snmp_credential),
        port=device.snmp_port,
        name=device.name,
    )
