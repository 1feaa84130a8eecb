"""NetManager: wiring of the apps. Loading Celery here makes `shared_task` find its application."""

from netmanager.celery import app as celery_app

__all__ = ["celery_app"]
