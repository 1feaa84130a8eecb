"""An entry as people read it: the admin's page and the REST API say the same."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from auditlog.models import LogEntry

BESIDE = ("actor", "actor_id", "source")  # what is told of an entry by itself, and not once more as detail


@dataclass(frozen=True, slots=True)
class Change:
    """One field, before and after; secrets are masked in the entry already."""

    field: str
    before: str
    after: str


def changes_of(entry: LogEntry) -> Iterator[Change]:
    """What became different, in the order of the fields' names."""
    for field, pair in sorted((entry.changes or {}).items()):
        if isinstance(pair, dict):  # a many-to-many field
            names = ", ".join(str(name) for name in pair.get("objects", ()))
            added = pair.get("operation") == "add"
            yield Change(field, "" if added else names, names if added else "")
        else:
            before, after = (*pair, None, None)[:2]
            yield Change(field, _words(before), _words(after))


def beside(entry: LogEntry, name: str) -> str:
    """Something that is told beside the changes, or nothing."""
    return str((entry.additional_data or {}).get(name) or "")


def details(entry: LogEntry) -> dict[str, str]:
    """What else is told: the job, the verb and its sentence, the account of a process."""
    return {name: str(value) for name, value in (entry.additional_data or {}).items() if name not in BESIDE}


def _words(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
