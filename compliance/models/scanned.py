"""What a device was last scanned with, so that the next scan can tell whether anything is new."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from inventory.scope import of_device


class Scanned(models.Model):
    """`mark` stands for all that the results of the last scan follow from; the counts are of its states."""

    scoped = of_device("device")
    device = models.OneToOneField("inventory.Device", models.CASCADE, related_name="scanned", verbose_name=_("device"))
    mark = models.CharField(max_length=64)
    passed = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    unknown = models.PositiveIntegerField(default=0)
    waived = models.PositiveIntegerField(default=0)
    score = models.PositiveSmallIntegerField(null=True)
    confirmed_at = models.DateTimeField()  # when the results were last told so, see `scan.CONFIRM_AFTER`

    def __str__(self) -> str:
        return f"{self.device_id}: {self.mark[:12]}"
