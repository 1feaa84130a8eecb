"""The inventory over REST, through the URLs people script against."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from inventory.models import Credential, Device, Link, Tombstone
from tests.factories import (
    PASSWORD,
    make_address,
    make_admin,
    make_config_backup,
    make_credential,
    make_device,
    make_interface,
    make_link,
    make_neighbour,
    make_operator,
    make_site,
    make_user,
    make_viewer,
    make_vlan,
)

pytestmark = pytest.mark.django_db
API = "/api/v1"
SECRET = "a-planted-s3cret"


@pytest.fixture
def admin() -> APIClient:
    return signed_in(make_admin())


def signed_in(user: User) -> APIClient:
    client = APIClient()
    client.force_login(user)
    return client


def names(response: Any) -> list[str]:
    return [row["name"] for row in response.json()["results"]]


def queries(call: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert call().status_code in (200, 201)
    return len(captured)


# Lists --------------------------------------------------------------------------------------------


def test_it_filters_devices_by_several_values() -> None:
    site = make_site("Seoul")
    for name, role in (("a1", "access"), ("c1", "core"), ("d1", "distribution")):
        make_device(name, role=role, site=site)
    client = signed_in(make_viewer())
    assert names(client.get(f"{API}/devices?role=access,core")) == ["a1", "c1"]
    assert names(client.get(f"{API}/devices?site={site.pk}&role=core")) == ["c1"]
    assert names(client.get(f"{API}/devices?site_slug=seoul&ordering=-name")) == ["d1", "c1", "a1"]
    assert names(client.get(f"{API}/devices?search=d1")) == ["d1"]


def test_it_finds_a_device_by_any_of_its_addresses(admin: APIClient) -> None:
    device = make_device("edge1", primary_address="127.5.0.1")
    make_device("edge2")
    make_address(device, "10.9.9.9")
    assert names(admin.get(f"{API}/devices?address=10.9.9.9")) == ["edge1"]
    assert names(admin.get(f"{API}/devices?address=127.5.0.1")) == ["edge1"]


def test_it_finds_devices_whose_last_backup_failed(admin: APIClient) -> None:
    make_device("good")
    make_device("bad", last_backup_error="bad cut the session.")
    assert names(admin.get(f"{API}/devices?backup_failed=true")) == ["bad"]
    assert names(admin.get(f"{API}/devices?backup_failed=false")) == ["good"]


@pytest.mark.parametrize(
    ("query", "field", "words"),
    [
        ("platfrom=cisco_ios", "platfrom", "accepted are id, name"),
        ("ordering=comments", "ordering", "accepted are id, name"),
        ("site=seoul", "site", "number"),
        ("address=10.0.0", "address", "IPv4 or IPv6"),
        ("primary_address=core1", "primary_address", "IPv4 or IPv6"),
        ("limit=many", "limit", "from 1 to 1000"),
        ("limit=0", "limit", "from 1 to 1000"),
        ("offset=-1", "offset", "from 0"),
        ("format=xml", "format", "accepted are json"),
    ],
)
def test_it_refuses_a_query_it_would_have_to_ignore(admin: APIClient, query: str, field: str, words: str) -> None:
    response = admin.get(f"{API}/devices?{query}")
    assert response.status_code == 400
    assert words in str(response.json()[field])


def test_it_gives_pages_of_at_most_1000(admin: APIClient) -> None:
    for _ in range(3):
        make_device()
    page = admin.get(f"{API}/devices?limit=2").json()
    assert (page["count"], len(page["results"])) == (3, 2)
    assert len(admin.get(page["next"]).json()["results"]) == 1
    assert "limit=1000" not in (admin.get(f"{API}/devices?limit=5000").json()["next"] or "")


def test_it_orders_equal_rows_the_same_way_on_every_page(admin: APIClient) -> None:
    ids = [make_device("same", vendor="Same").pk for _ in range(6)]
    pages = [admin.get(f"{API}/devices?ordering=vendor&limit=2&offset={offset}").json() for offset in (0, 2, 4)]
    assert [row["id"] for page in pages for row in page["results"]] == ids


PARTS = ["devices", "interfaces", "vlans", "neighbours", "links", "components", "config-backups", "prefixes", "sites"]


@pytest.mark.parametrize("noun", PARTS)
def test_it_needs_the_same_number_of_queries_for_any_page(noun: str) -> None:
    client = signed_in(make_viewer())
    populate(1)
    few = queries(lambda: client.get(f"{API}/{noun}"))
    populate(5)
    assert queries(lambda: client.get(f"{API}/{noun}")) == few


def populate(number: int) -> None:
    for _ in range(number):
        device = make_device(site=make_site(), ssh_credential=make_credential())
        make_interface(device)
        make_vlan(device)
        make_neighbour(device)
        make_link(device, make_device())
        device.components.create(name="Power supply 1")
        make_config_backup(device, redacted=f"hostname {device.name}\nend\n")
        make_address(device, device.primary_address)


# Devices ------------------------------------------------------------------------------------------


def test_it_shows_one_device_with_its_addresses(admin: APIClient) -> None:
    device = make_device("core1", site=make_site("Busan"), sys_descr="Cisco IOS Software")
    make_address(device, "10.0.0.1", 30, interface=make_interface(device, "Loopback0"))
    found = admin.get(f"{API}/devices/{device.pk}").json()
    assert found["site_name"] == "Busan"
    assert found["sys_descr"] == "Cisco IOS Software"
    assert found["addresses"] == [{"address": "10.0.0.1", "prefix_length": 30, "vrf": "", "interface": "Loopback0"}]


def test_it_creates_and_changes_a_device(admin: APIClient) -> None:
    made = admin.post(f"{API}/devices", {"name": "core1", "primary_address": "10.0.0.1", "platform": "cisco_ios"})
    assert made.status_code == 201
    changed = admin.patch(f"{API}/devices/{made.json()['id']}", {"role": "core", "ssh_port": 2222})
    assert changed.status_code == 200
    device = Device.objects.get()
    assert (device.name, device.role, device.ssh_port, device.platform) == ("core1", "core", 2222, "cisco_ios")


def test_it_takes_back_what_it_gave(admin: APIClient) -> None:
    device = make_device("core1", role="core", last_sync_error="Told by us")
    url = f"{API}/devices/{device.pk}"
    given = admin.get(url).json()
    given["role"] = "edge"
    assert admin.put(url, given).status_code == 200
    device.refresh_from_db()
    assert (device.role, device.last_sync_error) == ("edge", "Told by us")


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"ssh_port": 70000}, "ssh_port", "70000 is not a whole number from 1 to 65535."),
        ({"ssh_port": "ssh"}, "ssh_port", "'ssh' is not a whole number from 1 to 65535."),
        ({"primary_address": "10.0.0.256"}, "primary_address", "'10.0.0.256' is not an IPv4 or IPv6 address."),
        ({"platform": "cisco"}, "platform", "platform 'cisco' is not known; known are "),
        ({"status": "gone"}, "status", "'gone' is not one of: 'quarantine', 'active', 'ignored'."),
        ({"site": 987654321}, "site", "There is no site with the id 987654321."),
        ({"site": 1e400}, "site", "inf is not the id of a site."),
        ({"site": True}, "site", "True is not the id of a site."),
        ({"name": "x" * 201}, "name", "It has 201 characters, accepted are at most 200."),
        ({"nmae": "core1"}, "nmae", "This is not a field here; accepted are name, status"),
        ({"name": "a\x00b"}, "name", "Null characters are not allowed."),
    ],
)
def test_it_refuses_a_device_by_field_value_and_range(
    admin: APIClient, change: dict[str, Any], field: str, sentence: str
) -> None:
    row = {"name": "core1", "primary_address": "10.0.0.1", **change}
    response = admin.post(
        f"{API}/devices", json.dumps(row).replace("Infinity", "1e400"), content_type="application/json"
    )
    assert response.status_code == 400
    assert response.json()[field][0].startswith(sentence)
    assert not Device.objects.exists()


def test_it_gives_an_ssh_credential_only_where_one_belongs(admin: APIClient) -> None:
    community = make_credential(Credential.Kind.SNMP_V2C)
    row = {"name": "core1", "primary_address": "10.0.0.1", "ssh_credential": community.pk}
    refused = admin.post(f"{API}/devices", row).json()
    assert refused["ssh_credential"] == [f"There is no credential with the id {community.pk}."]


def test_it_leaves_a_tombstone_where_a_device_was(admin: APIClient) -> None:
    device = make_device("core1", serial="FDO1")
    assert admin.delete(f"{API}/devices/{device.pk}").status_code == 204
    assert not Device.objects.exists()
    assert Tombstone.objects.get().serial == "FDO1"


def test_it_approves_a_device_with_the_permission_for_it() -> None:
    device = make_device(status=Device.Status.QUARANTINE)
    url = f"{API}/devices/{device.pk}/approve"
    assert signed_in(make_viewer()).post(url).status_code == 403
    assert signed_in(make_operator()).post(url).json()["status"] == "active"


def test_it_lets_nobody_out_of_quarantine_by_an_edit() -> None:
    device = make_device(status=Device.Status.QUARANTINE)
    editor = signed_in(make_user("inventory.view_device", "inventory.change_device"))
    refused = editor.patch(f"{API}/devices/{device.pk}", {"status": "active"})
    assert refused.status_code == 400
    assert "inventory.approve_device" in refused.json()["status"][0]


# Many devices at once -----------------------------------------------------------------------------


def rows(number: int, **fields: Any) -> list[dict[str, Any]]:
    return [{"name": f"sw{n}", "primary_address": f"10.1.{n // 250}.{n % 250 + 1}", **fields} for n in range(number)]


def test_it_creates_many_devices_in_a_few_queries(admin: APIClient) -> None:
    site, login = make_site(), make_credential()
    wanted = rows(100, site=site.pk, ssh_credential=login.pk, platform="arista_eos")
    assert queries(lambda: admin.post(f"{API}/devices", wanted)) <= 12
    assert Device.objects.filter(site=site, ssh_credential=login, platform="arista_eos").count() == 100


def test_it_creates_none_when_one_row_is_wrong(admin: APIClient) -> None:
    wanted = rows(4)
    wanted[1]["ssh_port"] = 0
    wanted[3]["site"] = 987654321
    response = admin.post(f"{API}/devices", wanted)
    assert response.status_code == 400
    assert response.json() == {
        "1": {"ssh_port": ["0 is not a whole number from 1 to 65535."]},
        "3": {"site": ["There is no site with the id 987654321."]},
    }
    assert not Device.objects.exists()


def test_it_names_addresses_that_are_taken_or_twice_in_the_list(admin: APIClient) -> None:
    make_device(primary_address="10.1.0.1")
    wanted = rows(3)
    wanted[2]["primary_address"] = wanted[1]["primary_address"]
    assert admin.post(f"{API}/devices", wanted).json() == {
        "0": {"primary_address": ["Another device has 10.1.0.1 already."]},
        "1": {"primary_address": ["10.1.0.2 is in this list 2 times."]},
        "2": {"primary_address": ["10.1.0.2 is in this list 2 times."]},
    }


@pytest.mark.parametrize("depth", [2_000, 100_000])
def test_it_refuses_a_body_nested_without_end(admin: APIClient, depth: int) -> None:
    answer = admin.post("/api/v1/sites", "[" * depth + "]" * depth, content_type="application/json")
    assert answer.status_code == 400
    assert "JSON" in answer.content.decode() or "list" in answer.content.decode()


@pytest.mark.parametrize("rubbish", [[], [1, None, "x"], [[{}]], [{"primary_address": {}}], [{"site": [1]}]])
def test_it_refuses_a_list_of_rubbish(admin: APIClient, rubbish: list[Any]) -> None:
    assert admin.post(f"{API}/devices", rubbish).status_code == 400
    assert not Device.objects.exists()


def test_it_takes_at_most_1000_devices_at_once(admin: APIClient) -> None:
    response = admin.post(f"{API}/devices", rows(1001))
    assert response.status_code == 400
    assert "1000" in str(response.json())


# Secrets ------------------------------------------------------------------------------------------


def test_it_stores_a_secret_and_never_gives_it_out(admin: APIClient) -> None:
    row = {"name": "lab", "kind": "ssh", "username": "netops", "password": SECRET}
    made = admin.post(f"{API}/credentials", row)
    assert made.status_code == 201
    assert Credential.objects.get().password.reveal() == SECRET
    assert made.json()["secrets_set"] == ["password"]
    url = f"{API}/credentials/{made.json()['id']}"
    answers = [
        made,
        admin.get(url),
        admin.get(f"{API}/credentials"),
        admin.options(url),
        admin.get(url, HTTP_ACCEPT="text/html"),
        admin.patch(url, {"description": "lab only"}),
        admin.get(f"{API}/credentials?search={SECRET[:8]}"),
    ]
    assert all(SECRET not in answer.content.decode() for answer in answers)
    assert Credential.objects.get().password.reveal() == SECRET


@pytest.mark.parametrize("accept", ["application/json", "text/html"])
def test_it_does_not_repeat_a_secret_it_refuses(admin: APIClient, accept: str) -> None:
    row = {"name": "", "kind": "nonsense", "username": "netops", "password": SECRET, "snmp_community": SECRET}
    for form in ("json", "multipart"):
        refused = admin.post(f"{API}/credentials", row, format=form, HTTP_ACCEPT=accept)
        assert refused.status_code == 400
        assert SECRET not in refused.content.decode()


def test_it_says_which_secret_a_kind_needs(admin: APIClient) -> None:
    refused = admin.post(f"{API}/credentials", {"name": "v2", "kind": "snmp_v2c"})
    assert refused.json() == {"snmp_community": ["An SNMP v2c credential needs a community."]}
    login = make_credential()
    refused = admin.patch(f"{API}/credentials/{login.pk}", {"password": ""})
    assert refused.json() == {"password": ["An SSH credential needs a password or a private key."]}


# The rest -----------------------------------------------------------------------------------------


def test_it_lists_the_platforms_it_knows() -> None:
    client = signed_in(make_viewer())
    slugs = [platform["slug"] for platform in client.get(f"{API}/platforms").json()]
    assert {"cisco_ios", "generic"} <= set(slugs)
    assert client.get(f"{API}/platforms/cisco_ios").json()["vendor"] == "Cisco"
    assert "known are" in client.get(f"{API}/platforms/nothing").json()["detail"]


def test_it_does_not_let_requests_change_what_devices_told(admin: APIClient) -> None:
    interface = make_interface(make_device())
    assert admin.patch(f"{API}/interfaces/{interface.pk}", {"name": "x"}).status_code == 405
    assert admin.post(f"{API}/vlans", {}).status_code == 405


def test_it_marks_a_posted_link_as_entered_by_hand(admin: APIClient) -> None:
    a, b = make_device("a"), make_device("b")
    ends = {"a_device": a.pk, "a_interface": "Eth1", "b_device": b.pk, "b_interface": "Eth2"}
    assert admin.post(f"{API}/links", ends).status_code == 201
    assert Link.objects.get().manual
    assert [row["b_device_name"] for row in admin.get(f"{API}/links?device={b.pk}").json()["results"]] == ["b"]
    to_itself = {**ends, "b_device": a.pk, "b_interface": "Eth1"}
    assert "b_interface" in admin.post(f"{API}/links", to_itself).json()


def test_it_refuses_a_prefix_with_host_bits(admin: APIClient) -> None:
    refused = admin.post(f"{API}/prefixes", {"prefix": "10.0.0.1/24"})
    assert "10.0.0.1/24 is not a network such as 10.0.0.0/16" in refused.json()["prefix"][0]


def test_it_shows_the_redacted_configuration_only(admin: APIClient) -> None:
    backup = make_config_backup(make_device(), "enable secret ********\nend\n", f"enable secret {SECRET}\nend\n")
    shown = admin.get(f"{API}/config-backups/{backup.pk}")
    assert shown.json()["text"] == "enable secret ********\nend\n"
    assert "text" not in admin.get(f"{API}/config-backups").json()["results"][0]
    assert SECRET not in shown.content.decode()


def test_it_compares_a_backup_with_the_one_before(admin: APIClient) -> None:
    device = make_device("core1")
    older = make_config_backup(device, "hostname old\nntp server 10.0.0.1\nend\n")
    newer = make_config_backup(
        device, "hostname new\nntp server 10.0.0.1\nend\n", captured_at=older.captured_at.replace(month=6)
    )
    diff = admin.get(f"{API}/config-backups/{newer.pk}/diff?context=0").json()
    assert (diff["backup"], diff["against"], diff["equal"]) == (newer.pk, older.pk, False)
    assert "-hostname old\n+hostname new" in diff["unified"]
    assert [(row["kind"], row["left"], row["right"]) for row in diff["rows"]] == [
        ("changed", "hostname old", "hostname new")
    ]
    assert (diff["added"], diff["removed"], diff["approximate"]) == (1, 1, False)
    assert diff["sections"] == [{"name": "hostname", "added": 1, "removed": 1}]
    backwards = admin.get(f"{API}/config-backups/{older.pk}/diff?against={newer.pk}").json()
    assert "-hostname new\n+hostname old" in backwards["unified"]


def test_it_tells_lines_of_evidence_with_those_around(admin: APIClient) -> None:
    backup = make_config_backup(make_device(), "".join(f"line {number}\n" for number in range(1, 31)))
    url = f"{API}/config-backups/{backup.pk}/lines"
    found = admin.get(f"{url}?lines=2,29-99&context=1").json()
    assert (found["backup"], found["total"]) == (backup.pk, 30)
    assert [(line["number"], line["wanted"]) for line in found["lines"]] == [
        (1, False), (2, True), (3, False), (28, False), (29, True), (30, True)
    ]  # fmt: skip
    assert found["lines"][1]["text"] == "line 2"
    assert admin.get(url).json()["lines"] == ["This field is required."]
    for rubbish in ("x", "0", "5-1", "1,,2", "%00", "1" * 6000):
        answer = admin.get(f"{url}?lines={rubbish}")
        assert answer.status_code == 400
        assert "accepted are" in str(answer.json()["lines"]) or rubbish == "%00"


def test_it_says_why_it_cannot_compare(admin: APIClient) -> None:
    only = make_config_backup(make_device())
    url = f"{API}/config-backups/{only.pk}/diff"
    assert "first backup" in admin.get(url).json()["against"][0]
    refused = admin.get(f"{url}?against=987654321").json()
    assert refused["against"] == ["There is no configuration backup with the id 987654321."]
    assert admin.get(f"{url}?against=0&context=x").status_code == 400


def test_it_searches_current_configurations_with_line_numbers(admin: APIClient) -> None:
    device = make_device("core1")
    old = make_config_backup(device, "hostname core1\nntp server 10.0.0.1\nend\n")
    make_config_backup(
        device, "hostname core1\n!\nNTP server 10.0.0.2\nend\n", captured_at=old.captured_at.replace(month=6)
    )
    make_config_backup(make_device("core2"), "hostname core2\nend\n")
    found = admin.get(f"{API}/config-backups/search?q=ntp+server").json()["results"]
    assert [(hit["device_name"], hit["lines"]) for hit in found] == [
        ("core1", [{"number": 3, "text": "NTP server 10.0.0.2"}])
    ]
    assert admin.get(f"{API}/config-backups/search?q=ntp+server&history=true").json()["count"] == 2
    assert admin.get(f"{API}/config-backups/search?q=n").status_code == 400


def test_it_searches_no_secret(admin: APIClient) -> None:
    make_config_backup(make_device(), "enable secret ********\nend\n", f"enable secret {SECRET}\nend\n")
    assert admin.get(f"{API}/config-backups/search?q={SECRET}&history=true").json()["count"] == 0


def test_it_gives_a_token_for_a_password() -> None:
    user = make_viewer()
    client = APIClient()
    token = client.post(f"{API}/auth/token", {"username": user.username, "password": PASSWORD}).json()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token['access']}")
    assert client.get(f"{API}/devices").status_code == 200
    fresh = client.post(f"{API}/auth/token/refresh", {"refresh": token["refresh"]})
    assert "access" in fresh.json()


def test_it_reads_only_with_the_permission_to_view() -> None:
    client = signed_in(make_user("inventory.view_site"))
    assert client.get(f"{API}/sites").status_code == 200
    assert client.get(f"{API}/devices").status_code == 403
    assert client.options(f"{API}/devices").status_code == 403
