"""What is proposed for a failure, with what is known of its device filled in."""

from compliance.models import Result
from compliance.proposal import propose
from compliance.scope import Evidence
from inventory.models import Device

# What of the device is read for it.
OF_DEVICE = ("name", "primary_address", "platform", "os_version", "role", "site__name")


def remedy_of(result: Result) -> str:
    """Configuration lines, never sent anywhere from here; '' for what does not fail."""
    if result.state != Result.State.FAIL:
        return ""
    evidence = [Evidence(line["line_number"], line["text"]) for line in result.evidence]
    return propose(result.rule.remediation, known_of(result.device), evidence)


def known_of(device: Device) -> dict[str, str]:
    """What a template may know of the device."""
    return {
        "name": device.name,
        "address": str(device.primary_address or ""),
        "platform": device.platform,
        "os_version": device.os_version,
        "site": device.site.name if device.site else "",
        "role": device.role,
    }
