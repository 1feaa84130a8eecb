"""Syslog in the admin, one noun a file."""

from syslogd.admin import device_tabs, runs

__all__ = ["device_tabs", "runs"]
