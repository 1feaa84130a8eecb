"""What an operation answers. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one target.

    `ok`: the work was done and the answer is yes. `message` is one sentence for the operator.
    `stopped`: the job was cancelled before this target was done, and what is done is kept.
    `changed`: something stored or on the device is different from before. `result` is JSON-able.
    `plan`: what is to be done to the device, JSON-able; with it the target is held until its turn comes.
    """

    ok: bool
    message: str
    changed: bool = False
    diff: str = ""
    stopped: bool = False
    result: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    plan: Mapping[str, Any] | None = None
