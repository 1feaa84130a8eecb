"""Ports that no deployment changes: what operators decide about interfaces, and nothing else."""

import pytest
from django.test import Client
from django.urls import reverse

from inventory.models import Interface
from tests import factories as make
from tests.visitors import said

LIST = "/admin/inventory/interface/"


@pytest.fixture
def port(db: None) -> Interface:
    return make.make_interface(make.make_device(), "Gi1/0/48", description="uplink")


def test_it_protects_a_port_by_the_shield_of_its_device(as_admin: Client, port: Interface) -> None:
    tab = f"/admin/inventory/device/{port.device_id}/change/?tab=interfaces"
    shield = reverse("admin:inventory_interface_protect", args=[port.pk])
    assert shield in as_admin.get(tab).content.decode()
    response = as_admin.post(shield)
    assert response.headers["Location"] == tab
    assert "1 port is protected." in said(response)
    port.refresh_from_db()
    assert port.protected
    assert ">shield</span><span>protected</span>" in as_admin.get(tab).content.decode()
    as_admin.post(shield)
    port.refresh_from_db()
    assert not port.protected


def test_it_protects_chosen_ports(as_admin: Client, port: Interface) -> None:
    other = make.make_interface(port.device)
    as_admin.post(LIST, {"action": "protect", "_selected_action": [port.pk]})
    assert list(Interface.objects.filter(protected=True)) == [port]
    assert list(as_admin.get(f"{LIST}?protected__exact=1").context["cl"].result_list) == [port]
    as_admin.post(LIST, {"action": "unprotect", "_selected_action": [port.pk, other.pk]})
    assert not Interface.objects.filter(protected=True).exists()


def test_it_changes_nothing_that_the_device_told(as_admin: Client, port: Interface) -> None:
    as_admin.post(f"{LIST}{port.pk}/change/", {"protected": "on", "name": "other", "description": "other"})
    port.refresh_from_db()
    assert (port.protected, port.name, port.description) == (True, "Gi1/0/48", "uplink")


def test_it_lets_a_viewer_protect_nothing(as_viewer: Client, port: Interface) -> None:
    shield = reverse("admin:inventory_interface_protect", args=[port.pk])
    assert as_viewer.post(shield).status_code == 403
    assert as_viewer.get(shield).status_code == 405
    as_viewer.post(LIST, {"action": "protect", "_selected_action": [port.pk]})
    as_viewer.post(f"{LIST}{port.pk}/change/", {"protected": "on"})
    port.refresh_from_db()
    assert not port.protected
    tab = as_viewer.get(f"/admin/inventory/device/{port.device_id}/change/?tab=interfaces").content.decode()
    assert shield not in tab
    assert as_viewer.get(f"{LIST}{port.pk}/change/").status_code == 200


def test_it_neither_adds_nor_deletes_a_port(as_admin: Client, port: Interface) -> None:
    assert as_admin.get(f"{LIST}add/").status_code == 403
    assert as_admin.post(f"{LIST}{port.pk}/delete/", {"post": "yes"}).status_code == 403
    assert as_admin.post(f"{LIST}987654321/protect/").status_code == 404
