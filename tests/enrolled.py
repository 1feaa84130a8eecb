"""The devices of a lab in a process of its own, as an inventory that was filled already. Needs Django set up."""

from typing import Any


def enrol(manifest: dict[str, Any], network: str) -> list[Any]:
    """A credential, the allowed network, and a Device row for each device of the lab's ready line."""
    from inventory.models import Credential, Device, Prefix

    login = Credential.objects.create(name="lab", username=manifest["username"], password=manifest["password"])
    Prefix.objects.create(prefix=network)
    ports = manifest["ports"]
    return Device.objects.bulk_create(
        Device(
            name=row["hostname"],
            primary_address=row["address"],
            platform=row["platform"],
            serial=row["serial"],
            ssh_port=ports["ssh"],
            api_port=ports["http"] if row["platform"] == "arista_eos" else None,
            ssh_credential=login,
        )
        for row in manifest["devices"]
    )
