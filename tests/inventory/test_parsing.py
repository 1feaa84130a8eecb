"""Device text to facts. A new case is a new pair of files under tests/data/<platform>/<purpose>/."""

import json
from collections.abc import Callable
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.drivers import templates
from inventory.facts import InterfaceFact
from inventory.parsing import DIALECTS, dialect_for, rows
from inventory.parsing.dialect import ConfigInterface, Switchport
from inventory.parsing.interface_stanzas import parse_config_interfaces
from inventory.parsing.mac import mac_or_text, normalise_mac
from inventory.parsing.merge import merge_interfaces
from inventory.parsing.names import canonical_interface, interface_type, port_id
from inventory.parsing.rejection import configuration_error, protocol_off, refused_command, unknown_command
from inventory.parsing.text import clean, uptime_seconds
from inventory.parsing.vlan_list import format_vlan_list, parse_vlan_list
from inventory.platforms import get_platform, platforms

DATA = Path(__file__).parent.parent / "data"
PURPOSES = ("version", "interfaces", "vlans", "switchports", "config_interfaces", "lldp", "cdp", "inventory")
CASES = sorted(path for slug in DIALECTS for purpose in PURPOSES for path in DATA.glob(f"{slug}/{purpose}/*.txt"))
READERS = [
    pytest.param(reader, id=f"{slug}-{purpose}")
    for slug in DIALECTS
    for purpose in PURPOSES
    if (reader := getattr(dialect_for(slug), purpose))
]
JSON_READERS = [
    param for param in READERS if param.id in {"arista_eos-switchports", "arista_eos-lldp", "arista_eos-inventory"}
]


def plain(fact: Any) -> dict[str, Any]:
    """A fact as its data file writes it: without the fields that have their default."""
    told = {field.name: (field.default, getattr(fact, field.name)) for field in fields(fact)}
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, (default, value) in told.items()
        if default is MISSING or value != default
    }


@pytest.mark.parametrize("path", CASES, ids=lambda path: str(path.relative_to(DATA).with_suffix("")))
def test_it_reads_what_the_device_said(path: Path) -> None:
    reader = getattr(dialect_for(path.parts[-3]), path.parts[-2])
    found = reader(path.read_text())
    read = [plain(fact) for fact in found] if isinstance(found, tuple) else plain(found)
    assert read == json.loads(path.with_suffix(".json").read_text())


def test_every_reader_has_a_case() -> None:
    have = {(path.parts[-3], path.parts[-2]) for path in CASES}
    shared = {("arista_eos", "config_interfaces"), ("linux", "config_interfaces")}  # the common form of Cisco's
    wanted = {(slug, purpose) for slug in DIALECTS for purpose in PURPOSES if getattr(dialect_for(slug), purpose)}
    assert wanted - have == shared


def mangled(text: str) -> st.SearchStrategy[str]:
    """A real answer with a piece cut out, doubled or replaced by rubbish."""
    spot = st.integers(0, len(text))
    return st.builds(
        lambda start, end, filling: text[: min(start, end)] + filling + text[max(start, end) :],
        spot,
        spot,
        st.one_of(st.text(max_size=30), st.sampled_from(["\n" * 50, " " * 50, "9" * 50, text[:200]])),
    )


@pytest.mark.parametrize("path", [path for path in CASES if path.parts[-3] != "arista_eos"], ids=lambda path: path.stem)
@given(data=st.data())
def test_it_survives_a_mangled_answer(path: Path, data: st.DataObject) -> None:
    reader = getattr(dialect_for(path.parts[-3]), path.parts[-2])
    found = reader(data.draw(mangled(path.read_text())))
    for fact in found if isinstance(found, tuple) else (found,):
        vids = (getattr(fact, "vid", None), *getattr(fact, "tagged_vlans", ()))
        assert all(1 <= vid <= 4094 for vid in vids if vid is not None)


@pytest.mark.parametrize("reader", [param for param in READERS if param not in JSON_READERS])
@pytest.mark.parametrize(
    "rubbish",
    [
        "",
        "\n" * 100_000,
        " " * 100_000,
        "a" * 100_000,
        "1 " * 50_000,
        "Name: x\n" * 10_000,
        ", " * 50_000,
        "(" * 50_000,
    ],
    ids=["empty", "newlines", "spaces", "letters", "numbers", "names", "commas", "brackets"],
)
def test_it_reads_nothing_from_rubbish_of_any_length(reader: Any, rubbish: str) -> None:
    """Also a guard against patterns that take forever on hostile text: the suite's time limit would end the test."""
    found = reader(rubbish)
    assert isinstance(found, tuple) or not (found.hostname or found.serial)


JSON_KEYS = (
    *("switchports", "Ethernet1", "switchportInfo", "enabled", "mode", "lldpNeighbors", "lldpNeighborInfo"),
    *("systemInformation", "xcvrSlots", "managementAddresses", "neighborInterfaceInfo", "systemCapabilities"),
)
TREE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(JSON_KEYS),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@pytest.mark.parametrize(
    "reader",
    JSON_READERS,
)
@given(tree=TREE)
def test_it_survives_any_json(reader: Any, tree: object) -> None:
    assert isinstance(reader(json.dumps(tree)), tuple)


