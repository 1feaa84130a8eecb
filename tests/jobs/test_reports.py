"""Reports of any size: small ones come at once, large ones as a job whose parts many workers print."""

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pypdf import PdfReader
from rest_framework.test import APIClient

from compliance.models import Result, Standard
from inventory.models import Device
from inventory.pdf import PdfUnavailable, bind, render_pdf
from inventory.report import AT_ONCE, Document, Table, parts_of
from jobs import reporting
from jobs.files import store
from jobs.models import FilePiece, Job, JobTarget
from jobs.tasks import TASKS, perform
from tests.factories import (
    make_admin,
    make_device,
    make_interface,
    make_result,
    make_rule,
    make_scope,
    make_site,
    make_standard,
    make_user,
    make_viewer,
)
from tests.inventory.test_export import sheets_of, text_of
from tests.jobs.inline import Messages, do
from tests.process import ended_within
from tests.worker import Worker

PATIENCE = 600  # tenths of a second
API = "/api/v1"
FLEET = f"{API}/compliance/reports/export"
Asked = Callable[[Any, str], Job]
KINDS = ("compliance_report", "inventory_report")


@pytest.fixture
def messages(monkeypatch: pytest.MonkeyPatch) -> Messages:
    """What would be sent to workers."""
    sent = Messages()
    for kind in KINDS:
        monkeypatch.setitem(TASKS, kind, sent)
    return sent


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three rows are much already."""
    monkeypatch.setattr("inventory.report.PART_ROWS", 3)
    for form in ("pdf", "xlsx"):
        monkeypatch.setitem(AT_ONCE, form, 3)


@pytest.fixture
def capture(django_capture_on_commit_callbacks: Any) -> Any:
    """Does what waits for a commit, as a commit would."""
    return django_capture_on_commit_callbacks


def signed_in(user: Any) -> APIClient:
    client = APIClient()
    client.force_login(user)
    return client


@pytest.fixture
def viewer(db: None) -> APIClient:
    return signed_in(make_viewer())


@pytest.fixture
def failing(db: None) -> list[Device]:
    """Seven devices that fail one rule and pass another."""
    Standard.objects.all().delete()
    standard = make_standard("Hardening")
    ntp, ssh = make_rule(standard, "ntp-1", title="Time comes from NTP"), make_rule(standard, "ssh-1", title="SSH only")
    devices = [make_device(f"서울-sw{number}", site=make_site()) for number in range(7)]
    for device in devices:
        make_result(device, ntp, Result.State.FAIL, message=f"{device.name}: “ntp server” is missing")
        make_result(device, ssh)
    return devices


@pytest.fixture
def asked(messages: Messages, capture: Any) -> Asked:
    """Asks for a report, works through the job that makes it, and returns that."""

    def ask(client: Any, address: str) -> Job:
        with capture(execute=True):
            answer = client.get(address)
        assert answer.status_code == 202, answer.content
        job = Job.objects.get(uuid=answer.json()["job_id"])
        assert answer.headers["Location"].endswith(f"/jobs/{job.uuid}")
        while messages.sent:
            with capture(execute=True):
                ids, messages.sent = messages.sent, []
                for target_id in ids:
                    perform(job.kind, target_id)
        job.refresh_from_db()
        return job

    return ask


def file_of(client: APIClient, job: Job) -> Any:
    return client.get(f"{API}/jobs/{job.uuid}/file")


def test_a_large_report_is_made_in_parts_and_bound_with_pages_numbered_through(
    viewer: APIClient, failing: list[Device], small_parts: None, asked: Asked
) -> None:
    job = asked(viewer, f"{FLEET}?format=pdf")
    assert (job.state, job.kind, job.error) == ("SUCCESS", "compliance_report", "")
    # A standard, two rules, seven devices and seven failures: 17 rows, three a part.
    assert list(job.targets.values_list("label", flat=True)) == ["report", *(f"part {n}" for n in range(1, 7))]
    answer = file_of(viewer, job)
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="compliance.pdf"'
    content = answer.getvalue()
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]
    assert job.result["file"] == "compliance.pdf"
    assert (job.result["bytes"], job.result["pages"]) == (len(content), len(pages))
    assert [f"{number} / {len(pages)}" in text for number, text in enumerate(pages, 1)] == [True] * len(pages)
    whole = "\n".join(pages)
    assert [device.name for device in failing if whole.count(f"{device.name}:") != 1] == []
    assert "What did not pass, continued" in whole
    assert set(FilePiece.objects.values_list("role", flat=True)) == {"file"}


def test_a_large_workbook_is_a_job_too(
    viewer: APIClient, failing: list[Device], small_parts: None, asked: Asked
) -> None:
    job = asked(viewer, f"{FLEET}?format=xlsx")
    assert (job.state, job.total) == ("SUCCESS", 1)
    sheets = sheets_of(file_of(viewer, job).getvalue())
    assert list(sheets) == ["summary", "standards", "rules", "devices", "results"]
    assert [
        device.name for device in failing if f"{device.name}: “ntp server” is missing" not in sheets["results"]
    ] == []


def test_a_large_inventory_is_a_job_and_a_small_one_comes_at_once(
    viewer: APIClient, small_parts: None, asked: Asked, db: None
) -> None:
    device = make_device("core1")
    for number in range(3):
        make_interface(device, f"Gi0/{number}")
    address = f"{API}/devices/{device.pk}/inventory/export?format=pdf"
    assert "Gi0/2" in text_of(viewer.get(address).getvalue())
    for number in range(3, 8):
        make_interface(device, f"Gi0/{number}")
    job = asked(viewer, address)
    assert "Gi0/7" in text_of(file_of(viewer, job).getvalue())
    assert file_of(viewer, job).headers["Content-Disposition"] == 'attachment; filename="core1.pdf"'


def test_who_asks_again_gets_the_job_that_is_on_its_way(
    viewer: APIClient, failing: list[Device], small_parts: None, messages: Messages
) -> None:
    first, second = (viewer.get(f"{FLEET}?format=pdf").json()["job_id"] for _ in range(2))
    assert first == second
    assert viewer.get(f"{FLEET}?format=xlsx").json()["job_id"] != first
    assert signed_in(make_viewer()).get(f"{FLEET}?format=pdf").json()["job_id"] != first
    Job.objects.filter(uuid=first).update(state=Job.State.SUCCESS)
    assert viewer.get(f"{FLEET}?format=pdf").json()["job_id"] != first


def test_its_language_is_that_of_who_asked(
    viewer: APIClient, failing: list[Device], small_parts: None, asked: Asked
) -> None:
    viewer.defaults["HTTP_ACCEPT_LANGUAGE"] = "ko"
    job = asked(viewer, f"{FLEET}?format=pdf")
    assert job.parameters == {"format": "pdf", "language": "ko", "device": None}
    text = text_of(file_of(viewer, job).getvalue())
    assert "통과하지 못한 항목" in text
    assert "Hardening" in text


def test_it_tells_only_of_devices_that_who_asked_may_see(
    failing: list[Device], asked: Asked, small_parts: None
) -> None:
    kim = make_viewer()
    make_scope(kim, sites=[device.site for device in failing[:4] if device.site])
    job = asked(signed_in(kim), f"{FLEET}?format=pdf")
    text = text_of(file_of(signed_in(kim), job).getvalue())
    assert "서울-sw3" in text
    assert "서울-sw4" not in text
    assert "access scopes" in text
    lee = make_viewer()
    make_scope(lee, sites=[failing[5].site] if failing[5].site else [])
    assert file_of(signed_in(lee), job).status_code == 404
    assert file_of(signed_in(make_admin()), job).status_code == 200


def test_a_file_needs_the_permission_to_read_what_is_in_it(
    viewer: APIClient, failing: list[Device], small_parts: None, asked: Asked
) -> None:
    job = asked(viewer, f"{FLEET}?format=pdf")
    sees_jobs = signed_in(make_user("jobs.view_job"))
    answer = file_of(sees_jobs, job)
    assert (answer.status_code, answer.json()["detail"]) == (
        403, "To read what a job of the kind compliance_report made needs the permission compliance.view_result.",
    )  # fmt: skip
    assert sees_jobs.get(f"{FLEET}?format=pdf").status_code == 403


def test_a_job_without_a_file_says_so(
    viewer: APIClient, failing: list[Device], small_parts: None, messages: Messages
) -> None:
    job = Job.objects.get(uuid=viewer.get(f"{FLEET}?format=pdf").json()["job_id"])
    answer = file_of(viewer, job)
    assert (answer.status_code, answer.json()["detail"]) == (404, "The job goes on: its file is not there yet.")
    assert viewer.post(f"{API}/jobs/{job.uuid}/cancel").status_code == 202
    assert file_of(viewer, job).json()["detail"] == "This job has made no file."
    assert not FilePiece.objects.exists()


def test_a_part_that_cannot_be_printed_fails_the_report_and_it_is_tried_again_as_a_whole(
    viewer: APIClient,
    failing: list[Device],
    small_parts: None,
    messages: Messages,
    monkeypatch: pytest.MonkeyPatch,
    capture: Any,
    asked: Asked,
) -> None:
    def missing(html: str) -> bytes:
        raise PdfUnavailable("PDF needs the Pango library.")

    with monkeypatch.context() as broken:
        broken.setattr("jobs.reporting.render_pdf", missing)
        job = asked(viewer, f"{FLEET}?format=pdf")
    assert job.state == "PARTIAL"
    assert "PDF needs the Pango library." in job.error
    assert "file" not in job.result
    assert not FilePiece.objects.exists()
    with capture(execute=True):
        again = viewer.post(f"{API}/jobs/{job.uuid}/retry")
    assert again.status_code == 202
    retried = Job.objects.get(uuid=again.json()["job_id"])
    assert list(retried.targets.values_list("label", flat=True)) == ["report"]
    assert do(retried, messages).total == 1 + 6


@pytest.mark.parametrize("form", ["pdf", "xlsx"])
def test_a_report_that_is_cancelled_while_it_is_read_ends_there(
    viewer: APIClient, failing: list[Device], small_parts: None, asked: Asked, form: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def cancelled(rows: Any, claim: Any) -> Any:
        claim.cancelled.set()
        return watched(rows, claim)

    watched = reporting._watched
    monkeypatch.setattr(reporting, "_watched", cancelled)
    job = asked(viewer, f"{FLEET}?format={form}")
    assert (job.state, job.total, job.targets.get().message) == ("REVOKED", 1, "Cancelled while it ran.")
    assert not FilePiece.objects.exists()


def test_a_target_that_is_done_twice_makes_its_parts_once(
    viewer: APIClient,
    failing: list[Device],
    small_parts: None,
    messages: Messages,
    capture: Any,
) -> None:
    with capture(execute=True):
        job = Job.objects.get(uuid=viewer.get(f"{FLEET}?format=pdf").json()["job_id"])
    (first,) = messages.sent
    with capture(execute=True):
        perform(job.kind, first)
    # Its worker died after the parts were made and before this was told: the reaper has it done again.
    job.targets.filter(pk=first).update(state=JobTarget.State.PENDING, lease_worker="")
    Job.objects.filter(pk=job.pk).update(done=0)
    with capture(execute=True):
        perform(job.kind, first)
    assert job.targets.count() == 7
    assert FilePiece.objects.filter(role="source").count() == 6


def test_a_device_that_is_deleted_meanwhile_ends_its_report_with_a_sentence(
    viewer: APIClient, small_parts: None, messages: Messages, capture: Any, db: None
) -> None:
    device = make_device()
    for number in range(5):
        make_interface(device, f"Gi0/{number}")
    with capture(execute=True):
        answer = viewer.get(f"{API}/devices/{device.pk}/inventory/export?format=pdf")
    pk = device.pk
    device.delete()
    job = do(Job.objects.get(uuid=answer.json()["job_id"]), messages)
    assert (job.state, job.targets.get().message) == ("FAILURE", f"There is no device with the id {pk} any more.")


@pytest.mark.parametrize("size", [0, 1, 2**20, 2**20 + 1])
def test_a_file_comes_back_as_it_was_stored(viewer: APIClient, size: int) -> None:
    user = make_admin()
    job = Job.objects.create(kind="compliance_report", state="SUCCESS", requested_by=user, result={"file": "a.pdf"})
    content = bytes(n % 251 for n in range(size))
    halves = [content[: size // 2], content[size // 2 :]]
    assert store(job, FilePiece.Role.FILE, halves) == size
    assert file_of(signed_in(user), job).getvalue() == content


def test_no_row_is_lost_or_printed_twice_where_parts_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inventory.report.PART_ROWS", 4)
    monkeypatch.setattr("inventory.report.TABLE_ROWS", 9)
    for lengths in ([0], [4], [3, 1, 5], [4, 4], [0, 0, 8], [1, 12, 2], [9, 10]):
        tables = [
            Table(f"table{number}", ["a"], [[f"[{number}.{row}]"] for row in range(length)])
            for number, length in enumerate(lengths)
        ]
        parts = list(parts_of(Document("any", tables=tables)))
        expected = [f"[{number}.{row}]" for number, length in enumerate(lengths) for row in range(min(length, 9))]
        found = [re.findall(r"<td>(\[\d+\.\d+\])</td>", part) for part in parts]
        assert [row for part in found for row in part] == expected, lengths
        assert all(len(part) <= 4 for part in found)
        assert sum(part.count("more rows are left out") for part in parts) == sum(length > 9 for length in lengths)
        assert sum(part.count("None are known") for part in parts) == lengths.count(0)
        assert [part.count("<h1>") for part in parts] == [1] + [0] * (len(parts) - 1)


def test_bound_pages_are_numbered_whatever_a_part_has_on_them() -> None:
    empty, text = render_pdf("<html></html>"), render_pdf("<p>one<p style='break-before: page'>two")
    content, pages = bind([empty, text])
    found = [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]
    assert (pages, [text.split()[-3:] for text in found]) == (3, [["1", "/", "3"], ["2", "/", "3"], ["3", "/", "3"]])


def test_a_button_leads_to_the_file_of_a_small_report_and_to_the_job_of_a_large_one(
    client: Client, failing: list[Device], messages: Messages, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(make_viewer())
    door, device = "/admin/jobs/job/report", failing[0]
    assert client.get(f"{door}/compliance_report/pdf/").headers["Location"] == f"{FLEET}?format=pdf"
    of_device = client.get(f"{door}/compliance_report/xlsx/?device={device.pk}")
    assert of_device.headers["Location"] == f"{FLEET}?device_id={device.pk}&format=xlsx"
    inventory = client.get(f"{door}/inventory_report/pdf/?device={device.pk}")
    assert inventory.headers["Location"] == f"{API}/devices/{device.pk}/inventory/export?format=pdf"
    monkeypatch.setitem(AT_ONCE, "pdf", 3)
    answer = client.get(f"{door}/compliance_report/pdf/", follow=True)
    job = Job.objects.get(kind="compliance_report")
    assert answer.redirect_chain == [(f"/admin/jobs/job/{job.pk}/change/", 302)]
    page = answer.content.decode()
    assert "The report is large and is made in the background" in page
    assert "Download" not in page
    Job.objects.filter(pk=job.pk).update(
        state="SUCCESS", result={"file": "compliance.pdf", "bytes": 12_345, "pages": 3}
    )
    store(job, FilePiece.Role.FILE, [b"%PDF"])
    page = client.get(f"/admin/jobs/job/{job.pk}/change/").content.decode()
    assert f'href="{API}/jobs/{job.uuid}/file"' in page
    assert "12,345" in page


@pytest.mark.parametrize(
    "path", ["inventory_report/pdf/", "compliance_report/docx/", "sync/pdf/", "compliance_report/pdf/?device=987654321"]
)
def test_a_button_that_is_none_is_not_found(client: Client, db: None, path: str) -> None:
    client.force_login(make_viewer())
    assert client.get(f"/admin/jobs/job/report/{path}").status_code == 404


def test_a_button_needs_the_permission_of_its_report(client: Client, db: None) -> None:
    user = make_user("jobs.view_job")
    client.force_login(user)
    assert client.get("/admin/jobs/job/report/compliance_report/pdf/").status_code == 403


def test_real_workers_make_it(celery_worker: Worker) -> None:
    device = make_device("core1")
    for number in range(310):
        make_interface(device, f"Gi0/{number}")
    client = signed_in(make_viewer())
    answer = client.get(f"{API}/devices/{device.pk}/inventory/export?format=pdf")
    assert answer.status_code == 202
    job = Job.objects.get(uuid=answer.json()["job_id"])
    for _ in range(PATIENCE):
        job.refresh_from_db()
        if job.ready:
            break
        ended_within(celery_worker.process, 0.1)
    assert (job.state, job.total) == ("SUCCESS", 3)
    assert "Gi0/309" in text_of(file_of(client, job).getvalue())
