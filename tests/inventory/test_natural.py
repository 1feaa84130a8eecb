"""Names with numbers in them stand where people look for them: on the device's page, and in its report."""

import random

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from inventory.models import Component, Interface
from inventory.natural import natural
from tests.factories import make_device
from tests.inventory.test_export import sheets_of

NAMES = ["Gi1/0/1", "Gi1/0/2", "Gi1/0/10", "Gi1/1/1", "Gi2/0/1", "Po1", "Po12", "Vlan9", "Vlan100"]


def test_it_sorts_as_people_count() -> None:
    mixed = random.Random(1).sample(NAMES, len(NAMES))
    assert sorted(mixed, key=natural) == NAMES


@given(st.lists(st.text(alphabet="aZ019٣²/. ", max_size=30)), st.integers(0, 10**30), st.integers(0, 10**30))
def test_it_sorts_whatever_a_device_sends(names: list[str], one: int, other: int) -> None:
    assert sorted(map(natural, names)) == sorted(map(natural, reversed(names)))
    assert (natural(f"x{one}y") < natural(f"x{other}y")) == (one < other)
    assert natural("9" * 100_000) < natural("1" + "0" * 100_000)


@pytest.mark.django_db
def test_the_page_and_the_report_show_ports_and_parts_in_that_order(as_admin: Client) -> None:
    device = make_device("r1")
    for name in random.Random(1).sample(NAMES, len(NAMES)):
        Interface.objects.create(device=device, name=name)
        Component.objects.create(device=device, name=f"part {name}")
    sheets = sheets_of(as_admin.get(f"/api/v1/devices/{device.pk}/inventory/export?format=xlsx").getvalue())
    for nouns, prefix in (("interfaces", ""), ("components", "part ")):
        page = as_admin.get(f"/admin/inventory/device/{device.pk}/change/?tab={nouns}").content.decode()
        for text in (page, sheets[nouns]):
            places = [text.index(f"{prefix}{name}<") for name in NAMES]
            assert places == sorted(places)


@pytest.mark.django_db
def test_a_device_that_told_its_own_order_is_shown_in_it(as_admin: Client) -> None:
    device = make_device("r1")
    for number, name in enumerate(reversed(NAMES)):
        Interface.objects.create(device=device, name=name, if_index=number)
    Interface.objects.create(device=device, name="Ap0")
    page = as_admin.get(f"/admin/inventory/device/{device.pk}/change/?tab=interfaces").content.decode()
    places = [page.index(f"{name}<") for name in [*reversed(NAMES), "Ap0"]]
    assert places == sorted(places)
