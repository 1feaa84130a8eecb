"""The scores of devices, from their stored results."""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Count

from compliance.models import Result
from compliance.scoring import weighted_score
from inventory.models import Device

CHUNK = 1000  # devices changed by one statement


def rescore(devices: Iterable[int]) -> dict[int, int | None]:
    """Store and return the score of each of these devices : how much of what the standards demand is fulfilled.

    Of the enabled standards, see `scoring.weighted_score`. None where nothing could be judged.
    """
    counts: dict[int, list[tuple[str, str, int]]] = defaultdict(list, {device: [] for device in devices})
    found = Result.objects.filter(device__in=list(counts), rule__standard__enabled=True).order_by()
    for device, severity, state, count in found.values_list("device", "rule__severity", "state").annotate(Count("pk")):
        counts[device].append((severity, state, count))
    scores = {device: weighted_score(counted) for device, counted in counts.items()}
    rows = [Device(pk=device, compliance_score=score) for device, score in sorted(scores.items())]
    Device.objects.bulk_update(rows, ["compliance_score"], batch_size=CHUNK)
    return scores
