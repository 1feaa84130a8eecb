"""Celery's doors of compliance."""

from celery import shared_task

from compliance.trend import keep_trend
from compliance.waivers import apply_waivers


@shared_task(name="compliance.apply_waivers")
def follow_waivers() -> str:
    """Often: what is waived since, and what fails again since its waiver has ended."""
    applied = apply_waivers()
    return f"{applied.waived} results waived, {applied.failing} fail again."


@shared_task(name="compliance.keep_trend")
def note_the_day() -> str:
    """Hourly: how the network stands, as today's point of the trend."""
    return f"{keep_trend()} rows."
