"""The job's page: where it is, what it was asked, and its targets page by page. The long texts come on demand."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import Case, Count, IntegerField, Max, QuerySet, Value, When
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.display import visible
from jobs.admin.asked import asked_rows
from jobs.admin.lights import progress_bar, span, stage_words, state_of, target_state
from jobs.admin.words import words_of
from jobs.files import has_file
from jobs.models import Job, JobTarget
from jobs.operations import Operation, operations
from jobs.progress import estimated_end
from jobs.retry import AGAIN
from jobs.rollout import needs_another, waits_for_approval

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User

ROWS = 50  # targets on one page
STATES = JobTarget.State
BAD = (STATES.ERRORED, STATES.FAILED)
FAILED, ALL = "failed", ""  # what `show` may say besides the name of a state
ORDER = (*BAD, STATES.RUNNING, STATES.PENDING, STATES.HELD, STATES.REVOKED, STATES.SUCCESS)
FAILED_FIRST = Case(*(When(state=one, then=Value(rank)) for rank, one in enumerate(ORDER)), output_field=IntegerField())
# What one row of the table shows; plan, journal, log and diff may be long and are read for the one that is opened.
COLUMNS = (
    "id", "job_id", "device_id", "label", "state", "step", "ring", "attempts", "message", "changed",
    "started_at", "finished_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which targets are looked at, as the address says: those that failed or are in one state, by name, a page."""

    show: str = ALL
    name: str = ""
    page: str = "1"

    @classmethod
    def of(cls, request: HttpRequest) -> "Chosen":
        """From the address; what makes no sense chooses nothing."""
        show = request.GET.get("show", "")
        known = show if show == FAILED or show in STATES.values else ALL
        return cls(known, request.GET.get("q", "").replace("\0", "\ufffd").strip()[:200], request.GET.get("page", "1"))

    @property
    def states(self) -> tuple[str, ...]:
        """The states that are looked at."""
        return ORDER if not self.show else BAD if self.show == FAILED else (self.show,)

    def query(self, **other: str) -> str:
        """As the query part of an address, without what is not chosen."""
        parts = {"show": self.show, "q": self.name, "page": self.page if self.page != "1" else "", **other}
        return urlencode({name: value for name, value in parts.items() if value})

    def of_job(self, job: Job) -> QuerySet[JobTarget]:
        """The targets themselves, what failed first."""
        found = job.targets.only(*COLUMNS).order_by(FAILED_FIRST, "id")
        if self.show:
            found = found.filter(state__in=self.states)
        return found.filter(label__icontains=self.name) if self.name else found


@dataclass(frozen=True, slots=True)
class Filter:
    """One of the choices above the table."""

    title: str
    count: int
    query: str
    active: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A target with its words."""

    target: JobTarget
    light: SafeString
    took: str


@dataclass(frozen=True, slots=True)
class Offers:
    """What this user may do with the job now. `retry` and `deploy` count devices; `approval_note` says why not."""

    cancel: bool
    halts: bool
    retry: int
    deploy: int
    approve: bool
    approval_note: str = ""


def page_context(request: HttpRequest, job: Job) -> dict[str, Any]:
    """What the job's page shows, as a whole or its moving part."""
    chosen = Chosen.of(request)
    counts, rings = counted(job)
    page = page_of(job, chosen, counts)
    return {
        "job": job,
        "words": words_of(job.kind),
        "state_light": state_of(job),
        "stage": stage_words(job, rings),
        "progress_bar": progress_bar(job),
        "took": span(job.started_at, job.finished_at),
        "end": None if job.cancel_requested else estimated_end(job, timezone.now()),
        "asked": asked_rows(job),
        "result_rows": result_rows(job),
        "file": job.ready and has_file(job),
        "retries": list(job.retries.only("pk", "created_at").order_by("pk")),
        "offers": offers(request.user, job, counts),
        "rows": rows_of(page),
        "chosen": chosen,
        "filters": filters(chosen, counts),
        "page": page,
        "previous_query": chosen.query(page=str(page.previous_page_number())) if page.has_previous() else "",
        "next_query": chosen.query(page=str(page.next_page_number())) if page.has_next() else "",
        "live_query": chosen.query(part="live"),
    }


def counted(job: Job) -> tuple[dict[str, int], int]:
    """How many targets are in each state, and how many rings there are, in one query."""
    found = job.targets.order_by().values_list("state").annotate(count=Count("pk"), rings=Max("ring"))
    states = {state: (count, rings) for state, count, rings in found}
    return {state: count for state, (count, _rings) in states.items()}, max(
        (one for _c, one in states.values()), default=0
    )


