"""Which device answers: one box with many addresses is one device, and no device takes the place of another."""

from collections.abc import Iterator
from typing import Any

import pytest

from inventory.discovery import crawl as crawling
from inventory.discovery.discover import Found, Options, discover
from inventory.discovery.sweep import SweepProgress
from inventory.models import Device, Prefix
from inventory.reach import NoCredential
from inventory.tombstones import delete_device
from tests.factories import make_address, make_credential, make_device, make_neighbour, make_prefix, make_site
from tests.lab import Lab

NETWORK = "127.44.0.0/28"
pytestmark = pytest.mark.django_db


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab(devices=3, network=NETWORK) as running:
        make_prefix("127.44.0.0/16", ssh_credential=make_credential("ssh"))
        make_credential("snmp_v2c", snmp_community=running.community)
        yield running


def look(lab: Lab, *addresses: str, **options: Any) -> Found:
    """Discover on these addresses, the lab's own by default."""
    chosen = addresses or tuple(device.address for device in lab.devices)
    return discover(chosen, Options(snmp_port=lab.snmp_port, timeout=0.3, retries=1, **options))


def test_it_keeps_one_device_for_a_router_that_answers_on_several_addresses(lab: Lab) -> None:
    router = lab.devices[0]
    others = ("127.44.1.1", "127.44.2.1", "127.44.3.1")
    lab.also_answer(router.address, *others)
    found = look(lab, *others, router.address)
    device = Device.objects.get()
    assert (found.answered, found.created, found.updated) == (4, [device.pk], [])
    assert {*others, router.address} <= set(device.addresses.values_list("address", flat=True))


def test_it_adds_no_address_twice_when_it_looks_again(lab: Lab) -> None:
    router = lab.devices[0]
    lab.also_answer(router.address, "127.44.1.1")
    look(lab, "127.44.1.1", router.address)
    before = sorted(Device.objects.get().addresses.values_list("address", flat=True))
    look(lab, "127.44.1.1", router.address)
    assert sorted(Device.objects.get().addresses.values_list("address", flat=True)) == before


def test_it_follows_a_device_to_its_new_address(lab: Lab) -> None:
    router = lab.devices[0]
    lab.also_answer(router.address, "127.44.1.1")
    make_device("moved", primary_address="127.44.9.9", serial=router.serial, platform=router.platform)
    found = look(lab, "127.44.1.1")
    device = Device.objects.get()
    assert device.primary_address == "127.44.1.1"
    assert "moved does not answer on 127.44.9.9 any more; it is managed on 127.44.1.1 now." in found.sentence


def test_it_keeps_the_management_address_of_a_device_that_answers_there_too(lab: Lab) -> None:
    router = lab.devices[0]
    lab.also_answer(router.address, "127.44.1.1")
    look(lab, router.address)
    look(lab, "127.44.1.1")
    assert Device.objects.get().primary_address == router.address


def test_it_never_asks_an_old_address_that_is_not_allowed_any_more(lab: Lab) -> None:
    router = lab.devices[0]
    make_device("outside", primary_address="127.45.9.9", serial=router.serial, platform=router.platform)
    look(lab, router.address)
    assert Device.objects.get().primary_address == "127.45.9.9"


def test_it_adopts_a_device_entered_by_hand_with_name_and_address_alone(lab: Lab) -> None:
    router = lab.devices[0]
    fields = {"platform": "generic", "vendor": "", "model": "", "os_version": "", "serial": ""}
    entered = make_device("The core", primary_address=router.address, **fields)
    found = look(lab)
    entered.refresh_from_db()
    assert found.updated == [entered.pk]
    assert (entered.name, entered.platform, entered.serial) == ("The core", router.platform, router.serial)
    assert entered.snmp_credential is not None
    assert entered.status == Device.Status.ACTIVE


def test_it_leaves_a_known_device_alone_when_other_hardware_answers_on_its_address(lab: Lab) -> None:
    router = lab.devices[0]
    make_device("core1", primary_address=router.address, platform=router.platform, serial="OLD0000001")
    found = look(lab, router.address)
    device = Device.objects.get()
    assert (device.serial, found.created, found.updated) == ("OLD0000001", [], [])
    assert f"{router.address} belongs to core1, but what answers there now has another serial number" in found.sentence


def test_it_keeps_two_devices_apart_that_only_share_a_name(lab: Lab) -> None:
    first, second, _ = lab.devices
    second.hostname = first.hostname
    look(lab, first.address, second.address)
    assert Device.objects.count() == 2
    assert {device.name for device in Device.objects.all()} == {first.hostname}


def test_it_leaves_a_deleted_device_deleted_on_whatever_address_it_answers(lab: Lab) -> None:
    router = lab.devices[0]
    look(lab, router.address)
    delete_device(Device.objects.get())
    lab.also_answer(router.address, "127.44.1.1")
    found = look(lab, "127.44.1.1", router.address)
    assert (found.ignored, Device.objects.count()) == (2, 0)
    assert "deleted earlier stay deleted" in found.sentence


