"""NetManager: wiring of the apps. Loading Celery here makes `shared_task` find its application."""

import gc

# A start makes half a million objects that stay and a page some thousands that go by themselves. Python's own
# threshold of 700 new objects looks for garbage among them so often that it is a fifth of every start.
gc.set_threshold(20_000)

from netmanager.celery import app as celery_app  # noqa: E402  its modules are part of that start

__all__ = ["celery_app"]
