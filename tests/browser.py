"""Debian's Chromium, headless, and a page that complains about everything a user would meet in the console."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, Request, sync_playwright

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PICTURES = Path(__file__).resolve().parent.parent / ".cache" / "failed-pages"


@dataclass(slots=True)
class Complaints:
    """What went wrong in the browser while the test ran."""

    page: Page
    picture: Path
    found: list[str] = field(default_factory=list)

    def check(self, *, failed: bool) -> None:
        """Fail the test when there is a complaint; keep a picture of the page when it failed either way."""
        if failed or self.found:
            self.picture.parent.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=self.picture, full_page=True)
        assert not self.found, f"The browser complained (picture: {self.picture}):\n" + "\n".join(self.found)


@contextmanager
def launch_chromium() -> Iterator[Browser]:
    """One browser. While it runs, Django allows the ORM beside Playwright's event loop."""
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            yield browser
            browser.close()
    finally:
        if before is None:
            del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
        else:
            os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


@contextmanager
def watched_page(browser: Browser, home: str, test_name: str) -> Iterator[tuple[Page, Complaints]]:
    """A page (1280 x 800) of a browser that remembers nobody. Only `home` may be asked for anything.

    All share one context: fetching and compiling the same scripts for each took a third of the time.
    """
    context = browser.contexts[0] if browser.contexts else browser.new_context(base_url=home, locale="en-GB")
    page = context.new_page()
    page.set_viewport_size({"width": 1280, "height": 800})
    complaints = Complaints(page, PICTURES / f"{re.sub(r'[^A-Za-z0-9]+', '-', test_name)}.png")

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.found.append(f"console: {message.text} ({message.location.get('url', '')})")

    def watch(request: Request) -> None:
        if not request.url.startswith((home, "data:", "blob:")):
            complaints.found.append(f"request to another host: {request.url}")

    def refuse(dialog: Dialog) -> None:
        complaints.found.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    page.on("console", hear)
    page.on("dialog", refuse)
    page.on("pageerror", lambda error: complaints.found.append(f"script: {error}"))
    page.on("request", watch)
    try:
        yield page, complaints
    finally:
        stored = {"origin": home, "storageTypes": "cookies,local_storage,session_storage"}
        context.new_cdp_session(page).send("Storage.clearDataForOrigin", stored)
        page.close()
