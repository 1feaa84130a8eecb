"""What became of drift: each step is a row, counted over days, paged over REST, deleted after a year."""

from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from importlib import import_module
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.utils import timezone
from rest_framework.test import APIClient

from compliance.check_drift import check_drift
from compliance.drift_history import LONGEST, drift_trend
from compliance.models import Drift, DriftEvent
from inventory.backup import store
from inventory.golden import make_golden
from inventory.models import Device
from jobs.launch import launch
from jobs.run import run_target
from tests.factories import make_device, make_drift, make_scope, make_site, make_user

pytestmark = pytest.mark.django_db
API = "/api/v1"
DAY = timedelta(days=1)
TEXT = "hostname r1\ninterface Vlan10\n description users\n shutdown\nend\n"


@pytest.fixture
def admin() -> APIClient:
    client = APIClient()
    client.force_authenticate(make_user(is_superuser=True))
    return client


@pytest.fixture
def device() -> Device:
    return make_device("r1", platform="cisco_ios")


def steps() -> list[tuple[str, str, str]]:
    return [(event.was, event.state, event.message) for event in DriftEvent.objects.order_by("pk")]


def event(device: Device, days_ago: int, was: str, state: str) -> DriftEvent:
    at = timezone.now() - timedelta(days=days_ago)
    return DriftEvent.objects.create(device=device, was=was, state=state, at=at)


def test_each_other_state_and_each_other_difference_is_a_step(device: Device) -> None:
    make_golden(store(device, TEXT).backup)
    check_drift(device)
    check_drift(device)
    store(device, TEXT.replace("users", "guests"))
    check_drift(device)
    check_drift(device)
    store(device, TEXT.replace("users", "nobody"))
    check_drift(device)
    store(device, TEXT)
    check_drift(device)
    assert steps() == [
        ("", "in_sync", "As golden."),
        ("in_sync", "drifted", "lines changed: 1."),
        ("drifted", "drifted", "lines changed: 1."),
        ("drifted", "in_sync", "As golden."),
    ]
    assert list(DriftEvent.objects.values_list("changed", "missing").order_by("pk")) == [(0, 0), (1, 0), (1, 0), (0, 0)]


def test_what_changed_is_stored_as_a_pair(device: Device) -> None:
    make_golden(store(device, TEXT).backup)
    store(device, TEXT.replace("users", "guests").replace(" shutdown\n", ""))
    check_drift(device)
    drift = Drift.objects.get()
    assert drift.changed == [["interface Vlan10 / description users", "interface Vlan10 / description guests"]]
    assert (drift.missing, drift.extra) == (["interface Vlan10 / shutdown"], [])
    assert drift.message == "lines missing: 1, lines changed: 1."


def test_a_difference_is_known_by_the_lines_that_are_lost_and_added_pairs_or_not(device: Device) -> None:
    make_golden(store(device, TEXT).backup)
    store(device, TEXT.replace("users", "guests"))
    check_drift(device)
    lines = (("interface Vlan10 / description users",), ("interface Vlan10 / description guests",), ())
    assert Drift.objects.get().digest == sha256(repr(lines).encode()).hexdigest()  # as before there were pairs


def test_the_trend_counts_each_day_backwards_from_now(device: Device) -> None:
    now = timezone.now()
    other = make_device("r2", primary_address="127.0.0.9")
    gone = make_device("r3", primary_address="127.0.0.8", status=Device.Status.IGNORED)
    for one in (device, other, gone):
        event(one, 9, "", "in_sync")
        make_drift(one, "drifted" if one != other else "in_sync")
    for one, ago, was, state in (
        (device, 5, "in_sync", "drifted"),
        (device, 3, "drifted", "drifted"),
        (other, 5, "in_sync", "drifted"),
        (other, 2, "drifted", "in_sync"),
        (gone, 5, "in_sync", "drifted"),
    ):
        event(one, ago, was, state)
    found = drift_trend(90, None, now)
    assert [day.drifted for day in found] == [0, 0, 0, 0, 2, 2, 2, 1, 1, 1]
    assert (found[-1].day, found[0].day) == (timezone.localtime(now).date(), timezone.localtime(now).date() - 9 * DAY)
    assert [day.drifted for day in drift_trend(4, None, now)] == [2, 1, 1, 1]


def test_there_is_no_trend_before_the_first_comparison(device: Device) -> None:
    assert drift_trend(90, None) == []
    event(device, 0, "", "drifted")
    make_drift(device)
    assert [day.drifted for day in drift_trend(90, None)] == [1]


def test_a_trend_is_of_the_own_devices(device: Device) -> None:
    site = make_site()
    own = make_device("own", primary_address="127.0.0.9", site=site)
    for one in (device, own):
        event(one, 1, "", "drifted")
        make_drift(one)
    user = make_user()
    make_scope(user, sites=[site])
    assert [day.drifted for day in drift_trend(90, user)] == [1, 1]
    assert [day.drifted for day in drift_trend(90, None)] == [2, 2]


def test_days_are_those_of_the_time_zone(device: Device) -> None:
    late = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    DriftEvent.objects.create(device=device, was="", state="drifted", at=late)
    make_drift(device)
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    with timezone.override(ZoneInfo("Asia/Seoul")):
        assert [day.day for day in drift_trend(90, None, noon)] == [date(2026, 3, 2)]
    with timezone.override(UTC):
        assert [day.day for day in drift_trend(90, None, noon)] == [date(2026, 3, 1), date(2026, 3, 2)]


def test_the_history_is_paged_newest_first(device: Device, admin: APIClient) -> None:
    drift = make_drift(device)
    for ago in (3, 2, 1):
        event(device, ago, "in_sync", "drifted")
    event(make_device("r2", primary_address="127.0.0.9"), 1, "", "in_sync")
    found = admin.get(f"{API}/drifts/{drift.pk}/history?limit=2").json()
    assert (found["count"], len(found["results"])) == (3, 2)
    assert found["results"][0]["at"] > found["results"][1]["at"]
    since = (timezone.now() - timedelta(hours=30)).isoformat()
    assert admin.get(f"{API}/drifts/{drift.pk}/history", {"since": since}).json()["count"] == 1
    assert admin.get(f"{API}/drifts/987654321/history").status_code == 404


def test_the_trend_is_asked_over_rest(device: Device, admin: APIClient) -> None:
    event(device, 1, "", "drifted")
    make_drift(device)
    assert [day["drifted"] for day in admin.get(f"{API}/drifts/trend?days=2").json()] == [1, 1]
    assert admin.get(f"{API}/drifts/trend?days=0").status_code == 400


def test_a_year_of_history_is_kept(device: Device) -> None:
    event(device, LONGEST + 1, "", "drifted")
    kept = event(device, LONGEST - 1, "drifted", "in_sync")
    job = launch("retention")
    run_target(job.targets.get().pk)
    assert [row.pk for row in DriftEvent.objects.all()] == [kept.pk]


def test_the_history_begins_with_what_was_known(device: Device) -> None:
    drift = make_drift(device, changed_at=timezone.now() - timedelta(days=3))
    migration = import_module("compliance.migrations.0007_drift_events")
    migration.begin(apps, None)
    row = DriftEvent.objects.get()
    assert (row.was, row.state, row.missing, row.at) == ("", "drifted", 1, drift.changed_at)
    assert [day.drifted for day in drift_trend(90, None)] == [1, 1, 1, 1]
