"""Messages found: a page of them, how many over time, who sends and what is said most. Admin and API end here.

No index orders messages by time alone, as that costs storing too much. So a page walks its window in slices that
grow: a storm is not sorted as a whole, and a rare word costs one reading of the window. No question takes longer
than a few seconds; what would is `TooMuch`.
"""

import ipaddress
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import OperationalError, connection, transaction
from django.db.models import BigIntegerField, Count, F, Func, Q, QuerySet, TextField
from django.db.models.lookups import Lookup
from django.utils.translation import gettext as _
from psycopg.errors import QueryCanceled

from inventory.models import Device
from inventory.scope import Somebody, scoped
from syslogd.batch import EPOCH, received_at
from syslogd.models import SyslogMessage

PATIENCE = 5  # seconds
FIRST_SLICE = timedelta(seconds=2)
GROWTH = 8  # times the slice before
LARGEST_ID = 2**63 - 1
MICROSECOND = timedelta(microseconds=1)
WORD = re.compile(r'"([^"]*)"?|([^\s"]+)')
MINUTE, HOUR, DAY = 60, 3600, 86_400
# Widths of a bucket in seconds. They divide a day, so that buckets begin at round times (UTC).
STEPS = (
    1, 2, 5, 10, 15, 30, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE,
    HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY,
)  # fmt: skip


class TooMuch(Exception):
    """The question would take too long; the message tells the operator what takes less."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked for: received from `since` up to, not including, `until`, and everything else that is set."""

    since: datetime
    until: datetime
    devices: tuple[int, ...] = ()
    site: int | None = None
    source: str = ""  # an address or a prefix
    severity: int | None = None  # at most: so bad or worse
    facility: int | None = None
    mnemonic: str = ""  # a * at its end stands for anything
    app_name: str = ""
    hostname: str = ""
    text: str = ""  # all of these words; "a phrase" is one
    unparsed: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Messages, newest first. `older` and `newer` are cursors of the pages beside it; None: there is nothing more."""

    rows: tuple[SyslogMessage, ...]
    older: str | None
    newer: str | None


@dataclass(frozen=True, slots=True)
class Bucket:
    """Messages between two round times: severity (None: it told none) -> how many."""

    start: datetime
    end: datetime
    counts: Mapping[int | None, int]


@dataclass(frozen=True, slots=True)
class TopSource:
    """An address, the device it was when it sent, and how many messages it sent."""

    source: str
    device: Device | None
    count: int


@dataclass(frozen=True, slots=True)
class TopMnemonic:
    """How often a device said this."""

    mnemonic: str
    count: int


@dataclass(frozen=True, slots=True)
class Tops:
    """Who sends most and what is said most, the most first."""

    sources: tuple[TopSource, ...]
    mnemonics: tuple[TopMnemonic, ...]


@TextField.register_lookup
class Like(Lookup):
    """Contains, whatever the case. Django's own compares UPPER(message), which the index of words cannot serve."""

    lookup_name = "like"
    prepare_rhs = False

    def as_sql(self, compiler, connection):  # type: ignore[no-untyped-def]
        sql, params = self.process_lhs(compiler, connection)
        word = "%" + re.sub(r"([\\%_])", r"\\\1", self.rhs) + "%"
        operator = "ILIKE" if connection.vendor == "postgresql" else "LIKE"
        return rf"{sql} {operator} %s ESCAPE '\'", [*params, word]


def page(
    filters: Filters, user: Somebody, before: str | None = None, after: str | None = None, limit: int = 50
) -> Page:
    """The newest messages, those before a cursor, or the oldest of those after one. Raises TooMuch.

    A cursor is the id of a message; what is none begins at the end of the window.
    """
    if (oldest := _cursor(after)) is not None:
        return _forward(filters, user, oldest, limit)
    newest = _cursor(before)
    rows, until = messages(filters, user), filters.until
    if newest is not None:
        rows, until = rows.filter(pk__lt=newest), min(until, received_at(newest) + MICROSECOND)
    found = _walk(rows.order_by("-received_at", "-pk"), _backward(filters, until), limit + 1)
    more, found = len(found) > limit, found[:limit]
    newer = None if newest is None else str(found[0].pk if found else max(newest - 1, 0))
    return Page(tuple(found), str(found[-1].pk) if more else None, newer)


def _forward(filters: Filters, user: Somebody, cursor: int, limit: int) -> Page:
    since = max(filters.since, received_at(cursor))
    rows = messages(filters, user).filter(pk__gt=cursor).order_by("received_at", "pk")
    found = _walk(rows, _slices(filters, since, filters.until), limit + 1)
    more, found = len(found) > limit, found[:limit][::-1]
    older = str(found[-1].pk if found else cursor + 1)
    return Page(tuple(found), older, str(found[0].pk) if more else None)


def _cursor(text: str | None) -> int | None:
    if not text or not text.isascii() or not text.isdecimal() or len(text) > 19:
        return None
    return min(int(text), LARGEST_ID - 1)


