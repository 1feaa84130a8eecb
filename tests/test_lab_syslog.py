"""The lab's devices log what happens to them, each from its own address."""

import re
import socket
from collections.abc import Iterator

import pytest

from tests.lab.control import ask, listening
from tests.lab.lab import Lab
from tests.lab.state import Device
from tests.lab.syslog import VOICES


@pytest.fixture(scope="module")
def collector() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.settimeout(20)
        yield taken


@pytest.fixture(scope="module")
def lab(collector: socket.socket) -> Iterator[Lab]:
    with Lab(devices=len(VOICES), platforms=tuple(VOICES), collector=collector.getsockname()) as running:
        yield running


def heard(collector: socket.socket, device: Device, form: str, **known: str) -> str:
    """The next message of the device that has this form."""
    given = {"user": ".*", "port": ".*", "number": ".*", **known}
    wanted = re.sub(r"\\\{(\w+)\\\}", lambda match: given[match[1]], re.escape(form))
    for _message in range(40):
        text, (source, _port) = collector.recvfrom(4096)
        if source == device.address and re.search(wanted, text.decode()):
            return text.decode()
    raise AssertionError(f"{device.hostname} said nothing like {wanted}")


@pytest.mark.parametrize("platform", VOICES)
def test_a_device_tells_who_changed_it_and_which_link_went_down_and_up(
    lab: Lab, collector: socket.socket, platform: str
) -> None:
    device = next(one for one in lab.devices if one.platform == platform)
    name, port = next((name, port) for name, port in device.ports.items() if port.up)
    voice = VOICES[platform]
    device.configured += 1
    assert heard(collector, device, voice.config, user="netops").startswith("<")
    port.enabled = False
    assert heard(collector, device, voice.down, port=re.escape(name))
    port.enabled = True
    assert heard(collector, device, voice.up, port=re.escape(name))


def test_a_running_lab_can_be_told_where_to_log(lab: Lab, collector: socket.socket) -> None:
    with listening(lab) as control, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        other.settimeout(20)
        ask(control, f"syslog 127.0.0.1 {other.getsockname()[1]}")
        assert other.recv(4096).startswith(b"<")
        with pytest.raises(ValueError, match="accepted are state"):
            ask(control, "syslog nowhere")
