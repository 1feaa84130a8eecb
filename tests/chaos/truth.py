"""What the lab says after a deployment, held against what was asked for and what the job reports. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

State = Mapping[str, Any]  # of one device, as tests/lab/control.py tells it

UNDONE = ("undone:", "configure replace")  # a device takes back a session, a product a configuration


@dataclass(frozen=True, slots=True)
class Wanted:
    """VLAN id -> name, and the port pattern that becomes an access port of the first of them."""

    vlans: Mapping[int, str]
    port: str

    @property
    def access(self) -> int:
        """The VLAN of the access port."""
        return next(iter(self.vlans))


@dataclass(frozen=True, slots=True)
class Suffered:
    """What one device went through. `stubborn`: the fault that never went away.

    `reboots`: it lost what was not saved. `freezes`: a worker stood still while it was logged in, so that nobody could
    end its session before the next worker logged in.
    """

    stubborn: str = ""
    reboots: int = 0
    freezes: int = 0


@dataclass(slots=True)
class Verdict:
    """Sentences by what is wrong; empty lists are what is hoped for."""

    doubles: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def sentences(self) -> list[str]:
        """All of them."""
        return [*self.doubles, *self.lost, *self.wrong]


def expected(before: State, wanted: Wanted) -> dict[str, Any]:
    """VLANs and ports of a device after the deployment, exactly."""
    vids = set(wanted.vlans)
    ports = {name: dict(port) for name, port in before["ports"].items()}
    for name, port in ports.items():
        if port["mode"] == "trunk" and port["allowed"] is not None:
            port["allowed"] = sorted(vids | set(port["allowed"]))
        if port["kind"] == "ethernet" and name.endswith(wanted.port):
            port["mode"], port["access_vlan"] = "access", wanted.access
    return {"vlans": before["vlans"] | {str(vid): name for vid, name in wanted.vlans.items()}, "ports": ports}


def judge(before: State, after: State, wanted: Wanted, target: str, suffered: Suffered) -> Verdict:
    """One device. `target` is the state that the job reports."""
    verdict = Verdict()
    name, there, full = before["hostname"], _shown(after), expected(before, wanted)
    if suffered.stubborn == "refuse-save":
        hoped, reported, saved = full, "FAILED", False
    elif suffered.stubborn:
        hoped, reported, saved = _shown(before), "FAILED", True
    else:
        hoped, reported, saved = full, "SUCCESS", True
    if (target == "SUCCESS") != (there == full and after["saved"]):
        verdict.wrong.append(f"{name} is reported {target}, and {'is' if there == full else 'is not'} as requested.")
    if target != reported:
        verdict.lost.append(f"{name} is {target} instead of {reported}.")
    verdict.wrong += [f"{name}: {what}" for what in _differences(hoped, there)]
    if after["saved"] != saved:
        verdict.wrong.append(f"{name} is {'' if after['saved'] else 'not '}saved.")
    if after["logins_most"] > 1 + suffered.freezes:
        verdict.doubles.append(f"{name} had {after['logins_most']} logins at once.")
    verdict.doubles += [f"{name}: {what}" for what in _doubles(after, suffered)]
    return verdict


def _shown(state: State) -> dict[str, Any]:
    return {"vlans": dict(state["vlans"]), "ports": dict(state["ports"])}


def _differences(hoped: Mapping[str, Any], there: Mapping[str, Any]) -> Iterator[str]:
    for vid in sorted(hoped["vlans"].keys() | there["vlans"].keys()):
        if hoped["vlans"].get(vid) != there["vlans"].get(vid):
            yield f"VLAN {vid} is {there['vlans'].get(vid)} instead of {hoped['vlans'].get(vid)}."
    for name in sorted(hoped["ports"].keys() | there["ports"].keys()):
        was, now = hoped["ports"].get(name, {}), there["ports"].get(name, {})
        for part in was.keys() | now.keys():
            if was.get(part) != now.get(part):
                yield f"{part} of {name} is {now.get(part)} instead of {was.get(part)}."


def _doubles(after: State, suffered: Suffered) -> Iterator[str]:
    """Lines that took effect more often than a device was brought back before, and lines repeated blindly.

    A line that opens a place ("vlan 110") may be typed again to get there, one inside of it may not once it has
    taken effect. Where lines wait in a session to be committed, those of a session that was given up count for nothing.
    """
    for line, count in Counter(_lasting(after["applied"])).items():
        if count > 1 + suffered.reboots:
            yield f"{line!r} took effect {count} times."
    if suffered.stubborn or after["platform"] == "arista_eos":
        return
    applied, typed = Counter(after["applied"]), Counter(after["typed"])
    for line, count in applied.items():
        if ": " in line and typed[line] > count:
            yield f"{line!r} was typed {typed[line]} times and took effect {count} times."


def _lasting(applied: list[str]) -> list[str]:
    """The lines since the device took a whole session back."""
    last = max((n for n, line in enumerate(applied) if line.startswith(UNDONE)), default=-1)
    return applied[last + 1 :]
