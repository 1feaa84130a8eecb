"""ntc-templates with its templates compiled once a process. No Django."""

import threading
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from inventory.parsing.rows import Row

# A compiled template keeps the rows of the parse under way, so one thread at a time may use it.
_LOCK = threading.Lock()


def parse(platform: str, command: str, text: str) -> list[Row] | None:
    """Rows of a command's output, column names in lower case; None when there is no template for the command.

    Commands are written out in full, as the files are named. Raises textfsm.TextFSMError when the text does not have
    the template's form.
    """
    with _LOCK:
        template = _template(platform, command)
        if template is None:
            return None
        template.Reset()
        columns = [name.lower() for name in template.header]
        return [dict(zip(columns, row, strict=True)) for row in template.ParseText(text)]


@lru_cache(maxsize=256)
def _template(platform: str, command: str) -> Any:
    path = _directory() / f"{platform}_{command.lstrip('/').replace(' ', '_')}.textfsm"
    if not platform or path.parent != _directory() or not path.is_file():
        return None
    from textfsm import TextFSM

    with path.open() as source:
        return TextFSM(source)


@lru_cache(maxsize=1)
def _directory() -> Path:
    # Found without importing it: the package imports a command-line table reader that nothing here needs.
    found = find_spec("ntc_templates")
    return Path(next(iter(found.submodule_search_locations or ["."])) if found else ".") / "templates"
