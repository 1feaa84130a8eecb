"""The pages of compliance."""

from compliance.admin.drift import DRIFT_TAB
from compliance.admin.results import COMPLIANCE_TAB

__all__ = ["COMPLIANCE_TAB", "DRIFT_TAB"]
