"""The page of settings."""

import pytest
from django.test import Client
from django.urls import reverse

from jobs.models import SystemSetting
from jobs.system_settings import REGISTRY, get
from tests import factories as make
from tests.visitors import said, signed_in

URL = "/admin/jobs/systemsetting/"
HOSTILE = "<script>alert(1)</script>"


def test_it_shows_every_setting_with_its_help_and_default(as_viewer: Client) -> None:
    page = as_viewer.get(URL).content.decode()
    for name, definition in REGISTRY.items():
        assert name in page
        assert str(definition.help) in page
    assert "<select" not in page.split('id="settings_form"')[1]


def test_it_stores_what_was_changed_and_by_whom(db: None) -> None:
    user = make.make_admin()
    SystemSetting.objects.create(name="job_lease_seconds", value="90")
    response = signed_in(user).post(
        URL, {"config_drift_enabled": "false", "job_lease_seconds": "90", "login_interval_ms": " 250 "}
    )
    assert response.headers["Location"] == URL
    assert "Settings changed: 2." in said(response)
    assert (get("config_drift_enabled"), get("login_interval_ms"), get("job_lease_seconds")) == (False, 250, 90)
    by = dict(SystemSetting.objects.values_list("name", "updated_by"))
    assert by == {"config_drift_enabled": user.pk, "login_interval_ms": user.pk, "job_lease_seconds": None}
    assert user.username in signed_in(user).get(URL).content.decode()


def test_it_returns_to_the_default_by_an_empty_field(as_admin: Client) -> None:
    SystemSetting.objects.create(name="job_retention_days", value="7")
    as_admin.post(URL, {"job_retention_days": ""})
    assert get("job_retention_days") == 90


@pytest.mark.parametrize("value", ["0", "3651", "-1", "1.5", "many", HOSTILE, "٣", "9" * 300])
def test_it_says_at_the_field_what_is_accepted(as_admin: Client, value: str) -> None:
    response = as_admin.post(URL, {"job_retention_days": value, "login_interval_ms": "5"})
    assert response.status_code == 200
    assert response.context["form"].errors.keys() == {"job_retention_days"}
    assert HOSTILE not in response.content.decode()
    assert not SystemSetting.objects.exists()


def test_it_shows_a_value_that_is_not_accepted_any_more(as_admin: Client) -> None:
    SystemSetting.objects.create(name="config_drift_enabled", value=HOSTILE)
    assert HOSTILE not in as_admin.get(URL).content.decode()


def test_it_is_changed_only_by_those_who_may(as_viewer: Client) -> None:
    assert as_viewer.post(URL, {"job_retention_days": "7"}).status_code == 403
    assert signed_in(make.make_user()).get(URL).status_code == 403
    assert not SystemSetting.objects.exists()


def test_it_stands_in_the_sidebar_of_those_who_may_see_it(as_viewer: Client) -> None:
    assert f'href="{URL}"' in as_viewer.get(reverse("admin:index")).content.decode()
    assert f'href="{URL}"' not in signed_in(make.make_user()).get(reverse("admin:index")).content.decode()
