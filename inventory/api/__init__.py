"""The inventory over REST: a module per noun. `VIEWSETS` are registered by netmanager/urls.py."""

from rest_framework.viewsets import ViewSetMixin

from inventory.api.audit import AuditEntryViewSet
from inventory.api.configs import ConfigBackupViewSet
from inventory.api.credentials import CredentialViewSet
from inventory.api.devices import DeviceViewSet
from inventory.api.firmware import FirmwareImageViewSet
from inventory.api.parts import ComponentViewSet, InterfaceViewSet, LinkViewSet, NeighbourViewSet, VlanViewSet
from inventory.api.platforms import PlatformViewSet
from inventory.api.sites import PrefixViewSet, SiteViewSet

VIEWSETS: dict[str, type[ViewSetMixin]] = {
    "sites": SiteViewSet,
    "prefixes": PrefixViewSet,
    "platforms": PlatformViewSet,
    "credentials": CredentialViewSet,
    "devices": DeviceViewSet,
    "interfaces": InterfaceViewSet,
    "vlans": VlanViewSet,
    "neighbours": NeighbourViewSet,
    "links": LinkViewSet,
    "components": ComponentViewSet,
    "config-backups": ConfigBackupViewSet,
    "firmware-images": FirmwareImageViewSet,
    "audit-entries": AuditEntryViewSet,
}
urlpatterns: list = []
