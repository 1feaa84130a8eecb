"""Jobs, and the devices with the work that can be started on them."""

from jobs.admin import device, job

__all__ = ["device", "job"]
