"""Bringing VLANs onto switches over REST."""

import re
from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from inventory.api.fields import RequestSerializer, TextField, WholeNumberField, YesNoField
from inventory.vlans.request import MOST_PORTS, MOST_VLANS
from jobs.api.launches import DevicesSerializer, LaunchView
from jobs.deployment import MOST_CANARIES, MOST_IN_A_RING, MOST_SIZES

OURS = re.compile(r"[a-z_]+(?:\[\d+\]|\.[a-z_]+)*")  # "vlans[0].vid"; what was sent may name fields with any text
STEP = re.compile(r"\w+")


class VlanSerializer(RequestSerializer):
    """A VLAN that shall exist."""

    vid = WholeNumberField(min_value=2, max_value=4094)
    name = TextField(required=False, allow_blank=True, max_length=32, help_text="Given to a VLAN that has none.")
    address = TextField(
        required=False,
        allow_blank=True,
        max_length=50,
        help_text="Of its routed interface: 10.1.10.1/24. One device only.",
    )
    access_ports = serializers.ListField(
        child=TextField(max_length=100),
        required=False,
        max_length=MOST_PORTS,
        help_text="Ports that become untagged members.",
    )


class WindowSerializer(RequestSerializer):
    """When devices may be changed."""

    begin = TextField(required=False, allow_null=True, max_length=40, help_text="2026-03-01T22:00:00+09:00")
    end = TextField(required=False, allow_null=True, max_length=40, help_text="No device is begun after it.")


class DeployVlanSerializer(DevicesSerializer):
    vlans = serializers.ListField(child=VlanSerializer(), allow_empty=False, max_length=MOST_VLANS)
    trunks = serializers.ListField(
        child=TextField(max_length=100),
        required=False,
        max_length=MOST_PORTS,
        help_text="Trunks that shall carry all of these VLANs: names, patterns such as Gi1/0/*, or all.",
    )
    dry_run = YesNoField(required=False, help_text="Tell the commands and what they would change; touch nothing.")
    canary = WholeNumberField(
        required=False, min_value=1, max_value=MOST_CANARIES, help_text="Devices that go first; 1 by default."
    )
    rings = serializers.ListField(
        child=WholeNumberField(min_value=1, max_value=MOST_IN_A_RING),
        required=False,
        max_length=MOST_SIZES,
        help_text="Sizes of the groups that follow, the last repeats; by default each is four times the one before.",
    )
    failure_threshold = WholeNumberField(
        required=False,
        min_value=0,
        max_value=50_000,
        help_text="No device is begun once more than this have failed; 0.",
    )
    window = WindowSerializer(required=False, allow_null=True)


class DeployVlan(LaunchView):
    """Bring VLANs onto switches: additive, in rings, each device verified by reading it again."""

    kind = "deploy_vlan"
    serializer_class = DeployVlanSerializer

    def handle_exception(self, exc: Exception) -> Response:
        """The operation names fields as "vlans[0].vid"; over REST errors lie as deep as what they are about."""
        if isinstance(exc, ValidationError) and isinstance(exc.detail, dict):
            exc = ValidationError(nested(exc.detail))
        return super().handle_exception(exc)


def nested(errors: Mapping[str, Any]) -> dict[str, Any]:
    """Errors as REST tells them: each step into a field or a list is an object of its own.

    >>> nested({"vlans[1].vid": ["no"], "rings[0]": ["no"], "window.end": ["no"]})
    {'vlans': {'1': {'vid': ['no']}}, 'rings': {'0': ['no']}, 'window': {'end': ['no']}}
    """
    found: dict[str, Any] = {}
    for path, error in errors.items():
        *way, last = STEP.findall(path) if OURS.fullmatch(path) else [path]
        place = found
        for step in way:
            inner = place.setdefault(step, {})
            place = inner if isinstance(inner, dict) else place.setdefault(path, {})
        place[last] = error
    return found
