"""What the explorer is asked for, as an address: every filter stands in the URL, so that a view can be sent on."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlencode

from django.http import HttpRequest
from django.utils import timezone

# In the order of the form. `text` comes last, so that a word is added by writing it behind the address.
FILTERS = (
    "window", "since", "until", "device", "site", "severity", "facility", "source", "hostname", "mnemonic", "app_name",
    "unparsed", "text",
)  # fmt: skip
BETWEEN = "between"  # the window that `since` and `until` tell
LONGEST = 2000  # characters of one filter: no more are carried along


@dataclass(frozen=True, slots=True)
class Address:
    """The filters that are set, by name. `root` is the path of the explorer, empty on its own page."""

    filters: tuple[tuple[str, str], ...]
    root: str = ""

    @classmethod
    def of(cls, request: HttpRequest) -> "Address":
        """From the request; what is empty or unknown is left out, and times without the window that needs them."""
        told = {name: request.GET.get(name, "").strip()[:LONGEST] for name in FILTERS}
        if told["window"] != BETWEEN:
            told["since"] = told["until"] = ""
        return cls(tuple((name, value) for name, value in told.items() if value))

    def but(self, **other: str) -> str:
        """The address with some filters changed; an empty one is left out."""
        parts = dict(self.filters) | other
        ordered = sorted(parts, key=lambda name: FILTERS.index(name) if name in FILTERS else -1)
        return f"{self.root}?" + urlencode({name: parts[name] for name in ordered if parts[name]})

    def adding_a_word(self) -> str:
        """The address to which a (quoted) word is appended."""
        others, text = self.but(text=""), dict(self.filters).get("text", "")
        joint = "" if others.endswith("?") else "&"
        return f"{others}{joint}text={quote(text + ' ' if text else '')}"


def local(moment: datetime) -> str:
    """As the form's fields write a time: in the operator's zone, to the second, without naming the zone."""
    return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M:%S")
