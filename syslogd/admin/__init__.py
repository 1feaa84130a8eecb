"""Syslog in the admin, one noun a file."""

from syslogd.admin import device_tabs, explorer, runs

__all__ = ["device_tabs", "explorer", "runs"]
