"""Messages as rows of the table: parsed, given to their device, written as text for COPY."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from ipaddress import ip_address
from typing import NamedTuple

from syslogd.batch import EPOCH_US, LINES, Batch, row_id
from syslogd.parser import Parsed

# The texts stand last, so that one look tells whether any of them has to be escaped.
COLUMNS = (
    "id", "received_at", "sent_at", "device_id", "source", "clock", "facility", "severity", "structured_data",
    "hostname", "app_name", "procid", "msgid", "mnemonic", "message", "raw",
)  # fmt: skip
TABS = 6  # between the texts
NULL = "\\N"
SECOND = 1_000_000
_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"})

_new = tuple.__new__  # half the time of Row(...)

Parse = Callable[[bytes, int, tzinfo], tuple[Parsed, ...]]


class Row(NamedTuple):
    """One line of a message; `received` in microseconds since 1970."""

    id: int
    received: int
    source: bytes
    device: int | None
    parsed: Parsed


def rows_of(batch: Batch, zone: tzinfo, devices: Mapping[bytes, int | None], parse: Parse) -> list[Row]:
    """Every line of every message of the batch, given to the device of its source."""
    rows, receiver = [], batch.receiver
    for tick, source, text in batch.messages():
        received, line = tick + EPOCH_US, 0
        for parsed in parse(text, received, zone):
            rows.append(_new(Row, (row_id(tick, receiver, line), received, source, devices[source], parsed)))
            line += 1
            if line == LINES:
                break
    return rows


def copy_text(rows: Iterable[Row]) -> str:
    """The rows in the text format of COPY (PostgreSQL's manual: COPY, Text Format)."""
    lines, second, told_second = [], -1, ""
    for id_, received, source, device, parsed in rows:
        sent, clock, facility, severity, host, app, procid, msgid, mnemonic, data, message, raw = parsed
        if received // SECOND != second:
            second = received // SECOND
            told_second = _second(second)
        texts = f"{host}\t{app}\t{procid}\t{msgid}\t{mnemonic}\t{message}\t{raw}"
        # Four looks for one character each take a tenth of the time of one expression.
        if texts.count("\t") != TABS or "\\" in texts or "\n" in texts or "\r" in texts:
            every = (host, app, procid, msgid, mnemonic, message, raw)
            texts = "\t".join([text.translate(_ESCAPES) for text in every])
        lines.append(
            f"{id_}\t{told_second}.{received % SECOND:06d}+00\t{NULL if sent is None else moment(sent)}\t"
            f"{NULL if device is None else device}\t{address(source)}\t{clock}\t"
            f"{NULL if facility is None else facility}\t{NULL if severity is None else severity}\t"
            f"{NULL if data is None else _json(data)}\t{texts}\n"
        )
    return "".join(lines)


_dumps = json.JSONEncoder(check_circular=False).encode


def _json(data: dict[str, dict[str, str]]) -> str:
    return _dumps(data).replace("\\", "\\\\")


@lru_cache(8192)
def moment(microseconds: int) -> str:
    """A time since 1970 as PostgreSQL reads it, in UTC; devices tell milliseconds or less, so many tell the same."""
    seconds, rest = divmod(microseconds, SECOND)
    return f"{_second(seconds)}.{rest:06d}+00"


@lru_cache(4096)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")


@lru_cache(65_536)
def address(source: bytes) -> str:
    """4 or 16 octets as text."""
    return str(ip_address(source))
