"""The inventory's pages as a person gets them, without a browser."""

import io
import re
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from unfold.widgets import UnfoldBooleanWidget

from inventory.models import Device, Interface, Tombstone
from tests import factories as make
from tests.visitors import signed_in

HOSTILE = "<script>alert(1)</script>"
LIST = "/admin/inventory/device/"


def words_of(file: bytes, kind: str) -> str:
    """The text of an export, as it stands in the file."""
    if kind == "csv":
        return file.decode("utf-8-sig")
    with zipfile.ZipFile(io.BytesIO(file)) as book:
        return "".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))


def page_of(device: Device, tab: str = "") -> str:
    return f"{LIST}{device.pk}/change/" + (f"?tab={tab}" if tab else "")


def names_on(client: Client, query: str) -> set[str]:
    """The devices a list shows."""
    changelist = client.get(LIST, query_params=dict(part.split("=") for part in query.split("&"))).context["cl"]
    return {device.name for device in changelist.result_list}


def lists() -> list[str]:
    """The addresses of every list of ours."""
    ours = ("inventory", "compliance", "jobs")
    models = [model._meta for model in admin.site._registry if model._meta.app_label in ours]
    return [f"admin:{opts.app_label}_{opts.model_name}_changelist" for opts in models]


@pytest.mark.parametrize(
    "name", [*lists(), "admin:index", "admin:inventory_platforms", "admin:inventory_device_discover"]
)
def test_it_sends_strangers_to_the_login(db: None, name: str) -> None:
    response = Client().get(reverse(name))
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/admin/login/")


@pytest.mark.parametrize("name", [*lists(), "admin:index", "admin:inventory_platforms"])
def test_it_shows_every_list_but_who_sees_what_to_a_viewer(as_viewer: Client, name: str) -> None:
    expected = 403 if name == "admin:inventory_accessscope_changelist" else 200
    assert as_viewer.get(reverse(name)).status_code == expected


def test_it_offers_a_viewer_nothing_to_do(as_viewer: Client) -> None:
    device = make.make_device(status=Device.Status.QUARANTINE)
    lists_actions = as_viewer.get(LIST).context["action_form"]
    page = as_viewer.get(page_of(device))
    assert lists_actions is None
    assert page.context["buttons"] == []
    assert not page.context["may_approve"]
    assert [tab.key for tab in page.context["device_tabs"]] == ["overview"]
    assert as_viewer.get(reverse("admin:inventory_device_discover")).status_code == 403


@pytest.mark.parametrize("tab", ["overview", "interfaces", "vlans", "neighbours", "addresses", "components", "edit"])
def test_it_escapes_what_devices_say(as_admin: Client, tab: str) -> None:
    device = make.make_device(HOSTILE, sys_name=HOSTILE, model=HOSTILE, last_sync_error=HOSTILE)
    port = make.make_interface(device, HOSTILE, description=HOSTILE)
    make.make_address(device, "10.0.0.1", interface=port, vrf=HOSTILE)
    make.make_vlan(device, name=HOSTILE)
    make.make_neighbour(device, HOSTILE, remote_name=HOSTILE, remote_port=HOSTILE, remote_description=HOSTILE)
    device.components.create(name=HOSTILE, kind="fan", model=HOSTILE, serial=HOSTILE, description=HOSTILE)
    text = as_admin.get(page_of(device, tab)).content.decode()
    assert HOSTILE not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


@pytest.mark.parametrize("name", lists())
def test_it_escapes_what_devices_say_in_lists(as_admin: Client, name: str) -> None:
    device = make.make_device(HOSTILE, role=HOSTILE, vendor=HOSTILE, last_sync_error=HOSTILE)
    make.make_interface(device, HOSTILE, description=HOSTILE)
    make.make_vlan(device, name=HOSTILE)
    make.make_neighbour(device, HOSTILE, remote_name=HOSTILE, remote_description=HOSTILE)
    make.make_link(device, make.make_device(), a_interface=HOSTILE)
    make.make_config_backup(device, HOSTILE)
    device.components.create(name=HOSTILE, model=HOSTILE)
    Tombstone.objects.create(name=HOSTILE, serial=HOSTILE, addresses=[HOSTILE])
    assert HOSTILE not in as_admin.get(reverse(name)).content.decode()


