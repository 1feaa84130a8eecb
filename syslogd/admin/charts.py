"""The messages of the window over time, as bars made of HTML: each leads to its part of the window."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from inventory.admin.columns import device_link
from inventory.display import Tone, visible
from syslogd.admin.address import BETWEEN, Address, local
from syslogd.search import Bucket, Tops

HIGH = 96  # pixels of the highest bar
DAY = timedelta(days=1)
EMPTY = SafeString()


@dataclass(frozen=True, slots=True)
class Group:
    """Severities that are drawn as one."""

    key: str
    title: str | Promise
    tone: Tone
    severities: tuple[int | None, ...]


# From the bottom of a bar upwards: what matters stands on the line and can be compared.
GROUPS = (
    Group("error", gettext_lazy("error and worse"), Tone.BAD, (0, 1, 2, 3)),
    Group("warning", gettext_lazy("warning"), Tone.WARN, (4,)),
    Group("notice", gettext_lazy("notice"), Tone.BUSY, (5,)),
    Group("rest", gettext_lazy("informational, debug or none"), Tone.NONE, (6, 7, None)),
)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bucket. `parts` are heights in pixels with their tones; `words` say the same in a sentence."""

    query: str
    words: str
    parts: tuple[tuple[Tone, int], ...]


@dataclass(frozen=True, slots=True)
class Legend:
    """A tone's meaning and how many messages there are of it."""

    tone: Tone
    title: str
    count: str


@dataclass(frozen=True, slots=True)
class Chart:
    """All bars with their scale."""

    bars: list[Bar]
    highest: str
    total: str
    legend: list[Legend]
    times: list[str]


def chart(buckets: Sequence[Bucket], address: Address) -> Chart:
    """The bars of a histogram."""
    highest = max((sum(bucket.counts.values()) for bucket in buckets), default=0)
    sums = {group: sum(_in(bucket, group) for bucket in buckets) for group in GROUPS}
    return Chart(
        bars=[_bar(bucket, highest, address) for bucket in buckets],
        highest=f"{highest:,}",
        total=messages(sum(sums.values())),
        legend=[Legend(group.tone, str(group.title), f"{count:,}") for group, count in sums.items() if count],
        times=_marks(buckets),
    )


def _bar(bucket: Bucket, highest: int, address: Address) -> Bar:
    parts = tuple((group.tone, height) for group in GROUPS if (height := _height(_in(bucket, group), highest)))
    narrowed = address.but(window=BETWEEN, since=local(bucket.start), until=local(bucket.end))
    return Bar(narrowed, _words(bucket), parts)


def _height(count: int, highest: int) -> int:
    """In pixels; a single message among a million is seen, too."""
    return max(2, round(HIGH * count / highest)) if count else 0


def _in(bucket: Bucket, group: Group) -> int:
    return sum(bucket.counts.get(severity, 0) for severity in group.severities)


def _words(bucket: Bucket) -> str:
    count = sum(bucket.counts.values())
    said = [messages(count)]
    said += [f"{found:,} {group.title}" for group in GROUPS if (found := _in(bucket, group))]
    return _("%(since)s to %(until)s: %(counts)s") % {
        "since": date_format(timezone.localtime(bucket.start), "m-d H:i:s"),
        "until": date_format(timezone.localtime(bucket.end), "H:i:s"),
        "counts": ", ".join(said),
    }


def _marks(buckets: Sequence[Bucket]) -> list[str]:
    """Times below the bars: begin, middle, end."""
    if not buckets:
        return []
    several_days = buckets[-1].end - buckets[0].start > DAY
    form = "m-d H:i" if several_days else "H:i:s"
    moments = (buckets[0].start, buckets[len(buckets) // 2].start, buckets[-1].end)
    return [date_format(timezone.localtime(moment), form) for moment in moments]


def messages(count: int) -> str:
    """A count in words."""
    return ngettext("%(count)s message", "%(count)s messages", count) % {"count": f"{count:,}"}


@dataclass(frozen=True, slots=True)
class Top:
    """One line of a top list; `query` shows its messages alone. A source that is no device has no `who`."""

    who: SafeString
    text: str
    query: str
    count: str


@dataclass(frozen=True, slots=True)
class TopLists:
    """Who sends most, and what is said most."""

    sources: list[Top]
    mnemonics: list[Top]


def top_lists(found: Tops, address: Address) -> TopLists:
    """The lists with their links."""
    return TopLists(
        [
            Top(
                device_link(top.device) if top.device else EMPTY,
                top.source,
                address.but(source=top.source),
                f"{top.count:,}",
            )
            for top in found.sources
        ],
        [
            Top(EMPTY, visible(top.mnemonic), address.but(mnemonic=top.mnemonic), f"{top.count:,}")
            for top in found.mnemonics
        ],
    )
