"""Syslog frames out of a TCP stream (RFC 6587). (pure)

The first octet of a stream tells the framing of all of it: a digit begins octet counting (`17 <13>message...`),
anything else lines that end in LF, CR LF or NUL.
"""

import re

LIMIT = 65_536  # octets of a frame

_LENGTH = re.compile(rb"([1-9][0-9]{0,8}) ")
_BEGUN = re.compile(rb"([1-9][0-9]{0,8})?")  # what may become a length


class Decoder:
    """One stream. Any way of cutting the stream into pieces gives the same frames."""

    def __init__(self, limit: int = LIMIT) -> None:
        self.malformed = 0  # frames that were too long, or cut off by the end
        self.broken = False  # where the next frame begins cannot be known: nothing more comes out
        self._limit = limit
        self._counting: bool | None = None  # None: the stream has not told yet
        self._held = bytearray()
        self._searched = 0  # so many octets of what is held have no end of a line
        self._skipping = False  # the rest of a line too long

    def feed(self, data: bytes) -> list[bytes]:
        """The frames this piece completes; empty lines are none."""
        if self._counting is None:
            self._held += data
            self._counting = _counting(self._held)
            data = b"" if self._counting is None else self._restart()
        if self._counting:
            return self._counted(data)
        return self._lines(data) if data else []

    def finish(self) -> list[bytes]:
        """The stream has ended: a last line without its end is a message, a counted frame cut off is malformed."""
        rest = self._restart()
        if not self._counting:
            return self._lines(rest + b"\n")
        self.malformed += bool(rest.strip(b"\r\n")) and not self.broken
        return []

    def _restart(self) -> bytes:
        data = bytes(self._held)
        self._held.clear()
        self._searched = 0
        return data

    def _lines(self, data: bytes) -> list[bytes]:
        self._held += data.replace(b"\0", b"\n")
        end = self._held.rfind(b"\n", self._searched)
        whole = bytes(self._held[: max(end, 0)]).split(b"\n") if end >= 0 else []
        del self._held[: end + 1]
        if whole and self._skipping:
            del whole[0]
            self._skipping = False
        self.malformed += sum(len(line) > self._limit for line in whole)
        self._skip_a_line_too_long()
        lines = [line.removesuffix(b"\r") for line in whole if len(line) <= self._limit]
        return [line for line in lines if line]

    def _skip_a_line_too_long(self) -> None:
        if self._skipping or len(self._held) > self._limit:
            self.malformed += not self._skipping
            self._skipping = True
            self._held.clear()
        self._searched = len(self._held)

    def _counted(self, data: bytes) -> list[bytes]:
        self._held += data
        frames, at = [], 0
        while not self.broken:
            at = _past_line_ends(self._held, at)
            length = _LENGTH.match(self._held, at)
            if length is None or int(length[1]) > self._limit:
                self.broken = length is not None or not _BEGUN.fullmatch(self._held, at)
                self.malformed += self.broken
                break
            end = length.end() + int(length[1])
            if end > len(self._held):
                break
            frames.append(bytes(self._held[length.end() : end]))
            at = end
        del self._held[: len(self._held) if self.broken else at]
        return frames


def _counting(start: bytearray) -> bool | None:
    if _LENGTH.match(start):
        return True
    return None if _BEGUN.fullmatch(start) else False


def _past_line_ends(held: bytearray, at: int) -> int:
    """Some senders end a counted frame with a line end as well."""
    while at < len(held) and held[at] in b"\r\n":
        at += 1
    return at
