"""Make the compliance report of one device, or of all active ones, as a file."""

from compliance.export import ComplianceReport
from jobs.reporting import report_operation

OPERATION = report_operation("compliance_report", "compliance report", "compliance.view_result", ComplianceReport)
