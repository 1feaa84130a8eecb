"""Text of devices that wants to be more than text: on every page in a real browser, and in every file."""

import csv
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from io import BytesIO, StringIO
from itertools import cycle
from typing import Any
from zipfile import ZipFile

import pytest
from django.contrib.auth.models import User
from django.db.models import CharField, Model, TextField
from django.test import Client
from pypdf import PdfReader

from compliance.models import Drift, DriftEvent, Result
from inventory.models import (
    Component,
    ConfigBackup,
    Device,
    DeviceAddress,
    HostKey,
    Interface,
    Link,
    Neighbour,
    Tombstone,
    Vlan,
)
from inventory.report import AT_ONCE
from inventory.snmp import values
from jobs.models import Job, JobTarget
from syslogd.models import SyslogEvent, SyslogMessage, SyslogPoison
from tests import factories as make
from tests.browser import Page
from tests.every_address import every_address, one_of_each
from tests.hostile import LINES, MARKUP, OCTETS, PAYLOADS, RESULT, STORAGE
from tests.visitors import signed_in

FREE = (
    Device, Interface, Vlan, Neighbour, Component, DeviceAddress, Link, Tombstone, HostKey, Job, JobTarget, Drift,
    DriftEvent, Result, SyslogMessage, SyslogEvent, SyslogPoison,
)  # fmt: skip
FIXED = {
    "platform", "status", "state", "kind", "protocol", "mode", "uuid", "chassis_mac", "mac_address", "request_id",
    "idempotency_key", "request_hash", "plan_hash", "lease_worker",
}  # fmt: skip
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 800}
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
ACTIVE = ("on", "x-", "@", ":", "hx-", "data-hx-")  # attributes that a browser, Alpine or htmx acts upon
LEADING = ("href", "src", "srcdoc", "action", "formaction", "data", "poster")
CALCULATED = re.compile(rf"(?<![\d.]){RESULT}")  # and not digits in the id or the time of a message
FORMULA = tuple("=+-@\t\r＝＋－＠")


def texts_of(model: type[Model]) -> list[CharField | TextField]:
    """The fields that hold what a device may say."""
    return [
        field
        for field in model._meta.concrete_fields
        if isinstance(field, CharField | TextField) and field.name not in FIXED and not field.choices
    ]


def poison(model: Any) -> None:
    """A payload in every free text of every row: another in each field and row, as far as it fits."""
    texts = texts_of(model)
    rows = list(model.objects.all())
    for number, row in enumerate(rows):
        for place, field in enumerate(texts):
            payload = PAYLOADS[(number + 7 * place) % len(PAYLOADS)]
            setattr(row, field.name, f"{payload[: (field.max_length or 100_000) - 5]}{number}")
    model.objects.bulk_update(rows, [field.name for field in texts])


def a_row_for_each_payload(device: Device) -> None:
    """Enough rows of every noun that each payload stands in each of its fields."""
    Device.objects.bulk_create(
        Device(name="", platform="generic", primary_address=f"127.78.0.{n}") for n in range(len(PAYLOADS))
    )
    for model in (Interface, Neighbour, Component):
        first = texts_of(model)[0].name
        model.objects.bulk_create(model(device=device, **{first: f"row{n}"}) for n in range(len(PAYLOADS)))
    Vlan.objects.bulk_create(Vlan(device=device, vid=n) for n in range(100, 100 + len(PAYLOADS)))
    for number in range(len(PAYLOADS)):
        row = make.make_syslog(device, source=f"192.0.2.{1 + number % 2}", message="x")
        SyslogEvent.objects.create(device=device, at=row.received_at, kind="config", message_id=row.pk)
    make.make_job("sync", labels=[str(n) for n in range(len(PAYLOADS))], state=Job.State.FAILURE)


