"""The nouns of compliance, one a file."""

from compliance.models.compliance_day import ComplianceDay
from compliance.models.drift import Drift
from compliance.models.drift_event import DriftEvent
from compliance.models.result import Result
from compliance.models.rule import Rule
from compliance.models.scanned import Scanned
from compliance.models.standard import Standard
from compliance.models.standard_score import StandardScore
from compliance.models.standard_version import StandardVersion
from compliance.models.waiver import Waiver

__all__ = [
    "ComplianceDay",
    "Drift",
    "DriftEvent",
    "Result",
    "Rule",
    "Scanned",
    "Standard",
    "StandardScore",
    "StandardVersion",
    "Waiver",
]
