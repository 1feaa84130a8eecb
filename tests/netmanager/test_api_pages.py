"""The API's own pages in a real browser, whose console must stay silent."""

from collections.abc import Callable

from django.contrib.auth.models import AbstractBaseUser

from tests.browser import Page
from tests.factories import make_admin, make_device

Login = Callable[[AbstractBaseUser], Page]


def test_it_shows_every_operation_under_docs(page: Page, live_server: object) -> None:
    page.goto(f"{live_server}/docs")
    page.wait_for_selector("#operations-devices-devices_list")
    assert page.locator(".opblock").count() > 80


def test_it_can_be_browsed(login: Login, live_server: object) -> None:
    make_device("core1<script>alert(1)</script>")
    page = login(make_admin())
    page.goto(f"{live_server}/api/v1/devices?search=core1")
    page.get_by_role("button", name="Filters").click()
    page.wait_for_selector("#filtersModal.in")
    assert "core1<script>alert(1)</script>" in page.locator(".response-info").inner_text()


def test_one_leaves_it_without_a_script_of_the_page(login: Login, live_server: object) -> None:
    page = login(make_admin())
    page.goto(f"{live_server}/api/v1/sites")
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/admin/login/")
    assert [cookie["name"] for cookie in page.context.cookies() if cookie["name"] == "sessionid"] == []
