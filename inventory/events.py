"""What others may follow. The inventory tells what happened in it and does not know who listens.

Sent after the commit, in the process where it happened; a listener that breaks is logged and stops nobody.
"""

from functools import partial

from django.db import transaction
from django.dispatch import Signal

from inventory.models import Device

configuration_read = Signal()  # `device`; `changed`: another text than before
golden_changed = Signal()  # `device`: another configuration is approved as golden, or none any more


def tell(event: Signal, device: Device, **more: object) -> None:
    """Send the event once what was stored is there for everybody."""
    transaction.on_commit(partial(event.send_robust, Device, device=device, **more))
