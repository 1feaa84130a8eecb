"""The explorer in a real browser: what it fetches by itself, what a click does, on a desk and on a phone."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import expect

from tests import factories as make
from tests.browser import Page
from tests.hostile import MARKUP

LIST = "/admin/syslogd/syslogmessage/"
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def explorer(login: Callable[[User], Page]) -> Page:
    """The browser of a viewer, and some messages."""
    edge = make.make_device("edge1")
    for number, severity in enumerate((2, 4, 6, 6)):
        make.make_syslog(
            device=edge, severity=severity, mnemonic=f"LINK-{severity}-UPDOWN", message=f"Interface Gi0/{number} moved",
            received_at=timezone.now() - timedelta(minutes=10 * number + 1), source="192.0.2.1",
        )  # fmt: skip
    earlier = timezone.now() - timedelta(seconds=90)
    make.make_syslog(message=" ".join(MARKUP), source="192.0.2.2", app_name=MARKUP[0], received_at=earlier)
    return login(make.make_viewer())


def test_it_counts_by_itself_and_narrows_by_clicks(explorer: Page) -> None:
    explorer.goto(LIST)
    expect(explorer.locator(".nm-bars a").last).to_be_visible()
    expect(explorer.locator(".nm-legend")).to_contain_text("error and worse 1")
    expect(explorer.locator(".nm-tops")).to_contain_text("edge1")
    rows = explorer.locator(".nm-messages tbody tr")
    expect(rows).to_have_count(5)
    explorer.locator(".nm-bars a").first.click()
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("Gi0/3")
    explorer.go_back()
    explorer.get_by_role("link", name="Gi0/2", exact=True).click()
    expect(rows).to_have_count(1)
    expect(explorer.locator("#id_text")).to_have_value("Gi0/2")
    explorer.get_by_role("link", name="edge1").first.click()
    expect(explorer.locator("h1").first).to_contain_text("edge1")


def test_it_asks_with_a_form_and_passes_the_address_on(explorer: Page) -> None:
    explorer.goto(LIST)
    expect(explorer.locator("#id_since")).to_be_hidden()
    explorer.select_option("#id_window", "between")
    explorer.fill("#id_since", f"{timezone.now() - timedelta(minutes=15):%Y-%m-%dT%H:%M:%S}")
    explorer.select_option("#id_severity", "4")
    explorer.get_by_role("button", name="Show").click()
    expect(explorer.locator(".nm-messages tbody tr")).to_have_count(2)
    assert "facility" not in explorer.url
    explorer.locator(".select2-selection").click()
    explorer.locator(".select2-search__field").last.press_sequentially("edge")
    explorer.locator(".select2-results__option", has_text="edge1").click()
    explorer.get_by_role("button", name="Show").click()
    expect(explorer.locator("#id_device option:checked")).to_contain_text("edge1")
    assert "device=" in explorer.url


def test_it_follows_until_it_is_told_to_stop(explorer: Page) -> None:
    explorer.goto(LIST)
    explorer.get_by_role("switch", name="Follow live").click()
    expect(explorer.locator("#tail")).to_contain_text("Following live")
    make.make_syslog(message="something fresh", received_at=timezone.now() - timedelta(seconds=3))
    first = explorer.locator(".nm-messages tbody tr").nth(1)  # below the sign that it follows
    expect(first).to_contain_text("something fresh", timeout=15_000)
    explorer.get_by_role("switch", name="Stop following").click()
    expect(explorer.locator("#tail")).to_have_count(0)


@pytest.mark.parametrize("width", [390, 1280])
def test_it_fits_the_window_and_runs_nothing(explorer: Page, width: int) -> None:
    explorer.set_viewport_size({"width": width, "height": 800})
    for query in ("", "?live=1", "?window=between&source=nonsense"):
        explorer.goto(f"{LIST}{query}")
        explorer.wait_for_load_state("networkidle")
        assert explorer.evaluate(WIDER) == 0, query
        assert explorer.evaluate("window.taken") is None
    explorer.goto(LIST)
    explorer.locator(".nm-messages tr", has_text="<script>").locator(".nm-when a").click()
    expect(explorer.locator(".nm-whole")).to_contain_text("<script>")
    assert explorer.evaluate(WIDER) == 0
    assert explorer.evaluate("window.taken") is None