@given(st.sets(st.integers(1, 4094)))
def test_a_vlan_list_survives_a_round_trip(vids: set[int]) -> None:
    assert parse_vlan_list(format_vlan_list(vids)) == tuple(sorted(vids))


@pytest.mark.parametrize(
    ("text", "vids"),
    [
        ("1-3,10", (1, 2, 3, 10)),
        ("2 to 4 9", (2, 3, 4, 9)),
        ("10 20  30-32 ", (10, 20, 30, 31, 32)),
        ("7,7,7", (7,)),
        ("none", ()),
        ("-", ()),
    ],
)
def test_it_reads_vlan_lists_in_every_spelling(text: str, vids: tuple[int, ...]) -> None:
    assert parse_vlan_list(text) == vids


@pytest.mark.parametrize("text", ["0", "4095", "5-1", "a", "1-", "1--3", "1-4095", "٣", "1;2"])
def test_it_names_the_part_of_a_vlan_list_that_is_wrong(text: str) -> None:
    with pytest.raises(ValueError, match="between 1 and 4094"):
        parse_vlan_list(f"10,{text}")


@given(st.binary(min_size=6, max_size=6), st.sampled_from(["4.", "4-", "4:", "2:", "2-", "12", "6-"]), st.booleans())
def test_a_mac_address_reads_the_same_in_every_spelling(raw: bytes, form: str, upper: bool) -> None:
    size, separator = int(form.rstrip(".:-")), form[-1] if form[-1] in ".:-" else ""
    digits = raw.hex().upper() if upper else raw.hex()
    spelt = separator.join(digits[at : at + size] for at in range(0, 12, size))
    assert normalise_mac(spelt) == raw.hex(":")


@pytest.mark.parametrize("text", ["", "core-1", "00:11:22:33:44", "0011.2233.445g", "00:11-22:33:44:55", "1.2.3.4.5.6"])
def test_what_is_no_mac_address_stays_as_it_is(text: str) -> None:
    assert normalise_mac(text) == ""
    assert mac_or_text(text) == text


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("Gi1/0/1", "GigabitEthernet1/0/1"),
        ("Te1/1/8", "TenGigabitEthernet1/1/8"),
        ("Eth1/7", "Ethernet1/7"),
        ("Et7", "Ethernet7"),
        ("XGE0/0/1", "XGigabitEthernet0/0/1"),
        ("Po1", "Port-channel1"),
        ("Gig 0/1", "GigabitEthernet0/1"),
        ("ge-0/0/0.0", "ge-0/0/0.0"),
        ("eth0", "eth0"),
        ("mgmt0", "mgmt0"),
        ("Port 1", "Port 1"),
    ],
)
def test_an_interface_has_one_spelling(short: str, long: str) -> None:
    assert canonical_interface(short) == long
    assert canonical_interface(long) == long


def test_a_neighbours_port_may_be_a_mac_address() -> None:
    assert port_id("b883.0310.aa01") == "b8:83:03:10:aa:01"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Vlanif99", "l3ipvlan"),
        ("Loopback0", "softwareLoopback"),
        ("lo", "softwareLoopback"),
        ("Eth-Trunk1", "ieee8023adLag"),
        ("HundredGigE0/0/0/1", "ethernetCsmacd"),
        ("40GE0/0/1", "ethernetCsmacd"),
        ("xe-0/0/1", "ethernetCsmacd"),
        ("Embedded-Service-Engine0/0", ""),
    ],
)
def test_a_name_tells_the_type_of_an_interface(name: str, kind: str) -> None:
    assert interface_type(name) == kind


@given(st.text())
def test_clean_text_holds_no_control_characters(raw: str) -> None:
    assert not [c for c in clean(raw) if c not in "\n\t" and not c.isprintable() and ord(c) < 0xA0]


@given(st.text())
def test_cleaning_twice_changes_nothing(raw: str) -> None:
    assert clean(clean(raw)) == clean(raw)


def test_it_shows_what_a_terminal_would_show() -> None:
    paged = "line 1\r\n --More-- \x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x1b[Kline 2\r\n\x1b]0;title\x07end"
    assert clean(paged) == "line 1\nline 2\nend"


def test_no_uptime_is_not_zero() -> None:
    assert uptime_seconds("rebooted just now") is None


@pytest.mark.parametrize(
    "output",
    [
        "        ^\n% Invalid input detected at '^' marker.\n",
        "% Unknown command: show foo",
        "              ^\nError: Unrecognized command found at '^' position.",
        "unknown command\n",
        "-bash: show: command not found",
    ],
)
def test_it_tells_an_unknown_command(output: str) -> None:
    assert unknown_command(output)
    assert not refused_command(output)


def test_it_tells_a_refused_command() -> None:
    assert refused_command("% Authorization failed.\n")
    assert refused_command("Error: You do not have permission to run the command or the command is incomplete.\n")


def test_an_error_quoted_inside_an_answer_is_no_error() -> None:
    banner = "hostname core-1\n" * 60 + "% Invalid input detected is what users see\n"
    assert not unknown_command(banner)


