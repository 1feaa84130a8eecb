"""Under which key a stored value stands. Pure: no Django, no database."""

import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Sequence
from enum import StrEnum

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES128
from cryptography.hazmat.primitives.ciphers.modes import CBC

# Version, time, IV, at least one block, HMAC: Fernet specification, "Token Format".
VERSION, SMALLEST, BLOCK, HASH = 0x80, 73, 16, 32
HEAD = 25  # bytes of version, time and IV
FERNETS_BIRTH = 1_300_000_000  # seconds; no token is older than the format
LETTERS = re.compile(rb"[\w+/=\s-]+", re.ASCII)


class Standing(StrEnum):
    """What a stored value is to the keys of this process."""

    EMPTY = "empty"
    NEW = "new"  # under the key in use
    OLD = "old"  # under a key that may only decrypt
    PLAIN = "plain"  # not encrypted at all
    UNREADABLE = "unreadable"  # encrypted, and no key fits


class Keyring:
    """The key in use and the earlier ones. Raises ValueError for a key that is none."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._fernet = Fernet(keys[0])
        halves = [_decoded(key) for key in keys]
        self._signing = [key[:16] for key in halves]
        self._encrypting = [AES128(key[16:]) for key in halves]

    def standing(self, stored: bytes) -> Standing:
        """Told by the signature: nothing is decrypted, for whoever signed it has the whole key."""
        if not stored:
            return Standing.EMPTY
        token = token_of(stored)
        if token is None:
            return Standing.PLAIN if _is_text(stored) else Standing.UNREADABLE
        number = self._signer(token)
        if number is None:
            return Standing.UNREADABLE
        return Standing.OLD if number else Standing.NEW

    def rotated(self, stored: bytes, iv: bytes) -> bytes:
        """The same content under the key in use, with the time it was first encrypted at; `iv` are 16 random bytes.

        What `MultiFernet.rotate` does, three times as fast: the signature tells the key, so none is tried in vain, and
        the padding goes over as it is. Raises ValueError when no key fits.
        """
        token = token_of(stored) or b""
        number = self._signer(token)
        if number is None:
            raise ValueError("No key of this process opens the value.")
        old = Cipher(self._encrypting[number], CBC(token[9:HEAD])).decryptor()
        new = Cipher(self._encrypting[0], CBC(iv)).encryptor()
        body = token[:9] + iv + new.update(old.update(token[HEAD:-HASH]))
        return urlsafe_b64encode(body + hmac.digest(self._signing[0], body, "sha256"))

    def _signer(self, token: bytes) -> int | None:
        """Which key signed it."""
        for number, key in enumerate(self._signing):
            if hmac.compare_digest(hmac.digest(key, token[:-HASH], "sha256"), token[-HASH:]):
                return number
        return None

    def encrypted(self, packed: bytes) -> bytes:
        """What was plain, under the key in use."""
        return self._fernet.encrypt(packed)


def _decoded(key: str) -> bytes:
    """Signing and encrypting half, 16 bytes each."""
    Fernet(key)  # raises ValueError for what is no key
    return urlsafe_b64decode(key)


def token_of(stored: bytes) -> bytes | None:
    """The decoded token, also of one that was damaged or cut off; None for what was never encrypted.

    A password may begin like a token. What has the form of a whole one, or the head with a time that can be, is one:
    to encrypt a damaged token again would hide what it was.
    """
    if not LETTERS.fullmatch(stored):
        return None
    try:
        token = urlsafe_b64decode(stored[: len(stored) // 4 * 4])
    except (Error, ValueError):
        return None
    if not token or token[0] != VERSION:
        return None
    whole = len(token) >= SMALLEST and (len(token) - SMALLEST) % BLOCK == 0
    made_at = int.from_bytes(token[1:9])
    cut = len(token) >= HEAD and FERNETS_BIRTH < made_at < 2**32
    return token if whole or cut else None


def _is_text(stored: bytes) -> bool:
    try:
        return "\0" not in stored.decode()
    except UnicodeDecodeError:
        return False
