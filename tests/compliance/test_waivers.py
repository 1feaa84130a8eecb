"""Results follow the waivers without another scan: waived while one is in force, failing again when it has ended."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from compliance.models import Result, Rule, Standard, Waiver
from compliance.tasks import follow_waivers
from compliance.waivers import Applied, apply_waivers
from inventory.models import Device, Site
from tests import factories as make

pytestmark = pytest.mark.django_db
State, DAY = Result.State, timedelta(days=1)


@pytest.fixture
def failing(db: None) -> Result:
    """A router at a site that fails its only rule."""
    Standard.objects.all().delete()
    site = Site.objects.create(name="here", slug="here")
    device = make.make_device(site=site, role="access", compliance_score=0)
    return make.make_result(device, make.make_rule(), State.FAIL)


def waive(result: Result, **where: Any) -> Waiver:
    now = timezone.now()
    times = {"starts_at": now - DAY, "ends_at": now + DAY}
    return make.make_waiver(make.make_user(), result.rule, **{**times, **where})


def said(result: Result) -> tuple[str, int | None]:
    """State and waiver of a result, as stored."""
    result.refresh_from_db()
    return result.state, result.waiver_id


@pytest.mark.parametrize("where", ["device", "site", "role", "everywhere"])
def test_a_failure_is_waived_where_the_waiver_holds(failing: Result, where: str) -> None:
    device = failing.device
    places = {"device": {"device": device}, "site": {"site": device.site}, "role": {"role": "access"}, "everywhere": {}}
    waiver = waive(failing, **places[where])
    assert apply_waivers() == Applied(waived=1, failing=0)
    assert said(failing) == ("waived", waiver.pk)
    device.refresh_from_db()
    assert device.compliance_score is None  # nothing that counts is left
    assert apply_waivers() == Applied(0, 0)


def test_another_device_site_role_rule_or_time_waives_nothing(failing: Result) -> None:
    now = timezone.now()
    waive(failing, device=make.make_device())
    waive(failing, site=Site.objects.create(name="there", slug="there"))
    waive(failing, role="core")
    waive(failing, starts_at=now + DAY, ends_at=now + 2 * DAY)
    make.make_waiver(make.make_user(), make.make_rule())
    assert apply_waivers() == Applied(0, 0)
    assert said(failing) == ("fail", None)


def test_a_device_without_a_role_or_site_is_covered_by_no_waiver_for_one(failing: Result) -> None:
    Device.objects.update(site=None, role="")
    waive(failing, role="access")
    waive(failing, site=Site.objects.get())
    assert apply_waivers() == Applied(0, 0)


def test_what_a_waiver_excused_fails_again_when_it_has_ended(failing: Result, caplog: pytest.LogCaptureFixture) -> None:
    waiver = waive(failing, role="access")
    apply_waivers()
    later = waiver.ends_at + timedelta(minutes=1)
    assert apply_waivers(later) == Applied(waived=0, failing=1)
    assert said(failing) == ("fail", None)
    assert failing.changed_at == later
    failing.device.refresh_from_db()
    assert failing.device.compliance_score == 0
    assert "1 results fail again: their waivers have ended." in caplog.text


def test_a_waiver_that_is_deleted_excuses_nothing_and_one_that_lasts_longer_takes_its_place(failing: Result) -> None:
    first, longer = waive(failing, device=failing.device), waive(failing, ends_at=timezone.now() + 9 * DAY)
    apply_waivers()
    assert said(failing) == ("waived", longer.pk)
    longer.delete()
    assert apply_waivers() == Applied(0, 0)
    assert said(failing) == ("waived", first.pk)
    first.delete()
    assert follow_waivers() == "0 results waived, 1 fail again."
    assert said(failing) == ("fail", None)


def test_only_failures_are_waived(failing: Result) -> None:
    Result.objects.update(state=State.UNKNOWN)
    waive(failing)
    assert apply_waivers() == Applied(0, 0)


def test_it_asks_the_same_number_of_questions_for_many_devices(
    failing: Result, django_assert_max_num_queries: Any
) -> None:
    rule = Rule.objects.get()
    for _device in range(20):
        make.make_result(make.make_device(role="access"), rule, State.FAIL)
    waive(failing, role="access")
    with django_assert_max_num_queries(14):
        assert apply_waivers().waived == 21