def test_it_spells_invisible_characters_out(as_admin: Client) -> None:
    device = make.make_device("core\u202e1", sys_name="a\x1b[31mb")
    text = as_admin.get(page_of(device)).content.decode()
    assert "\u202e" not in text
    assert "\x1b" not in text
    assert "core&lt;U+202E&gt;1" in text
    assert "a&lt;U+001B&gt;[31mb" in text


@pytest.mark.parametrize(
    ("reason", "fields"),
    [
        ("waiting", {"status": Device.Status.QUARANTINE}),
        ("sync_failed", {"last_sync_error": "no answer"}),
        ("never_synced", {"last_sync_at": None}),
        ("no_backup", {"last_backup_at": None}),
        ("backup_old", {"last_backup_at": timezone.now() - timedelta(days=2)}),
        ("backup_failed", {"last_backup_error": "cut off"}),
        ("compliance_low", {"compliance_score": 79}),
    ],
)
def test_it_finds_the_devices_that_need_someone(as_admin: Client, reason: str, fields: dict[str, Any]) -> None:
    well = {"last_sync_at": timezone.now(), "last_backup_at": timezone.now(), "compliance_score": 80}
    make.make_device("well", **well)
    make.make_device("ignored", **{**well, **fields, "status": fields.get("status") or Device.Status.IGNORED})
    make.make_device("ill", **{**well, **fields})
    expected = {"ill", "ignored"} if reason == "waiting" else {"ill"}
    assert names_on(as_admin, f"attention={reason}") == expected


@pytest.mark.parametrize("reason", ["no_backup", "backup_old", "backup_failed"])
def test_it_counts_every_bad_backup_as_late(as_admin: Client, reason: str) -> None:
    fields = {"backup_old": timezone.now() - timedelta(days=2), "backup_failed": timezone.now()}
    make.make_device(
        "ill", last_backup_at=fields.get(reason), last_backup_error="x" if reason == "backup_failed" else ""
    )
    make.make_device("well", last_backup_at=timezone.now())
    assert names_on(as_admin, "attention=backup_late") == {"ill"}


@pytest.mark.parametrize(
    "query",
    ["role=core", "platform=linux", "vendor=Acme", "status__exact=ignored", "q=SERIAL77", "q=sys-77", "q=10.7.7.7"],
)
def test_it_filters_and_searches(as_admin: Client, query: str) -> None:
    make.make_device("other")
    wanted = make.make_device(
        "wanted", role="core", platform="linux", vendor="Acme", serial="serial77", sys_name="sys-77", status="ignored"
    )
    make.make_address(wanted, "10.7.7.7", 32)
    assert names_on(as_admin, query) == {"wanted"}


def test_it_filters_by_site(as_admin: Client) -> None:
    site = make.make_site()
    make.make_device("there", site=site)
    make.make_device("elsewhere")
    assert names_on(as_admin, f"site__id__exact={site.pk}") == {"there"}


def test_it_ignores_a_reason_nobody_knows(as_admin: Client) -> None:
    make.make_device("one")
    assert names_on(as_admin, "attention=rubbish") == {"one"}


