"""The rows of a comparison as HTML: side by side, or one below the other."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from inventory.admin.config_lines import shown
from inventory.display import visible
from inventory.parsing.changed_words import Part, changed_parts
from inventory.parsing.config_diff import DiffRow
from inventory.parsing.diff_outline import Fold, Heading

Item = tuple[int, DiffRow] | Fold | Heading
OLD, NEW = " nm-old", " nm-new"
COLUMNS = {True: 4, False: 6}


@dataclass(frozen=True, slots=True)
class Way:
    """Where a fold leads: the page that shows all, and the rows to put in its place."""

    page: str
    part: str


def drawn(items: Iterable[Item], unified: bool, way: Callable[[Fold], Way]) -> SafeString:
    """All rows, escaped; `way` says where a fold leads."""
    rows = _unified(items, way) if unified else _split(items, way)
    return format_html_join("", "{}", ((row,) for row in rows))


def _split(items: Iterable[Item], way: Callable[[Fold], Way]) -> Iterator[SafeString]:
    for item in items:
        if not isinstance(item, tuple):
            yield _between(item, COLUMNS[False], way)
            continue
        number, row = item
        left, right = _texts(row)
        changed = row.kind != "same"
        yield format_html(
            '<tr id="r{}">{}{}</tr>',
            number,
            _side(row.left_number, "-" if changed else "", left),
            _side(row.right_number, "+" if changed else "", right),
        )


def _side(number: int | None, sign: str, text: SafeString | str) -> SafeString:
    if number is None:
        return _VOID
    tone = {"-": OLD, "+": NEW}.get(sign, "")
    return format_html(
        '<td class="nm-no">{}</td><td class="nm-sign{}">{}</td><td class="nm-side{}">{}</td>',
        number, tone, sign, tone, text,
    )  # fmt: skip


_VOID = SafeString('<td class="nm-void" colspan="3"></td>')


def _unified(items: Iterable[Item], way: Callable[[Fold], Way]) -> Iterator[SafeString]:
    """Of lines changed together first all that are removed, then all that are added."""
    added: list[SafeString] = []
    for item in items:
        row = item[1] if isinstance(item, tuple) else None
        if row is None or row.kind == "same":
            yield from added
            added = []
        if not isinstance(item, tuple):
            yield _between(item, COLUMNS[True], way)
            continue
        number, row = item
        left, right = _texts(row)
        name = format_html(' id="r{}"', number)
        if row.kind == "same":
            yield _line(name, row.left_number, row.right_number, "", left)
        if row.kind in ("removed", "changed"):
            yield _line(name, row.left_number, None, "-", left)
        if row.kind in ("added", "changed"):
            added.append(_line(name if row.kind == "added" else "", None, row.right_number, "+", right))
    yield from added


def _line(name: str, left: int | None, right: int | None, sign: str, text: SafeString | str) -> SafeString:
    tone = {"-": OLD, "+": NEW}.get(sign, "")
    return format_html(
        '<tr{}><td class="nm-no">{}</td><td class="nm-no">{}</td><td class="nm-sign{}">{}</td>'
        '<td class="nm-side{}">{}</td></tr>',
        name, left or "", right or "", tone, sign, tone, text,
    )  # fmt: skip


def _between(item: Fold | Heading, columns: int, way: Callable[[Fold], Way]) -> SafeString:
    if isinstance(item, Heading):
        return format_html('<tr><th class="nm-at" colspan="{}">{}</th></tr>', columns, visible(item.name))
    told = ngettext("%(counter)s unchanged line", "%(counter)s unchanged lines", item.hidden) % {"counter": item.hidden}
    leads = way(item)
    return format_html(
        '<tr><td class="nm-fold" colspan="{}"><a href="{}" hx-get="{}" hx-target="closest tr" hx-swap="outerHTML">'
        '<span class="material-symbols-outlined" aria-hidden="true">unfold_more</span>{}</a></td></tr>',
        columns, leads.page, leads.part, told,
    )  # fmt: skip


def _texts(row: DiffRow) -> tuple[SafeString | str, SafeString | str]:
    parts = changed_parts(row.left, row.right) if row.kind == "changed" else None
    if parts is None:
        return shown(row.left), shown(row.right)
    return _marked(row.left, parts[0]), _marked(row.right, parts[1])


def _marked(line: str, part: Part) -> SafeString | str:
    start, stop = part
    if start == stop:
        return shown(line)
    return format_html("{}<mark>{}</mark>{}", visible(line[:start]), visible(line[start:stop]), visible(line[stop:]))
