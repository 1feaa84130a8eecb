"""A device and the addresses it is known by."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from inventory.models.credential import Credential
from inventory.models.site import Site
from inventory.scope import UNSCOPED, Access, Rule, of_device

PORT = [MinValueValidator(1), MaxValueValidator(65535)]


class Device(models.Model):
    """One box that can be managed, whatever number of addresses it answers on."""

    class Status(models.TextChoices):
        QUARANTINE = "quarantine", _("waiting for approval")
        ACTIVE = "active", _("active")
        IGNORED = "ignored", _("ignored")

    scoped = Rule(Access.devices, lambda access, device: access.holds(device.site_id, device.role), "site")
    name = models.CharField(_("name"), max_length=200, db_index=True)
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.ACTIVE, db_index=True)
    site = models.ForeignKey(
        Site, models.SET_NULL, null=True, blank=True, related_name="devices", verbose_name=_("site")
    )
    role = models.CharField(_("role"), max_length=50, blank=True, db_index=True)
    platform = models.SlugField(_("platform"), max_length=50, default="generic")
    vendor = models.CharField(_("vendor"), max_length=100, blank=True)
    model = models.CharField(_("model"), max_length=100, blank=True)
    os_version = models.CharField(_("OS version"), max_length=100, blank=True)
    serial = models.CharField(_("serial number"), max_length=100, blank=True, db_index=True)
    primary_address = models.GenericIPAddressField(_("management address"), unique=True)
    ssh_port = models.PositiveIntegerField(_("SSH port"), default=22, validators=PORT)
    snmp_port = models.PositiveIntegerField(_("SNMP port"), default=161, validators=PORT)
    api_port = models.PositiveIntegerField(
        _("API port"), null=True, blank=True, validators=PORT, help_text=_("eAPI or NETCONF, where not the usual one.")
    )
    ssh_credential = models.ForeignKey(
        Credential,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="ssh_devices",
        limit_choices_to={"kind": Credential.Kind.SSH},
        verbose_name=_("SSH credential"),
    )
    snmp_credential = models.ForeignKey(
        Credential,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="snmp_devices",
        limit_choices_to={"kind__in": [Credential.Kind.SNMP_V2C, Credential.Kind.SNMP_V3]},
        verbose_name=_("SNMP credential"),
    )
    sys_name = models.CharField("sysName", max_length=255, blank=True)
    sys_descr = models.TextField("sysDescr", blank=True)
    sys_object_id = models.CharField("sysObjectID", max_length=200, blank=True)
    sys_location = models.CharField("sysLocation", max_length=255, blank=True)
    snmp_engine_id = models.CharField(_("SNMP engine ID"), max_length=64, blank=True, db_index=True)
    chassis_mac = models.CharField(_("chassis MAC"), max_length=17, blank=True, db_index=True)
    uptime_seconds = models.BigIntegerField(_("uptime (s)"), null=True, blank=True)
    discovered_at = models.DateTimeField(_("discovered"), null=True, blank=True)
    last_seen_at = models.DateTimeField(_("last seen"), null=True, blank=True)
    last_sync_at = models.DateTimeField(_("last sync"), null=True, blank=True)
    last_sync_error = models.TextField(_("last sync error"), blank=True)
    last_backup_at = models.DateTimeField(_("last backup"), null=True, blank=True)
    last_backup_error = models.TextField(_("last backup error"), blank=True)
    startup_checked_at = models.DateTimeField(_("startup configuration compared"), null=True, blank=True)
    unsaved_since = models.DateTimeField(_("not saved since"), null=True, blank=True)  # see inventory/startup.py
    reachable = models.BooleanField(_("reachable"), null=True, db_index=True)  # null: monitoring has not asked yet
    reachable_since = models.DateTimeField(_("reachable or not since"), null=True, blank=True)
    compliance_score = models.PositiveSmallIntegerField(_("compliance (%)"), null=True, blank=True)
    comments = models.TextField(_("comments"), blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("device")
        verbose_name_plural = _("devices")
        indexes = [
            models.Index(fields=["name", "id"]),
            models.Index(fields=["platform"]),
            # Discovery asks for each of these without regard to case, once for every device that answers.
            models.Index(Upper("name"), name="device_name_upper"),
            models.Index(Upper("sys_name"), name="device_sys_name_upper"),
            models.Index(Upper("serial"), name="device_serial_upper"),
        ]
        permissions = [
            ("approve_device", _("Can approve devices in quarantine")),
            ("run_discovery", _("Can start discovery and crawl")),
            ("run_sync", _("Can read devices over SSH (sync, backup)")),
        ]

    def __str__(self) -> str:
        return self.name


class DeviceAddress(models.Model):
    """One address a device answers on or has configured, in one VRF."""

    scoped = of_device("device")
    device = models.ForeignKey(Device, models.CASCADE, related_name="addresses", verbose_name=_("device"))
    interface = models.ForeignKey(
        "inventory.Interface",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="addresses",
        verbose_name=_("interface"),
    )
    address = models.GenericIPAddressField(_("address"), db_index=True)
    prefix_length = models.PositiveSmallIntegerField(_("prefix length"), null=True, blank=True)
    vrf = models.CharField("VRF", max_length=100, blank=True)

    class Meta:
        ordering = ["address"]
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        constraints = [models.UniqueConstraint(fields=["device", "address", "vrf"], name="one_row_per_address")]

    def __str__(self) -> str:
        return f"{self.address}/{self.prefix_length}" if self.prefix_length is not None else self.address


class Tombstone(models.Model):
    """What is left of a deleted device, so that discovery does not bring it back by itself."""

    scoped = UNSCOPED
    name = models.CharField(_("name"), max_length=200)
    vendor = models.CharField(_("vendor"), max_length=100, blank=True)
    serial = models.CharField(_("serial number"), max_length=100, blank=True)
    snmp_engine_id = models.CharField(_("SNMP engine ID"), max_length=64, blank=True)
    chassis_mac = models.CharField(_("chassis MAC"), max_length=17, blank=True)
    addresses = models.JSONField(_("addresses"), default=list)
    deleted_at = models.DateTimeField(_("deleted"), auto_now_add=True)

    class Meta:
        ordering = ["-deleted_at"]
        verbose_name = _("deleted device")
        verbose_name_plural = _("deleted devices")

    def __str__(self) -> str:
        return self.name
