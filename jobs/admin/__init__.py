"""Jobs, their settings, and the devices and credentials with what jobs do with them."""

from jobs.admin import credential, device, job, settings

__all__ = ["credential", "device", "job", "settings"]
