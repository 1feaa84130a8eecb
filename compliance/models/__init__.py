"""The nouns of compliance, one a file."""

from compliance.models.drift import Drift
from compliance.models.result import Result
from compliance.models.rule import Rule
from compliance.models.scanned import Scanned
from compliance.models.standard import Standard
from compliance.models.waiver import Waiver

__all__ = ["Drift", "Result", "Rule", "Scanned", "Standard", "Waiver"]