@pytest.mark.parametrize(
    "output", ["% LLDP is not enabled\n", "% CDP is not enabled\n", "Info: Global LLDP is not enabled.\n"]
)
def test_it_tells_a_protocol_that_is_off(output: str) -> None:
    assert protocol_off(output)


@pytest.mark.parametrize(
    ("transcript", "line"),
    [
        ("vlan 5000\n         ^\n% Invalid input detected at '^' marker.\n", "% Invalid input detected at '^' marker."),
        ("Command rejected: Bad VLAN list.\n", "Command rejected: Bad VLAN list."),
        ("Error: The VLAN does not exist.\n", "Error: The VLAN does not exist."),
        ("% Access VLAN does not exist. Creating vlan 30\n", ""),
        ("% Applying VLAN changes may take few minutes.  Please wait...\n", ""),
        ("", ""),
    ],
)
def test_it_finds_the_refused_line_of_a_configuration(transcript: str, line: str) -> None:
    assert configuration_error(transcript) == line


def test_one_interface_told_by_three_outputs_is_one_fact() -> None:
    found = merge_interfaces(
        [InterfaceFact("GigabitEthernet0/1", addresses=("10.0.0.1/24",)), InterfaceFact("Vlan10")],
        [Switchport("Gi0/1", "tagged", 1, (10, 20))],
        [ConfigInterface("GigabitEthernet0/1", ("10.0.0.1/24", "2001:db8::1/64"), "OAM")],
    )
    assert found == (
        InterfaceFact(
            "GigabitEthernet0/1",
            addresses=("10.0.0.1/24", "2001:db8::1/64"),
            vrf="OAM",
            mode="tagged",
            untagged_vlan=1,
            tagged_vlans=(10, 20),
        ),
        InterfaceFact("Vlan10"),
    )


def test_an_interface_told_twice_is_kept_once() -> None:
    assert len(merge_interfaces([InterfaceFact("Gi0/1"), InterfaceFact("GigabitEthernet0/1")])) == 1


@given(st.text())
def test_any_configuration_gives_only_real_addresses(config: str) -> None:
    stanza = f"interface Vlan1\n ip address {config}\n"
    assert all("/" in address for found in parse_config_interfaces(stanza) for address in found.addresses)


ROW = st.dictionaries(
    st.sampled_from(
        ["interface", "vlan_id", "vlan_name", "mtu", "speed", "ip_address", "mac_address", "local_interface"]
    ),
    st.text(max_size=12) | st.lists(st.text(max_size=6), max_size=3),
)


@given(st.lists(ROW, max_size=4))
def test_template_rows_of_any_content_become_facts(table: list[rows.Row]) -> None:
    assert all(fact.name for fact in rows.interfaces_of(table))
    assert all(1 <= fact.vid <= 4094 for fact in rows.vlans_of(table))
    assert all(fact.local_interface for fact in rows.neighbours_of("lldp", table))


def test_template_rows_become_an_interface() -> None:
    row = {
        "interface": "ether1",
        "link_status": "up",
        "protocol_status": "up",
        "mac_address": "0011.2233.4455",
        "mtu": "1500",
        "speed": "10Gbps",
        "ip_address": ["192.0.2.1"],
        "prefix_length": ["24"],
    }
    assert rows.interfaces_of([row]) == (
        InterfaceFact(
            "ether1",
            type="ethernetCsmacd",
            enabled=True,
            up=True,
            mac_address="00:11:22:33:44:55",
            mtu=1500,
            speed_kbps=10_000_000,
            addresses=("192.0.2.1/24",),
        ),
    )


TEMPLATE_READERS: dict[str, Callable[[list[rows.Row]], Any]] = {
    "version": rows.system_of,
    "interfaces": rows.interfaces_of,
    "vlans": rows.vlans_of,
    "inventory": rows.components_of,
    "addresses": rows.addresses_of,
    "lldp": lambda table: rows.neighbours_of("lldp", table),
}
TEMPLATE_CASES = sorted(
    path
    for slug, record in platforms().items()
    for purpose in TEMPLATE_READERS
    if record.ntc_platform and slug not in DIALECTS
    for path in DATA.glob(f"{slug}/{purpose}/*.txt")
)


@pytest.mark.parametrize("path", TEMPLATE_CASES, ids=lambda path: str(path.relative_to(DATA).with_suffix("")))
def test_it_reads_other_platforms_by_template(path: Path) -> None:
    slug, purpose = path.parts[-3:-1]
    command = dict(get_platform(slug).commands)[purpose]
    table = templates.parse(get_platform(slug).ntc_platform, command, path.read_text())
    assert table
    found = TEMPLATE_READERS[purpose](table)
    read = [plain(fact) for fact in found] if isinstance(found, tuple) else plain(found)
    assert read == json.loads(path.with_suffix(".json").read_text())


@pytest.mark.parametrize("command", ["show nothing", "../../../etc/passwd", ""])
def test_a_command_without_a_template_is_told(command: str) -> None:
    assert templates.parse("cisco_ios", command, "text") is None
