"""The scores of devices, over all and by standard, from their stored results."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from django.db import transaction
from django.db.models import Count

from compliance.models import Result, StandardScore
from compliance.scoring import Tally, tally, weighted_score
from inventory.models import Device

CHUNK = 1000  # devices changed by one statement
Counts = list[tuple[str, str, int]]  # severity, state, how many


def rescore(devices: Iterable[int]) -> dict[int, int | None]:
    """Store and return the score of each of these devices : how much of what the standards demand is fulfilled.

    Of the enabled standards, see `scoring.Tally`. None where nothing could be judged. Scores by standard are stored
    of the others, too, so that they are there when one is switched on.
    """
    counted, enabled = _counted(list(devices))
    scores = {device: weighted_score(_of(by_standard, enabled)) for device, by_standard in counted.items()}
    rows = [Device(pk=device, compliance_score=score) for device, score in sorted(scores.items())]
    with transaction.atomic(savepoint=False):
        # First: whoever scores the same devices waits here, and finds these rows instead of bringing them twice.
        Device.objects.bulk_update(rows, ["compliance_score"], batch_size=CHUNK)
        StandardScore.objects.filter(device__in=list(counted)).delete()
        StandardScore.objects.bulk_create(
            [
                _row(device, standard, tally(counts))
                for device, by_standard in sorted(counted.items())
                for standard, counts in sorted(by_standard.items())
            ],
            batch_size=CHUNK,
        )
    return scores


def _counted(devices: list[int]) -> tuple[dict[int, dict[int, Counts]], set[int]]:
    """Device -> standard -> its results, counted; and which of the standards are enabled."""
    counted: dict[int, dict[int, Counts]] = {device: defaultdict(list) for device in devices}
    enabled: set[int] = set()
    found = Result.objects.filter(device__in=devices).order_by()
    names = ("device", "rule__standard", "rule__standard__enabled", "rule__severity", "state")
    for device, standard, counts, severity, state, count in found.values_list(*names).annotate(Count("pk")):
        counted[device][standard].append((severity, state, count))
        enabled |= {standard} if counts else set()
    return counted, enabled


def _of(by_standard: Mapping[int, Counts], standards: set[int]) -> Counts:
    return [one for standard, counts in by_standard.items() if standard in standards for one in counts]


def _row(device: int, standard: int, found: Tally) -> StandardScore:
    return StandardScore(
        device_id=device,
        standard_id=standard,
        passed=found.passed,
        failed=found.failed,
        unknown=found.unknown,
        waived=found.waived,
        fulfilled=found.fulfilled,
        demanded=found.demanded,
        score=found.score,
    )
