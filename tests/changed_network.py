"""Runs a browser test again when the machine's network changed under it.

Chromium gives up every request under way, those to localhost too, when any interface of the machine comes or goes
(net::ERR_NETWORK_CHANGED), as a container next door or a VPN makes it do. No switch of the browser turns that off, and
what such a test then says is nothing about the page.
"""

import pytest
from _pytest.runner import runtestprotocol

NETWORK_CHANGED = "net::ERR_NETWORK_CHANGED"
MOST_RUNS = 3


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Up to three runs of a test with a browser; the reports of the last one count, the others are warned of."""
    if not isinstance(item, pytest.Function) or "chromium" not in item.fixturenames:
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for run in range(1, MOST_RUNS + 1):
        reports = runtestprotocol(item, log=False, nextitem=nextitem)
        if not any(report.failed and NETWORK_CHANGED in report.longreprtext for report in reports):
            break
        item.warn(pytest.PytestWarning(f"the machine's network changed in run {run} of at most {MOST_RUNS}"))
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True
