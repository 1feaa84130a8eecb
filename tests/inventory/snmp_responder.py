"""A small SNMP agent for tests, in a thread of its own: v1/v2c GET, GETNEXT, GETBULK, and v3 engine discovery.

It speaks BER with its own few lines, so that a mistake in the product's encoder is not shared by its judge.
Faults are functions from the honest answer to what is sent instead.
"""

import selectors
import socket
import threading
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import TracebackType

Oid = tuple[int, ...]
Fault = Callable[[bytes], list[bytes]]

GET, GETNEXT, RESPONSE, GETBULK, REPORT = 0xA0, 0xA1, 0xA2, 0xA5, 0xA8
NO_SUCH_OBJECT, END_OF_MIB = b"\x80\x00", b"\x82\x00"


def tlv(tag: int, body: bytes) -> bytes:
    size = len(body)
    if size < 128:
        return bytes((tag, size)) + body
    width = (size.bit_length() + 7) // 8
    return bytes((tag, 0x80 | width)) + size.to_bytes(width, "big") + body


def integer(value: int, tag: int = 2) -> bytes:
    return tlv(tag, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def octets(value: str | bytes) -> bytes:
    return tlv(4, value.encode() if isinstance(value, str) else value)


def sub_id(value: int) -> bytes:
    groups = [value & 0x7F]
    while value := value >> 7:
        groups.append(0x80 | (value & 0x7F))
    return bytes(reversed(groups))


def oid(value: str | Oid) -> bytes:
    parts = numbers(value) if isinstance(value, str) else value
    return tlv(6, sub_id(parts[0] * 40 + parts[1]) + b"".join(map(sub_id, parts[2:])))


def ip_address(text: str) -> bytes:
    return tlv(0x40, socket.inet_aton(text))


def gauge(value: int) -> bytes:
    return integer(value, 0x42)


def ticks(value: int) -> bytes:
    return integer(value, 0x43)


def numbers(text: str) -> Oid:
    return tuple(int(part) for part in text.strip(".").split("."))


def read(data: bytes, at: int = 0) -> tuple[int, bytes, int]:
    """Tag, content and the place after it."""
    tag, size, at = data[at], data[at + 1], at + 2
    if size & 0x80:
        width = size & 0x7F
        size, at = int.from_bytes(data[at : at + width], "big"), at + width
    return tag, data[at : at + size], at + size


def parts(data: bytes) -> list[tuple[int, bytes]]:
    found, at = [], 0
    while at < len(data):
        tag, body, at = read(data, at)
        found.append((tag, body))
    return found


def decode_oid(body: bytes) -> Oid:
    ids, value = [], 0
    for octet in body:
        value = value << 7 | octet & 0x7F
        if not octet & 0x80:
            ids.append(value)
            value = 0
    first = min(ids[0] // 40, 2)
    return (first, ids[0] - first * 40, *ids[1:])


def varbind(name: Oid, value: bytes) -> bytes:
    return tlv(0x30, oid(name) + value)


@dataclass
class Responder:
    """Serves `mib` (dotted OID -> encoded value) on every address of `addresses`, one port."""

    mib: dict[str, bytes]
    community: bytes = b"public"
    addresses: tuple[str, ...] = ("127.0.0.1",)
    engine_id: bytes = b""
    fault: Fault | None = None
    bulk_limit: int = 200
    drop_every: int = 0  # 2: every second request gets no answer
    port: int = 0
    requests: int = 0
    reply_from: socket.socket | None = None

    def __post_init__(self) -> None:
        self.tree: dict[Oid, bytes] = {numbers(name): value for name, value in self.mib.items()}
        self.names = sorted(self.tree)
        self._selector = selectors.DefaultSelector()
        self._stop = threading.Event()
        for address in self.addresses:
            listening = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
            listening.bind((address, self.port))
            self.port = listening.getsockname()[1]
            self._selector.register(listening, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> "Responder":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]
        self._selector.close()

    def _serve(self) -> None:
        while not self._stop.is_set():
            for key, _ in self._selector.select(0.05):
                packet, peer = key.fileobj.recvfrom(65535)  # type: ignore[union-attr]
                for answer in self.answer(packet):
                    (self.reply_from or key.fileobj).sendto(answer, peer)  # type: ignore[union-attr]

    def answer(self, packet: bytes) -> list[bytes]:
        self.requests += 1
        if self.drop_every and self.requests % self.drop_every == 1:
            return []
        honest = self._honest(packet)
        if honest is None:
            return []
        return self.fault(honest) if self.fault else [honest]

    def _honest(self, packet: bytes) -> bytes | None:
        version, header, body = parts(read(packet)[1])[:3]
        if version[1] == b"\x03":
            return self._report(header[1]) if self.engine_id else None
        if header[1] != self.community:
            return None
        kind, (request_id, _, third, asked) = body[0], parts(body[1])
        names = [decode_oid(read(item)[1]) for _, item in parts(asked[1])]
        if kind == GETBULK:
            repetitions = int.from_bytes(third[1], "big")
            binds: Iterable[bytes] = self._bulk(names, min(repetitions, self.bulk_limit))
        elif kind == GETNEXT:
            binds = [bind for name in names for bind in self._bulk([name], 1)]
        else:
            binds = [varbind(name, self.tree.get(name, NO_SUCH_OBJECT)) for name in names]
        pdu = tlv(2, request_id[1]) + integer(0) + integer(0) + tlv(0x30, b"".join(binds))
        return tlv(0x30, tlv(2, version[1]) + octets(self.community) + tlv(RESPONSE, pdu))

    def _bulk(self, names: list[Oid], repetitions: int) -> list[bytes]:
        found = []
        for name in names:
            following = self.names[bisect_right(self.names, name) :]
            rows = [varbind(other, self.tree[other]) for other, _ in zip(following, range(repetitions), strict=False)]
            found += rows if len(rows) == repetitions else [*rows, varbind(name, END_OF_MIB)]
        return found

    def _report(self, header: bytes) -> bytes:
        message_id = parts(header)[0][1]
        usm = tlv(0x30, octets(self.engine_id) + integer(1) + integer(1) + octets(b"") * 3)
        bind = varbind(numbers("1.3.6.1.6.3.15.1.1.4.0"), integer(1, 0x41))
        pdu = tlv(REPORT, tlv(2, message_id) + integer(0) + integer(0) + tlv(0x30, bind))
        flags = tlv(0x30, tlv(2, message_id) + integer(65507) + octets(b"\x00") + integer(3))
        scoped = tlv(0x30, octets(self.engine_id) + octets(b"") + pdu)
        return tlv(0x30, integer(3) + flags + octets(usm) + scoped)
