"""Makes a report that is too large to wait for: one target reads it, others print its parts, the end binds them."""

import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Q
from django.utils import translation

from inventory.errors import Stopped
from inventory.models import Device
from inventory.moment import one_moment
from inventory.pdf import PdfUnavailable, bind, render_pdf
from inventory.report import AT_ONCE, FORMATS, Report, parts_of, xlsx_of
from inventory.scope import scoped
from inventory.spreadsheet import Cell
from jobs.claim import Claim
from jobs.device_of import DeviceGone
from jobs.files import cut, pieces, store
from jobs.launch import add_targets, launch
from jobs.models import FilePiece, Job, JobTarget
from jobs.operations import BadParameters, Operation, Parameters, Plan
from jobs.operations.discover import whole
from jobs.outcome import Outcome

if TYPE_CHECKING:
    from django.contrib.auth.models import User

ROLE = FilePiece.Role
READING, PART = "report", "part"  # the first target's label, and how those of the parts begin


def job_if_large(kind: str, report: Report, form: str, device: Device | None, user: "User | None") -> Job | None:
    """The job that makes the report; None where it is small enough to wait for."""
    if report.size(form) <= AT_ONCE[form]:
        return None
    return report_job(kind, {"format": form, "device": device.pk if device else None}, user)


def report_job(kind: str, parameters: Parameters, user: "User | None") -> Job:
    """The job that makes this report for this user: the one that is on its way, or a new one; raises BadParameters."""
    language = translation.get_language() or settings.LANGUAGE_CODE
    wanted = prepare({**parameters, "language": language}).parameters
    running = Job.objects.filter(kind=kind, requested_by=user, parameters=wanted, cancel_requested=False)
    return running.filter(~Q(state__in=Job.READY)).first() or launch(kind, wanted, user=user)


def prepare(parameters: Parameters) -> Plan:
    """`format` and `language`, and `device`: the id of one, or none; raises BadParameters."""
    form, language, device = (parameters.get(name) for name in ("format", "language", "device"))
    errors = {}
    if form not in FORMATS:
        errors["format"] = f"{str(form)[:60]!r} is not offered; accepted are {', '.join(FORMATS)}."
    if language not in dict(settings.LANGUAGES):
        known = ", ".join(dict(settings.LANGUAGES))
        errors["language"] = f"{str(language)[:60]!r} is not a language here; accepted are {known}."
    if device is not None and not whole(device, 1, 2**63 - 1):
        errors["device"] = f"{str(device)[:60]!r} is not the id of a device."
    if errors:
        raise BadParameters(errors)
    known_device = None if device is None else int(device)
    return Plan({"format": form, "language": language, "device": known_device}, (READING,))


def report_operation(
    kind: str,
    title: str,
    permission: str,
    report_of: Callable[[Device | None, "User | None"], Report],
    prepare: Callable[[Parameters], Plan] = prepare,
) -> Operation:
    """The kind of job that makes a report of a device, or of all, as far as who asked for it may see."""
    return Operation(
        kind=kind,
        title=title,
        queue="maintenance",
        permission=permission,
        on_devices=False,
        run=lambda claim: run(claim, report_of),
        prepare=prepare,
        finish=finish,
        whole=True,
    )


def run(claim: Claim, report_of: Callable[[Device | None, "User | None"], Report]) -> Outcome:
    """Read the report and store it, as a file or as parts to be printed; or print one of these. Raises DeviceGone."""
    target, job = claim.target, claim.target.job
    if target.label != READING:
        return _print(job, int(target.label.removeprefix(PART)))
    report = report_of(_device(job), job.requested_by)
    with translation.override(job.parameters["language"]):
        return (_workbook if job.parameters["format"] == "xlsx" else _parts)(claim, report)


def finish(job: Job) -> Mapping[str, Any]:
    """The file's name and size; of a PDF its parts are bound first. Nothing where a part is missing."""
    if job.targets.exclude(state=JobTarget.State.SUCCESS).exists():
        job.file_pieces.all().delete()
        return {}
    (told,) = job.targets.filter(label=READING).values_list("result", flat=True)
    if job.parameters["format"] == "pdf":
        bound, pages = bind(pieces(job, ROLE.PART))
        size = store(job, ROLE.FILE, cut(io.BytesIO(bound)))
        job.file_pieces.exclude(role=ROLE.FILE).delete()
        return {"file": told["file"], "bytes": size, "pages": pages}
    return {"file": told["file"], "bytes": told["bytes"]}


def _device(job: Job) -> Device | None:
    pk = job.parameters.get("device")
    device = scoped(Device.objects.filter(pk=pk), job.requested_by).first() if pk else None
    if pk and device is None:
        raise DeviceGone(f"There is no device with the id {pk} any more.")
    return device


def _watched(rows: Iterable[Sequence[Cell]], claim: Claim) -> Iterator[Sequence[Cell]]:
    """The rows; raises Stopped when the job is cancelled: half a million of them take minutes."""
    for row in rows:
        if claim.stopped():
            raise Stopped("The report was cancelled.")
        yield row


def _workbook(claim: Claim, report: Report) -> Outcome:
    job = claim.target.job
    sheets = (replace(sheet, rows=_watched(sheet.rows, claim)) for sheet in report.workbook())
    with xlsx_of(sheets) as file:
        size = store(job, ROLE.FILE, cut(file))
    return Outcome(
        ok=True, message=f"The file has {size:,} bytes.", result={"file": f"{report.name}.xlsx", "bytes": size}
    )


def _parts(claim: Claim, report: Report) -> Outcome:
    """Store what is to be printed, then have it printed: each part is a target, so all workers help."""
    job = claim.target.job
    if job.total == 1:  # else this is a repeat, and the parts are on their way
        with one_moment():
            document = report.document()
            tables = (replace(table, rows=_watched(table.rows, claim)) for table in document.tables)
            store(job, ROLE.SOURCE, (part.encode() for part in parts_of(replace(document, tables=tables))))
    numbers = list(FilePiece.objects.filter(job=job, role=ROLE.SOURCE).values_list("number", flat=True))
    add_targets(job, claim.operation, [f"{PART} {number}" for number in sorted(numbers)])
    message = f"To be printed, parts: {len(numbers)}."
    return Outcome(ok=True, message=message, result={"file": f"{report.name}.pdf"})


def _print(job: Job, number: int) -> Outcome:
    source = (
        FilePiece.objects.filter(job=job, role=ROLE.SOURCE, number=number).values_list("content", flat=True).first()
    )
    if source is None:
        return Outcome(ok=False, message="The text of this part is not there any more: ask for the report again.")
    try:
        printed = render_pdf(bytes(source).decode())
    except PdfUnavailable as error:
        return Outcome(ok=False, message=str(error))
    FilePiece.objects.update_or_create(job=job, role=ROLE.PART, number=number, defaults={"content": printed})
    return Outcome(ok=True, message=f"{len(printed):,} bytes.")
