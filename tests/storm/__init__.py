"""Syslog while everything under it dies: `make storm`. Numbered messages in, the table compared number by number."""
