"""Asking one device over SNMP: values and tables, within limits of time and size. The only importer of gufo.snmp.

The library is chosen by the environment: SNMP_BACKEND=gufo (the default) or easysnmp.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from itertools import islice
from typing import TypeVar

from gufo import snmp as gufo
from gufo.snmp.aio import SnmpSession
from gufo.snmp.user import KeyType

from inventory.errors import AuthenticationFailed, Unreachable
from inventory.secrets import Secret
from inventory.snmp.auth import SnmpAuth, SnmpTarget
from inventory.snmp.backend import Backend, Garbled, Refused
from inventory.snmp.values import Value

__all__ = ["BadAnswer", "Session", "SnmpAuth", "SnmpTarget", "Table", "get", "open_session", "walk", "walk_many"]

T = TypeVar("T")
Table = dict[tuple[int, ...], Value]  # by what follows the OID that was walked

PACKET_OIDS = 16  # objects asked for in one GET
REPETITIONS = 25  # rows asked for in one GETBULK: fills an Ethernet frame for most columns
CLOCK_EVERY = 64  # values of a table between two looks at the time limit
TABLE_LIMIT = 50_000  # values of one table; a full BGP table is no inventory

AUTH_KEYS = {
    "MD5": gufo.Md5Key,
    "SHA": gufo.Sha1Key,
    "SHA224": gufo.Sha224Key,
    "SHA256": gufo.Sha256Key,
    "SHA384": gufo.Sha384Key,
    "SHA512": gufo.Sha512Key,
}
PRIV_KEYS = {"DES": gufo.DesKey, "AES": gufo.Aes128Key, "AES192": gufo.Aes192Key, "AES256": gufo.Aes256Key}


class BadAnswer(Unreachable):
    """The device answers, but not as SNMP demands: rubbish, or a table without end. Asking again does not help."""

    retryable = False


async def get(target: SnmpTarget, oids: Iterable[str]) -> dict[str, Value]:
    """Values by OID; what the device does not have is absent. Raises Unreachable or AuthenticationFailed."""
    async with open_session(target) as session:
        return await session.get(oids)


async def walk(target: SnmpTarget, oid: str, limit: int = TABLE_LIMIT) -> Table:
    """Everything below an OID. Raises Unreachable or AuthenticationFailed, BadAnswer beyond `limit` values."""
    async with open_session(target) as session:
        return await session.walk(oid, limit)


async def walk_many(target: SnmpTarget, oids: Iterable[str], limit: int = TABLE_LIMIT) -> dict[str, Table]:
    """Several tables one after the other over one session. Raises as `walk`."""
    async with open_session(target) as session:
        return {oid: await session.walk(oid, limit) for oid in oids}


@asynccontextmanager
async def open_session(target: SnmpTarget) -> AsyncIterator["Session"]:
    """A session with one device; all of it must be done within the target's time limit."""
    session = Session(target)
    await session.open()
    yield session


