"""A session nobody waits for any longer ends at the next command, in the middle of a hanging one, or of a login."""

import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from inventory.drivers import Target, open_driver
from inventory.errors import Stopped
from tests.inventory.logins import target_of
from tests.lab.lab import Lab

PLATFORMS = ("cisco_ios", "arista_eos")  # over SSH, over an API


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab(devices=2, platforms=PLATFORMS, network="127.47.0.0/24") as running:
        yield running


def stoppable(lab: Lab, platform: str, told: threading.Event) -> Target:
    device = next(device for device in lab.devices if device.platform == platform)
    lab.clear_faults(device.address)
    return target_of(lab, device, connect_timeout=10.0, read_timeout=300.0, stopped=told.is_set)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_it_asks_nothing_more_once_it_is_told_to_stop(lab: Lab, platform: str) -> None:
    told = threading.Event()
    with closing(open_driver(stoppable(lab, platform, told))) as driver:
        assert driver.system().hostname
        told.set()
        for part in (driver.interfaces, driver.vlans, driver.neighbours, driver.running_config):
            with pytest.raises(Stopped, match="was not waited for any longer"):
                part()


def test_it_goes_on_asking_when_nobody_may_stop_it_any_more(lab: Lab) -> None:
    told = threading.Event()
    told.set()
    target = replace(stoppable(lab, "cisco_ios", told), stopped=lambda: False)
    with closing(open_driver(target)) as driver:
        assert driver.running_config()


@pytest.mark.filterwarnings("error")  # of the thread that watches
@pytest.mark.parametrize("fault", ["slow:200", "hang-ssh"])
def test_it_ends_in_the_middle_of_a_silence_that_would_last_for_minutes(lab: Lab, fault: str) -> None:
    told = threading.Event()
    target = replace(stoppable(lab, "cisco_ios", told), connect_timeout=200.0)
    lab.fault(target.address, fault)
    timer = threading.Timer(1.0, told.set)
    timer.start()
    try:
        with pytest.raises(Stopped, match="was not waited for any longer"), closing(open_driver(target)) as driver:
            driver.running_config()
    finally:
        timer.join()
        lab.clear_faults()
