"""What a job was asked to do, in the operator's words: labels and values of its parameters."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from inventory.display import exact, visible
from inventory.models import Device
from jobs.models import Job

Asked = list[tuple[str, str]]


def asked_rows(job: Job) -> Asked:
    """Labels and values of what was asked; empty for kinds that are asked for nothing but their devices."""
    parameters = job.parameters if isinstance(job.parameters, dict) else {}
    rows: Asked = []
    if ranges := parameters.get("ranges"):
        rows.append((_("Ranges"), _joined(ranges)))
    if vlans := parameters.get("vlans"):
        rows += _deployment(vlans, parameters)
    if form := parameters.get("format"):
        rows += [(_("Format"), str(form).upper()), (_("Device"), _device(parameters.get("device")))]
    return [(label, visible(value)) for label, value in rows if value]


def _deployment(vlans: Any, parameters: dict[str, Any]) -> Asked:
    window = parameters.get("window") or {}
    return [
        (_("VLANs"), "\n".join(vlan_words(vlan) for vlan in vlans)),
        (_("Trunks"), _joined(parameters.get("trunks") or [])),
        (_("Dry run"), _("yes: nothing is changed on a device") if parameters.get("dry_run") else ""),
        (_("Canary"), str(parameters.get("canary") or "")),
        (_("Ring sizes"), _joined(parameters.get("rings") or [])),
        (_("Failures allowed"), str(parameters.get("failure_threshold", ""))),
        (_("Not before"), _moment(window.get("begin"))),
        (_("Not after"), _moment(window.get("end"))),
    ]


def _device(pk: Any) -> str:
    """The name; of one that is gone its id."""
    name = Device.objects.filter(pk=pk).values_list("name", flat=True).first() if pk else ""
    return str(pk or "") if name is None else name


def vlan_words(vlan: dict[str, Any]) -> str:
    """One VLAN of a request: "110 users, 10.1.10.1/24, Gi1/0/1 Gi1/0/2"."""
    name = f"{vlan.get('vid')} {vlan.get('name') or ''}".strip()
    ports = " ".join(str(port) for port in vlan.get("access_ports") or [])
    return ", ".join(part for part in (name, str(vlan.get("address") or ""), ports) if part)


def _joined(values: Any) -> str:
    return ", ".join(str(value) for value in values) if isinstance(values, list | tuple) else str(values)


def _moment(text: Any) -> str:
    return exact(datetime.fromisoformat(text)) if text else ""
