"""Text of devices that wants to be more than text: on every page in a real browser, and in every file."""

from collections.abc import Callable
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from django.contrib.auth.models import User
from django.db.models import CharField, TextField
from django.test import Client
from pypdf import PdfReader

from inventory.models import Component, ConfigBackup, Device, DeviceAddress, Interface, Neighbour, Vlan
from jobs.models import Job, JobTarget
from tests import factories as make
from tests.browser import Page
from tests.every_address import every_address, one_of_each

SCRIPT = "<script>window.taken=1</script><img src=x onerror=window.taken=1>"
HOSTILE = f'=HYPERLINK("http://x.example","a")\'"><svg onload=window.taken=1>{SCRIPT}{{{{7*7}}}}\x1b[2J\u202eevil\u2028'
SHORT = "=1+1<script>window.taken=1</script>"  # what fits everywhere
FREE = (Device, Interface, Vlan, Neighbour, Component, DeviceAddress, Job, JobTarget)
FIXED = {"platform", "status", "state", "kind", "protocol", "mode", "uuid", "chassis_mac", "mac_address", "request_id"}


def poison(model: Any) -> None:
    """Every free text of every row, as far as it fits."""
    texts = [
        field
        for field in model._meta.concrete_fields
        if isinstance(field, CharField | TextField) and field.name not in FIXED and not field.choices
    ]
    for row in model.objects.all():
        for field in texts:
            room = field.max_length or 100_000
            setattr(row, field.name, HOSTILE if room > len(HOSTILE) else f"{SHORT}{row.pk}"[:room])
        row.save(update_fields=[field.name for field in texts])


@pytest.fixture
def device(transactional_db: None) -> Device:
    one_of_each()
    for model in FREE:
        poison(model)
    device = Device.objects.filter(interfaces__isnull=False).distinct().get()
    device.sys_descr = HOSTILE + "x" * 300_000
    device.save()
    make.make_config_backup(device, f"hostname a\nbanner {HOSTILE}\n{'y' * 300_000}\nend\n")
    make.make_job("sync", [device], state=Job.State.FAILURE, error=HOSTILE)
    JobTarget.objects.update(message=HOSTILE, diff=f"-{HOSTILE}\n+{HOSTILE}")
    return device


def test_no_page_runs_it(login: Callable[[User], Page], device: Device) -> None:
    page = login(make.make_admin())
    seen = 0
    for address in every_address():
        ours = address.path.startswith(("/admin/inventory/", "/admin/jobs/", "/admin/compliance/", "/api/v1/devices"))
        if ours and address.route.endswith(("/change/", "devices", "/%(pk)s", "result/", "job/", "device/", "link/")):
            page.goto(address.path)
            assert page.evaluate("window.taken") is None, address.path
            seen += 1
    for tab in ("interfaces", "vlans", "neighbours", "addresses", "components", "configurations", "jobs"):
        page.goto(f"/admin/inventory/device/{device.pk}/change/?tab={tab}")
        assert page.evaluate("window.taken") is None, tab
    right, left = ConfigBackup.objects.order_by("-pk")[:2]
    page.goto(f"/admin/inventory/configbackup/{right.pk}/diff/?against={left.pk}&all=1")
    assert page.evaluate("window.taken") is None
    assert seen > 20


def test_a_viewer_reads_a_credential_without_complaint(login: Callable[[User], Page]) -> None:
    credential = make.make_credential()
    page = login(make.make_viewer())
    page.goto(f"/admin/inventory/credential/{credential.pk}/change/")
    shown = page.locator("#content").inner_text()
    assert "********" in shown
    assert "privacy" not in shown


def test_no_file_holds_it_as_a_formula_or_markup(device: Device, client: Client) -> None:
    client.force_login(make.make_admin())
    for path in ("devices/export", f"devices/{device.pk}/inventory/export", "compliance/reports/export"):
        book = client.get(f"/api/v1/{path}?format=xlsx")
        assert book.status_code == 200, book.content
        with ZipFile(BytesIO(book.content)) as parts:
            for name in parts.namelist():
                assert b"<f>" not in parts.read(name), (path, name)
                assert b"<hyperlink" not in parts.read(name), (path, name)
    lines = client.get("/api/v1/devices/export?format=csv").content.decode().splitlines()
    cells = [cell for line in lines for cell in line.split(",")]
    assert [cell for cell in cells if cell.lstrip('"').startswith(("=", "+", "-", "@", "\t"))] == []
    for path in (f"devices/{device.pk}/inventory/export", "compliance/reports/export"):
        pdf = client.get(f"/api/v1/{path}?format=pdf")
        assert pdf.status_code == 200
        reader = PdfReader(BytesIO(pdf.content))
        text = "".join(page.extract_text() for page in reader.pages)
        assert "window.taken" in text.replace("\n", "")
        assert [page for page in reader.pages if "/Annots" in page] == []
        assert "/JavaScript" not in str(reader.trailer["/Root"])