@pytest.fixture
def device(transactional_db: None) -> Device:
    """A device whose every part, result and job is hostile."""
    one_of_each()
    make.make_poison(*PAYLOADS)
    device = Device.objects.filter(interfaces__isnull=False).distinct().get()
    a_row_for_each_payload(device)
    for model in FREE:
        poison(model)
    Device.objects.filter(pk=device.pk).update(sys_descr="x" * 300_000)
    lines = "\n".join(f" description {payload}" for payload in PAYLOADS)
    make.make_config_backup(device, f"hostname a\n{lines}\n{'y' * 300_000}\nend\n")
    evidence = [{"line_number": number, "text": payload} for number, payload in enumerate(PAYLOADS)]
    Result.objects.update(evidence=evidence, state=Result.State.FAIL)
    pairs = [[payload, payload] for payload in PAYLOADS]
    Drift.objects.update(missing=list(PAYLOADS), extra=list(PAYLOADS), changed=pairs)
    JobTarget.objects.update(diff="\n".join(f"{sign}{text}" for sign, text in zip(cycle("-+"), PAYLOADS, strict=False)))
    return device


class Markup(HTMLParser):
    """What of a page would act, and whether it shows a payload at all."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.acting: list[str] = [f"calculated {RESULT}"] if CALCULATED.search(content) else []
        self._script = False
        self.feed(content)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._script = tag in ("script", "style") and ("type", "application/json") not in attrs
        for name, value in attrs:
            acts = name.startswith(ACTIVE) and ("taken" in (value or "") or "31337" in (value or ""))
            leads = name in LEADING and (value or "").lstrip().lower().startswith(("javascript:", "data:", "//"))
            if acts or leads:
                self.acting.append(f"<{tag} {name}={(value or '')[:100]!r}>")

    def handle_endtag(self, tag: str) -> None:
        self._script = False

    def handle_data(self, data: str) -> None:
        if self._script and ("taken" in data or "elsewhere" in data):
            self.acting.append(f"script: {data[:100]!r}")


def pages(device: Device) -> Iterator[str]:
    """Every address, the device page's tabs, a diff, and lists long enough for every payload."""
    borrowed = ("/admin/django_celery", "/admin/auth/", "/admin/axes/", "/static/", "/docs")
    yield from (
        address.path
        for address in every_address()
        if not address.path.startswith(borrowed) and not address.path.endswith("/add/")
    )
    for tab in (
        "interfaces", "vlans", "neighbours", "addresses", "components", "configurations", "jobs", "syslog", "timeline",
    ):  # fmt: skip
        yield f"/admin/inventory/device/{device.pk}/change/?tab={tab}"
    for query in ("source=192.0.2.1", "source=192.0.2.2", "part=tops", "part=histogram", "part=tail&after=1"):
        yield f"/admin/syslogd/syslogmessage/?{query}"
    right, left = ConfigBackup.objects.filter(device=device).order_by("-pk")[:2]
    yield f"/admin/inventory/configbackup/{right.pk}/diff/?against={left.pk}&all=1"
    for noun in ("devices", "interfaces", "vlans", "neighbours", "components"):
        yield f"/api/v1/{noun}?limit=200"  # so that every payload is shown


def worth_a_look(path: str) -> bool:
    """Pages that are drawn alike are opened once: the browsable API, histories, questions before deleting.

    A target is a part of its job's page, and what has `part=` in its address one of the explorer's.
    """
    if path.startswith("/api/"):
        return path in ("/api/v1/devices", "/api/v1/jobs", "/api/v1/drifts", "/api/v1/config-backups")
    if "/target/" in path or "part=" in path:
        return False
    return not path.endswith(("/history/", "/delete/")) or "/link/" in path


