"""The kinds of job. One file a kind; each defines OPERATION. A new file is a new kind."""

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from jobs.outcome import Outcome

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from inventory.models import Device
    from jobs.claim import Claim
    from jobs.models import Job

Parameters = dict[str, Any]
BLOCK = 100  # targets that `run_block` is handed at most


class BadParameters(ValueError):
    """A job was asked for with wrong parameters: field name -> sentence."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        self.errors = dict(errors)
        super().__init__(" ".join(self.errors.values()))


@dataclass(frozen=True, slots=True)
class Plan:
    """What a job will touch: address blocks, for kinds that do not work on known devices."""

    parameters: Parameters
    blocks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """How one kind of job runs.

    `permission` is needed to start it. `on_devices`: the targets are devices, else the blocks of `prepare`.
    `prepare` checks and completes the parameters, `check` holds them against the devices chosen (both raise
    BadParameters); `run` does one target and raises only DeviceError for what the device did wrong; `finish` runs once
    when the last target has ended and returns what goes into the job's result.
    `logs_in`: each target is a login to its device, of which there is one at a time.
    `writes`: devices are changed; a repeated run must judge by the target's journal what was done before.
    `finds`: devices come in that were not known, so the job is told the `sites` of who asked for it.
    `run_block`: for kinds that touch only the database; does many targets of a job at once, see jobs/block.py, and may
    raise anything: then each is done by `run`.
    `whole`: the targets make one thing together, so what failed is tried again from the beginning.
    `staged`: the targets are planned first and then carried out in rings, see jobs/rollout.py.
    """

    kind: str
    title: str
    queue: str
    permission: str
    on_devices: bool
    run: Callable[["Claim"], Outcome]
    prepare: Callable[[Parameters], Plan] = lambda parameters: Plan(parameters)
    check: Callable[[Parameters, "QuerySet[Device]"], None] = lambda parameters, devices: None
    finish: Callable[["Job"], Mapping[str, Any]] = lambda job: {}
    run_block: Callable[[Sequence["Claim"]], Sequence[Outcome]] | None = None
    logs_in: bool = False
    writes: bool = False
    staged: bool = False
    whole: bool = False
    finds: bool = False
    attempts: int = 2


@cache
def operations() -> dict[str, Operation]:
    """All kinds by name."""
    found = (importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__))
    return {module.OPERATION.kind: module.OPERATION for module in found}


def readings() -> tuple[Operation, ...]:
    """The kinds that any device may be asked for without a plan: they know devices and change none."""
    return tuple(one for one in operations().values() if one.on_devices and not one.writes)


def get_operation(kind: str) -> Operation:
    """The operation of a kind; raises BadParameters naming the known kinds."""
    try:
        return operations()[kind]
    except KeyError:
        raise BadParameters({"kind": f"{kind!r} is not one of: {', '.join(sorted(operations()))}."}) from None
