"""One message with all that is known of it, and what its sender said just before and after."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from inventory.admin.columns import device_link
from inventory.display import field_text, label_of, visible
from syslogd import search
from syslogd.admin.address import BETWEEN, Address, local
from syslogd.admin.lines import clock_words, hint_of, lines_of, severity_chip
from syslogd.models import SyslogMessage

AROUND = timedelta(seconds=30)
MOST = 200  # lines around it
FACTS = ("source", "facility", "hostname", "app_name", "procid", "msgid", "mnemonic")


def message_page(request: HttpRequest, row: SyslogMessage) -> dict[str, Any]:
    """What the page shows."""
    address = around(row)
    context = {
        "heading": row.mnemonic or row.app_name or _("Message"),
        "hint": hint_of(row),
        "text": visible(row.raw or row.message),
        "severity": severity_chip(row),
        "who": device_link(row.device),
        "facts": list(facts(row)),
        "elements": list(elements(row)),
        "around_url": address.but(),
        "alike_url": address.but(window="24h", since="", until="", **kind(row)),
    }
    device = (row.device_id,) if row.device_id else ()
    source = "" if row.device_id else row.source
    asked = search.Filters(
        since=row.received_at - AROUND, until=row.received_at + AROUND, devices=device, source=source
    )
    try:
        found = search.page(asked, request.user, limit=MOST)
    except search.TooMuch as error:
        return context | {"too_much": str(error)}
    return context | {"lines": lines_of(found.rows, address, here=row.pk)}


def around(row: SyslogMessage) -> Address:
    """The explorer, at this time and of this sender."""
    sender = ("device", str(row.device_id)) if row.device_id else ("source", row.source)
    since, until = local(row.received_at - AROUND), local(row.received_at + AROUND)
    filters = (("window", BETWEEN), ("since", since), ("until", until), sender)
    return Address(filters, reverse("admin:syslogd_syslogmessage_changelist"))


def kind(row: SyslogMessage) -> dict[str, str]:
    """What is the same in messages like this one."""
    return {"mnemonic": row.mnemonic} if row.mnemonic else {"app_name": row.app_name}


def facts(row: SyslogMessage) -> Iterator[tuple[str | Promise, str]]:
    """Labels and values, the empty ones left out."""
    for name in ("received_at", "sent_at"):
        if moment := getattr(row, name):
            yield label_of(SyslogMessage, name), timezone.localtime(moment).isoformat(" ")
    if row.clock:
        yield label_of(SyslogMessage, "clock"), ", ".join(clock_words(row))
    for name in FACTS:
        if getattr(row, name) not in ("", None):
            yield label_of(SyslogMessage, name), field_text(row, name)


def elements(row: SyslogMessage) -> Iterator[tuple[str, str, str]]:
    """Structured data as rows of element, name and value."""
    for element, values in (row.structured_data or {}).items():
        for name, value in values.items() or (("", ""),):
            yield element, name, value
