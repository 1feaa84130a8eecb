"""Answers GET, GETNEXT and GETBULK (RFC 3416) from the device's table, over v2c and v3."""

import asyncio
import os
from collections.abc import Callable
from typing import cast

from asyncssh.asn1 import ASN1DecodeError, der_decode_partial

from tests.lab.faults import FaultBox
from tests.lab.snmp import ber
from tests.lab.snmp.ber import Oid, Pdu
from tests.lab.snmp.mib import Mib
from tests.lab.snmp.usm import Usm

MAX_BYTES = 1400  # one Ethernet frame: GETBULK answers stop before it
MAX_REPETITIONS = 200
_VERSION_2C, _VERSION_3 = 1, 3
_NOT_WRITABLE = 17


class Agent(asyncio.DatagramProtocol):
    """The UDP socket of one device."""

    def __init__(self, mib: Callable[[], Mib], communities: Callable[[], frozenset[str]], usm: Usm, faults: FaultBox):
        self._mib = mib
        self._communities = communities
        self._usm = usm
        self._faults = faults

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)  # in 3.11 no subclass of it

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        answer = self.answer(data)
        if answer:
            self._transport.sendto(answer, addr)

    def answer(self, data: bytes) -> bytes | None:
        """What the device sends back for a datagram; None: it stays silent."""
        if self._faults.has("no-answer", "no-answer-snmp"):
            return None
        try:
            answer = self._answer(data)
        except (ASN1DecodeError, ValueError, TypeError, IndexError, AttributeError, OverflowError):
            return None  # RFC 3412 7.2: a message that cannot be parsed is dropped silently
        return os.urandom(120) if answer and self._faults.has("rubbish") else answer

    def _answer(self, data: bytes) -> bytes | None:
        version, _ = der_decode_partial(ber.contents(data))
        if version == _VERSION_3:
            return self._usm.answer(data, self.respond, known=not self._faults.has("wrong-community"))
        if version != _VERSION_2C or self._faults.has("wrong-community"):
            return None
        _, community, request = cast(tuple[int, bytes, bytes], tuple(ber.parts(data)))
        if community.decode("latin-1") not in self._communities():
            return None
        answer = self.respond(ber.decode_pdu(request))
        return ber.sequence(ber.integer(_VERSION_2C), ber.octets(community), answer)

    def respond(self, request: Pdu) -> bytes:
        """The response PDU of a request."""
        mib = self._mib()
        if request.tag == ber.GET:
            return self._response(request, [mib.get(name) for name in request.oids])
        if request.tag == ber.GETNEXT:
            return self._response(request, [self._next(mib, name)[1] for name in request.oids])
        if request.tag == ber.GETBULK:
            return self._response(request, self._bulk(mib, request))
        return ber.pdu(ber.RESPONSE, request.request_id, _NOT_WRITABLE, 1, b"")

    def _response(self, request: Pdu, varbinds: list[bytes]) -> bytes:
        return ber.pdu(ber.RESPONSE, request.request_id, 0, 0, b"".join(varbinds))

    def _next(self, mib: Mib, name: Oid) -> tuple[Oid, bytes]:
        if self._faults.has("endless-walk") and mib.has(name):
            return name, mib.get(name)
        return mib.after(name)

    def _bulk(self, mib: Mib, request: Pdu) -> list[bytes]:
        varbinds = [self._next(mib, name)[1] for name in request.oids[: request.first]]
        cursors = list(request.oids[request.first :])
        size = sum(map(len, varbinds))
        for _ in range(min(max(request.second, 0), MAX_REPETITIONS) if cursors else 0):
            for position, name in enumerate(cursors):
                cursors[position], encoded = self._next(mib, name)
                size += len(encoded)
                if size > MAX_BYTES and varbinds:
                    return varbinds
                varbinds.append(encoded)
        return varbinds
