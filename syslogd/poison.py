"""Batches that storing failed on: looked into, tried again, or given up."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import DatabaseError, transaction
from django.db.models import F

from syslogd import store
from syslogd.batch import Damaged, received_at, row_id, unpack
from syslogd.models import SyslogBatch, SyslogPoison, SyslogRun
from syslogd.parser.text import text_of
from syslogd.rows import address

SHOWN = 500  # messages


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it came."""

    received_at: datetime
    source: str
    text: str


class StillRefused(Exception):
    """Storing failed again; the message is a sentence with the reason."""


def messages_of(poison: SyslogPoison) -> list[Message]:
    """The first messages of the batch; none when the payload cannot be read."""
    try:
        batch = unpack(bytes(poison.payload))
    except Damaged:
        return []
    found = []
    for tick, source, text in batch.messages():
        found.append(Message(received_at(row_id(tick, 0)), address(source), text_of(text)))
        if len(found) == SHOWN:
            break
    return found


def try_again(poison: SyslogPoison) -> int:
    """Store the batch after all; returns its rows, 0 when somebody else was quicker.

    Raises StillRefused and keeps it, with the new reason.
    """
    try:
        batch = unpack(bytes(poison.payload))
        store.make_days(batch)
        with transaction.atomic():
            if not _still_there(poison):
                return 0
            SyslogBatch.objects.filter(uuid=poison.uuid).delete()
            SyslogRun.objects.filter(uuid=batch.run).update(aside=F("aside") - poison.count)
            poison.delete()
            return store.store(batch)
    except (Damaged, DatabaseError) as error:
        sentence = f"{type(error).__name__}: {error}"[:2000]
        SyslogPoison.objects.filter(uuid=poison.uuid).update(error=sentence)
        raise StillRefused(sentence) from None


def give_up(poisons: Iterable[SyslogPoison]) -> None:
    """Delete batches; their messages count as lost from now on."""
    for poison in poisons:
        with transaction.atomic():
            if _still_there(poison):
                lost = {name: F(name) + poison.count for name in ("lost", "given_up")}
                SyslogRun.objects.filter(pk=poison.run_id or 0).update(aside=F("aside") - poison.count, **lost)
                poison.delete()


def _still_there(poison: SyslogPoison) -> bool:
    """Two operators may decide on one batch at the same time: the second must not count its messages again."""
    return SyslogPoison.objects.select_for_update().filter(pk=poison.pk).first() is not None
