"""Syslog in the admin, one noun a file."""

from syslogd.admin import device_tabs, explorer, poison, runs

__all__ = ["device_tabs", "explorer", "poison", "runs"]
