"""The lines of a stored configuration as a page shows them: numbered, some marked, each with an address of its own."""

from collections.abc import Sequence
from html import escape

from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from inventory.display import visible
from inventory.models import ConfigBackup
from inventory.parsing.config_diff import lines_of
from inventory.parsing.line_ranges import around, as_text, parse_ranges

LONGEST = 1000  # characters of a line
CONTEXT = 3  # lines around one that is evidence
PART = 500  # lines a browser may pass over together while they are out of sight


def asked(request: HttpRequest) -> tuple[tuple[range, ...], str]:
    """The lines that `?lines=12,15-18` wants marked, and what is wrong with it."""
    given = request.GET.get("lines", "")
    try:
        return parse_ranges(given), ""
    except ValueError:
        said = _("lines is “%(given)s”; accepted are numbers from 1 and ranges of them, as in 12,15-18.")
        return (), said % {"given": visible(given[:40])}


def whole(text: str, marked: tuple[range, ...] = ()) -> SafeString:
    """The whole text."""
    lines = lines_of(text)
    last = len(lines) + 1
    return _parts(lines, [range(start, min(start + PART, last)) for start in range(1, last, PART)], marked)


def excerpt(text: str, marked: tuple[range, ...]) -> SafeString:
    """The marked lines with some around each; empty where the text has none of them."""
    lines = lines_of(text)
    return _parts(lines, around(marked, CONTEXT, len(lines)), marked)


def evidence(backup: ConfigBackup, numbers: list[int]) -> SafeString:
    """The lines of evidence with some around each."""
    return excerpt(backup.text.redacted, parse_ranges(as_text(numbers)))


def url_of(backup_id: int, numbers: list[int]) -> str:
    """The page of a configuration with these lines marked, at the first of them."""
    url, known = reverse("admin:inventory_configbackup_change", args=[backup_id]), sorted(n for n in numbers if n > 0)
    return f"{url}?lines={as_text(known)}#L{known[0]}" if known else url


def shown(line: str) -> str:
    """A line as plain text: what is invisible spelt out, the end of a very long one counted."""
    if len(line) <= LONGEST:
        return visible(line)
    more = _("%(count)d characters more") % {"count": len(line) - LONGEST}
    return f"{visible(line[:LONGEST])} … ({more})"


def _parts(lines: Sequence[str], ranges: Sequence[range], marked: tuple[range, ...]) -> SafeString:
    hits = {number for one in around(marked, 0, len(lines)) for number in one}
    parts = "".join(f"<div{_PART if len(one) == PART else ''}>{_numbered(lines, one, hits)}</div>" for one in ranges)
    return SafeString(f'<pre class="nm-code nm-config">{parts}</pre>' if parts else "")


def _numbered(lines: Sequence[str], numbers: range, hits: set[int]) -> str:
    # Escaped all at once: a call for each of 20,000 lines takes longer than the rest of the page.
    texts = escape("\n".join(shown(line).replace("\n", "") for line in lines[numbers.start - 1 : numbers.stop - 1]))
    return "".join(
        f'<span id="L{n}"{_HIT if n in hits else ""}><a href="#L{n}">{n}</a>{text}\n</span>'
        for n, text in enumerate(texts.split("\n"), numbers.start)
    )


_HIT, _PART = ' class="nm-hit"', ' class="nm-part"'
