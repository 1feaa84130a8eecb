"""Following live: the page asks for what is newer than its newest line, until nobody can be looking any more."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.http import HttpRequest

from inventory.scope import Somebody
from syslogd import search
from syslogd.batch import first_id
from syslogd.models import SyslogMessage

LASTS = timedelta(minutes=30)
MOST_LINES = 1000  # then the page is opened anew, so that a browser left alone does not fill up
ROWS = 50  # that are added at once
# Workers store side by side, so a message may come into the table behind a younger one. What is this old is in.
SETTLED = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Tail:
    """Where a page that follows is: the cursor of its newest line, when it began, how many lines it got."""

    after: str
    begun: datetime
    shown: int = 0

    @classmethod
    def of(cls, request: HttpRequest, now: datetime) -> "Tail":
        """From the address that the page asked with; what makes no sense begins now."""
        begun, shown = (number(request.GET.get(name, "")) for name in ("begun", "shown"))
        return cls(request.GET.get("after", "")[:100], moment(begun, now), shown)

    def over(self, now: datetime) -> bool:
        """Whether it is time to stop."""
        return now - self.begun >= LASTS

    @property
    def full(self) -> bool:
        """Whether the page has as many lines as it should."""
        return self.shown >= MOST_LINES

    @property
    def mark(self) -> str:
        """When it began, for the address of the page."""
        return str(int(self.begun.timestamp()))

    def parameters(self) -> dict[str, str]:
        """As the page asks with them next."""
        return {"part": "tail", "after": self.after, "begun": self.mark, "shown": str(self.shown)}


@dataclass(frozen=True, slots=True)
class Fresh:
    """What came since; `skipped` when more came than is shown."""

    rows: Sequence[SyslogMessage]
    skipped: bool
    next: Tail


def number(text: str) -> int:
    """A count from an address; 0 for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 12 else 0


def moment(seconds: int, now: datetime) -> datetime:
    """A time of day from an address, in seconds since 1970; never in the future, 0 is now."""
    return min(now, datetime.fromtimestamp(seconds, tz=now.tzinfo)) if seconds else now


def first(request: HttpRequest, rows: Sequence[SyslogMessage], until: datetime) -> Tail:
    """Where a page begins that shows these rows and was opened to follow."""
    begun = number(request.GET.get("live", ""))
    return Tail(cursor_after(rows, until), moment(begun if begun > 1 else 0, until))


def fresh(asked: search.Filters, user: Somebody, at: Tail) -> Fresh:
    """The messages that came; in a storm only the newest of them. Raises TooMuch."""
    found = search.page(asked, user, after=at.after or None, limit=ROWS)
    skipped = bool(found.newer)
    if skipped:
        found = search.page(asked, user, limit=ROWS)
    return Fresh(
        found.rows,
        skipped,
        replace(
            at,
            after=cursor_after(found.rows, asked.until) if found.rows else at.after,
            shown=at.shown + len(found.rows),
        ),
    )


def cursor_after(rows: Sequence[SyslogMessage], until: datetime) -> str:
    """The cursor of what comes after these rows (the newest first), or after a moment when there are none."""
    return str(rows[0].pk if rows else first_id(until))