@pytest.mark.parametrize("fault", ["rubbish", "endless-walk", "wrong-community", "no-answer"])
def test_it_stores_the_others_and_keeps_what_is_known_of_a_device_that_misbehaves(lab: Lab, fault: str) -> None:
    look(lab)
    victim = Device.objects.get(primary_address=lab.devices[0].address)

    def known() -> list[Any]:
        parts = (victim.interfaces, victim.vlans, victim.neighbours, victim.components, victim.addresses)
        row = Device.objects.get(pk=victim.pk)
        return [*(list(part.order_by("pk").values_list("pk")) for part in parts), row.serial, row.model, row.sys_name]

    before = known()
    lab.fault(victim.primary_address, fault)
    found = look(lab)
    assert known() == before
    assert {device.pk for device in Device.objects.exclude(pk=victim.pk)} <= set(found.updated)


def test_it_reads_no_device_once_it_is_told_to_stop(lab: Lab) -> None:
    said: list[SweepProgress] = []
    options = Options(snmp_port=lab.snmp_port, timeout=0.3)
    addresses = [device.address for device in lab.devices]
    found = discover(addresses, options, said.append, lambda: bool(said) and said[-1].answered == len(addresses))
    assert found.answered == len(addresses)
    assert (found.stopped, Device.objects.count()) == (True, 0)
    assert found.sentence.endswith("Stopped before the end.")


def test_it_does_not_call_it_a_result_when_there_is_nothing_to_ask_with() -> None:
    with pytest.raises(NoCredential, match="no SNMP credential to try"):
        discover(["127.44.0.1"], Options())


def test_it_forgets_an_address_of_one_device_when_another_answers_there(lab: Lab) -> None:
    first, second, _ = lab.devices
    look(lab, first.address, second.address)
    loser, winner = (Device.objects.get(primary_address=device.address) for device in (first, second))
    loser.addresses.create(address="127.44.1.1")
    lab.also_answer(second.address, "127.44.1.1")
    look(lab, "127.44.1.1")
    assert not loser.addresses.filter(address="127.44.1.1").exists()
    assert winner.addresses.filter(address="127.44.1.1").exists()


def test_it_adopts_a_device_that_was_deleted_and_then_entered_again_by_hand(lab: Lab) -> None:
    router = lab.devices[0]
    look(lab, router.address)
    delete_device(Device.objects.get())
    fields = {"platform": "generic", "vendor": "", "model": "", "os_version": "", "serial": ""}
    again = make_device("back again", primary_address=router.address, **fields)
    found = look(lab, router.address)
    assert (found.updated, found.ignored) == ([again.pk], 0)
    assert Device.objects.get().serial == router.serial


def test_it_leaves_devices_of_other_sites_alone_for_somebody_with_one_site(lab: Lab) -> None:
    own, other = make_site(), make_site()
    Prefix.objects.update(site=own)
    mine, theirs, _ = lab.devices
    kept = {"serial": theirs.serial, "platform": theirs.platform}
    make_device("theirs", primary_address="127.44.9.9", site=other, **kept)
    make_device("replaced", primary_address=lab.devices[2].address, site=other, serial="OLD0000001")
    found = look(lab, sites=(own.pk,))
    assert [Device.objects.get(pk=pk).primary_address for pk in found.created] == [mine.address]
    assert Device.objects.get(pk=found.created[0]).site == own
    assert found.updated == []
    assert f"{theirs.address} answers as a device outside of your access scopes" in found.sentence
    assert not any(name in found.sentence for name in ("theirs", "replaced"))
    assert not Device.objects.filter(name__in=("theirs", "replaced"), last_seen_at__isnull=False).exists()


def test_a_crawl_of_somebody_with_one_site_asks_nobody_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    own, other, asked = make_site(), make_site(), list[str]()
    make_prefix("127.44.0.0/16", site=own)
    make_prefix("127.44.9.0/24", site=other)
    seed = make_device(primary_address="127.44.0.1", site=own)
    beyond = make_device(site=other)
    make_address(beyond, "127.44.0.2")
    for address in ("127.44.0.2", "127.44.9.2", "127.99.0.2"):
        make_neighbour(seed, remote_address=address)
    make_neighbour(beyond, remote_address="127.44.0.3")
    monkeypatch.setattr(crawling, "discover", lambda addresses, options, **_: asked.extend(addresses) or Found())
    found = crawling.crawl(seed, Options(sites=(own.pk,)), crawling.Bounds())
    assert asked == ["127.44.0.1", "127.44.0.2"]
    assert found.refused == {"127.44.9.2", "127.99.0.2"}