class Known(Paginator):  # type: ignore[type-arg]  # generic to the type checker only
    """A paginator that is told how many rows there are."""

    count = 0

    def __init__(self, rows: QuerySet[JobTarget], size: int, count: int) -> None:
        super().__init__(rows, size)
        self.count = count


def page_of(job: Job, chosen: Chosen, counts: dict[str, int]) -> "Page[JobTarget]":
    """The page of targets that was chosen; the nearest where there are not so many."""
    rows = chosen.of_job(job)
    paginator = (
        Paginator(rows, ROWS) if chosen.name else Known(rows, ROWS, sum(counts.get(s, 0) for s in chosen.states))
    )
    return paginator.get_page(chosen.page)


def rows_of(targets: Iterable[JobTarget]) -> list[Row]:
    """Targets with their words; the light of each state is drawn once."""
    lights: dict[str, SafeString] = {}
    rows = []
    for target in targets:
        light = lights.get(target.state) or lights.setdefault(target.state, target_state(target))
        rows.append(Row(target, light, span(target.started_at, target.finished_at)))
    return rows


def filters(chosen: Chosen, counts: dict[str, int]) -> list[Filter]:
    """All, what failed, and each state that some target is in."""
    failed = sum(counts.get(one, 0) for one in BAD)
    offered = [(ALL, _("all"), sum(counts.values())), (FAILED, _("not succeeded"), failed)]
    offered += [(one, str(one.label), counts.get(one, 0)) for one in ORDER]
    return [
        Filter(title, count, Chosen(show, chosen.name).query(), chosen.show == show)
        for show, title, count in offered
        if count or show in (ALL, chosen.show)
    ]


def offers(user: "User | AnonymousUser", job: Job, counts: dict[str, int]) -> Offers:
    """The buttons of this job for this user."""
    operation = operations().get(job.kind)
    staged = bool(operation and operation.staged)
    may_start = bool(operation and user.has_perm(operation.permission))
    waits = waits_for_approval(job)
    note = approval_note(user, job) if waits else ""
    dry = bool(job.ready and staged and job.parameters.get("dry_run"))
    return Offers(
        cancel=may_cancel(user, job) and not job.ready and not job.cancel_requested,
        halts=staged,
        retry=sum(counts.get(state, 0) for state in AGAIN) if job.ready and may_start else 0,
        deploy=counts.get(STATES.SUCCESS, 0) if dry and may_start else 0,
        approve=waits and not note,
        approval_note=note,
    )


def approval_note(user: "User | AnonymousUser", job: Job) -> str:
    """Why this user may not approve the job; empty for who may."""
    if not user.has_perm("jobs.approve_deployment"):
        return _("Somebody who may approve deployments has to look at the plan.")
    if needs_another(job, user):
        return _("You asked for this deployment; somebody else has to approve it.")
    return ""


def may_cancel(user: "User | AnonymousUser", job: Job) -> bool:
    """Who may start a kind of work may stop it."""
    operation: Operation | None = operations().get(job.kind)
    needed = ("jobs.change_job", *([operation.permission] if operation else []))
    return any(user.has_perm(permission) for permission in needed)


RESULTS = {
    "answered": gettext_lazy("addresses answered"),
    "created": gettext_lazy("new devices"),
    "updated": gettext_lazy("known devices"),
    "links": gettext_lazy("links"),
    "changed": gettext_lazy("changed devices"),
    "unchanged": gettext_lazy("unchanged devices"),
    "not_touched": gettext_lazy("devices not touched"),
    "up": gettext_lazy("reachable"),
    "down": gettext_lazy("not reachable"),
    "silent": gettext_lazy("no answer for the first time"),
    "unasked": gettext_lazy("not asked"),
    "in_sync": gettext_lazy("as golden"),
    "drifted": gettext_lazy("drifted"),
    "unknown": gettext_lazy("unknown"),
    "jobs": gettext_lazy("deleted jobs"),
    "login_failures": gettext_lazy("deleted refused logins"),
    "file": gettext_lazy("file"),
    "bytes": gettext_lazy("bytes"),
    "pages": gettext_lazy("pages"),
    "warning": gettext_lazy("warning"),
}


def result_rows(job: Job) -> list[tuple[str, str]]:
    """The job's own summary beyond the counts that the page shows anyway."""
    result = job.result or {}
    return [(str(label), _number(result[key])) for key, label in RESULTS.items() if key in result]


def _number(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else visible(value)
