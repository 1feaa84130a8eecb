"""The User-based Security Model (RFC 3414): usmHMACSHAAuthProtocol and usmAesCfb128Protocol (RFC 3826)."""

import hmac
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha1
from typing import cast

from asyncssh.asn1 import der_decode, der_decode_partial
from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms

from tests.lab.snmp import ber
from tests.lab.snmp.ber import Pdu

WINDOW = 150  # seconds an authenticated message may be off (RFC 3414 2.2.3)
_AUTH, _PRIV, _REPORTABLE = 1, 2, 4
_MAC_SIZE = 12
_USM_STATS = (1, 3, 6, 1, 6, 3, 15, 1, 1)
UNSUPPORTED_LEVEL, NOT_IN_WINDOW, UNKNOWN_USER, UNKNOWN_ENGINE, WRONG_DIGEST, DECRYPTION_ERROR = 1, 2, 3, 4, 5, 6


@dataclass(frozen=True, slots=True)
class V3User:
    """A user who must authenticate with SHA and encrypt with AES-128."""

    name: str
    auth_password: str
    priv_password: str


@lru_cache(maxsize=64)
def password_key(password: str) -> bytes:
    """RFC 3414 A.2.2: SHA-1 over one megabyte of the repeated password."""
    data = password.encode()
    return sha1((data * (1_048_576 // len(data) + 1))[:1_048_576]).digest()


@lru_cache(maxsize=4096)
def localized_key(password: str, engine_id: bytes) -> bytes:
    """The password's key for one engine."""
    key = password_key(password)
    return sha1(key + engine_id + key).digest()


@dataclass(frozen=True, slots=True)
class Message:
    """A v3 message as received; `scoped` is the encoded (or encrypted) scoped PDU."""

    message_id: int
    flags: int
    engine_id: bytes
    boots: int
    seconds: int
    user: str
    mac: bytes
    salt: bytes
    scoped: bytes
    encrypted: bool


class Usm:
    """One engine with one user."""

    def __init__(self, engine_id: bytes, user: V3User, boots: int = 7) -> None:
        self.engine_id = engine_id
        self._user = user
        self._boots = boots
        self._started = time.monotonic() - 1000
        self._counts: dict[int, int] = {}

    @property
    def _seconds(self) -> int:
        return int(time.monotonic() - self._started)

    def answer(self, data: bytes, respond: Callable[[Pdu], bytes], known: bool) -> bytes | None:
        """The answer to a message: a response, a report, or None. `known` False: pretend not to know the user."""
        message = parse(data)
        wrong = self._problem(message, data, known)
        if wrong is None:
            scoped = self._decrypted(message)
            pdu = _pdu_of(scoped)
            if pdu is None:
                return self._report(message, DECRYPTION_ERROR)
            return self._wrap(message, self._scoped(respond(ber.decode_pdu(pdu))), _AUTH | _PRIV)
        return self._report(message, wrong) if message.flags & _REPORTABLE else None

    def _problem(self, message: Message, data: bytes, known: bool) -> int | None:
        if message.engine_id != self.engine_id:
            return UNKNOWN_ENGINE
        if message.user != self._user.name or not known:
            return UNKNOWN_USER
        if message.flags & (_AUTH | _PRIV) != _AUTH | _PRIV or not message.encrypted:
            return UNSUPPORTED_LEVEL
        blank = data.replace(b"\x04\x0c" + message.mac, b"\x04\x0c" + bytes(_MAC_SIZE), 1)
        if len(message.mac) != _MAC_SIZE or not hmac.compare_digest(self._mac(blank), message.mac):
            return WRONG_DIGEST
        if message.boots != self._boots or abs(message.seconds - self._seconds) > WINDOW:
            return NOT_IN_WINDOW
        return None

    def _mac(self, whole: bytes) -> bytes:
        return hmac.digest(localized_key(self._user.auth_password, self.engine_id), whole, "sha1")[:_MAC_SIZE]

    def _cipher(self, boots: int, seconds: int, salt: bytes) -> Cipher[CFB]:
        key = localized_key(self._user.priv_password, self.engine_id)[:16]
        vector = boots.to_bytes(4, "big") + seconds.to_bytes(4, "big") + salt
        return Cipher(algorithms.AES(key), CFB(vector))

    def _decrypted(self, message: Message) -> bytes:
        decryptor = self._cipher(message.boots, message.seconds, message.salt).decryptor()
        return decryptor.update(message.scoped) + decryptor.finalize()

    def _scoped(self, pdu: bytes) -> bytes:
        return ber.sequence(ber.octets(self.engine_id), ber.octets(b""), pdu)

    def _report(self, message: Message, reason: int) -> bytes:
        self._counts[reason] = self._counts.get(reason, 0) + 1
        name = (*_USM_STATS, reason, 0)
        varbind = ber.varbind(ber.oid(name), ber.counter32(self._counts[reason]))
        # RFC 3414 3.2 7a: the report that tells the time must be authenticated, the others cannot be
        flags = _AUTH if reason == NOT_IN_WINDOW else 0
        return self._wrap(message, self._scoped(ber.pdu(ber.REPORT, 0, 0, 0, varbind)), flags)

    def _wrap(self, message: Message, scoped: bytes, flags: int) -> bytes:
        salt, seconds = b"", self._seconds
        if flags & _PRIV:
            salt = os.urandom(8)
            encryptor = self._cipher(self._boots, seconds, salt).encryptor()
            scoped = ber.octets(encryptor.update(scoped) + encryptor.finalize())
        user = message.user if flags else ""

        def whole(mac: bytes) -> bytes:
            security = ber.sequence(
                ber.octets(self.engine_id),
                ber.integer(self._boots),
                ber.integer(seconds),
                ber.octets(user),
                ber.octets(mac),
                ber.octets(salt),
            )
            header = ber.sequence(
                ber.integer(message.message_id), ber.integer(65507), ber.octets(bytes((flags,))), ber.integer(3)
            )
            return ber.sequence(ber.integer(3), header, ber.octets(security), scoped)

        return whole(self._mac(whole(bytes(_MAC_SIZE)))) if flags & _AUTH else whole(b"")


def parse(data: bytes) -> Message:
    """Read an SNMPv3 message. Raises ASN1DecodeError, TypeError or ValueError for rubbish."""
    content = ber.contents(data)
    rest = content
    members: list[object] = []
    for _ in range(3):
        value, used = der_decode_partial(rest)
        members.append(value)
        rest = rest[used:]
    _, header, security = members
    message_id, _size, flags, _model = cast(tuple[int, int, bytes, int], header)
    fields = cast(tuple[bytes, int, int, bytes, bytes, bytes], der_decode(cast(bytes, security)))
    engine_id, boots, seconds, user, mac, salt = fields
    encrypted = rest[:1] == b"\x04"
    scoped = ber.contents(rest) if encrypted else rest
    return Message(message_id, flags[0], engine_id, boots, seconds, user.decode(), mac, salt, scoped, encrypted)


def _pdu_of(scoped: bytes) -> bytes | None:
    """The PDU inside a scoped PDU, None when decryption gave rubbish."""
    try:
        members = ber.parts(scoped)
    except ValueError:
        return None
    return members[2] if len(members) == 3 and isinstance(members[2], bytes) else None
