"""What all tests share: a real Celery worker, real Chromium, and each person's login.

The database is pytest-django's, Redis comes from `tests/run.py`. A test that uses `celery_worker` or `page` sees only
committed rows, so both bring `transactional_db` along.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import connection
from django.test import Client
from hypothesis import settings as hypothesis
from pytest_django import DjangoDbBlocker

from jobs.keeper import Keeper
from tests import factories as make
from tests.browser import Page, launch_chromium, watched_page
from tests.databases import remember_rows
from tests.visitors import signed_in
from tests.worker import Worker, running_worker

pytest_plugins = ["tests.changed_network"]

REPORT = pytest.StashKey[dict[str, pytest.TestReport]]()


def pytest_configure(config: pytest.Config) -> None:
    """A checkout serves static files from the apps, without collectstatic; WhiteNoise warns of that at each request."""
    hypothesis.register_profile("netmanager", deadline=None)  # a busy machine is no failure
    hypothesis.load_profile("netmanager")
    config.addinivalue_line("filterwarnings", "ignore:No directory at:UserWarning")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep tests of one expensive kind in one process, where they share the worker or the browser."""
    for item in items:
        if item.get_closest_marker("xdist_group"):
            continue
        for fixture, group in (("celery_worker", "celery"), ("page", "browser")):
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(pytest.mark.xdist_group(group))
                break
    _refuse_equal_names(items)


def _refuse_equal_names(items: list[pytest.Item]) -> None:
    """Parallel runs know a test by its name: of several with one name they run one and are silent about the others."""
    twice = sorted(name for name, count in Counter(item.nodeid for item in items).items() if count > 1)
    if twice:
        raise pytest.UsageError(f"Several tests have one name, and only one of them would run: {', '.join(twice)}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """Let fixtures know at their end whether their test failed."""
    report = yield
    item.stash.setdefault(REPORT, {})[report.when] = report
    return report


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """Copy the database that `tests/run.py` has migrated once, instead of migrating one for each process."""
    if template := os.environ.get("TEST_DATABASE_TEMPLATE"):
        settings.DATABASES["default"]["TEST"]["TEMPLATE"] = template


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """The test database of this process; on PostgreSQL, tests that commit leave it as the migrations did."""
    with django_db_blocker.unblock():
        if connection.vendor == "postgresql":
            remember_rows()


@pytest.fixture(autouse=True)
def _keeper_sees_commits_only(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The keeper of leases has a connection of its own: claims of a test that never commits would be lost to it."""
    marker = request.node.get_closest_marker("django_db")
    commits = marker is not None and marker.kwargs.get("transaction")
    if not commits and "transactional_db" not in request.fixturenames:
        monkeypatch.setattr(Keeper, "add", lambda _keeper, _claim: None)


@pytest.fixture(scope="session")
def worker_process(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    """One `celery worker` for this process and its test database; use `celery_worker` in tests."""
    with running_worker(tmp_path_factory.mktemp("celery") / "worker.log") as worker:
        worker.rest()
        yield worker


@pytest.fixture
def celery_worker(request: pytest.FixtureRequest, transactional_db: None, worker_process: Worker) -> Iterator[Worker]:
    """A real Celery worker process on this test's database and queues, idle and with empty queues at the start."""
    worker_process.forget_messages()
    begin = worker_process.log_size()
    worker_process.work()
    yield worker_process
    worker_process.rest()
    worker_process.finish()
    if _failed(request.node):
        request.node.add_report_section("teardown", "celery worker", worker_process.log_since(begin))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Debian's Chromium, headless. A module's own: Playwright keeps an event loop, in which asyncio.run() fails."""
    with launch_chromium() as browser:
        yield browser


@pytest.fixture
def page(request: pytest.FixtureRequest, transactional_db: None, chromium: Any, live_server: Any) -> Iterator[Page]:
    """A page whose console and network are watched: any error, or any request to another host, fails the test."""
    with watched_page(chromium, live_server.url, request.node.nodeid) as (page, complaints):
        yield page
        complaints.check(failed=_failed(request.node))


@pytest.fixture
def login(page: Page, live_server: Any) -> Callable[[AbstractBaseUser], Page]:
    """`login(user)` signs the browser in without the form; returns the page."""

    def sign_in(user: AbstractBaseUser) -> Page:
        client = Client()
        client.force_login(user)
        cookie = client.cookies["sessionid"]
        page.context.add_cookies([{"name": "sessionid", "value": cookie.value, "url": live_server.url}])
        return page

    return sign_in


@pytest.fixture
def as_admin(db: None) -> Client:
    """The client of someone who may do everything."""
    return signed_in(make.make_admin())


@pytest.fixture
def as_viewer(db: None) -> Client:
    """The client of someone who may look at everything of ours and change nothing."""
    return signed_in(make.make_viewer())


def _failed(item: pytest.Item) -> bool:
    report = item.stash.get(REPORT, {}).get("call")
    return bool(report and report.failed)
