"""The watched page complains: otherwise every browser test would pass with a broken console."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Error

from tests import browser
from tests.browser import Page, watched_page

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.django_db(transaction=True)]


def complaint_of(chromium: Browser, home: str, deed: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(browser, "PICTURES", folder)
    with watched_page(chromium, home, "a test[with id]") as (page, complaints):
        page.goto("/healthz")
        deed(page)
        with pytest.raises(AssertionError) as raised:
            complaints.check(failed=False)
    assert [picture.name for picture in folder.iterdir()] == ["a-test-with-id-.png"]
    return str(raised.value)


def error_in_console(page: Page) -> None:
    page.evaluate("console.error('the chart is missing')")


def uncaught_error(page: Page) -> None:
    page.evaluate("new Promise(done => { setTimeout(() => { setTimeout(done, 50); throw new Error('boom') }) })")


def request_elsewhere(page: Page) -> None:
    with pytest.raises(Error):
        page.goto("http://127.0.0.1:9/elsewhere")


def open_dialog(page: Page) -> None:
    page.evaluate("alert('taken')")


@pytest.mark.parametrize(
    ("deed", "words"),
    [
        (error_in_console, "console: the chart is missing"),
        (uncaught_error, "script: boom"),
        (open_dialog, "dialog: taken"),
        (request_elsewhere, "request to another host: http://127.0.0.1:9/elsewhere"),
    ],
)
def test_it_complains(
    chromium: Browser, live_server: Any, deed: Any, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert words in complaint_of(chromium, live_server.url, deed, tmp_path, monkeypatch)


def test_it_is_content_with_a_quiet_page(page: Page) -> None:
    answer = page.goto("/healthz")
    assert answer is not None
    assert answer.status == 200
