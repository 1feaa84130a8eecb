"""Configuration text. tests/data/<platform>/config_text: forms.txt has a line for every form of secret,
other .txt are whole captures with their .json of what must come out."""

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from inventory.errors import IncompleteConfig
from inventory.parsing.config_text import (
    MASK,
    check_complete,
    count_lines,
    fingerprint,
    normalise,
    reaches_the_end,
    redact,
    side_by_side,
    split_sections,
    unified,
)
from inventory.platforms import get_platform, platforms

DATA = Path(__file__).parents[1] / "data"
FORMS = [
    (path.parts[-3], form)
    for path in sorted(DATA.glob("*/config_text/forms.txt"))
    for form in path.read_text().splitlines()
]
CAPTURES = sorted(path for path in DATA.glob("*/config_text/*.txt") if path.with_suffix(".json").exists())
IOS = get_platform("cisco_ios")
JUNOS = get_platform("juniper_junos")
SLUGS = st.sampled_from(sorted(platforms()))
# No blanks, quotes and semicolons: those end a secret. The x keeps it from being a number or a keyword.
SECRETS = st.text(
    st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="\"';\\,{}[]@/:"), min_size=8
).map(lambda text: f"x{text}x")
PIECES = st.sampled_from(
    [
        "--More--",
        " ---- More ----",
        "\x1b[42D",
        "\x08",
        "\r",
        "\r\n",
        "\n",
        "\\\n",
        " ",
        "\\",
        "\x1b",
        "\x00",
        "end",
        "a",
        "ntp clock-period 1",
        "{",
        "}",
        "banner motd ^C",
        "\u202e",
        "\ud800",
        "password x",
        "-----BEGIN PRIVATE KEY-----",
        "!",
    ]
)
RUBBISH = st.lists(PIECES | st.text(max_size=8), max_size=40).map("".join)


@pytest.mark.parametrize(("slug", "form"), FORMS)
@settings(max_examples=15)
@given(secret=SECRETS)
def test_no_form_of_a_secret_survives(slug: str, form: str, secret: str):
    line = redact(form.replace("{secret}", secret), get_platform(slug))
    assert secret not in line
    assert MASK in line
    assert line.split()[0] == form.split()[0] or "{secret}" in form.split()[0]


@pytest.mark.parametrize(
    ("slug", "line"),
    [
        ("huawei_vrp", "ssh server cipher aes256_ctr aes128_ctr"),
        ("huawei_vrp", "ssh client cipher aes256_gcm"),
        ("juniper_junos", "set system login password minimum-length 15"),
        ("juniper_junos", "set system login password format sha512"),
        ("juniper_junos", "set system login password change-type character-sets"),
    ],
)
def test_demands_on_secrets_are_none(slug: str, line: str):
    assert redact(line, get_platform(slug)) == line


def test_every_platform_has_its_forms():
    assert {slug for slug, _ in FORMS} == set(platforms())


@pytest.mark.parametrize(
    ("later", "whole"),
    [
        ("vlan 10\ninterface e1\n shutdown\nline vty\n timeout 5", True),
        ("vlan 10\nvlan 20\nline vty\n banner x\n timeout 5\nlogging on", True),
        ("vlan 10\ninterface e1\n shutdown\n timeout 5", False),
        ("vlan 10\ninterface e1\n shutdown\nline vty", False),
        ("", False),
    ],
)
def test_a_text_without_end_marker_is_whole_when_its_last_block_is_there(later: str, whole: bool) -> None:
    assert reaches_the_end(later, "vlan 10\ninterface e1\n shutdown\nline vty\n timeout 5\n") is whole
    assert reaches_the_end(later, "")


