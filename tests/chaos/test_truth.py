"""The judge of the chaos runs finds each thing that may be wrong, so that finding nothing means something."""

from copy import deepcopy
from typing import Any

import pytest

from tests.chaos import truth
from tests.chaos.truth import Suffered, Verdict, Wanted, expected

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


def judge(after: dict[str, Any], target: str, **suffered: Any) -> Verdict:
    return truth.judge(before(), after, WANTED, target, Suffered(**suffered))


def test_what_is_expected_adds_to_what_is_there_and_takes_nothing_away() -> None:
    full = expected(before(), WANTED)
    assert full["vlans"] == {"1": "default", "10": "ten", "110": "users", "120": "voice"}
    assert full["ports"]["Gi1/0/1"]["allowed"] == [10, 20, 110, 120]
    assert full["ports"]["Gi1/0/2"]["allowed"] is None
    assert (full["ports"]["Gi1/0/20"]["mode"], full["ports"]["Gi1/0/20"]["access_vlan"]) == ("access", 110)


def test_a_device_that_is_as_requested_and_reported_so_is_well() -> None:
    assert judge(after(), "SUCCESS").sentences == []


@pytest.mark.parametrize("state", ["FAILED", "ERRORED", "REVOKED", "RUNNING", "PENDING", "HELD"])
def test_a_device_that_only_had_passing_trouble_must_succeed(state: str) -> None:
    verdict = judge(after(), state)
    assert verdict.lost == [f"sw1 is {state} instead of SUCCESS."]
    assert len(verdict.wrong) == 1


def test_success_on_a_device_that_is_as_before_is_a_wrong_report() -> None:
    verdict = judge(untouched(), "SUCCESS")
    assert "sw1 is reported SUCCESS, and is not as requested." in verdict.wrong


def test_a_vlan_that_went_missing_or_came_with_it_is_found() -> None:
    lost = after()
    del lost["vlans"]["10"]
    more = after()
    more["ports"]["Gi1/0/1"]["allowed"].append(999)
    assert "sw1: VLAN 10 is None instead of ten." in judge(lost, "SUCCESS").wrong
    assert any("allowed of Gi1/0/1 is" in one for one in judge(more, "SUCCESS").wrong)


def test_what_was_not_saved_is_no_success() -> None:
    assert "sw1 is not saved." in judge(after(saved=False), "SUCCESS").wrong


def test_two_logins_at_once_are_found() -> None:
    assert judge(after(logins_most=2), "SUCCESS").doubles == ["sw1 had 2 logins at once."]


def test_a_worker_that_stood_still_may_leave_its_session_open_and_excuses_no_third_login() -> None:
    assert judge(after(logins_most=2), "SUCCESS", freezes=1).doubles == []
    assert judge(after(logins_most=3), "SUCCESS", freezes=1).doubles == ["sw1 had 3 logins at once."]


def test_a_line_that_took_effect_twice_is_found() -> None:
    (found,) = judge(after(applied=DONE * 2, typed=DONE * 2), "SUCCESS").doubles[:1]
    assert found == "sw1: 'vlan 110' took effect 2 times."


def test_a_line_may_take_effect_again_after_a_restart_of_the_device() -> None:
    assert judge(after(applied=DONE * 2, typed=DONE * 2), "SUCCESS", reboots=1).doubles == []


def test_a_line_may_take_effect_again_after_the_device_took_its_session_back() -> None:
    applied = [*DONE, "undone: session netmanager-1", *DONE]
    eos = {"platform": "arista_eos", "applied": applied, "typed": DONE * 3}
    assert judge(after(**eos), "SUCCESS").doubles == []


def test_a_line_that_was_entered_again_without_need_is_found() -> None:
    (found,) = judge(after(typed=[*DONE, "vlan 110", "vlan 110: name users"]), "SUCCESS").doubles
    assert found == "sw1: 'vlan 110: name users' was typed 2 times and took effect 1 times."


@pytest.mark.parametrize("fault", ["reject-line", "ignore-changes"])
def test_a_device_that_cannot_be_changed_must_fail_and_be_as_before(fault: str) -> None:
    assert judge(untouched(), "FAILED", stubborn=fault).sentences == []
    assert judge(untouched(), "SUCCESS", stubborn=fault).lost
    assert judge(after(), "FAILED", stubborn=fault).wrong


def test_a_device_that_cannot_save_must_fail_although_it_is_as_requested() -> None:
    assert judge(after(saved=False), "FAILED", stubborn="refuse-save").sentences == []
    assert judge(after(saved=False), "SUCCESS", stubborn="refuse-save").wrong