class Session:
    """Asks one device, one request at a time. Every method raises Unreachable or AuthenticationFailed only."""

    def __init__(self, target: SnmpTarget) -> None:
        self.target = target
        self._deadline = asyncio.get_running_loop().time() + target.time_limit
        self._backend = _backend(target)
        self._heard = False

    async def open(self) -> None:
        """Discover the engine and check the user (SNMP v3; v1 and v2c have nothing to open)."""
        await self._within_limit(lambda: self._retried(self._backend.open))

    async def get(self, oids: Iterable[str]) -> dict[str, Value]:
        """Values by OID; what the device does not have is absent."""
        found: dict[str, Value] = {}
        remaining = iter(dict.fromkeys(oids))
        while chunk := list(islice(remaining, PACKET_OIDS)):
            found |= await self._within_limit(lambda chunk=chunk: self._get(chunk))  # type: ignore[misc]
        return found

    async def walk(self, oid: str, limit: int = TABLE_LIMIT, repetitions: int = REPETITIONS) -> Table:
        """Everything below an OID, keyed by what follows it."""
        return await self._within_limit(lambda: self._walk(oid, limit, repetitions))

    async def _get(self, oids: Sequence[str]) -> dict[str, Value]:
        try:
            found = await self._retried(lambda: self._backend.get(oids))
        except Garbled as error:
            if len(oids) == 1:
                raise self._bad_answer(error) from None
            await self._start_anew()
            found = {}
        else:
            self._heard = True
        if found or len(oids) == 1:
            return found
        # v1 answers nothing when one object is missing, others when the answer grows too big, and one that outgrows
        # the library's buffer cannot be read: ask for less at a time.
        half = len(oids) // 2
        return await self._get(oids[:half]) | await self._get(oids[half:])

    async def _walk(self, oid: str, limit: int, repetitions: int) -> Table:
        while True:
            try:
                table = await self._walk_once(oid, limit, repetitions)
            except Garbled as error:
                # Also what an answer looks like that is longer than the library's buffer: ask for less at a time.
                if repetitions == 1:
                    raise self._bad_answer(error) from None
                repetitions = max(repetitions // 5, 1)
                await self._start_anew()
            else:
                self._heard = True
                return table

    async def _start_anew(self) -> None:
        """A fresh backend: the old one may have stopped in the middle of something."""
        self._backend = _backend(self.target)
        await self._retried(self._backend.open)

    async def _walk_once(self, oid: str, limit: int, repetitions: int) -> Table:
        table: Table = {}
        rows, silent = self._backend.table(oid, repetitions), 0
        while True:
            before = len(table)
            try:
                await self._fill(table, rows, oid, limit)
                return table
            except TimeoutError:
                silent = silent + 1 if len(table) == before else 1
                if silent > self.target.retries:
                    raise self._no_answer() from None
            except Refused:
                raise self._refused() from None

    async def _fill(self, table: Table, rows: AsyncIterator[tuple[str, Value]], oid: str, limit: int) -> None:
        prefix, start = f"{oid}.", len(oid) + 1
        last = next(reversed(table)) if table else ()
        async for name, value in rows:
            if not name.startswith(prefix):
                return
            index = tuple(map(int, name[start:].split(".")))
            if index <= last:
                raise BadAnswer(f"{self.target.label} sends the table {oid} in circles; it was not read.")
            if len(table) >= limit:
                raise BadAnswer(f"{self.target.label} sends more than {limit:,} values of {oid}; it was not read.")
            table[index] = value
            last = index
            # asyncio.wait_for of Python 3.11 can lose the one cancellation of a timeout to an answer just arriving.
            if not len(table) % CLOCK_EVERY and asyncio.get_running_loop().time() > self._deadline:
                raise self._too_slow()

    async def _retried(self, call: Callable[[], Awaitable[T]]) -> T:
        for _ in range(self.target.retries + 1):
            try:
                return await call()
            except TimeoutError:
                continue
            except Refused:
                raise self._refused() from None
        raise self._no_answer()

    async def _within_limit(self, call: Callable[[], Awaitable[T]]) -> T:
        try:
            async with asyncio.timeout_at(self._deadline):
                return await call()
        except TimeoutError:
            raise self._too_slow() from None
        except Garbled as error:
            raise self._bad_answer(error) from None

    def _too_slow(self) -> Unreachable:
        return Unreachable(f"{self.target.label} did not finish answering within {self.target.time_limit:g} s.")

    def _refused(self) -> AuthenticationFailed:
        user = self.target.auth.user
        return AuthenticationFailed(f"{self.target.label} refused SNMP v3 user {user!r}: unknown user or wrong key.")

    def _no_answer(self) -> AuthenticationFailed | Unreachable:
        auth, label = self.target.auth, self.target.label
        if auth.version == "v3" and auth.priv_protocol and self._backend.engine_known and not self._heard:
            return AuthenticationFailed(
                f"{label} speaks SNMP v3 but answered no encrypted request of user {auth.user!r}: "
                f"wrong privacy key or another protocol than {auth.priv_protocol}."
            )
        how = f"user {auth.user!r}" if auth.version == "v3" else "this community"
        wait = f"{self.target.retries + 1} x {self.target.timeout:g} s"
        return Unreachable(f"{label} did not answer SNMP {auth.version} on port {self.target.port} to {how} ({wait}).")

    def _bad_answer(self, error: Exception) -> BadAnswer:
        return BadAnswer(f"{self.target.label} answers SNMP with something unreadable ({error}).")


def _backend(target: SnmpTarget) -> Backend:
    """The library's side of a session, by SNMP_BACKEND."""
    name = os.environ.get("SNMP_BACKEND", "") or "gufo"
    if name == "gufo":
        try:
            return _Gufo(target)
        except (OSError, ValueError) as error:
            raise Unreachable(f"{target.label} cannot be reached: {error}.") from None
    if name == "easysnmp":
        from inventory.snmp.easysnmp_backend import EasySnmp

        return EasySnmp(target)
    raise BadAnswer(f"SNMP_BACKEND: {name!r} is not one of gufo, easysnmp.")


class _Gufo:
    """gufo.snmp: native values, keys computed once a password."""

    def __init__(self, target: SnmpTarget) -> None:
        auth = target.auth
        self._session = SnmpSession(
            target.address,
            target.port,
            community=auth.community.reveal(),
            user=_user(auth) if auth.version == "v3" else None,
            version=gufo.SnmpVersion[auth.version],
            timeout=target.timeout,
        )
        self._version = auth.version

    @property
    def engine_known(self) -> bool:
        return self._version == "v3" and bool(self._session.get_engine_id())

    async def open(self) -> None:
        try:
            await self._session.refresh()
        except BaseException as error:
            raise _meaning(error) from None

    async def get(self, oids: Sequence[str]) -> dict[str, Value]:
        try:
            return dict(await self._session.get_many(oids))
        except BaseException as error:
            raise _meaning(error) from None

    def table(self, oid: str, repetitions: int) -> AsyncIterator[tuple[str, Value]]:
        session = self._session
        return _GufoTable(session.getbulk(oid, repetitions) if self._version != "v1" else session.getnext(oid))


class _GufoTable:
    """Rows of gufo with its errors given their meaning; not a generator, which would end with the first timeout."""

    def __init__(self, rows: AsyncIterator[tuple[str, Value]]) -> None:
        self._next = rows.__anext__

    def __aiter__(self) -> "_GufoTable":
        return self

    async def __anext__(self) -> tuple[str, Value]:
        try:
            return await self._next()
        except StopAsyncIteration:
            raise
        except BaseException as error:
            raise _meaning(error) from None


def _meaning(error: BaseException) -> BaseException:
    """gufo's errors in the backend's words. Its Rust part panics on some rubbish, which is no Exception in Python."""
    if isinstance(error, gufo.SnmpAuthError):
        return Refused()
    if isinstance(error, OSError):  # connection refused, no route: as silent as no answer
        return TimeoutError(str(error))
    if isinstance(error, (gufo.SnmpError, RuntimeError)):
        return Garbled(str(error))
    return Garbled("it breaks the decoder") if type(error).__name__ == "PanicException" else error


def _user(auth: SnmpAuth) -> gufo.User:
    """Master keys instead of passwords: hashing a megabyte (RFC 3414 A.2) once a password, not once a device."""
    if not auth.auth_protocol:
        return gufo.User(auth.user)
    hashing = AUTH_KEYS[auth.auth_protocol]
    key = hashing(_master_key(auth.auth_protocol, auth.auth_key), key_type=KeyType.Master)
    if not auth.priv_protocol:
        return gufo.User(auth.user, auth_key=key)
    reeder = auth.priv_protocol.endswith("C")
    ciphering = PRIV_KEYS[auth.priv_protocol.removesuffix("C")]
    return gufo.User(
        auth.user,
        auth_key=key,
        priv_key=ciphering(_master_key(auth.auth_protocol, auth.priv_key), key_type=KeyType.Master),
        key_expansion=gufo.KeyExpansion.Cisco if reeder else gufo.KeyExpansion.Blumenthal,
    )


@lru_cache(maxsize=256)
def _master_key(protocol: str, password: Secret) -> bytes:
    return AUTH_KEYS[protocol].get_master_key(password.reveal().encode())