@given(st.text(alphabet="ab }\n", max_size=40), st.text(alphabet="ab }\n", max_size=40))
def test_a_text_reaches_its_own_end_whatever_comes_after(text: str, more: str) -> None:
    assert reaches_the_end(text, text)
    assert reaches_the_end(f"{more}\n{text}", text)


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_a_capture_is_complete_clean_redacted_and_divided(path: Path):
    platform, expected = get_platform(path.parts[-3]), json.loads(path.with_suffix(".json").read_text())
    capture = path.read_text()
    check_complete(capture, platform, count_lines(capture))

    clean = normalise(capture, platform)
    shown = redact(clean, platform)
    sections = {section.header: section for section in split_sections(clean, platform)}

    assert [secret for secret in expected["secrets"] if secret in shown] == []
    assert [text for text in expected["kept"] if text not in shown] == []
    assert [text for text in expected["gone"] if text in clean] == []
    assert {header: list(sections[header].lines) for header in expected["sections"]} == expected["sections"]
    assert [header for header in expected["no_section"] if header in sections] == []
    numbered = dict(enumerate(clean.split("\n"), 1))
    assert all(
        header.split()[-1].rstrip(";") in numbered[section.first_line_number] for header, section in sections.items()
    )
    assert len(shown.split("\n")) == len(clean.split("\n"))


@pytest.mark.parametrize(
    ("text", "previous", "reason"),
    [
        ("", None, "is empty"),
        (" \r\n\x00\r\n", None, "is empty"),
        ("version 15.2\nhostname a\ninterface Gi0/1\n ip addr", None, "breaks off after 4 lines: no end marker"),
        ("% Invalid input detected at '^' marker.\n", None, "answered 'show running-config' with an error: .% Invalid"),
        ("hostname a\n% Authorization failed.\nend", None, "with an error"),
        ("hostname a\nend\n", 100, "shrank from 100 to 2 lines; accepted is at least half"),
    ],
)
def test_a_capture_that_is_not_whole_is_refused_in_words(text: str, previous: int | None, reason: str):
    with pytest.raises(IncompleteConfig, match=reason):
        check_complete(text, IOS, previous)


def test_braces_that_do_not_close_are_a_capture_cut_off():
    with pytest.raises(IncompleteConfig, match="opens 2 blocks and closes 1"):
        check_complete("system {\n    services {\n}\n", JUNOS)


def test_a_refusal_never_shows_a_secret():
    with pytest.raises(IncompleteConfig) as refused:
        check_complete("% Error password 7 planted-secret\nend\n", IOS)
    assert "planted-secret" not in str(refused.value)


def test_half_of_the_previous_lines_is_enough():
    check_complete("hostname a\nend\n", IOS, 4)


@pytest.mark.parametrize(
    "capture",
    [
        "hostname a\r\ninterface Gi0/1\r\n ip address dhcp\r\nend\r\n",
        "hostname a\r\r\ninterface Gi0/1   \r\r\n ip address dhcp\r\r\nend",
        "hostname a\n --More-- \x08\x08\x08\x08\x08\x08\x08\x08\x08        \x08\x08\x08\x08\x08\x08\x08\x08\x08"
        "interface Gi0/1\n ip address dhcp\nend\n",
        "hostname a\ninterface Gi0/1\n  ---- More ----\x1b[42D                  \x1b[42D ip address dhcp\nend\n",
        "hostname a\ninterface Gi0/1\n--More--\r         \r ip address dhcp\nend\n",
        "\n\nhostname a\n\x1b[1minterface\x1b[0m Gi0/1\n ip address dhcp\n\x1b]0;title\x07end\n\n",
        "Building configuration...\nhostname a\ninterface Gi0/1\n ip address dhcp\nntp clock-period 12\nend\n",
    ],
)
def test_two_captures_of_one_configuration_are_equal(capture: str):
    assert normalise(capture, IOS) == "hostname a\ninterface Gi0/1\n ip address dhcp\nend\n"


def test_a_wrapped_line_is_one_line():
    text = "# 2024-01-01 10:00:00 by RouterOS 7.8\n/user add name=admin \\\n    password=planted group=full\n"
    clean = normalise(text, get_platform("mikrotik_routeros"))
    assert clean == "/user add name=admin password=planted group=full\n"


