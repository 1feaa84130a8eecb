"""Texts that look like configuration and are none, and configurations laid out in other ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from regex import compile as pattern

from compliance.parsed_config import ParsedConfig, parse_config


def headers(config: ParsedConfig) -> list[str]:
    return [section.header for section in config.sections.with_header(pattern(".", flags=8), 1.0)]


@pytest.mark.parametrize(
    "banner",
    [
        "banner motd ^C\n{}^C\n",
        "banner login ^CC\nwelcome\n{}^C\n",
        "banner exec #\n{}#\n",
        "banner motd ^\n{}^\n",
        "banner login\n{}EOF\n",
        "macro name evil\n{}@\n",
        'header login information "\n{}"\n',
        "header shell information %\n{}bye%\n",
    ],
)
def test_it_does_not_take_a_banner_for_configuration(banner: str) -> None:
    lie = "feature telnet\nline vty 0 4\n transport input telnet\n"
    config = parse_config(f"hostname r1\n{banner.format(lie)}ntp server 1\n", "cisco_ios")
    assert not config.problem
    assert not {"feature telnet", "line vty 0 4", " transport input telnet"} & set(config.text.splitlines())
    assert headers(config) == []
    assert config.line_number(config.text.index("ntp server")) == banner.count("\n") + 5


@pytest.mark.parametrize("line", ["banner login ^Chello^C", "banner motd default", 'header login information "hi"'])
def test_it_goes_on_behind_a_banner_of_one_line(line: str) -> None:
    assert "ntp server 1" in parse_config(f"{line}\nntp server 1\nend\n", "cisco_ios").text.splitlines()


def test_it_says_where_a_banner_without_an_end_starts() -> None:
    config = parse_config("hostname r1\nbanner motd ^C\nntp server 1\n", "cisco_ios")
    assert config.problem == "the banner in line 2 of the configuration has no end"


def test_it_reads_global_commands_that_are_indented_below_a_separator() -> None:
    config = parse_config("#\n sysname r1\n telnet server enable\n#\naaa\n user x\n#\n", "huawei_vrp", comment="#")
    assert {"sysname r1", "telnet server enable", " user x"} <= set(config.text.splitlines())
    assert headers(config) == ["aaa"]


def test_it_ends_a_section_at_the_first_line_that_is_not_indented() -> None:
    config = parse_config("interface a\n x\n!\n y\nb\n\n  z\ninterface c\n\tw\n  v\n", "cisco_ios")
    found = config.sections.with_header(pattern("^interface", flags=8), 1.0)
    assert [(section.header, section.body) for section in found] == [
        ("interface a", "x\n"),
        ("interface c", "w\n  v\n"),
    ]


@given(st.text(alphabet="ab \t\n\r!#^C", max_size=80))
def test_it_keeps_the_number_of_every_line(text: str) -> None:
    config = parse_config(text + "\nMARK", "cisco_ios")
    assert config.line_number(config.text.rindex("MARK")) == text.count("\n") + 2


FORTIOS = """\
config system admin
    edit "admin"
        set trusthost1 10.0.0.0 255.0.0.0
        config gui-dashboard
            edit 1
                set name "Status"
            next
        end
    next
    edit "audit"
        set accprofile "prof
config system admin
    edit \\"x\\"
end"
    next
end
config system global
    set admintimeout 10
end
"""


def edited(text: str, header: str) -> list[tuple[str, str]]:
    found = parse_config(text, "fortinet", "edit").sections.with_header(pattern(header, flags=8), 1)
    return [(section.header, section.body) for section in found]


def test_it_knows_the_entries_of_a_table_by_the_way_to_them() -> None:
    every = [header for header, _body in edited(FORTIOS, "")]
    admin = "config system admin"
    assert every == [
        admin, f'{admin} / edit "admin"', f'{admin} / edit "admin" / config gui-dashboard',
        f'{admin} / edit "admin" / config gui-dashboard / edit 1', f'{admin} / edit "audit"', "config system global",
    ]  # fmt: skip
    assert edited(FORTIOS, "^config system global$") == [("config system global", "set admintimeout 10\n")]
    ((_header, body),) = edited(FORTIOS, '/ edit "admin"$')
    assert body.startswith("set trusthost1 10.0.0.0 255.0.0.0\nconfig gui-dashboard\n    edit 1\n")


def test_lines_of_a_quoted_value_open_and_close_nothing() -> None:
    ((_header, body),) = edited(FORTIOS, '/ edit "audit"$')
    assert body.count("\n") == 4
    assert "edit" in body


def test_it_takes_an_entry_that_is_never_closed_to_the_end() -> None:
    assert edited("config a\n  edit 1\n    set b c", "edit 1") == [("config a / edit 1", "set b c\n")]
    assert edited("next\nend\nend", "") == []


@given(st.text(alphabet='cofnigedtx "\\\n /', max_size=80) | st.text(max_size=60))
def test_any_text_has_sections_that_stand_in_it(text: str) -> None:
    config = parse_config(text, "fortinet", "edit")
    for section in config.sections.with_header(pattern(""), 5):
        assert config.text[section.body_at :].startswith(section.body.split("\n")[0], section.indent)
        assert 0 <= section.offset < section.body_at <= len(config.text)
