"""What runs by itself in the inventory."""

from celery import shared_task

from inventory import audit


@shared_task(name="inventory.seal_audit")
def seal_audit() -> int:
    """Every 30 s: seal the entries of the audit trail that were not sealed right after their commit."""
    return audit.seal()
