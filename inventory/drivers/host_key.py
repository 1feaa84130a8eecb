"""The SSH host key a session was opened with, and how an earlier one is asked for again. No Django."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

RSA_MINIMUM = 2048  # bits, NIST SP 800-131A
_ALGORITHMS = {"ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256", "ssh-rsa")}  # one key, three signatures: RFC 8332


@dataclass(frozen=True, slots=True)
class OfferedKey:
    """`key_type` as in RFC 4253 section 6.6; `key` in base64, as in known_hosts."""

    key_type: str
    key: str

    @property
    def fingerprint(self) -> str:
        """As OpenSSH prints it: SHA256 in base64 without padding."""
        digest = hashlib.sha256(base64.b64decode(self.key)).digest()
        return f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"


def offered_in(transport: Any) -> OfferedKey:
    """The key that this very session of paramiko's was opened with."""
    key = transport.get_remote_server_key()
    return OfferedKey(key.get_name(), key.get_base64())


def weakness(key_type: str, key: str) -> str:
    """Why a key of this kind is no proof of much any more; empty when it is one."""
    if key_type == "ssh-dss":
        return "DSA keys have 1024 bits"
    bits = _rsa_bits(key) if key_type == "ssh-rsa" else RSA_MINIMUM
    return f"an RSA key of {bits} bits is shorter than {RSA_MINIMUM}" if bits < RSA_MINIMUM else ""


def ask_first(client: Any, key_type: str) -> Any:
    """Let paramiko's client ask for the pinned type first, as OpenSSH does, and take any other after it.

    A device that gains a further key with an upgrade would else show the new one and look like another device.
    """
    if key_type:
        client.connect = partial(client.connect, transport_factory=_asking(key_type))
    return client


def _asking(key_type: str) -> Callable[..., Any]:
    import paramiko

    def transport(*args: Any, **kwargs: Any) -> Any:
        made = paramiko.Transport(*args, **kwargs)
        known = made.get_security_options()
        wanted = [name for name in _ALGORITHMS.get(key_type, (key_type,)) if name in known.key_types]
        known.key_types = [*wanted, *(name for name in known.key_types if name not in wanted)]
        return made

    return transport


def _rsa_bits(key: str) -> int:
    """Length of the modulus, the third field of the key's blob (RFC 4253 section 6.6); 0 for what is no RSA key."""
    try:
        blob = base64.b64decode(key, validate=True)
    except ValueError:
        return 0
    fields: list[bytes] = []
    while len(blob) >= 4 and len(fields) < 3:
        size = int.from_bytes(blob[:4], "big")
        fields.append(blob[4 : 4 + size])
        blob = blob[4 + size :]
    return int.from_bytes(fields[2], "big").bit_length() if len(fields) == 3 else 0