def _backward(filters: Filters, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Slices from the newest end: the same lengths, turned round."""
    for begin, end in _slices(filters, filters.since, until):
        yield filters.since + (until - end), until - (begin - filters.since)


def _slices(filters: Filters, since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """From the oldest end. One device needs none: its index has its messages in order."""
    length = until - since if len(filters.devices) == 1 else FIRST_SLICE
    while since < until:
        end = until if until - since <= length else since + length
        yield since, end
        since, length = end, length * GROWTH


def _walk(
    rows: QuerySet[SyslogMessage], slices: Iterator[tuple[datetime, datetime]], limit: int
) -> list[SyslogMessage]:
    """The first so many of the rows, in their order, slice after slice."""
    found: list[SyslogMessage] = []
    begun = time.monotonic()
    for since, until in slices:
        with _hurried(begun):
            found += _within(rows, since, until).select_related("device")[: limit - len(found)]
        if len(found) == limit:
            break
    return found


def histogram(filters: Filters, user: Somebody, buckets: int = 60) -> tuple[Bucket, ...]:
    """Messages over the whole window in at most `buckets` + 1 buckets, also empty ones. Raises TooMuch."""
    step = _step(filters, buckets)
    counts: dict[int, dict[int | None, int]] = {}
    rows = _within(messages(filters, user), filters.since, filters.until)
    # The id tells the time in microseconds, which is divided faster than a date.
    number_of = f"(%(expressions)s >> 12) / {step * 1_000_000}"
    bucket = Func(F("id"), template=number_of, output_field=BigIntegerField())
    with _hurried():
        found = rows.annotate(bucket=bucket).values_list("bucket", "severity").order_by().annotate(count=Count("*"))
        for number, severity, count in found:
            counts.setdefault(number, {})[severity] = count
    width = timedelta(seconds=step)
    first, last = (filters.since - EPOCH) // width, -((EPOCH - filters.until) // width)
    return tuple(
        Bucket(EPOCH + width * number, EPOCH + width * (number + 1), counts.get(number, {}))
        for number in range(first, last)
    )


def _step(filters: Filters, buckets: int) -> int:
    wanted = (filters.until - filters.since).total_seconds() / buckets
    return next((step for step in STEPS if step >= wanted), DAY * -(-int(wanted) // DAY))


def tops(filters: Filters, user: Somebody, count: int = 10) -> Tops:
    """The `count` addresses and mnemonics with most messages. Raises TooMuch."""
    rows = _within(messages(filters, user), filters.since, filters.until).order_by()
    begun = time.monotonic()
    with _hurried(begun):
        told = rows.values_list("source", "device_id").annotate(count=Count("*"))
        sources = list(told.order_by("-count", "source")[:count])
    with _hurried(begun):
        said = rows.exclude(mnemonic="").values_list("mnemonic").annotate(count=Count("*"))
        mnemonics = list(said.order_by("-count", "mnemonic")[:count])
    devices = Device.objects.in_bulk({device for _source, device, _count in sources if device})
    return Tops(
        tuple(TopSource(source, devices.get(device), number) for source, device, number in sources),
        tuple(TopMnemonic(mnemonic, number) for mnemonic, number in mnemonics),
    )


def messages(filters: Filters, user: Somebody) -> QuerySet[SyslogMessage]:
    """What the filters choose of what the user may see; without the window."""
    exact = {
        name: value
        for name in ("facility", "app_name", "hostname")
        if (value := getattr(filters, name)) not in (None, "")
    }
    rows = scoped(SyslogMessage.objects.filter(**exact), user)
    if filters.devices:
        rows = rows.filter(device_id__in=filters.devices)
    if filters.site is not None:
        rows = rows.filter(device__site_id=filters.site)
    if filters.severity is not None:
        # One by one: a range of severities would read each of them for the whole day before it looks at the time.
        rows = rows.filter(severity__in=range(filters.severity + 1))
    if filters.unparsed:
        rows = rows.exclude(raw="")
    return rows.filter(_source(filters.source), _mnemonic(filters.mnemonic), _words(filters.text))


def _mnemonic(text: str) -> Q:
    if not text:
        return Q()
    return ~Q(mnemonic="") & Q(mnemonic__startswith=text[:-1]) if text.endswith("*") else Q(mnemonic=text)


def _words(text: str) -> Q:
    """Every word and every phrase is in the message."""
    found = Q()
    for phrase, word in WORD.findall(text.replace("\0", "")):
        if phrase or word:
            found &= Q(message__like=phrase or word)
    return found


def _source(text: str) -> Q:
    if not text:
        return Q()
    network = ipaddress.ip_network(text, strict=False)
    if network.num_addresses == 1:
        return Q(source=str(network.network_address))
    if connection.vendor == "postgresql":
        return Q(source__gte=str(network[0]), source__lte=str(network[-1]))
    return Q(source__in=_known_sources(network))


def _known_sources(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> list[str]:
    """Where addresses are texts: SQLite, which a handful of devices write to."""
    known = SyslogMessage.objects.order_by().values_list("source", flat=True).distinct()
    return [source for source in known if ipaddress.ip_address(source) in network]


def _within(rows: QuerySet[SyslogMessage], since: datetime, until: datetime) -> QuerySet[SyslogMessage]:
    return rows.filter(received_at__gte=since, received_at__lt=until)


@contextmanager
def _hurried(begun: float | None = None) -> Iterator[None]:
    """Questions in it end after PATIENCE, or what is left of it since `begun` (seconds of the monotonic clock)."""
    left = PATIENCE - (time.monotonic() - begun if begun else 0)
    if left <= 0:
        raise TooMuch(_sentence())
    if connection.vendor != "postgresql":
        yield
        return
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            # Compiling costs more than it saves with a page; what counts runs long enough only in its worst case.
            cursor.execute(f"SET LOCAL statement_timeout = {max(1, int(left * 1000))}; SET LOCAL jit = off")
            yield
            cursor.execute("SET LOCAL statement_timeout = DEFAULT; SET LOCAL jit = DEFAULT")
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise TooMuch(_sentence()) from None
        raise


def _sentence() -> str:
    return _("This takes longer than %(seconds)d seconds; choose a shorter time window, or name a device.") % {
        "seconds": PATIENCE
    }
