"""Jobs over REST. Work on devices has its addresses beside them, and is started here: only jobs know how to run it."""

from django.urls import path
from rest_framework.viewsets import ViewSetMixin

from jobs.api.credentials import ReleaseCredential
from jobs.api.deploy import DeployVlan
from jobs.api.jobs import JobViewSet
from jobs.api.launches import Backup, CheckDrift, Crawl, Discover, Scan, Sync, view_of
from jobs.api.reports import Compliance, Inventory
from jobs.api.settings import SettingViewSet
from jobs.operations import readings

OWN_DOORS = (Discover, Crawl, Sync, Backup, Scan, CheckDrift)
VIEWSETS: dict[str, type[ViewSetMixin]] = {"jobs": JobViewSet, "settings": SettingViewSet}
urlpatterns = [
    path("devices/discover", Discover.as_view(), name="devices-discover"),
    path("devices/crawl", Crawl.as_view(), name="devices-crawl"),
    path("devices/sync", Sync.as_view(), name="devices-sync"),
    path("devices/backup", Backup.as_view(), name="devices-backup"),
    path("devices/deploy/vlan", DeployVlan.as_view(), name="devices-deploy-vlan"),
    path("compliance/scan", Scan.as_view(), name="compliance-scan"),
    path("compliance/drift", CheckDrift.as_view(), name="compliance-drift"),
    path("compliance/reports/export", Compliance.as_view(), name="compliance-report"),
    path("devices/<int:pk>/inventory/export", Inventory.as_view(), name="devices-inventory-export"),
    path("credentials/<int:pk>/release", ReleaseCredential.as_view(), name="credentials-release"),
    # Every other kind that reads devices gets its door by being there.
    *(
        path(f"devices/{one.kind.replace('_', '-')}", view_of(one).as_view(), name=f"devices-{one.kind}")
        for one in readings()
        if one.kind not in {view.kind for view in OWN_DOORS}
    ),
]
