"""Long comparisons: what they say first, which rows their pages show, which words differ."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from inventory.parsing import config_diff
from inventory.parsing.changed_words import changed_parts
from inventory.parsing.config_diff import compare, lines_of, side_by_side, unified, unified_of
from inventory.parsing.diff_outline import PAGE, Fold, Heading, Outline, outline

IOS = """hostname r1
interface Vlan10
 description users
 ip address 10.0.0.1 255.255.255.0
 ip mtu 1400
 ip nat inside
 no shutdown
 standby 1 priority 90
!
interface Vlan20
 shutdown
!
router bgp 65000
 bgp log-neighbor-changes
 address-family ipv4
  network 10.0.0.0
 exit-address-family
!
ntp server 192.0.2.1
ntp server 192.0.2.2
"""
JUNOS = """system {
    services {
        ssh;
    }
}
interfaces {
    ge-0/0/0 {
        unit 0 {
            family inet;
        }
    }
}
"""
FORTIOS = """config system interface
    edit "port1"
        set alias a
    next
    edit "port2"
        set alias b
    next
end
"""
ROUTEROS = "# by RouterOS\n/ip address\nadd address=10.0.0.1/24\n/system identity\nset name=r1\n"
# Few different lines: they meet again; and lines that only look like blocks, ends and separators of lines.
LINES = st.sampled_from(["a", " b", "  c", "!", "}", "x {", "", "/x", "\r", "d\r", "\x0b", "\u2028", "next", "x y z"])
TEXTS = st.lists(LINES | st.text(max_size=5), max_size=30).map("\n".join)


def outlined(left: str, right: str) -> Outline:
    return outline(side_by_side(left, right))


@pytest.mark.parametrize(
    ("text", "old", "new", "names"),
    [
        (IOS, "ip mtu 1400", "ip mtu 1500", ["interface Vlan10"]),
        (IOS, "interface Vlan20", "interface Vlan21", ["interface Vlan21"]),
        (IOS, "  network 10.0.0.0\n", "", ["router bgp 65000 / address-family ipv4"]),
        (IOS, " exit-address-family\n!", " exit-address-family\n bgp bestpath\n!", ["router bgp 65000"]),
        (IOS, "192.0.2.", "192.0.3.", ["ntp server"]),
        (IOS, "hostname r1", "hostname r2", ["hostname"]),
        (IOS, "!\nrouter bgp", "!\ninterface Vlan30\n shutdown\n!\nrouter bgp", ["interface Vlan30"]),
        (JUNOS, "        ssh;\n", "        ssh;\n        telnet;\n", ["system / services"]),
        (JUNOS, "family inet;", "family inet6;", ["interfaces / ge-0/0/0"]),
        (FORTIOS, "alias b", "alias c", ['config system interface / edit "port2"']),
        (ROUTEROS, "10.0.0.1/24", "10.0.0.2/24", ["/ip address"]),
        ("set system services ssh\n", "ssh", "telnet", ["set system services"]),
    ],
)  # fmt: skip
def test_it_names_the_block_of_each_change(text: str, old: str, new: str, names: list[str]) -> None:
    assert old in text
    assert [section.name for section in outlined(text, text.replace(old, new)).sections] == names


def test_it_says_first_how_much_changed() -> None:
    found = outlined(IOS, IOS.replace("mtu 1400", "mtu 1500").replace("ntp server 192.0.2.2\n", ""))
    assert (found.added, found.removed) == (1, 2)
    assert [(one.name, one.added, one.removed) for one in found.sections] == [
        ("interface Vlan10", 1, 1), ("ntp server", 0, 1)
    ]  # fmt: skip


def test_it_names_the_block_above_a_change_whose_header_is_not_shown() -> None:
    found = outlined(IOS, IOS.replace("standby 1 priority 90", "standby 1 priority 200"))
    items = list(found.items(1))
    assert items[:2] == [Fold(0, 4), Heading("interface Vlan10")]
    assert found.sections[0].row == 4
    shown = outlined(IOS, IOS.replace("ip mtu 1400", "ip mtu 1500"))
    assert not any(isinstance(one, Heading) for one in shown.items(1))


@given(TEXTS, TEXTS)
@example("a\r\nb", "a\nb")
def test_the_difference_put_on_the_old_text_gives_the_new_one(left: str, right: str) -> None:
    assert patched(lines_of(left), unified(left, right)) == lines_of(right)


def patched(lines: list[str], difference: str) -> list[str]:
    """What `patch` makes of the lines; asserts that the difference fits."""
    made: list[str] = []
    taken = 0
    for line in difference.split("\n") if difference else []:
        if line.startswith("@@ -"):
            start, count = map(int, line.split()[1][1:].split(","))
            until = start - (count > 0)
            made += lines[taken:until]
            assert len(made) == int(line.split()[2][1:].split(",")[0]) - (not line.endswith(",0 @@"))
            taken = until
        elif line.startswith("+"):
            made.append(line[1:])
        else:
            assert lines[taken] == line[1:]
            made += lines[taken : taken + 1] if line.startswith(" ") else []
            taken += 1
    return made + lines[taken:]


@settings(max_examples=50)
@given(TEXTS, TEXTS, st.booleans())
def test_its_pages_hold_every_change_once_and_count_what_they_hide(left: str, right: str, whole: bool) -> None:
    rows = side_by_side(left, right)
    found = outline(rows, whole)
    items = [item for page in range(1, found.pages + 1) for item in found.items(page)]
    shown = [item for item in items if isinstance(item, tuple)]
    assert sum(item.hidden for item in items if isinstance(item, Fold)) + len(shown) == len(rows)
    assert [row for _, row in shown if row.kind != "same"] == [row for row in rows if row.kind != "same"]
    assert found.added - found.removed == len(lines_of(right)) - len(lines_of(left))
    assert {section.row for section in found.sections} <= {number for number, _ in shown}


def test_a_long_one_comes_in_pages() -> None:
    left = "".join(f"interface Gi{number}\n description old\n mtu 9000\n!\n" for number in range(1500))
    found = outlined(left, left.replace("old", "new"))
    assert found.pages == 3
    assert len([item for item in found.items(1) if isinstance(item, tuple)]) == PAGE
    assert next(item[0] for item in found.items(2) if isinstance(item, tuple)) == PAGE
    assert sum(len(found.sections_on(page)) for page in (1, 2, 3)) == len(found.sections) == 1500
    assert found.page_of(found.find("interface gi1499") or 0) == 3


def test_twenty_thousand_lines_of_which_none_is_left_are_exact() -> None:
    left, right = ("\n".join(f"{side} {number}" for number in range(20_000)) for side in ("old", "new"))
    found = compare(left, right)
    assert not found.approximate
    assert {row.kind for row in found.rows} == {"changed"}


@settings(max_examples=30)
@given(TEXTS, TEXTS)
def test_it_is_right_and_says_so_when_it_gives_up_looking_for_the_least(left: str, right: str) -> None:
    with pytest.MonkeyPatch.context() as patched_steps:
        patched_steps.setattr(config_diff, "STEPS", 3)
        found = compare(left, right)
    assert patched(lines_of(left), unified_of(found.rows)) == lines_of(right)
    assert found.approximate or found == compare(left, right)


def test_few_different_lines_in_another_order_are_bounded_in_work() -> None:
    letters = [chr(97 + number * number % 7 + number // 11 % 5) for number in range(20_000)]
    found = compare("\n".join(letters), "\n".join(sorted(letters, key=lambda one: ord(one) * 7 % 5)))
    assert found.approximate
    assert len(found.rows) >= 20_000


@pytest.mark.parametrize(
    ("wanted", "row"),
    [
        ("interface Vlan10", 1), ("INTERFACE vlan10 / ip mtu 1400", 1), ("vlan10", 1), ("ntp server 192.0.2.2", 19),
        ("1500", 4), ("nothing like it", None), ("", None), (" / ", None), ("interface Vlan1", 1),
    ],
)  # fmt: skip
def test_it_finds_a_block_or_a_line(wanted: str, row: int | None) -> None:
    changed = IOS.replace("mtu 1400", "mtu 1500").replace("192.0.2.2", "192.0.2.3")
    assert outlined(IOS, changed).find(wanted) == row


def test_it_finds_a_statement_in_braces() -> None:
    found = outlined(JUNOS, JUNOS.replace("ssh;", "telnet;"))
    assert found.find("set system services ssh") == 1


@pytest.mark.parametrize(
    ("left", "right", "words"),
    [
        (" ip mtu 1400", " ip mtu 1500", ("1400", "1500")),
        ("vlan 10,20", "vlan 10,20,30", ("", ",30")),
        ("no shutdown", "shutdown", ("no ", "")),
        ("aa", "aa", ("", "")),
    ],
)
def test_it_tells_the_words_that_differ(left: str, right: str, words: tuple[str, str]) -> None:
    parts = changed_parts(left, right)
    assert parts is not None
    assert (left[slice(*parts[0])], right[slice(*parts[1])]) == words


def test_lines_with_little_in_common_are_left_alone() -> None:
    assert changed_parts("hostname r1", "snmp-server location x") is None
    assert changed_parts("a" * 100_000, "a" * 99_999) is None


@given(st.text("ab .", max_size=12), st.text("ab .", max_size=12))
def test_outside_of_the_words_both_lines_are_the_same(left: str, right: str) -> None:
    parts = changed_parts(left, right)
    if parts:
        (a, b), (c, d) = parts
        assert 0 <= a <= b <= len(left)
        assert 0 <= c <= d <= len(right)
        assert (left[:a], left[b:]) == (right[:c], right[d:])
