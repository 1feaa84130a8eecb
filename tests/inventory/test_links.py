"""Links are drawn from what both ends say; a link entered by hand wins."""

import pytest

from inventory.links import rebuild_links
from inventory.models import Device, Link
from tests.factories import make_device, make_interface, make_neighbour

pytestmark = pytest.mark.django_db


def cable(a: Device, b: Device) -> None:
    """Both ends know the port; only A has told whom it sees."""
    make_interface(a, "GigabitEthernet0/1")
    make_interface(b, "GigabitEthernet0/2")
    make_neighbour(a, "GigabitEthernet0/1", remote_name=b.name, remote_port="Gi0/2")


def test_it_draws_a_link_one_end_reports_and_marks_it_as_not_agreed() -> None:
    a, b = make_device("a"), make_device("b")
    cable(a, b)
    assert rebuild_links(Device.objects.all()) == 1
    link = Link.objects.get()
    assert (link.a_device, link.a_interface, link.b_device, link.b_interface, link.agreed) == (
        a,
        "GigabitEthernet0/1",
        b,
        "GigabitEthernet0/2",
        False,
    )


def test_it_agrees_once_the_other_end_reports_it_too_even_when_only_one_end_was_read_again() -> None:
    a, b = make_device("a"), make_device("b")
    cable(a, b)
    rebuild_links(Device.objects.all())
    make_neighbour(b, "GigabitEthernet0/2", remote_name="a.example.com", remote_port="GigabitEthernet0/1")
    rebuild_links(Device.objects.filter(pk=a.pk))
    assert Link.objects.get().agreed


def test_it_removes_a_link_nobody_reports_any_more() -> None:
    a, b = make_device("a"), make_device("b")
    cable(a, b)
    rebuild_links(Device.objects.all())
    a.neighbours.all().delete()
    assert rebuild_links(Device.objects.filter(pk=a.pk)) == 0
    assert not Link.objects.exists()


def test_it_leaves_a_manual_link_and_draws_no_other_on_its_ports() -> None:
    a, b, c = make_device("a"), make_device("b"), make_device("c")
    cable(a, b)
    manual = Link.objects.create(
        a_device=a, a_interface="GigabitEthernet0/1", b_device=c, b_interface="Ethernet1", manual=True
    )
    assert rebuild_links(Device.objects.all()) == 1
    assert Link.objects.get() == manual
