"""The pages of compliance."""

from compliance.admin import results, rules, standards
from compliance.admin.drift import DRIFT_TAB
from compliance.admin.judged import COMPLIANCE_TAB

__all__ = ["COMPLIANCE_TAB", "DRIFT_TAB", "results", "rules", "standards"]
