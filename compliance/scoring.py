"""The score of a device: how much of what standards demand is fulfilled. Pure."""

from collections.abc import Iterable

from compliance.rules import SEVERITY_WEIGHT

JUDGED = ("pass", "fail")


def weighted_score(counts: Iterable[tuple[str, str, int]]) -> int | None:
    """Percent by weight of severity, rounded down, of results counted by severity and state.

    Unknown counts as not fulfilled, waived does not count. None where nothing could be judged.
    """
    weight, judged = {"pass": 0, "fail": 0, "unknown": 0, "waived": 0}, False
    for severity, state, count in counts:
        weight[state] += SEVERITY_WEIGHT[severity] * count
        judged = judged or state in JUDGED
    total = sum(weight.values()) - weight["waived"]
    return 100 * weight["pass"] // total if judged and total else None
