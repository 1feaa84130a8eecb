"""The one packet a sweep sends, and the answers it believes. Pure.

Just the BER this needs (X.690, RFC 3416, RFC 3412): the SNMP library keeps its encoder to itself, and a sweep
wants one packet encoded once whose request id is overwritten for each address. What arrives is hostile: it is read
within bounds and anything odd is `None`, never an exception.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from inventory.snmp.auth import SnmpAuth

SYS_DESCR, SYS_OBJECT_ID, SYS_NAME = "1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.2.0", "1.3.6.1.2.1.1.5.0"
ASKED = (SYS_DESCR, SYS_OBJECT_ID, SYS_NAME)

INTEGER, OCTETS, NULL, OID, SEQUENCE = 0x02, 0x04, 0x05, 0x06, 0x30
GET, RESPONSE, REPORT = 0xA0, 0xA2, 0xA8
WIRE_VERSION = {"v1": 0, "v2c": 1, "v3": 3}
ID_MARK = 0x7A5A5A7A  # a request id of four octets; its last place in the packet is where ids are written
ENGINE_ID_LENGTHS = range(5, 33)  # RFC 3411, SnmpEngineID
TEXT_LIMIT = 4096  # octets of one value that are looked at
VARBIND_LIMIT = 16


@dataclass(frozen=True, slots=True)
class Probe:
    """A packet, and where its four octets of request id (v3: message id) stand."""

    packet: bytes = field(repr=False)  # it holds the community
    id_at: int


@dataclass(frozen=True, slots=True)
class Reply:
    """What an answer says. A v3 agent says only its engine id, as lower-case hexadecimal."""

    request_id: int
    sys_descr: bytes = b""
    sys_object_id: str = ""
    sys_name: bytes = b""
    engine_id: str = ""


def probe(auth: SnmpAuth) -> Probe:
    """The packet for one way to be let in: a GET, or for v3 the engine discovery of RFC 3414 section 4."""
    packet = _discovery() if auth.version == "v3" else _get(auth)
    mark = ID_MARK.to_bytes(4, "big")
    return Probe(packet, packet.rindex(mark))


def reply(packet: bytes) -> Reply | None:
    """The answer in a datagram, or None when it is not one."""
    try:
        return _reply(packet)
    except (ValueError, IndexError, StopIteration):
        return None


def _get(auth: SnmpAuth) -> bytes:
    asked = b"".join(_tlv(SEQUENCE, _oid(name) + _tlv(NULL, b"")) for name in ASKED)
    pdu = _tlv(GET, _integer(ID_MARK) + _integer(0) + _integer(0) + _tlv(SEQUENCE, asked))
    community = auth.community.reveal().encode()
    return _tlv(SEQUENCE, _integer(WIRE_VERSION[auth.version]) + _tlv(OCTETS, community) + pdu)


def _discovery() -> bytes:
    # msgFlags 04: reportable, without authentication and privacy; 3: the user-based security model.
    header = _tlv(SEQUENCE, _integer(ID_MARK) + _integer(65507) + _tlv(OCTETS, b"\x04") + _integer(3))
    nobody = _tlv(SEQUENCE, _tlv(OCTETS, b"") + _integer(0) + _integer(0) + _tlv(OCTETS, b"") * 3)
    pdu = _tlv(GET, _integer(0) + _integer(0) + _integer(0) + _tlv(SEQUENCE, b""))
    scoped = _tlv(SEQUENCE, _tlv(OCTETS, b"") * 2 + pdu)
    return _tlv(SEQUENCE, _integer(3) + header + _tlv(OCTETS, nobody) + scoped)


def _tlv(tag: int, body: bytes) -> bytes:
    size = len(body)
    head = bytes((tag, size)) if size < 0x80 else bytes((tag, 0x82)) + size.to_bytes(2, "big")
    return head + body


def _integer(value: int) -> bytes:
    return _tlv(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _oid(text: str) -> bytes:
    """Only for the OIDs asked here: no number above 127."""
    first, second, *rest = map(int, text.split("."))
    return _tlv(OID, bytes((first * 40 + second, *rest)))


def _reply(packet: bytes) -> Reply | None:
    message = _fields(_one(packet, SEQUENCE))
    version = _number(next(message), INTEGER)
    if version == WIRE_VERSION["v3"]:
        return _engine(message)
    _expect(next(message), OCTETS)
    tag, body = next(message)
    if tag != RESPONSE or version not in WIRE_VERSION.values():
        return None
    pdu = _fields(body)
    request_id, _error, _index = [_number(next(pdu), INTEGER) for _ in range(3)]
    return _identity(request_id, _expect(next(pdu), SEQUENCE))


def _identity(request_id: int, bindings: bytes) -> Reply:
    """An error status or a missing value still shows that the community is right; what is missing stays empty."""
    text: dict[str, bytes] = {}
    object_id = ""
    for count, (tag, binding) in enumerate(_fields(bindings)):
        if tag != SEQUENCE or count >= VARBIND_LIMIT:
            raise ValueError("not a binding")
        pair = _fields(binding)
        name = _dotted(_expect(next(pair), OID))
        kind, value = next(pair)
        if kind == OCTETS:
            text[name] = value[:TEXT_LIMIT]
        elif kind == OID and name == SYS_OBJECT_ID:
            object_id = _dotted(value)
    return Reply(request_id, text.get(SYS_DESCR, b""), object_id, text.get(SYS_NAME, b""))


def _engine(message: Iterator[tuple[int, bytes]]) -> Reply | None:
    """The engine id of a Report; the message id stands in the header."""
    message_id = _number(next(_fields(_expect(next(message), SEQUENCE))), INTEGER)
    usm = _one(_expect(next(message), OCTETS), SEQUENCE)
    engine_id = _expect(next(_fields(usm)), OCTETS)
    return Reply(message_id, engine_id=engine_id.hex()) if len(engine_id) in ENGINE_ID_LENGTHS else None


def _one(data: bytes, tag: int) -> bytes:
    """The content of the first value; what follows it is ignored, as some agents pad their datagrams."""
    return _expect(next(_fields(data)), tag)


def _fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and content one after the other."""
    at, end = 0, len(data)
    while at < end:
        tag, size, at = data[at], data[at + 1], at + 2
        if size >= 0x80:
            width = size & 0x7F
            if not 1 <= width <= 4:
                raise ValueError("length")
            size, at = int.from_bytes(data[at : at + width], "big"), at + width
        if at + size > end:
            raise ValueError("cut off")
        yield tag, data[at : at + size]
        at += size


def _expect(found: tuple[int, bytes], tag: int) -> bytes:
    if found[0] != tag:
        raise ValueError("another type")
    return found[1]


def _number(found: tuple[int, bytes], tag: int) -> int:
    body = _expect(found, tag)
    if not 1 <= len(body) <= 5:
        raise ValueError("integer")
    return int.from_bytes(body, "big", signed=True)


def _dotted(body: bytes) -> str:
    numbers, value = [], 0
    for octet in body[:128]:
        value = value << 7 | octet & 0x7F
        if value > 0xFFFFFFFF:
            raise ValueError("object id")
        if not octet & 0x80:
            numbers.append(value)
            value = 0
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, (first, numbers[0] - first * 40, *numbers[1:])))