def queries_of(visit: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert visit().status_code == 200
    return len(queries)


def fill(count: int) -> None:
    """Devices with one of everything, all linked to the first."""
    first = Device.objects.first() or make.make_device()
    for _ in range(count):
        device = make.make_device(site=make.make_site(), ssh_credential=make.make_credential())
        port = make.make_interface(device)
        make.make_address(device, device.primary_address, interface=port)
        make.make_vlan(device)
        make.make_neighbour(device)
        make.make_link(first, device)
        make.make_config_backup(device, redacted=f"hostname {device.name}")
        device.components.create(name="fan")
        make.make_prefix(f"{device.primary_address}/32", site=device.site)
        make.make_job(devices=[device], requested_by=make.make_user())


@pytest.mark.parametrize("name", lists())
def test_it_asks_as_often_for_many_rows_as_for_few(as_admin: Client, name: str) -> None:
    fill(2)
    few = queries_of(lambda: as_admin.get(reverse(name)))
    fill(8)
    assert queries_of(lambda: as_admin.get(reverse(name))) == few


@pytest.mark.parametrize("tab", ["interfaces", "neighbours", "addresses", "configurations", "jobs"])
def test_it_asks_as_often_for_a_big_device_as_for_a_small_one(as_admin: Client, tab: str) -> None:
    device = make.make_device()

    def grow(count: int) -> None:
        for _ in range(count):
            port = make.make_interface(device)
            make.make_address(device, f"10.0.0.{port.if_index % 250}", interface=port)
            make.make_neighbour(device)
            make.make_link(device, make.make_device())
            make.make_config_backup(device, redacted=f"port {port.name}")
            make.make_job(devices=[device])

    grow(2)
    few = queries_of(lambda: as_admin.get(page_of(device, tab)))
    grow(8)
    assert queries_of(lambda: as_admin.get(page_of(device, tab))) == few


def test_it_gives_empty_parts_no_room(as_admin: Client) -> None:
    device = make.make_device(serial="")
    response = as_admin.get(page_of(device))
    assert [tab.key for tab in response.context["device_tabs"]] == ["overview", "edit"]
    assert "serial number" not in response.content.decode()


def test_it_falls_back_to_the_first_tab(as_admin: Client) -> None:
    assert as_admin.get(page_of(make.make_device(), "rubbish")).context["tab"].key == "overview"


def test_it_says_how_the_device_is(as_admin: Client) -> None:
    device = make.make_device(
        last_sync_at=timezone.now() - timedelta(hours=3),
        last_sync_error="10.0.0.1 refused the password.",
        compliance_score=60,
    )
    text = as_admin.get(page_of(device)).content.decode()
    assert "last good: " in text
    assert "10.0.0.1 refused the password." in text
    assert "60 %" in text


@pytest.mark.parametrize(
    ("enabled", "up", "word"),
    [(True, True, "up"), (True, False, "down"), (False, False, "disabled"), (None, None, "unknown")],
)
def test_it_shows_a_traffic_light_with_a_word(
    as_admin: Client, enabled: bool | None, up: bool | None, word: str
) -> None:
    device = make.make_device()
    make.make_interface(device, enabled=enabled, up=up)
    assert f"<span>{word}</span>" in as_admin.get(page_of(device, "interfaces")).content.decode()


def test_it_shows_vlans_in_short(as_admin: Client) -> None:
    device = make.make_device()
    make.make_interface(
        device, mode=Interface.Mode.TAGGED, untagged_vlan=1, tagged_vlans=[10, 11, 12, 20], speed_kbps=10_000_000
    )
    text = as_admin.get(page_of(device, "interfaces")).content.decode()
    assert "1 untagged, 10-12, 20" in text
    assert "10 Gbit/s" in text


def test_it_saves_what_people_enter(as_admin: Client) -> None:
    device = make.make_device("before")
    data = {"name": "after", "primary_address": device.primary_address, "status": "active", "platform": "linux"}
    response = as_admin.post(page_of(device), {**data, "role": "", "comments": "", "ssh_port": 22, "snmp_port": 161})
    assert response.status_code == 302
    device.refresh_from_db()
    assert (device.name, device.platform) == ("after", "linux")


def test_it_stays_on_the_form_when_something_is_wrong(as_admin: Client) -> None:
    device = make.make_device()
    response = as_admin.post(page_of(device), {"name": "x", "primary_address": "rubbish", "platform": "rubbish"})
    assert response.status_code == 200
    assert response.context["tab"].key == "edit"
    assert {"primary_address", "platform"} <= set(response.context["adminform"].errors)


def test_it_leaves_a_tombstone(as_admin: Client) -> None:
    device = make.make_device("gone", serial="S1", chassis_mac="00:00:5e:00:53:01")
    make.make_address(device, "10.9.9.9", interface=make.make_interface(device))
    make.make_config_backup(device)
    make.make_job(devices=[device])
    as_admin.post(f"{LIST}{device.pk}/delete/", {"post": "yes"})
    stone = Tombstone.objects.get()
    assert (stone.name, stone.serial, stone.chassis_mac) == ("gone", "S1", "00:00:5e:00:53:01")
    assert set(stone.addresses) == {"10.9.9.9", device.primary_address}
    assert not Device.objects.exists()


def test_it_leaves_tombstones_for_a_whole_selection(as_admin: Client) -> None:
    chosen = [make.make_interface(make.make_device()).device_id for _ in range(2)]
    as_admin.post(LIST, {"action": "delete_selected", "_selected_action": chosen, "post": "yes"})
    assert Tombstone.objects.count() == 2
    assert not Device.objects.exists()


def test_it_lists_what_is_recognised(as_viewer: Client) -> None:
    page = as_viewer.get(reverse("admin:inventory_platforms")).content.decode()
    assert "Cisco IOS" in page
    assert "1.3.6.1.4.1.9.1" in page


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_it_exports_the_devices_that_the_list_shows(as_viewer: Client, kind: str) -> None:
    make.make_device("wanted", site=make.make_site("Seoul"))
    make.make_device("other", status=Device.Status.IGNORED)
    file = as_viewer.get(f"{LIST}export.{kind}?status__exact=active&p=7")
    assert file.headers["Content-Disposition"] == f'attachment; filename="devices.{kind}"'
    words = words_of(file.getvalue(), kind)
    assert "wanted" in words
    assert "other" not in words


def test_it_exports_nothing_to_those_who_may_not_look(db: None) -> None:
    make.make_device()
    assert signed_in(make.make_user()).get(f"{LIST}export.csv").status_code == 403


def test_it_answers_an_export_with_a_wrong_filter_by_the_list(as_admin: Client) -> None:
    assert as_admin.get(f"{LIST}export.csv?password=1").headers["Location"] == LIST


def test_it_says_in_words_that_a_device_failed(as_admin: Client) -> None:
    good = timezone.now() - timedelta(minutes=4)
    make.make_device(last_backup_at=good, last_backup_error="no answer", last_sync_at=good, last_sync_error="no answer")
    page = as_admin.get(LIST).content.decode()
    assert page.count("<span>failed</span>") == 2
    assert page.count(f"no answer · last good: {good:%Y-%m-%d %H:%M:%S} UTC") == 2


def test_it_works_out_the_headers_of_a_list_once(as_admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(5):
        make.make_device()
    asked: list[str] = []
    render = UnfoldBooleanWidget.render

    def counted(widget: UnfoldBooleanWidget, name: str, *args: Any, **kwargs: Any) -> str:
        asked.append(name)
        return render(widget, name, *args, **kwargs)

    monkeypatch.setattr(UnfoldBooleanWidget, "render", counted)
    as_admin.get(LIST)
    assert asked.count("action-toggle") == 1


def test_it_says_since_when_a_device_does_not_answer(as_admin: Client) -> None:
    since = timezone.now() - timedelta(hours=3)
    device = make.make_device(reachable=False, reachable_since=since, last_sync_error="no answer")
    for url in (LIST, page_of(device)):
        text = as_admin.get(url).content.decode()
        assert "<span>not reachable</span>" in text
        assert f"{since:%Y-%m-%d %H:%M:%S} UTC" in text
    assert names_on(as_admin, "attention=down") == {device.name}


@pytest.mark.parametrize("name", lists())
def test_it_calls_a_list_by_what_it_lists(as_admin: Client, name: str) -> None:
    page = as_admin.get(reverse(name))
    title = " ".join(re.findall(r"<title>(.*?)</title>", page.content.decode(), re.DOTALL)[0].split())
    plural = str(page.context["opts"].verbose_name_plural)
    assert title == f"{plural[0].upper()}{plural[1:]} | NetManager"


def test_it_spells_the_words_of_the_mib_as_the_mib_does(as_admin: Client) -> None:
    text = as_admin.get(page_of(make.make_device(sys_name="core1.example", serial="X1"))).content.decode()
    assert "<dt>sysName</dt>" in text
    assert "<dt>Serial number</dt>" in text
