"""Messages, counts and receivers over REST."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from syslogd import search
from tests import factories as make

pytestmark = pytest.mark.django_db
BASE = "/api/v1/syslog"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
AROUND = {"since": "2026-03-01T11:30:00Z", "until": "2026-03-01T12:30:00Z"}


def client_of(user: Any) -> APIClient:
    client = APIClient()
    client.force_login(user)
    return client


@pytest.fixture
def client() -> APIClient:
    return client_of(make.make_viewer())


def told(client: APIClient, path: str, **query: Any) -> Any:
    answer = client.get(f"{BASE}/{path}", query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def texts(client: APIClient, **query: Any) -> list[str]:
    return [row["message"] for row in told(client, "messages", **query)["results"]]


def test_it_tells_everything_of_a_message(client: APIClient) -> None:
    edge = make.make_device("edge1")
    data = {"origin": {"ip": "192.0.2.1"}}
    row = make.make_syslog(
        edge, NOON, message="down", source="2001:db8::1", facility=23, severity=3, clock=5, sent_at=NOON,
        mnemonic="LINK-3-UPDOWN", hostname="edge1", structured_data=data,
    )  # fmt: skip
    (listed,) = told(client, "messages", **AROUND)["results"]
    assert listed == told(client, f"messages/{row.pk}")
    expected = {
        "id": str(row.pk), "clock": ["year_guessed", "not_synchronised"], "source": "2001:db8::1", "device": edge.pk,
        "device_name": "edge1", "facility": 23, "facility_name": "local7", "severity": 3, "severity_name": "error",
        "mnemonic": "LINK-3-UPDOWN", "structured_data": data, "message": "down", "raw": "",
    }  # fmt: skip
    assert {name: listed[name] for name in expected} == expected
    assert datetime.fromisoformat(listed["received_at"]) == datetime.fromisoformat(listed["sent_at"]) == NOON


def test_a_message_of_no_device_and_no_header_tells_so(client: APIClient) -> None:
    row = make.make_syslog(facility=None, severity=None, clock=8, raw="rubbish", message="rubbish")
    found = told(client, f"messages/{row.pk}")
    assert [found[name] for name in ("device", "device_name", "facility", "facility_name", "severity")] == [None] * 5
    assert (found["severity_name"], found["sent_at"], found["clock"]) == (None, None, ["none"])


def test_it_tells_the_last_hour_unless_asked_otherwise(client: APIClient) -> None:
    now = timezone.now()
    make.make_syslog(message="old", received_at=now - timedelta(minutes=90))
    make.make_syslog(message="new", received_at=now - timedelta(minutes=30))
    assert texts(client) == ["new"]
    assert texts(client, since=(now - timedelta(hours=2)).isoformat()) == ["new", "old"]
    assert texts(client, until=(now - timedelta(minutes=60)).isoformat()) == ["old"]


def test_its_window_begins_with_since_and_ends_before_until(client: APIClient) -> None:
    for minutes in (-30, 0, 30):
        make.make_syslog(message=f"{minutes}", received_at=NOON + timedelta(minutes=minutes))
    assert texts(client, **AROUND) == ["0", "-30"]
    assert texts(client, since="2026-03-01T20:30:00+09:00", until="2026-03-01T21:00:00.000001+09:00") == ["0", "-30"]


@pytest.mark.parametrize(
    "query",
    [
        {"severity": "2"}, {"severity": "critical"}, {"severity": "ERR"}, {"facility": "23"}, {"facility": "local7"},
        {"mnemonic": "LINK-3-UPDOWN"}, {"mnemonic": "LINK-*"}, {"app_name": "snmpd"}, {"hostname": "edge1"},
        {"source": "192.0.2.7"}, {"source": "192.0.2.0/24"}, {"unparsed": "true"}, {"text": "DOWN 50%_of"},
        {"text": '"state to down"'},
    ],
)  # fmt: skip
def test_each_filter_finds_what_it_names(client: APIClient, query: dict[str, str]) -> None:
    text = "Gi0/1 changed state to down, 50%_of all"
    make.make_syslog(
        received_at=NOON, message=text, severity=2, facility=23, mnemonic="LINK-3-UPDOWN", app_name="snmpd",
        hostname="edge1", source="192.0.2.7", raw="x",
    )  # fmt: skip
    make.make_syslog(
        received_at=NOON, message="to state down, 50 of all", severity=6, facility=16, mnemonic="SYS-5-CONFIG_I",
        app_name="sshd", hostname="edge2", source="198.51.100.1",
    )  # fmt: skip
    assert texts(client, **AROUND, **query) == [text]


def test_it_finds_devices_and_sites(client: APIClient) -> None:
    one, two = make.make_device(site=make.make_site()), make.make_device()
    for device in (one, two, None):
        make.make_syslog(device, NOON, message=device.name if device else "nobody")
    assert texts(client, **AROUND, device=one.pk) == [one.name]
    assert sorted(texts(client, **AROUND, device=f"{one.pk},{two.pk}")) == sorted([one.name, two.name])
    assert texts(client, **AROUND, site=one.site_id) == [one.name]


def test_its_addresses_lead_through_all_pages_and_back(client: APIClient) -> None:
    for number in range(25):
        make.make_syslog(message=f"{number}", received_at=NOON + timedelta(seconds=number * number))
    page = told(client, "messages", **AROUND, limit=10)
    seen, steps = [row["message"] for row in page["results"]], [page]
    assert page["newer"] is None
    while page["older"]:
        page = client.get(page["older"]).json()
        seen += [row["message"] for row in page["results"]]
        steps.append(page)
    assert seen == [str(number) for number in reversed(range(25))]
    assert client.get(page["newer"]).json()["results"] == steps[-2]["results"]


def test_the_address_beside_the_very_first_page_can_be_asked(client: APIClient) -> None:
    make.make_syslog(message="here", received_at=NOON)
    page = told(client, "messages", **AROUND, before=0)
    assert (page["results"], page["older"]) == ([], None)
    assert [row["message"] for row in client.get(page["newer"]).json()["results"]] == ["here"]


def test_it_follows_what_comes_in_without_missing_any(client: APIClient) -> None:
    first = make.make_syslog(message="first", received_at=NOON)
    for number in range(3):
        make.make_syslog(message=f"{number}", received_at=NOON)  # in the same microsecond
    page = told(client, "messages", **AROUND, after=first.pk, limit=2)
    assert [row["message"] for row in page["results"]] == ["1", "0"]
    rest = client.get(page["newer"]).json()
    assert ([row["message"] for row in rest["results"]], rest["newer"]) == (["2"], None)


@pytest.mark.parametrize(
    ("field", "query", "sentence"),
    [
        ("since", {"since": "yesterday"}, "'yesterday' is not a time from 2020 to 2199 such as"),
        ("since", {"since": "0001-01-01T00:00:00+14:00"}, "is not a time from 2020 to 2199"),
        ("until", {"until": "9999-12-31T23:59:59-12:00"}, "is not a time from 2020 to 2199"),
        ("until", {"until": "2026-03-01T00:00:00Z", "since": "2026-03-02T00:00:00Z"}, "is not after since"),
        ("since", {"until": "2026-03-01T00:00:00Z", "since": "2026-01-01T00:00:00Z"}, "at most 31 days"),
        ("severity", {"severity": "8"}, "'8' is not a number from 0 to 7 or one of: emergency, alert,"),
        ("facility", {"facility": "local8"}, "'local8' is not a number from 0 to 23 or one of: kern,"),
        ("device", {"device": "1,x"}, "'1,x' is not an id, or up to 1000 ids separated by commas"),
        ("site", {"site": "-1"}, "'-1' is not an id"),
        ("source", {"source": "10.0.0.0/33"}, "'10.0.0.0/33' is not an IP address or a prefix"),
        ("unparsed", {"unparsed": "perhaps"}, "'perhaps' is not true or false"),
        ("text", {"text": "a\0b"}, "Null characters are not allowed"),
        ("mnemonic", {"mnemonic": "x" * 201}, "accepted are at most 200"),
        ("limit", {"limit": "1001"}, "'1001' is not a whole number from 1 to 1000"),
        ("before", {"before": str(2**63)}, "is not the id of a message, a whole number from 0 to"),
        ("after", {"after": "٣"}, "is not the id of a message"),
        ("after", {"after": "1", "before": "2"}, "before or after, not both"),
        ("word", {"word": "x"}, "This is not a field here; accepted are since, until"),
    ],
)
def test_it_says_what_is_wrong_with_a_question(
    client: APIClient, field: str, query: dict[str, str], sentence: str
) -> None:
    answer = client.get(f"{BASE}/messages", query)
    assert answer.status_code == 400
    assert list(answer.json()) == [field]
    assert sentence in answer.json()[field][0]


@pytest.mark.parametrize("path", ["messages", "stats"])
def test_it_says_when_a_question_takes_too_long(client: APIClient, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    def refuse(*_args: Any, **_more: Any) -> None:
        raise search.TooMuch("Too long.")

    monkeypatch.setattr(search, "page", refuse)
    monkeypatch.setattr(search, "histogram", refuse)
    answer = client.get(f"{BASE}/{path}")
    assert (answer.status_code, answer.json()) == (400, {"since": ["Too long."]})


def test_it_counts_over_time_by_sender_and_by_mnemonic(client: APIClient) -> None:
    edge = make.make_device("edge1")
    for _number in range(3):
        make.make_syslog(edge, NOON, source="192.0.2.7", mnemonic="LINK-3-UPDOWN", severity=3)
    make.make_syslog(None, NOON + timedelta(minutes=5), source="192.0.2.9", severity=None)
    found = told(client, "stats", **AROUND)
    assert found["total"] == 4
    assert [(b["count"], b["severities"]) for b in found["histogram"] if b["count"]] == [
        (3, {"error": 3}), (1, {"unknown": 1}),
    ]  # fmt: skip
    assert found["sources"] == [
        {"source": "192.0.2.7", "device": edge.pk, "device_name": "edge1", "count": 3},
        {"source": "192.0.2.9", "device": None, "device_name": None, "count": 1},
    ]
    assert found["mnemonics"] == [{"mnemonic": "LINK-3-UPDOWN", "count": 3}]
    assert len(told(client, "stats", **AROUND, count=1)["sources"]) == 1


def test_a_scope_shows_messages_and_counts_of_own_devices_only() -> None:
    site = make.make_site()
    own, foreign = make.make_device(site=site), make.make_device(site=make.make_site())
    make.make_syslog(own, NOON, message="own")
    hidden = [make.make_syslog(foreign, NOON, message="foreign"), make.make_syslog(None, NOON)]
    user = make.make_viewer()
    make.make_scope(user, sites=[site])
    client = client_of(user)
    assert texts(client, **AROUND) == ["own"]
    assert texts(client, **AROUND, device=foreign.pk) == texts(client, **AROUND, site=foreign.site_id) == []
    stats = told(client, "stats", **AROUND)
    assert (stats["total"], len(stats["sources"])) == (1, 1)
    for row in hidden:
        assert client.get(f"{BASE}/messages/{row.pk}").status_code == 404
    assert told(client, "receivers")["results"] == []


@pytest.mark.parametrize("pk", ["0", "1", str(2**63 - 1), str(2**64), "9" * 40])
def test_a_message_that_is_not_there_is_not_found(client: APIClient, pk: str) -> None:
    assert client.get(f"{BASE}/messages/{pk}").status_code == 404


@pytest.mark.parametrize("path", ["messages", "messages/1", "stats", "receivers"])
def test_it_needs_the_permission(path: str) -> None:
    assert client_of(make.make_user("inventory.view_device")).get(f"{BASE}/{path}").status_code == 403


def test_receivers_tell_where_every_message_is(client: APIClient) -> None:
    make.make_receiver(received=10, handed=7, stored=5, kernel=1, spooled=2, host="b")
    make.make_receiver(closed_at=timezone.now(), host="a")
    (found,) = told(client, "receivers", closed="false")["results"]
    assert (found["received"], found["stored"], found["dropped"]["kernel"]) == (10, 5, 1)
    assert found["in_flight"] == {"queue": 0, "spool": 2, "broker": 2, "aside": 0}
    assert [row["host"] for row in told(client, "receivers", ordering="host")["results"]] == ["a", "b"]
