"""easysnmp behind the client's door, for who must use net-snmp's library: SNMP_BACKEND=easysnmp."""

import asyncio
import importlib
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from inventory.errors import AuthenticationFailed, Unreachable
from inventory.snmp.auth import SnmpTarget
from inventory.snmp.backend import Garbled, Refused
from inventory.snmp.values import Value

VERSIONS = {"v1": 1, "v2c": 2, "v3": 3}
NUMBERS = {"INTEGER", "INTEGER32", "COUNTER", "GAUGE", "TICKS", "COUNTER64", "UNSIGNED32", "UINTEGER"}
TEXTS = {"OBJECTID", "IPADDR", "NETADDR"}
ABSENT = {"NOSUCHOBJECT", "NOSUCHINSTANCE", "ENDOFMIBVIEW", "NULL"}
PROTOCOLS = ("", "MD5", "SHA", "DES", "AES")


class EasySnmp:
    """Blocking calls, each in a thread."""

    def __init__(self, target: SnmpTarget) -> None:
        self._library = _library()
        self._session = self._library.Session(**_options(target))
        self._is_v1 = target.auth.version == "v1"

    @property
    def engine_known(self) -> bool:
        """The library does not tell."""
        return False

    async def open(self) -> None:
        """The library discovers the engine with the first request."""

    async def get(self, oids: Sequence[str]) -> dict[str, Value]:
        wanted = [f".{oid}" for oid in oids]
        found = await self._call(self._session.get, wanted)
        return {_name(variable): _value(variable) for variable in found if variable.snmp_type not in ABSENT}

    def table(self, oid: str, repetitions: int) -> AsyncIterator[tuple[str, Value]]:
        return _Rows(self.page, oid, repetitions)

    async def page(self, after: str, repetitions: int) -> list[tuple[str, Value]]:
        """What follows an OID; an empty list at the end of everything."""
        if self._is_v1:
            found = await self._call(self._session.get_next, [f".{after}"])
        else:
            found = await self._call(self._session.get_bulk, [f".{after}"], 0, repetitions)
        return [(_name(variable), _value(variable)) for variable in found if variable.snmp_type not in ABSENT]

    async def _call(self, method: Callable[..., Any], *arguments: Any) -> list[Any]:
        try:
            return list(await asyncio.to_thread(method, *arguments))
        except self._library.exceptions.EasySNMPNoSuchNameError:  # v1's word for one that is missing, and for the end
            return []
        except Exception as error:
            raise self._meaning(error) from None

    def _meaning(self, error: Exception) -> Exception:
        if isinstance(error, self._library.exceptions.EasySNMPTimeoutError):
            return TimeoutError()
        words = str(error).lower()
        if any(word in words for word in ("authentication", "unknown user", "authorization", "decryption")):
            return Refused()
        return Garbled(type(error).__name__)


class _Rows:
    """A page at a time; continues after a timeout, which a generator would not."""

    def __init__(self, page: Callable[[str, int], Any], oid: str, repetitions: int) -> None:
        self._page, self._prefix, self._repetitions = page, f"{oid}.", repetitions
        self._after = oid
        self._rows: list[tuple[str, Value]] = []

    def __aiter__(self) -> "_Rows":
        return self

    async def __anext__(self) -> tuple[str, Value]:
        if not self._rows:
            self._rows = (await self._page(self._after, self._repetitions))[::-1]
        if not self._rows or not self._rows[-1][0].startswith(self._prefix):
            raise StopAsyncIteration
        name, value = self._rows.pop()
        self._after = name
        return name, value


def _library() -> Any:
    try:
        return importlib.import_module("easysnmp")
    except ImportError:
        raise Unreachable(
            "SNMP_BACKEND=easysnmp, but the module is missing: pip install -r requirements-easysnmp.txt "
            "(it needs gcc and Debian's libsnmp-dev), or choose SNMP_BACKEND=gufo."
        ) from None


def _options(target: SnmpTarget) -> dict[str, Any]:
    auth = target.auth
    options: dict[str, Any] = {
        "hostname": f"udp6:[{target.address}]" if ":" in target.address else target.address,
        "version": VERSIONS[auth.version],
        "remote_port": target.port,
        "timeout": target.timeout,
        "retries": 0,
        "use_numeric": True,
        "use_sprint_value": False,
    }
    if auth.version != "v3":
        return options | {"community": auth.community.reveal()}
    if auth.auth_protocol not in PROTOCOLS or auth.priv_protocol not in PROTOCOLS:
        raise AuthenticationFailed(
            f"{target.label}: SNMP_BACKEND=easysnmp speaks MD5, SHA, DES and AES only; choose SNMP_BACKEND=gufo."
        )
    level = "auth_with_privacy" if auth.priv_protocol else "auth_without_privacy"
    options |= {
        "security_username": auth.user,
        "security_level": level if auth.auth_protocol else "no_auth_or_privacy",
    }
    if auth.auth_protocol:
        options |= {"auth_protocol": auth.auth_protocol, "auth_password": auth.auth_key.reveal()}
    if auth.priv_protocol:
        options |= {"privacy_protocol": auth.priv_protocol, "privacy_password": auth.priv_key.reveal()}
    return options


def _name(variable: Any) -> str:
    name = f"{variable.oid}.{variable.oid_index}" if variable.oid_index else variable.oid
    return str(name).lstrip(".")


def _value(variable: Any) -> Value:
    if variable.snmp_type in NUMBERS:
        return int(variable.value)
    if variable.snmp_type in TEXTS:
        return str(variable.value).lstrip(".")
    return str(variable.value).encode("latin-1", "replace")
