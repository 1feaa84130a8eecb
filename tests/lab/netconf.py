"""NETCONF over SSH (RFC 6241, 6242): the subsystem, its hello and its two ways of framing."""

import asyncio
import os
import re
from collections.abc import Callable, Iterator
from typing import Protocol
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from tests.lab.ssh import Session, SshSide

BASE = "urn:ietf:params:xml:ns:netconf:base:1.0"
CHUNKED = "urn:ietf:params:netconf:base:1.1"
END = b"]]>]]>"
_CHUNK = re.compile(rb"\n#(\d{1,9})\n")


class RpcError(Exception):
    """What becomes an `rpc-error`; `bad` is the element or word at which it happened."""

    def __init__(self, message: str, bad: str = "", tag: str = "operation-failed", severity: str = "error") -> None:
        super().__init__(message)
        self.bad, self.tag, self.severity = bad, tag, severity


class Answers(Protocol):
    """One session's requests, answered."""

    capabilities: tuple[str, ...]

    def answer(self, request: Element) -> str:
        """The XML inside `rpc-reply`. Raises RpcError."""
        ...

    def ended(self) -> None:
        """The session is over, whoever ended it."""
        ...


class NetconfSession(Session):
    """One channel, with the subsystem `netconf` or a command line."""

    def __init__(self, side: SshSide, new_answers: Callable[[SshSide], Answers]) -> None:
        super().__init__(side)
        self._new_answers = new_answers
        self._answers: Answers | None = None
        self._chunks = False

    def subsystem_requested(self, subsystem: str) -> bool:
        if subsystem == "netconf":
            self._answers = self._new_answers(self._side)
        return self._answers is not None

    def session_started(self) -> None:
        if self._answers is None:
            super().session_started()
        else:
            self._task = asyncio.get_running_loop().create_task(self._serve(self._answers))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answers is not None:
            self._answers.ended()
        super().connection_lost(exc)

    async def _serve(self, answers: Answers) -> None:
        session = 4000 + self._side.device.logins
        newer = (CHUNKED,) if self._side.faults.has("netconf-1.1") else ()
        told = "".join(f"<capability>{each}</capability>" for each in (*answers.capabilities, *newer))
        hello = f'<hello xmlns="{BASE}"><capabilities>{told}</capabilities><session-id>{session}</session-id></hello>'
        self._send(hello)
        theirs = await self._message()
        self._chunks = bool(newer) and CHUNKED.encode() in theirs
        open_still = bool(theirs)
        while open_still:
            request = await self._message()
            open_still = bool(request) and await self._reply(answers, request)
        if not self._chan.is_closing():
            self._chan.exit(0)

    async def _reply(self, answers: Answers, message: bytes) -> bool:
        """Answer one `rpc`; False when the session is over."""
        await asyncio.sleep(self._side.delay + self._side.faults.seconds)
        request = ElementTree.fromstring(message)
        number = request.get("message-id", "")
        operation = next(iter(request))
        try:
            inside = answers.answer(operation)
        except RpcError as error:
            inside = _error(error)
        except ConnectionAbortedError:
            self._chan.get_connection().abort()
            return False
        if self._side.faults.has("rubbish"):
            inside = os.urandom(300).hex()
        self._send(f'<rpc-reply xmlns="{BASE}" message-id="{number}">{inside}</rpc-reply>')
        return local_name(operation) != "close-session"

    def _send(self, text: str) -> None:
        data = text.encode()
        framed = b"\n#%d\n%s\n##\n" % (len(data), data) if self._chunks else data + b"\n" + END + b"\n"
        if not self._chan.is_closing():
            self._chan.write(framed)

    async def _message(self) -> bytes:
        """The next message; empty at the end of input."""
        while True:
            whole = self._taken_chunks() if self._chunks else self._taken_to_the_mark()
            if whole:
                return whole
            if self._gone:
                return b""
            self._arrived.clear()
            await self._arrived.wait()

    def _taken_to_the_mark(self) -> bytes:
        message, mark, rest = bytes(self._typed).partition(END)
        if not mark:
            return b""
        self._typed[:] = rest
        return message.strip()

    def _taken_chunks(self) -> bytes:
        data, at = bytes(self._typed).lstrip(b"\r\n "), 0
        data = b"\n" + data
        pieces = []
        for at, size in _chunk_heads(data):
            pieces.append(data[at : at + size])
        end = at + len(pieces[-1]) if pieces else 0
        if not pieces or data[end : end + 4] != b"\n##\n":
            return b""
        self._typed[:] = data[end + 4 :]
        return b"".join(pieces)


def local_name(element: Element) -> str:
    """The name without its namespace."""
    return element.tag.rpartition("}")[2]


def _chunk_heads(data: bytes) -> Iterator[tuple[int, int]]:
    """(start, size) of each chunk of the first message."""
    at = 0
    while head := _CHUNK.match(data, at):
        at = head.end() + int(head[1])
        yield head.end(), int(head[1])


def _error(error: RpcError) -> str:
    """RFC 6241, section 4.3, with Junos's bad-element."""
    bad = f"<error-info><bad-element>{_escaped(error.bad)}</bad-element></error-info>" if error.bad else ""
    return (
        f"<rpc-error><error-type>protocol</error-type><error-tag>{error.tag}</error-tag>"
        f"<error-severity>{error.severity}</error-severity>{bad}"
        f"<error-message>{_escaped(str(error))}</error-message></rpc-error>"
    )


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
