"""The one way to a configuration with its secrets: each reading is an entry of the audit trail."""

from django.db import transaction
from django.http import HttpResponse

from inventory import audit
from inventory.models import ConfigBackup

PERMISSION = "inventory.view_full_config"


@transaction.atomic
def read_full(backup: ConfigBackup) -> str:
    """The full text; raises SecretUnreadable when no key opens it. Nothing is shown that could not be written down."""
    text = backup.text.full.reveal()
    audit.record(backup, audit.Action.ACCESS)
    return text


def as_file(backup: ConfigBackup) -> HttpResponse:
    """The full text as a download that nobody on the way keeps; raises SecretUnreadable."""
    answer = HttpResponse(read_full(backup), content_type="text/plain; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="configuration-{backup.pk}.txt"'
    answer.headers["Cache-Control"] = "no-store"
    return answer
