"""The page of two configurations: what changed, where, and the lines, page by page."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inventory.admin.diff_rows import Item, Way, drawn
from inventory.display import visible
from inventory.models import ConfigBackup
from inventory.parsing.config_diff import compare
from inventory.parsing.diff_outline import PAGE, Fold, outline
from inventory.parsing.line_ranges import parse_ranges

SECTIONS = 300  # listed beside a page
UNFOLDED = 1000  # rows shown by one click
SOUGHT = 200  # characters of a section or line to look for


def url_of(newer_id: int, older_id: int, section: str = "") -> str:
    """The page that compares two backups, at a section or line of it."""
    asked = {"against": older_id} | ({"section": section[:SOUGHT]} if section else {})
    return f"{reverse('admin:inventory_configbackup_diff', args=[newer_id])}?{urlencode(asked)}"


@dataclass(frozen=True, slots=True)
class Place:
    """A changed section on this page, or the way to it."""

    name: str
    url: str
    added: int
    removed: int


class DiffPage:
    """What the template shows; `against` on the left or removed, `right` on the right or added."""

    def __init__(self, request: HttpRequest, left: ConfigBackup, right: ConfigBackup) -> None:
        self.left, self.right = left, right
        self.unified = request.GET.get("view") == "unified"
        self.whole = "all" in request.GET
        self.sought = request.GET.get("section", "")[:SOUGHT]
        found = compare(left.text.redacted, right.text.redacted)
        self.approximate = found.approximate
        self.outline = outline(found.rows, self.whole)
        asked = request.GET.get("page", "")
        wanted = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 9 else 1
        self.page = min(max(wanted, 1), self.pages)

    @property
    def pages(self) -> int:
        """How many there are."""
        return self.outline.pages

    @property
    def secrets_only(self) -> bool:
        """What differs is masked in both."""
        return not self.outline.sections and self.left.text_id != self.right.text_id

    @property
    def summary(self) -> str:
        """How much changed, '' when nothing did."""
        made = self.outline
        added = ngettext("%(count)d line added", "%(count)d lines added", made.added) % {"count": made.added}
        removed = ngettext("%(count)d removed", "%(count)d removed", made.removed) % {"count": made.removed}
        count = len(made.sections)
        sections = ngettext("%(count)d section", "%(count)d sections", count) % {"count": count}
        said = {"added": added, "removed": removed, "sections": sections}
        return _("%(added)s, %(removed)s, in %(sections)s.") % said if count else ""

    @property
    def rows(self) -> SafeString:
        """The rows of this page."""
        return self._html(self.outline.items(self.page))

    @property
    def places(self) -> list[Place]:
        """The changed sections that begin on this page."""
        found = self.outline.sections_on(self.page)[:SECTIONS]
        return [Place(visible(one.name), f"#r{one.row}", one.added, one.removed) for one in found]

    @property
    def more_places(self) -> int:
        """Sections that begin on this page and are not listed."""
        return max(len(self.outline.sections_on(self.page)) - SECTIONS, 0)

    def found_url(self) -> str | None:
        """Where the sought section or line stands; None without one."""
        row = self.outline.find(self.sought)
        return None if row is None else f"{self.url(page=self.outline.page_of(row))}#r{row}"

    def unfolded(self, text: str) -> SafeString:
        """The rows that a fold `text`, "12-80", hides, numbers from 1; a long one leaves some. Empty for rubbish."""
        try:
            ranges = parse_ranges(text)
        except ValueError:
            return SafeString("")
        rows = self.outline.rows
        items: list[Item] = []
        for one in ranges[:1]:
            stop = min(one.stop - 1, len(rows))
            last = min(one.start - 1 + UNFOLDED, stop)
            items += [(number, rows[number]) for number in range(one.start - 1, last)]
            items += [Fold(last, stop)] if last < stop else []
        return self._html(items)

    def url(self, **changes: object) -> str:
        """This page's address with some of it changed; None takes it out."""
        now: dict[str, object] = {
            "against": self.left.pk,
            "view": "unified" if self.unified else None,
            "all": 1 if self.whole else None,
            "page": self.page if self.page > 1 else None,
        }
        return "?" + urlencode({name: value for name, value in (now | changes).items() if value is not None})

    @property
    def other_view_url(self) -> str:
        """Unified for side by side, and back."""
        return self.url(view=None if self.unified else "unified")

    @property
    def fold_url(self) -> str:
        """Changes only for the whole text, and back."""
        return self.url(all=None if self.whole else 1, page=None)

    @property
    def before_url(self) -> str:
        """The page before, '' on the first."""
        return self.url(page=self.page - 1) if self.page > 1 else ""

    @property
    def after_url(self) -> str:
        """The next page, '' on the last."""
        return self.url(page=self.page + 1) if self.page < self.pages else ""

    def _html(self, items: Iterable[Item]) -> SafeString:
        return drawn(items, self.unified, self._way)

    def _way(self, fold: Fold) -> Way:
        page = f"{self.url(all=1, page=fold.start // PAGE + 1)}#r{fold.start}"
        return Way(page, self.url(fold=f"{fold.start + 1}-{fold.stop}"))
