"""A device as people name it: by its name, one of its addresses or its id."""

from django.db.models import Q

from inventory.record import ip_or_none

MOST = 18  # digits of an id


def named(text: str) -> Q:
    """Devices with this name, address or id; any text is accepted."""
    # Bytes that are no text reach us as surrogates, and no database takes them or a NUL.
    text = text.encode(errors="replace").decode().replace("\0", "?").strip()
    where = Q(name=text)
    if address := ip_or_none(text):
        where |= Q(primary_address=address) | Q(addresses__address=address)
    if text.isascii() and text.isdigit() and len(text) <= MOST:
        where |= Q(pk=int(text))
    return where