def test_no_page_runs_it_or_breaks(login: Callable[[User], Page], device: Device) -> None:
    admin = make.make_admin()
    client, page = signed_in(admin), login(admin)
    found, hostile = [], []
    for path in pages(device):
        answer = client.get(path, headers={"Accept": "text/html"})
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            content = answer.content.decode()
            found += [f"{path}: {what}" for what in Markup(content).acting]
            if "taken" in content:
                hostile.append(path)
    assert found == []
    watched = [path for path in hostile if worth_a_look(path)]
    for path in watched:
        page.goto(path)
        for size in (PHONE, DESK):
            page.set_viewport_size(size)
            if wider := page.evaluate(WIDER):
                found.append(f"{path} is {wider} pixels wider than {size['width']}")
        if page.evaluate("window.taken") is not None:
            found.append(f"{path} ran it")
    assert found == []
    assert len(hostile) > 60
    assert len(watched) > 30
    print(f"{len(PAYLOADS)} payloads on {len(hostile)} pages, {len(watched)} of them in a browser at two widths")


def test_no_file_holds_it_as_a_formula_or_markup(
    device: Device, as_admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(AT_ONCE, "pdf", 10_000)
    for path in ("devices/export", f"devices/{device.pk}/inventory/export", "compliance/reports/export"):
        book = as_admin.get(f"/api/v1/{path}?format=xlsx")
        assert book.status_code == 200
        assert_plain_header(book.headers["Content-Disposition"])
        with ZipFile(BytesIO(book.getvalue())) as parts:
            for name in parts.namelist():
                assert b"<f>" not in parts.read(name), (path, name)
                assert b"<hyperlink" not in parts.read(name), (path, name)
    text = as_admin.get("/api/v1/devices/export?format=csv").getvalue().decode("utf-8-sig")
    cells = [cell for row in csv.reader(StringIO(text)) for cell in row]
    assert len(cells) > 10 * len(PAYLOADS)
    assert [cell for cell in cells if cell.startswith(FORMULA)] == []
    for path in (f"devices/{device.pk}/inventory/export", "compliance/reports/export"):
        pdf = as_admin.get(f"/api/v1/{path}?format=pdf")
        assert pdf.status_code == 200
        assert_plain_header(pdf.headers["Content-Disposition"])
        reader = PdfReader(BytesIO(pdf.getvalue()))
        # pypdf passes the upper octet of a code on where a font has an encoding of its own.
        text = "".join(page.extract_text() for page in reader.pages).replace("\0", "")
        assert "window.taken" in text.replace("\n", "")
        assert RESULT not in text
        assert [page for page in reader.pages if "/Annots" in page] == []
        assert "/JavaScript" not in str(reader.trailer["/Root"])


def assert_plain_header(disposition: str) -> None:
    """A download's name leads nowhere and brings no header along."""
    assert disposition.startswith("attachment; filename")
    assert not set(disposition) & set("\r\n\x00/\\<>")
    assert not disposition.partition("=")[2].startswith((".", '".'))


def test_a_download_named_by_a_device_brings_no_header_along(as_admin: Client, db: None) -> None:
    device = make.make_device()
    for payload in (*LINES, *STORAGE, *MARKUP[:4]):
        Device.objects.filter(pk=device.pk).update(name=payload[:200])
        answer = as_admin.get(f"/api/v1/devices/{device.pk}/inventory/export?format=xlsx")
        assert_plain_header(answer.headers["Content-Disposition"])
        assert "Set-Cookie" not in answer.headers


def test_every_octet_of_an_agent_becomes_text_that_can_be_stored() -> None:
    for octets in (*OCTETS, *(payload.encode() for payload in PAYLOADS)):
        text = values.text(octets)
        assert text.isprintable()
        assert len(text) <= values.TEXT_LIMIT
        assert text.encode().decode() == text


def test_a_viewer_reads_a_credential_without_complaint(login: Callable[[User], Page]) -> None:
    credential = make.make_credential()
    page = login(make.make_viewer())
    page.goto(f"/admin/inventory/credential/{credential.pk}/change/")
    shown = page.locator("#content").inner_text()
    assert "********" in shown
    assert "privacy" not in shown
