"""Every address as nobody and in each role; and what every page must carry."""

import re
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client

from tests.every_address import Address, every_address, one_of_each
from tests.factories import make_admin, make_administrator, make_operator, make_viewer

pytestmark = pytest.mark.django_db
OPEN = {"/admin/login/", "/api/v1/auth/login/", "/api/v1/schema", "/docs", "/healthz", "/readyz", "/metrics"}
POSTED = (  # the admin's buttons
    "/cancel/", "/retry/", "/approve/", "/reject/", "/release/", "/protect/", "/golden/", "/full/", "/status/",
    "/accept/", "/again/", "/start/%(kind)s/", "/try/",
)  # fmt: skip
NOT_THERE = ("/admin/%(url)s", "/admin/r/", "/diff/")  # a wrong address, no site to view on, nothing to compare with
# Pages that change something, and who besides the administrators opens them.
CHANGES = ("/delete/", "/add/", "/discover/", "/deploy/", "/autocomplete/", "/password/", "/import/")
OPENED_BY = {
    "operator": {f"/admin/inventory/{noun}/add/" for noun in ("device", "site", "prefix")}
    | {"/admin/inventory/device/discover/", "/admin/inventory/device/deploy/"},
}
PEOPLE = (
    "/admin/auditlog/", "/admin/auth/", "/admin/axes/", "/admin/django_celery_beat/", "/admin/inventory/accessscope/",
)  # fmt: skip
READ_ONLY = (
    "/admin/auditlog/", "/admin/autocomplete/", "/admin/axes/accessattempt/add/", "/admin/compliance/drift/",
    "/admin/compliance/result/", "/admin/inventory/component/", "/admin/inventory/configbackup/",
    "/admin/inventory/hostkey/", "/admin/inventory/interface/", "/admin/inventory/neighbour/", "/admin/inventory/vlan/",
    "/admin/inventory/tombstone/add/", "/admin/jobs/job/", "/admin/syslogd/syslogmessage/", "/admin/syslogd/syslogrun/",
    "/admin/syslogd/syslogpoison/add/",
)  # fmt: skip
ROLES = {
    "viewer": make_viewer,
    "operator": make_operator,
    "admin": make_administrator,
}
INLINE = re.compile(
    r"""<script(?![^>]*\bsrc=)(?! type="application/json")[^>]*>|<[^>]*\son[a-z]+\s*=|javascript:""", re.IGNORECASE
)


@pytest.fixture(autouse=True)
def rows() -> None:
    one_of_each()


def answers(user: User | None, area: str = "") -> Iterator[tuple[Address, HttpResponse]]:
    """Each address, or those of an area, as a browser asks for it; to leave is not part of the walk."""
    client = Client(raise_request_exception=False)
    if user is not None:
        client.force_login(user)
    for address in every_address():
        if not address.route.endswith("/logout/") and area in ("", address.area):
            yield address, client.get(address.path, headers={"Accept": "text/html, */*"})


def expected_of_admin(route: str, role: str) -> int:
    """What the admin site answers to a GET of someone who is logged in."""
    if route == "/admin/login/" or (re.search(r"%\(object_id\)s/$", route) and not route.startswith("/admin/r/")):
        return 302
    if route.startswith("/admin/jobs/job/report/"):
        return 302
    if route.endswith(POSTED):
        return 405
    if route.startswith(NOT_THERE) or route.endswith(("/diff/", "/download/")):  # this image has no file
        return 404
    changes = route.endswith(CHANGES)
    if changes and route.startswith(READ_ONLY):
        return 403
    if role in ("admin", "superuser") or route in OPENED_BY.get(role, ()):
        return 200
    return 403 if changes or route.startswith(PEOPLE) else 200


def check_admin(got: dict[str, int], role: str) -> None:
    """Hold what each address answered against what the role allows."""
    assert [route for route, status in got.items() if status >= 500] == []
    admin = {route: status for route, status in got.items() if route.startswith("/admin/")}
    assert {route: status for route, status in admin.items() if status != expected_of_admin(route, role)} == {}
    assert len(admin) > 100


@pytest.mark.parametrize("role", ROLES)
def test_it_answers_everybody_in_the_admin_as_their_role_allows(role: str) -> None:
    got = {address.route: answer.status_code for address, answer in answers(ROLES[role](), "admin")}
    check_admin(got, role)


def test_it_shows_a_stranger_nothing_but_its_doors() -> None:
    got = {address.route: answer for address, answer in answers(None)}
    assert {route for route, answer in got.items() if answer.status_code == 200} == OPEN
    for route, answer in got.items():
        if route.startswith("/admin/") and route not in OPEN:
            assert answer.headers["Location"].startswith("/admin/login/"), route
        elif route.startswith("/api/") and route not in OPEN:
            assert answer.status_code in (401, 405), route


def test_every_page_opens_to_a_superuser_forbids_scripts_of_its_own_and_has_none() -> None:
    pages, got = 0, {}
    for address, answer in answers(make_admin()):
        got[address.route] = answer.status_code
        policy = answer.headers["Content-Security-Policy"]
        scripts = next(part for part in policy.split(";") if part.strip().startswith("script-src"))
        assert scripts.split() == ["script-src", "'self'", "'unsafe-eval'"], address.path
        assert (answer.headers["X-Frame-Options"], answer.headers["X-Content-Type-Options"]) == ("DENY", "nosniff")
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            assert INLINE.findall(answer.content.decode()) == [], address.path
            pages += 1
    assert pages > 150
    check_admin(got, "superuser")


def test_nothing_is_changed_by_a_browser_that_another_site_leads() -> None:
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(make_admin())
    for address in every_address():
        if not address.route.startswith("/api/v1/auth/token"):  # these take a password, not a session
            for method in ("post", "put", "patch", "delete"):
                status = getattr(client, method)(address.path).status_code
                assert status in (403, 405), (method, address.path, status)


def test_it_has_an_icon_for_browsers_that_ask_by_themselves(client: Client) -> None:
    answer = client.get("/favicon.ico", follow=True)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/svg+xml")
