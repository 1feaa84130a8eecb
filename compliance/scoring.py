"""Scores: how much of what standards demand is fulfilled. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from compliance.rules import SEVERITY_WEIGHT


@dataclass(frozen=True, slots=True)
class Tally:
    """Results counted by state. `fulfilled` of `demanded` is by weight of severity; tallies can be added up."""

    passed: int = 0
    failed: int = 0
    unknown: int = 0
    waived: int = 0
    fulfilled: int = 0
    demanded: int = 0

    @property
    def score(self) -> int | None:
        """Percent, rounded down. Unknown counts as not fulfilled, waived does not count.

        None where nothing could be judged.
        """
        judged = self.passed or self.failed
        return 100 * self.fulfilled // self.demanded if judged and self.demanded else None

    @property
    def total(self) -> int:
        """How many results these are."""
        return self.passed + self.failed + self.unknown + self.waived


def tally(counts: Iterable[tuple[str, str, int]]) -> Tally:
    """Of results counted by severity and state (pass, fail, unknown, waived)."""
    found = {"pass": 0, "fail": 0, "unknown": 0, "waived": 0}
    weight = dict(found)
    for severity, state, count in counts:
        found[state] += count
        weight[state] += SEVERITY_WEIGHT[severity] * count
    demanded = sum(weight.values()) - weight["waived"]
    return Tally(found["pass"], found["fail"], found["unknown"], found["waived"], weight["pass"], demanded)


def weighted_score(counts: Iterable[tuple[str, str, int]]) -> int | None:
    """`Tally.score` of results counted by severity and state."""
    return tally(counts).score
