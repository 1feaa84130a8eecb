"""How NetManager logs in."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from inventory.fields import SecretField
from inventory.secrets import Secret

KEY_MINIMUM = 8  # characters of an SNMP v3 key, RFC 3414 section 11.2


def _long_enough(key: Secret | str) -> bool:
    return len(key.reveal() if isinstance(key, Secret) else key) >= KEY_MINIMUM


class Credential(models.Model):
    """One way to log in: SSH, SNMP v2c or SNMP v3. Secrets are stored encrypted and never shown."""

    class Kind(models.TextChoices):
        SSH = "ssh", _("SSH")
        SNMP_V2C = "snmp_v2c", _("SNMP v2c")
        SNMP_V3 = "snmp_v3", _("SNMP v3")

    class AuthProtocol(models.TextChoices):
        NONE = "", _("none")
        MD5 = "MD5", "MD5"
        SHA = "SHA", "SHA-1"
        SHA224 = "SHA224", "SHA-224"
        SHA256 = "SHA256", "SHA-256"
        SHA384 = "SHA384", "SHA-384"
        SHA512 = "SHA512", "SHA-512"

    class PrivProtocol(models.TextChoices):
        NONE = "", _("none")
        DES = "DES", "DES"
        AES = "AES", "AES-128"
        AES192 = "AES192", "AES-192"
        AES192C = "AES192C", _("AES-192, key stretched as by Cisco")
        AES256 = "AES256", "AES-256"
        AES256C = "AES256C", _("AES-256, key stretched as by Cisco")

    name = models.CharField(_("name"), max_length=100, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.SSH)
    username = models.CharField(_("user name"), max_length=100, blank=True, help_text=_("SSH login or SNMP v3 user."))
    password = SecretField(_("password"), blank=True, default="")
    enable_password = SecretField(_("enable password"), blank=True, default="")
    ssh_private_key = SecretField(_("SSH private key"), blank=True, default="", multiline=True)
    ssh_passphrase = SecretField(_("passphrase of the key"), blank=True, default="")
    snmp_community = SecretField(_("SNMP community"), blank=True, default="")
    snmp_auth_protocol = models.CharField(
        _("SNMP v3 authentication"), max_length=10, choices=AuthProtocol, blank=True, default=AuthProtocol.NONE
    )
    snmp_auth_key = SecretField(_("SNMP v3 authentication key"), blank=True, default="")
    snmp_priv_protocol = models.CharField(
        _("SNMP v3 privacy"), max_length=10, choices=PrivProtocol, blank=True, default=PrivProtocol.NONE
    )
    snmp_priv_key = SecretField(_("SNMP v3 privacy key"), blank=True, default="")
    description = models.CharField(_("description"), max_length=200, blank=True)
    locked_at = models.DateTimeField(_("locked"), null=True, blank=True, editable=False)
    locked_reason = models.CharField(_("why it is locked"), max_length=300, blank=True, editable=False)

    class Meta:
        ordering = ["name"]
        verbose_name = _("credential")
        verbose_name_plural = _("credentials")

    def __str__(self) -> str:
        return self.name

    @property
    def weak_protocols(self) -> list[str]:
        """What of an SNMP v3 login protects little or nothing; empty for other kinds."""
        if self.kind != self.Kind.SNMP_V3:
            return []
        found = {"": _("no authentication"), "MD5": "MD5"}.get(self.snmp_auth_protocol)
        private = {"": _("no privacy"), "DES": "DES"}.get(self.snmp_priv_protocol)
        return [str(word) for word in (found, private) if word]

    def clean(self) -> None:
        """Each kind needs its own fields; the message names the missing one."""
        missing: dict[str, Any] = {}
        if self.kind == self.Kind.SSH:
            if not self.username:
                missing["username"] = _("An SSH credential needs a user name.")
            if not self.password and not self.ssh_private_key:
                missing["password"] = _("An SSH credential needs a password or a private key.")
        elif self.kind == self.Kind.SNMP_V2C:
            if not self.snmp_community:
                missing["snmp_community"] = _("An SNMP v2c credential needs a community.")
        else:
            if not self.username:
                missing["username"] = _("An SNMP v3 credential needs a user name.")
            if self.snmp_auth_protocol and not _long_enough(self.snmp_auth_key):
                missing["snmp_auth_key"] = _("The authentication protocol needs a key of at least 8 characters.")
            if self.snmp_priv_protocol and not (self.snmp_auth_protocol and _long_enough(self.snmp_priv_key)):
                missing["snmp_priv_key"] = _("Privacy needs authentication and a key of at least 8 characters.")
        if missing:
            raise ValidationError(missing)
