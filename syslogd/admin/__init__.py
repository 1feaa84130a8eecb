"""Syslog in the admin, one noun a file."""

from syslogd.admin import runs

__all__ = ["runs"]
