"""Where and as whom to ask over SNMP. Pure."""

from dataclasses import dataclass, field

from inventory.secrets import Secret

VERSIONS = ("v1", "v2c", "v3")
AUTH_PROTOCOLS = ("", "MD5", "SHA", "SHA224", "SHA256", "SHA384", "SHA512")
# With C: the key is stretched as Cisco and others do it (draft-reeder), without: draft-blumenthal.
PRIV_PROTOCOLS = ("", "DES", "AES", "AES192", "AES192C", "AES256", "AES256C")
KEY_MINIMUM = 8  # characters, RFC 3414 section 11.2


def _nothing() -> Secret:
    return Secret("")


@dataclass(frozen=True, slots=True)
class SnmpAuth:
    """One way to be let in. Raises ValueError with a sentence that names the wrong field, never a secret."""

    version: str = "v2c"
    community: Secret = field(default_factory=_nothing)
    user: str = ""
    auth_protocol: str = ""
    auth_key: Secret = field(default_factory=_nothing)
    priv_protocol: str = ""
    priv_key: Secret = field(default_factory=_nothing)

    def __post_init__(self) -> None:
        _require_one_of("SNMP version", self.version, VERSIONS)
        if self.version != "v3":
            return
        if not self.user:
            raise ValueError("SNMP v3 user: it is empty; give the name the device knows.")
        _require_one_of("SNMP v3 authentication protocol", self.auth_protocol, AUTH_PROTOCOLS)
        _require_one_of("SNMP v3 privacy protocol", self.priv_protocol, PRIV_PROTOCOLS)
        _require_key("authentication", self.auth_protocol, self.auth_key)
        _require_key("privacy", self.priv_protocol, self.priv_key)
        if self.priv_protocol and not self.auth_protocol:
            raise ValueError("SNMP v3 privacy protocol: it needs an authentication protocol as well.")


@dataclass(frozen=True, slots=True)
class SnmpTarget:
    """Where to ask. `timeout` is seconds for one answer, `time_limit` for everything one call asks of the device."""

    address: str
    auth: SnmpAuth
    port: int = 161
    timeout: float = 2.0
    retries: int = 1
    name: str = ""  # for sentences; the address is used where it is empty
    time_limit: float = 120.0

    @property
    def label(self) -> str:
        """The device in a sentence."""
        return f"{self.name} ({self.address})" if self.name else self.address


def _require_one_of(field: str, value: str, accepted: tuple[str, ...]) -> None:
    if value not in accepted:
        raise ValueError(f"{field}: {value!r} is not one of {', '.join(name or 'none' for name in accepted)}.")


def _require_key(what: str, protocol: str, key: Secret) -> None:
    if protocol and len(key.reveal()) < KEY_MINIMUM:
        raise ValueError(f"SNMP v3 {what} key: it has fewer than {KEY_MINIMUM} characters.")
