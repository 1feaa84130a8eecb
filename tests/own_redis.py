"""A pytest plugin (`-p tests.own_redis`): each parallel test process takes a Redis database of its own.

A plugin and not `conftest.py`, because pytest-django reads the settings before any conftest is loaded.
pytest-django does the same for PostgreSQL.
"""

import os
import re

worker = re.fullmatch(r"gw(\d+)", os.environ.get("PYTEST_XDIST_WORKER", ""))
url = os.environ.get("REDIS_URL", "")
if worker and url:
    os.environ["REDIS_URL"] = re.sub(r"/\d+$", f"/{int(worker[1]) + 1}", url)