@example("mikrotik_routeros", "\\")
@example("mikrotik_routeros", "/ip address \\ \nadd address=10.0.0.1/24 \\\n    interface=ether1")
@example("mikrotik_routeros", "b\\ \\\n\nc")
@given(SLUGS, RUBBISH)
def test_cleaning_twice_changes_nothing_more(slug: str, text: str):
    once = normalise(text, get_platform(slug))
    assert normalise(once, get_platform(slug)) == once
    assert not any(sign < " " and sign not in "\n\t" for sign in once)


@given(SLUGS, RUBBISH)
def test_rubbish_is_refused_or_taken_but_breaks_nothing(slug: str, text: str):
    platform = get_platform(slug)
    with suppress(IncompleteConfig):
        check_complete(text, platform, 3)
    assert redact(text, platform).count("\n") == text.count("\n")
    sections = split_sections(text, platform)
    assert [section.first_line_number for section in sections] == sorted(s.first_line_number for s in sections)
    assert len(fingerprint(text)) == 64


@pytest.mark.parametrize(
    "text",
    [
        "x" * 2_000_000,
        "password " * 220_000,
        "\r" * 2_000_000,
        "://a" * 500_000,
        "-a" * 1_000_000,
        "--More--" * 250_000,
    ],
    ids=["letters", "keywords", "returns", "addresses", "dashes", "pagers"],
)
@pytest.mark.parametrize("slug", ["cisco_ios", "juniper_junos", "mikrotik_routeros"])
def test_two_hostile_megabytes_are_worked_through(slug: str, text: str):
    clean = normalise(text, get_platform(slug))
    assert len(redact(clean, get_platform(slug))) <= len(clean)


@pytest.mark.parametrize(
    "line",
    [
        "service password-encryption",
        "ip ssh version 2",
        " switchport mode access",
        "no ip http server",
        "key chain OSPF",
        " key 1",
        "aaa new-model",
        "password encryption aes",
        "crypto key generate rsa",
        " description the password policy",
    ],
)
def test_a_line_without_a_secret_stays(line: str):
    assert redact(line, IOS) == line


def test_the_fingerprint_tells_contents_apart():
    assert fingerprint("a\n") == "87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7"
    assert fingerprint("a\n") != fingerprint("b\n")


def test_changed_lines_stand_beside_each_other():
    rows = side_by_side("a\nb\nc\nd", "a\nB\nd\ne")
    assert [(r.left_number, r.left, r.right_number, r.right, r.kind) for r in rows] == [
        (1, "a", 1, "a", "same"),
        (2, "b", 2, "B", "changed"),
        (3, "c", None, "", "removed"),
        (4, "d", 3, "d", "same"),
        (None, "", 4, "e", "added"),
    ]
    assert unified("a\nb\nc", "a\nB\nc", context=1) == "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c"
    assert unified("a", "a") == ""


@given(st.lists(st.sampled_from("abcdef"), max_size=30), st.lists(st.sampled_from("abcdef"), max_size=30))
def test_a_comparison_holds_every_line_of_both_once(left: list[str], right: list[str]):
    rows = side_by_side("\n".join(left), "\n".join(right))
    assert [row.left for row in rows if row.left_number] == left
    assert [row.right for row in rows if row.right_number] == right
    assert all((row.left == row.right) == (row.kind == "same") for row in rows)


def test_forty_thousand_lines_with_nothing_unique_are_compared():
    left = [f"line {number % 30}" for number in range(40_000)]
    right = [*left[:20_000], "new", *left[20_000:]]
    rows = side_by_side("\n".join(left), "\n".join(right))
    assert [row.right for row in rows if row.kind != "same"] == ["new"]
    assert len(side_by_side("\n".join(left), "\n".join(sorted(left)))) >= 40_000
