"""Devices are recognised by what real ones say: tests/data/<platform>/fingerprint/*.txt holds sysDescr."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.discovery.fingerprint import identify, oids_needed, vendor_of
from inventory.platforms import get_platform, platforms

DATA = Path(__file__).parents[1] / "data"
CASES = sorted(DATA.glob("*/fingerprint/*.txt"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_it_recognises_what_a_device_says(path: Path):
    with path.open(newline="", encoding="utf-8") as file:
        sys_descr = file.read()
    case = json.loads(path.with_suffix(".json").read_text())

    found = identify(case["sys_object_id"], sys_descr, case["values"], case["ssh_banner"])

    facts = {name: getattr(found, name) for name in case["expected"]}
    assert (found.platform.slug, facts) == (path.parts[-3], case["expected"])


def test_every_platform_has_a_case():
    assert {path.parts[-3] for path in CASES} == set(platforms())


def test_it_asks_for_every_value_it_uses_once():
    oids = oids_needed(get_platform("mikrotik_routeros"))
    assert oids == ("1.3.6.1.4.1.14988.1.1.4.4.0", "1.3.6.1.4.1.14988.1.1.7.3.0")


def test_it_takes_oids_with_a_leading_dot_in_answers():
    found = identify(".1.3.6.1.4.1.14988.1", "RouterOS hAP", {".1.3.6.1.4.1.14988.1.1.4.4.0": "7.8"})
    assert found.os_version == "7.8"


def test_a_prefix_ends_at_an_arc():
    assert identify("1.3.6.1.4.1.300651.1", "").platform.slug == "generic"


def test_the_maker_is_known_by_its_enterprise_number():
    assert vendor_of(".1.3.6.1.4.1.2636.1.2.3") == "Juniper"
    assert vendor_of("1.3.6.1.4.1.99999999.1") == ""
    assert vendor_of("1.3.6.1.2.1.1") == ""


def test_a_fact_is_one_printable_line():
    found = identify("1.3.6.1.4.1.14988.1", "RouterOS evil\x1b[2J\x00model\t")
    assert found.model == "evil [2J model"


@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=100))
def test_rubbish_is_a_generic_device_or_a_platform_but_never_an_error(oid, descr, banner):
    found = identify(oid, descr, {oid: descr}, banner)
    assert found.platform.slug in platforms()
    assert all(sign.isprintable() for sign in found.model + found.os_version + found.serial)
