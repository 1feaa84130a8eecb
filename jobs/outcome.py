"""What an operation answers. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one target.

    `ok`: the work was done and the answer is yes. `message` is one sentence for the operator.
    `changed`: something stored or on the device is different from before. `result` is JSON-able.
    """

    ok: bool
    message: str
    changed: bool = False
    diff: str = ""
    result: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
