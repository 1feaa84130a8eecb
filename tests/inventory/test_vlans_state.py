"""What a switch is like, read from its configuration and its tables: a case is a pair of files."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.facts import InterfaceFact, VlanFact
from inventory.platforms import get_platform, platforms
from inventory.vlans import SwitchState, switch_state

DEPLOYABLE = tuple(slug for slug, platform in platforms().items() if platform.vlan_templates)
CASES = sorted(Path("tests/data").glob("*/vlan_config/*.txt"))


def facts(told: dict[str, Any]) -> tuple[InterfaceFact, ...]:
    """What the device's tables say, as a case tells it."""
    lists = ("tagged_vlans", "addresses")
    return tuple(
        InterfaceFact(name, **{key: tuple(value) if key in lists else value for key, value in fields.items()})
        for name, fields in told.items()
    )


def readable(state: SwitchState) -> dict[str, Any]:
    """A state as the cases write it."""
    return {
        "vlans": {str(vid): name for vid, name in state.vlans.items()},
        "ports": {
            name: [one.mode, one.access_vlan, one.native_vlan, None if one.allowed is None else sorted(one.allowed)]
            for name, one in state.ports.items()
        },
        "svis": {str(vid): list(addresses) for vid, addresses in state.svis.items()},
        "members": dict(state.members),
        "negotiated": sorted(one.name for one in state.ports.values() if one.negotiated),
        "shared": sorted(one.name for one in state.ports.values() if one.shared),
        "elsewhere": {str(vid): why for vid, why in state.elsewhere.items()},
        "taken": sorted(state.taken),
    }


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parts[2]}-{path.stem}")
def test_it_reads_a_configuration(path: Path) -> None:
    wanted = json.loads(path.with_suffix(".json").read_text())
    state = switch_state(get_platform(path.parts[2]), (), facts(wanted.pop("facts", {})), path.read_text())
    told = readable(state)
    empty: dict[str, Any] = {name: type(value)() for name, value in told.items()}
    assert told == {**empty, **wanted}


@pytest.mark.parametrize("slug", DEPLOYABLE)
@given(
    text=st.one_of(st.text(max_size=300), st.text('{};[] irbvlansetfmy109-"\n', max_size=300)),
    vlans=st.lists(st.builds(VlanFact, vid=st.integers(2, 30), name=st.text(max_size=8)), max_size=3),
)
def test_rubbish_for_a_configuration_is_read_without_a_fault(slug: str, text: str, vlans: list[VlanFact]) -> None:
    state = switch_state(get_platform(slug), tuple(vlans), (), f"interface x\n {text}\nvlan {text}\n{text}")
    assert {vlan.vid for vlan in vlans} <= state.vlans.keys()


WORDS = ("vlans", "interfaces", "interface-range", "groups", "apply-groups", "a", "irb", "unit", "0", "10", "family",
         "inet", "address", "10.0.0.1/24", "ethernet-switching", "vlan", "members", "member", "member-range", "to",
         "l3-interface", "irb.10", "irb.", "vlan-id", "native-vlan-id", "802.3ad", "ether-options", "<*>", "all",
         "interface-mode", "trunk", "[", "]", "{", "}", ";")  # fmt: skip


@given(words=st.lists(st.sampled_from(WORDS), max_size=40), form=st.sampled_from(("set ", "deactivate ", "")))
def test_any_order_of_known_words_is_read_without_a_fault(words: list[str], form: str) -> None:
    text = form + " ".join(words) + "\n" + "\n".join(f"{form}{' '.join(words[start:])}" for start in range(5))
    assert set(switch_state(get_platform("juniper_junos"), (), (), text).vlans) <= {0, 10} | set(range(1, 4095))


def test_a_platform_that_cannot_be_deployed_to_is_refused() -> None:
    with pytest.raises(ValueError, match="it cannot be deployed to"):
        switch_state(get_platform("linux"), (), (), "")
