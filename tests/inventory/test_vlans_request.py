"""What may be asked for: every wrong field is told in words, and what is not wrong can be planned."""

import ipaddress
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.vlans import request_errors, request_of


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({}, "vlans"),
        ({"vlans": []}, "vlans"),
        ({"vlans": [{"vid": vid} for vid in range(2, 300)]}, "vlans"),
        ({"vlans": [7]}, "vlans[0]"),
        *(({"vlans": [{"vid": vid}]}, "vlans[0].vid") for vid in (0, 1, 4095, -1, "10", True, None, 2.0)),
        ({"vlans": [{"vid": 10}, {"vid": 10, "name": "x"}]}, "vlans[1].vid"),
        ({"vlans": [{"vid": 10, "name": "x"}, {"vid": 11, "name": "X"}]}, "vlans[1].name"),
        *(({"vlans": [{"vid": 10, "name": name}]}, "vlans[0].name") for name in ("all", "Default", "NONE")),
        ({"vlans": [{"vid": 10, "address": "10.0.0.1/24"}, {"vid": 11, "address": "10.0.0.129/25"}]},
         "vlans[1].address"),
        ({"vlans": [{"vid": 10, "colour": "red"}]}, "vlans[0].colour"),
        *(({"vlans": [{"vid": 10, "name": name}]}, "vlans[0].name") for name in ("a b", "x" * 33, "a\nb", "12", "?")),
        *(
            ({"vlans": [{"vid": 10, "address": one}]}, "vlans[0].address")
            for one in ("10.0.0.1", "10.0.0.0/24", "10.0.0.255/24", "x/24", "::1/64", "127.0.0.1/8", 7)
        ),
        ({"vlans": [{"vid": 10, "access_ports": ["all"]}]}, "vlans[0].access_ports"),
        ({"vlans": [{"vid": 10, "access_ports": ["Gi1/0/1"]}, {"vid": 11, "access_ports": ["Gi1/0/1"]}]},
         "vlans[1].access_ports"),
        ({"vlans": [{"vid": 10}], "trunks": ["Gi1/0/1\nreload"]}, "trunks"),
        ({"vlans": [{"vid": 10}], "trunks": "all"}, "trunks"),
        ({"vlans": [{"vid": 10}], "trunks": ["x"] * 101}, "trunks"),
    ],
)  # fmt: skip
def test_it_says_what_is_wrong_with_a_request(data: dict[str, Any], field: str) -> None:
    errors = request_errors(data)
    assert field in errors
    assert all(sentence.endswith(".") for sentence in errors.values())


@given(data=st.dictionaries(st.sampled_from(["vlans", "trunks"]), st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["vid", "name", "address", "access_ports", "x"]), inner, max_size=4),
    max_leaves=12,
)))  # fmt: skip
def test_any_data_is_a_request_or_told_why_not(data: dict[str, Any]) -> None:
    if not request_errors(data):
        wanted = request_of(data)
        assert all(isinstance(ipaddress.ip_interface(one.address), object) for one in wanted.vlans if one.address)
        assert all(re.fullmatch(r"[!-~]*", one.name) for one in wanted.vlans)


def test_an_address_may_be_written_with_a_netmask() -> None:
    data = {"vlans": [{"vid": 10, "address": "10.1.10.1/255.255.255.0"}]}
    assert request_errors(data) == {}
    assert request_of(data).vlans[0].address == "10.1.10.1/24"
