"""Walks the chain of seals and says what was changed, deleted or slipped in behind NetManager's back."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from auditlog.models import LogEntry
from django.contrib.auth import get_user_model
from django.utils import timezone

from inventory.audit.chain import FIELDS, GENESIS, digest, unsealed
from inventory.models.audit import AuditSeal

BATCH = 5000
SEALED_WITHIN = timedelta(minutes=1)  # of its commit, as long as a worker and beat run
TOLD = 20  # findings that are kept
NAMED = 3  # findings that the sentence repeats


@dataclass(frozen=True, slots=True)
class Verification:
    """`sequence` and `head` are the newest seal: written down elsewhere, they show later that nothing was cut off.

    `findings` are sentences, the first ones; `found` is how many there are.
    """

    ok: bool
    checked: int
    sentence: str
    sequence: int
    head: str
    found: int = 0
    findings: tuple[str, ...] = ()


class Walk:
    """What has been seen so far."""

    def __init__(self, limit: int | None) -> None:
        newest = AuditSeal.objects.order_by("-sequence").values_list("sequence", flat=True).first() or 0
        self.sequence = max(newest - limit, 0) if limit is not None else 0
        before = AuditSeal.objects.filter(sequence=self.sequence).values_list("digest", flat=True).first()
        self.head = before or GENESIS
        self.people = set(get_user_model().objects.values_list("pk", flat=True))
        self.checked = self.found = 0
        self.findings: list[str] = []

    def tell(self, sentence: str) -> None:
        """Keep a finding."""
        self.found += 1
        if len(self.findings) < TOLD:
            self.findings.append(sentence)

    def batches(self) -> Iterator[list[tuple[int, int, str]]]:
        """The seals in their order; each batch is one question, so that memory does not grow with the trail."""
        seals = AuditSeal.objects.order_by("sequence").values_list("sequence", "entry", "digest")
        while batch := list(seals.filter(sequence__gt=self.sequence)[:BATCH]):
            yield batch

    def check(self, batch: list[tuple[int, int, str]]) -> None:
        """Hold a batch of seals against its entries."""
        rows = LogEntry.objects.filter(pk__in=[entry for _sequence, entry, _digest in batch])
        entries = {row[0]: row[1:] for row in rows.order_by().values_list("pk", "actor_id", *FIELDS)}
        for sequence, entry, sealed in batch:
            if sequence != self.sequence + 1:
                self.tell(f"Seals are missing: {self.sequence + 1} to {sequence - 1}.")
            elif entry not in entries:
                self.tell(f"Entry {entry} (sequence {sequence}) was deleted.")
            elif digest(self.head, entries[entry][1:]) != sealed:
                self.tell(f"Entry {entry} (sequence {sequence}) or its seal was changed.")
            elif not self._same_actor(entries[entry]):
                self.tell(f"The actor of entry {entry} (sequence {sequence}) was changed.")
            self.sequence, self.head = sequence, sealed
            self.checked += 1

    def _same_actor(self, entry: tuple) -> bool:
        """The reference to the user is in no seal, because it goes when the user is deleted."""
        told = (entry[1 + FIELDS.index("additional_data")] or {}).get("actor_id")
        return bool(entry[0] == told or (entry[0] is None and told not in self.people))


def verify(limit: int | None = None, expect_head: str = "", expect_count: int = 0) -> Verification:
    """Check the newest `limit` seals, or all, and that every entry older than a minute is sealed.

    `expect_head` and `expect_count` are digest and sequence of a head that was written down before: the chain must
    still reach it.
    """
    walk = Walk(limit)
    first = walk.sequence
    for batch in walk.batches():
        walk.check(batch)
    _expected(walk, expect_head, expect_count)
    _slipped_in(walk, first)
    return Verification(
        not walk.found, walk.checked, _sentence(walk), walk.sequence, walk.head, walk.found, tuple(walk.findings)
    )


def _expected(walk: Walk, head: str, count: int) -> None:
    if count > walk.sequence:
        walk.tell(f"The trail was cut: it ends at sequence {walk.sequence}, and {count} seals were expected.")
    seals = AuditSeal.objects.filter(digest=head, **({"sequence": count} if count else {}))
    if head and not seals.exists():
        walk.tell(f"The trail was cut or written anew: the expected head {head[:16]} is not in it.")


def _slipped_in(walk: Walk, first: int) -> None:
    waiting = unsealed().filter(timestamp__lt=timezone.now() - SEALED_WITHIN)
    if first:
        oldest = AuditSeal.objects.filter(sequence__gt=first).order_by("sequence").values_list("entry", flat=True)
        waiting = waiting.filter(pk__gte=oldest.first() or 0)
    for entry in waiting.values_list("pk", flat=True)[:TOLD]:
        walk.tell(f"Entry {entry} has no seal: it was slipped in, or no worker runs to seal it.")


def _sentence(walk: Walk) -> str:
    if walk.found:
        more = f" And {walk.found - NAMED} more." if walk.found > NAMED else ""
        return f"The audit trail is not as it was written. {' '.join(walk.findings[:NAMED])}{more}"
    return f"{walk.checked} entries of the audit trail are as they were written."
