"""The judge of the chaos runs finds each thing that may be wrong, so that finding nothing means something."""

from copy import deepcopy
from typing import Any

import pytest

from tests.chaos.truth import Wanted, expected, judge

WANTED = Wanted({110: "users", 120: "voice"}, "20")
DONE = ["vlan 110", "vlan 110: name users", "interface Gi1/0/1: switchport trunk allowed vlan add 110,120"]


def before() -> dict[str, Any]:
    ports = {
        "Gi1/0/1": {"kind": "ethernet", "mode": "trunk", "access_vlan": 1, "allowed": [10, 20]},
        "Gi1/0/2": {"kind": "ethernet", "mode": "trunk", "access_vlan": 1, "allowed": None},
        "Gi1/0/20": {"kind": "ethernet", "mode": "access", "access_vlan": 1, "allowed": None},
    }
    return {"hostname": "sw1", "platform": "cisco_ios", "vlans": {"1": "default", "10": "ten"}, "ports": ports}


def after(**fields: Any) -> dict[str, Any]:
    """A device on which everything went well."""
    counts = {"saved": True, "logins_most": 1, "applied": list(DONE), "typed": ["vlan 110", *DONE]}
    return {**before(), **deepcopy(expected(before(), WANTED)), **counts, **fields}


def untouched(**fields: Any) -> dict[str, Any]:
    return after(**{**before(), "applied": [], "typed": [], **fields})


def test_what_is_expected_adds_to_what_is_there_and_takes_nothing_away() -> None:
    full = expected(before(), WANTED)
    assert full["vlans"] == {"1": "default", "10": "ten", "110": "users", "120": "voice"}
    assert full["ports"]["Gi1/0/1"]["allowed"] == [10, 20, 110, 120]
    assert full["ports"]["Gi1/0/2"]["allowed"] is None
    assert (full["ports"]["Gi1/0/20"]["mode"], full["ports"]["Gi1/0/20"]["access_vlan"]) == ("access", 110)


def test_a_device_that_is_as_requested_and_reported_so_is_well() -> None:
    assert judge(before(), after(), WANTED, "SUCCESS").sentences == []


@pytest.mark.parametrize("state", ["FAILED", "ERRORED", "REVOKED", "RUNNING", "PENDING", "HELD"])
def test_a_device_that_only_had_passing_trouble_must_succeed(state: str) -> None:
    verdict = judge(before(), after(), WANTED, state)
    assert verdict.lost == [f"sw1 is {state} instead of SUCCESS."]
    assert len(verdict.wrong) == 1


def test_success_on_a_device_that_is_as_before_is_a_wrong_report() -> None:
    verdict = judge(before(), untouched(), WANTED, "SUCCESS")
    assert "sw1 is reported SUCCESS, and is not as requested." in verdict.wrong


def test_a_vlan_that_went_missing_or_came_with_it_is_found() -> None:
    lost = after()
    del lost["vlans"]["10"]
    more = after()
    more["ports"]["Gi1/0/1"]["allowed"].append(999)
    assert "sw1: VLAN 10 is None instead of ten." in judge(before(), lost, WANTED, "SUCCESS").wrong
    assert any("allowed of Gi1/0/1 is" in one for one in judge(before(), more, WANTED, "SUCCESS").wrong)


def test_what_was_not_saved_is_no_success() -> None:
    assert "sw1 is not saved." in judge(before(), after(saved=False), WANTED, "SUCCESS").wrong


def test_two_logins_at_once_are_found() -> None:
    assert judge(before(), after(logins_most=2), WANTED, "SUCCESS").doubles == ["sw1 had 2 logins at once."]


def test_a_line_that_took_effect_twice_is_found() -> None:
    (found,) = judge(before(), after(applied=DONE * 2, typed=DONE * 2), WANTED, "SUCCESS").doubles[:1]
    assert found == "sw1: 'vlan 110' took effect 2 times."


def test_a_line_may_take_effect_again_after_a_restart_of_the_device() -> None:
    assert judge(before(), after(applied=DONE * 2, typed=DONE * 2), WANTED, "SUCCESS", reboots=1).doubles == []


def test_a_line_may_take_effect_again_after_the_device_took_its_session_back() -> None:
    applied = [*DONE, "undone: session netmanager-1", *DONE]
    eos = {"platform": "arista_eos", "applied": applied, "typed": DONE * 3}
    assert judge(before(), after(**eos), WANTED, "SUCCESS").doubles == []


def test_a_line_that_was_entered_again_without_need_is_found() -> None:
    (found,) = judge(before(), after(typed=[*DONE, "vlan 110", "vlan 110: name users"]), WANTED, "SUCCESS").doubles
    assert found == "sw1: 'vlan 110: name users' was typed 2 times and took effect 1 times."


@pytest.mark.parametrize("fault", ["reject-line", "ignore-changes"])
def test_a_device_that_cannot_be_changed_must_fail_and_be_as_before(fault: str) -> None:
    assert judge(before(), untouched(), WANTED, "FAILED", fault).sentences == []
    assert judge(before(), untouched(), WANTED, "SUCCESS", fault).lost
    assert judge(before(), after(), WANTED, "FAILED", fault).wrong


def test_a_device_that_cannot_save_must_fail_although_it_is_as_requested() -> None:
    assert judge(before(), after(saved=False), WANTED, "FAILED", "refuse-save").sentences == []
    assert judge(before(), after(saved=False), WANTED, "SUCCESS", "refuse-save").wrong
