"""Jobs over REST. Work on devices has its addresses beside them, and is started here: only jobs know how to run it."""

from django.urls import path
from rest_framework.viewsets import ViewSetMixin

from jobs.api.jobs import JobViewSet
from jobs.api.launches import Backup, Crawl, Discover, Scan, Sync

VIEWSETS: dict[str, type[ViewSetMixin]] = {"jobs": JobViewSet}
urlpatterns = [
    path("devices/discover", Discover.as_view(), name="devices-discover"),
    path("devices/crawl", Crawl.as_view(), name="devices-crawl"),
    path("devices/sync", Sync.as_view(), name="devices-sync"),
    path("devices/backup", Backup.as_view(), name="devices-backup"),
    path("compliance/scan", Scan.as_view(), name="compliance-scan"),
]
