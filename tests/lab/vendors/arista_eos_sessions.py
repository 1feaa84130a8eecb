"""EOS configuration sessions: a candidate beside the running configuration, and a commit that undoes itself."""

import asyncio
import difflib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.lab import snapshot
from tests.lab.snapshot import Snapshot
from tests.lab.state import Device
from tests.lab.vendors.arista_eos_text import running_config

if TYPE_CHECKING:
    from tests.lab.vendors.arista_eos import AristaEosCli

_ABSENT = "% Session {} does not exist\n"


@dataclass(slots=True)
class Candidate:
    """One session; `before` is what an unconfirmed commit goes back to."""

    name: str
    twin: Device
    state: str = "pending"  # pending, pendingCommitTimer
    before: Snapshot | None = None
    commit_by: float = 0.0  # uptime at which the commit is undone
    timer: asyncio.TimerHandle | None = field(default=None, repr=False)

    def forget(self) -> None:
        """Stop the clock."""
        if self.timer:
            self.timer.cancel()


def enter(cli: "AristaEosCli", name: str = "sess-1") -> str:
    """`configure session NAME`: a new candidate, or one that was left."""
    refusal = cli.opened()
    if refusal:
        return refusal
    found = cli.device.candidates.get(name)
    if found is not None and found.before is not None:
        return f"% Session {name} waits for the confirmation of its commit\n"
    if found is None:
        found = cli.device.candidates[name] = Candidate(name, snapshot.copy(cli.device))
    cli.session, cli.twin, cli.mode = found, found.twin, "config"
    return ""


def abort(cli: "AristaEosCli", name: str) -> str:
    """`configure session NAME abort`: drop the candidate, or undo its commit that waits for its confirmation."""
    candidate = cli.device.candidates.pop(name, None)
    if candidate is None:
        return _ABSENT.format(name)
    _undo(cli.device, candidate)
    return ""


def commit(cli: "AristaEosCli", name: str, timer: str = "") -> str:
    """`configure session NAME commit [timer HH:MM:SS]`; the second commit confirms the first."""
    device = cli.device
    candidate = device.candidates.get(name)
    if candidate is None:
        return _ABSENT.format(name)
    if candidate.before is None and not cli.faults.has("ignore-changes"):
        candidate.before = snapshot.take(device)
        snapshot.restore(device, snapshot.take(candidate.twin))
        device.applied += candidate.twin.applied
    if timer:
        _start(device, candidate, timer)
    else:
        candidate.forget()
        del device.candidates[name]
    cli.cut = bool(cli.faults.spend("cut-in-commit"))
    return ""


def diffs(cli: "AristaEosCli", name: str) -> str:
    """`show session-config named NAME diffs`: the candidate against the running configuration."""
    candidate = cli.device.candidates.get(name)
    if candidate is None:
        return _ABSENT.format(name)
    old, new = (running_config(device).splitlines(keepends=True) for device in (cli.device, candidate.twin))
    return "".join(difflib.unified_diff(old, new, "system:/running-config", f"session:/{name}-session-config"))


def listing(cli: "AristaEosCli") -> dict[str, Any]:
    """`show configuration sessions [detail] | json`."""
    sessions: dict[str, dict[str, Any]] = {
        candidate.name: {"state": candidate.state, "description": "", "instances": {}}
        | ({"commitBy": candidate.commit_by} if candidate.before else {})
        for candidate in cli.device.candidates.values()
    }
    if cli.faults.has("config-locked"):
        sessions["bob-1"] = {"state": "pending", "description": "", "instances": {"312": {"user": "bob"}}}
    return {"sessions": sessions, "maxSavedSessions": 1, "maxOpenSessions": 5}


def keep_startup(cli: "AristaEosCli", name: str) -> str:
    """`copy startup-config flash:FILE`."""
    if cli.device.saved is not None:
        cli.device.files[name] = cli.device.saved
    return "Copy completed successfully.\n"


def replace(cli: "AristaEosCli", name: str) -> str:
    """`configure replace flash:FILE`."""
    kept = cli.device.files.get(name)
    if kept is None:
        return f"% Error opening {name} (No such file or directory)\n"
    snapshot.restore(cli.device, kept)
    cli.device.applied.append(f"configure replace {name}")
    return ""


def _start(device: Device, candidate: Candidate, timer: str) -> None:
    hours, minutes, seconds = (int(part) for part in timer.split(":"))
    wait = hours * 3600 + minutes * 60 + seconds
    candidate.state, candidate.commit_by = "pendingCommitTimer", device.uptime + wait
    candidate.timer = asyncio.get_running_loop().call_later(wait, _expire, device, candidate)


def _expire(device: Device, candidate: Candidate) -> None:
    device.candidates.pop(candidate.name, None)
    _undo(device, candidate)


def _undo(device: Device, candidate: Candidate) -> None:
    candidate.forget()
    if candidate.before is not None:
        snapshot.restore(device, candidate.before)
        device.applied.append(f"undone: session {candidate.name}")
