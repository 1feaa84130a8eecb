"""The picture in the README is the real device list after the real journey; this test takes it.

It is left in `.cache/devices.png`. When the page has changed: cp .cache/devices.png docs/devices.png
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.factories import make_admin, make_site
from tests.journey import Operator, ports
from tests.lab import Lab

ROOT = Path(__file__).resolve().parent.parent
NETWORK = "127.43.0.0/26"
pytestmark = [pytest.mark.xdist_group("celery"), pytest.mark.usefixtures("celery_worker")]


def test_it_shows_the_fleet_that_was_discovered(login: Callable[..., Any], live_server: Any) -> None:
    with Lab(devices=24, network=NETWORK) as lab:
        operator = Operator()
        operator.prepare(lab, NETWORK, site=make_site("Seoul").pk)
        while len(operator.devices()) < len(lab.devices):  # a busy machine lets one or the other time out
            operator.job("devices/discover", {"ranges": [NETWORK], **ports(lab)})
        ids = [device["id"] for device in operator.devices().values()]
        for pk in ids:
            operator.post(f"devices/{pk}/approve", {}, status=200)
        operator.job("devices/sync", {"devices": ids})
        operator.job("compliance/scan", {"devices": ids})
        hosts = {device.hostname for device in lab.devices}
    page = login(make_admin(name="netops"))
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{live_server.url}/admin/inventory/device/")
    text = page.inner_text("body")
    assert all(name in text for name in hosts)
    for words in ("Arista", "Cisco", "Huawei", "active", "just now", "%"):
        assert words in text
    picture = ROOT / ".cache" / "devices.png"
    picture.parent.mkdir(exist_ok=True)
    page.screenshot(path=str(picture))
    kept = (ROOT / "docs" / "devices.png").read_bytes()
    assert kept[:24] == picture.read_bytes()[:24]  # the PNG header with its width and height
