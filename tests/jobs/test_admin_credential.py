"""A credential that the guard has locked, in the admin."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from inventory.models import Credential
from jobs.models import LoginFailure
from tests import factories as make
from tests.visitors import said, signed_in

HOSTILE = "<script>alert(1)</script>"
LIST = "/admin/inventory/credential/"


@pytest.fixture
def locked(db: None) -> Credential:
    reason = f"10 logins refused within an hour, devices: {HOSTILE}."
    credential = make.make_credential("ssh", name="campus", locked_at=timezone.now(), locked_reason=reason)
    LoginFailure.objects.create(credential=credential, device=make.make_device("core1"))
    return credential


def page_of(credential: Credential) -> str:
    return reverse("admin:inventory_credential_change", args=[credential.pk])


def release(credential: Credential) -> str:
    return reverse("admin:inventory_credential_release", args=[credential.pk])


def test_it_says_since_when_and_why_a_credential_is_locked(as_viewer: Client, locked: Credential) -> None:
    for url in (LIST, page_of(locked)):
        page = as_viewer.get(url).content.decode()
        assert f"{timezone.localtime(locked.locked_at):%Y-%m-%d %H:%M}" in page
        assert "10 logins refused" in page
        assert HOSTILE not in page
    assert release(locked) not in as_viewer.get(page_of(locked)).content.decode()


def test_it_names_the_devices_that_refused_to_who_may_see_them(as_viewer: Client, locked: Credential) -> None:
    assert "Refused by core1." in as_viewer.get(page_of(locked)).content.decode()
    somebody = make.make_viewer()
    make.make_scope(somebody, sites=[make.make_site()])
    elsewhere = signed_in(somebody).get(page_of(locked)).content.decode()
    assert "10 logins refused" in elsewhere
    assert "core1" not in elsewhere


def test_it_releases_a_credential(as_admin: Client, locked: Credential) -> None:
    assert release(locked) in as_admin.get(page_of(locked)).content.decode()
    response = as_admin.post(release(locked))
    assert response.headers["Location"] == page_of(locked)
    assert "campus is released" in said(response)
    locked.refresh_from_db()
    assert (locked.locked_at, locked.locked_reason) == (None, "")
    assert not LoginFailure.objects.exists()
    assert "Locked since" not in as_admin.get(page_of(locked)).content.decode()


def test_it_is_released_only_by_those_who_may_change_it(as_viewer: Client, locked: Credential) -> None:
    assert as_viewer.post(release(locked)).status_code == 403
    assert as_viewer.get(release(locked)).status_code == 405
    locked.refresh_from_db()
    assert locked.locked_at


def test_it_releases_nothing_that_is_not_there(as_admin: Client) -> None:
    assert as_admin.post(f"{LIST}987654321/release/").status_code == 404


def test_it_finds_the_locked_ones(as_viewer: Client, locked: Credential) -> None:
    make.make_credential("ssh")
    assert list(as_viewer.get(f"{LIST}?locked=yes").context["cl"].result_list) == [locked]
