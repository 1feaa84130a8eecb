"""Standards from YAML: what is accepted, and the sentence for what is not."""

import re
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from compliance.rulebook import parse_check, parse_rule, parse_standard, read_standard
from compliance.rules import AllOf, AnyOf, Contains, EachSection, RuleError, VersionAtLeast

GOOD = {
    "id": "no-telnet",
    "title": "No Telnet",
    "severity": "high",
    "platforms": ["cisco_ios"],
    "remediation": "line vty 0 4\n transport input ssh\n",
    "check": {"contains": "ip ssh version 2"},
}


def standard(**changes: Any) -> str:
    return yaml.safe_dump({"slug": "own", "name": "Own", "version": "1", "rules": [{**GOOD, **changes}]})


def test_it_reads_a_standard_with_its_rules() -> None:
    read = parse_standard(standard(), "own.yaml")
    rule = read.rules[0].rule
    assert (read.slug, read.name, read.version, read.description) == ("own", "Own", "1", "")
    assert (rule.id, rule.severity, rule.platforms) == ("no-telnet", "high", ("cisco_ios",))
    assert rule.remediation == ("line vty 0 4", " transport input ssh")
    assert rule.check == Contains("ip ssh version 2")
    assert read.rules[0].definition == {"contains": "ip ssh version 2"}


def test_it_reads_every_kind_of_check() -> None:
    check = parse_check(
        {
            "all_of": [
                {"contains": "a"},
                {"not_contains": "b"},
                {"any_of": [{"matches": "^c"}, {"not_matches": "^d"}, {"absent_section": "^e"}]},
                {"version_at_least": "15.2"},
                {"each_section": {"header": "^f", "check": {"contains": "g"}, "except": ["h"], "if_none": "fail"}},
            ]
        },
        "check",
    )
    assert isinstance(check, AllOf)
    assert isinstance(check.checks[2], AnyOf)
    assert check.checks[3] == VersionAtLeast((15, 2))
    section = check.checks[4]
    assert isinstance(section, EachSection)
    assert (section.header.pattern, section.exceptions[0].pattern, section.if_none) == ("^f", "h", "fail")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"severity": "hgh"}, "rule no-telnet: severity is 'hgh', must be one of critical, high, medium, low, info"),
        ({"title": ""}, "rule no-telnet: title must be text, is ''"),
        ({"title": 5}, "rule no-telnet: title must be text, is 5"),
        ({"id": "No Telnet!"}, "rule No Telnet!: id is 'No Telnet!', must be up to 64 lower-case letters"),
        ({"id": None}, "rule number 1: id must be text, is None"),
        ({"platforms": []}, "rule no-telnet: platforms must be a list of platform slugs such as cisco_ios, is []"),
        ({"platforms": "cisco_ios"}, "platforms must be a list of platform slugs such as cisco_ios, is 'cisco_ios'"),
        ({"colour": "red"}, "rule no-telnet: 'colour' is not a field, must be one of check, id"),
        ({"check": None}, "rule no-telnet: check: must be a mapping with one key, one of contains"),
        ({"check": {"contains": "a", "matches": "b"}}, "check: must be a mapping with one key"),
        ({"check": {"grep": "a"}}, "rule no-telnet: check: 'grep' is not a kind of check, must be one of contains"),
        ({"check": {"contains": "a\nb"}}, "check.contains: must be one line of text"),
        ({"check": {"contains": " "}}, "check.contains: must be one line of text, is ' '"),
        ({"check": {"matches": "(a"}}, "check.matches: '(a' is not a regular expression: missing )"),
        ({"check": {"matches": "a" * 501}}, "check.matches: the pattern has 501 characters, at most 500 are accepted"),
        ({"check": {"matches": "(?:a{999}){999}"}}, "the counts in braces multiply to more than 10000"),
        ({"check": {"matches": "a{1000000}"}}, "the counts in braces multiply to more than 10000"),
        ({"check": {"any_of": []}}, "check.any_of: must be a list of checks, is []"),
        ({"check": {"any_of": [{"contains": "a"}, {"matches": ""}]}}, "check.any_of[1].matches: must be a regular"),
        ({"check": {"version_at_least": 15.1}}, 'must be a version in quotes such as "15.2", is 15.1'),
        ({"check": {"each_section": {"header": "^a"}}}, "each_section.check: must be a mapping with one key"),
        ({"check": {"ordered": ["^a"]}}, "check.ordered: must be a list of 2 to 20 regular expressions, is ['^a']"),
        ({"check": {"ordered": ["^a", "("]}}, "check.ordered[1]: '(' is not a regular expression"),
        ({"check": {"vlans": {"pattern": "(a)"}}}, "check.vlans: must have must, must_not or only"),
        ({"check": {"vlans": {"pattern": "a", "must": "1"}}}, "must have one group, the list of VLANs, has 0"),
        ({"check": {"vlans": {"pattern": "(a)", "only": "1-5000"}}}, "vlans.only: '1-5000' is not a VLAN id or range"),
        ({"check": {"vlans": {"pattern": "(a)", "must": 10}}}, "vlans.must: must be VLANs in quotes such as"),
        ({"check": {"vlans": {"pattern": "(a)", "must_not": " "}}}, "vlans.must_not: must be VLANs in quotes"),
        ({"check": {"in_range": {"pattern": "^a", "min": 1}}}, "must have one group, the number, has 0"),
        ({"check": {"in_range": {"pattern": "(a)"}}}, "check.in_range: must have min, max or both"),
        ({"check": {"in_range": {"pattern": "(a)", "min": "1"}}}, "check.in_range.min: must be a whole number, is '1'"),
        ({"check": {"in_range": {"pattern": "(a)", "max": True}}}, "in_range.max: must be a whole number, is True"),
        ({"check": {"in_range": {"pattern": "(a)", "min": 2, "max": 1}}}, "min is 2, must not be above max, 1"),
        (
            {"check": {"in_range": {"pattern": "(a)", "min": 1, "if_none": "x"}}},
            "if_none: is 'x', must be pass or fail",
        ),
        ({"check": {"unsupported_versions": "12"}}, 'must be a list of versions such as ["12", "15.0"], is \'12\''),
        ({"check": {"unsupported_versions": [12]}}, "unsupported_versions[0]: must be a version in quotes"),
        ({"references": "AC-17"}, "references must be a list of up to 20 texts of up to 100 characters, is 'AC-17'"),
        ({"references": ["x" * 101]}, "references must be a list of up to 20 texts"),
        ({"references": [5]}, "references must be a list of up to 20 texts"),
        (
            {"check": {"each_section": {"header": "^a", "check": {"contains": "b"}, "if_none": "maybe"}}},
            "each_section.if_none: is 'maybe', must be pass or fail",
        ),
        (
            {"check": {"each_section": {"header": "^a", "check": {"any_of": [{"absent_section": "b"}]}}}},
            "a section cannot be looked for inside a section",
        ),
    ],
)
def test_it_names_file_rule_and_field_of_what_is_wrong(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(RuleError, match=re.escape(sentence)) as error:
        parse_standard(standard(**changes), "own.yaml")
    assert str(error.value).startswith("own.yaml: ")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "own.yaml: must be a mapping with description, name, rules, slug, version, is None"),
        ("slug: own\nname: Own\nversion: '1'\nrules: []", "own.yaml: rules must be a list with at least one rule"),
        ("slug: [", "own.yaml: not readable as YAML"),
        ("slug: own\nslug: twice", "own.yaml: not readable as YAML: the key 'slug' is there twice, line 1"),
        ("&a [*a]", "own.yaml: must be a mapping"),
        ("[" * 3000, "own.yaml: not readable as YAML"),
        ("!!python/object/apply:os.system [id]", "own.yaml: not readable as YAML"),
    ],
)
def test_it_refuses_a_file_that_is_no_standard(text: str, sentence: str) -> None:
    with pytest.raises(RuleError, match=re.escape(sentence)):
        parse_standard(text, "own.yaml")


def test_it_refuses_two_rules_of_one_name() -> None:
    text = yaml.safe_dump({"slug": "own", "name": "Own", "version": "1", "rules": [GOOD, GOOD]})
    with pytest.raises(RuleError, match=r"own\.yaml: rule no-telnet: the id is used twice"):
        parse_standard(text, "own.yaml")


def test_it_refuses_checks_nested_without_end() -> None:
    check: dict[str, Any] = {"contains": "a"}
    for _ in range(50):
        check = {"all_of": [check]}
    with pytest.raises(RuleError, match="checks nest deeper than 6 levels"):
        parse_check(check, "check")


def test_it_refuses_a_file_of_a_size_no_standard_has(tmp_path: Any) -> None:
    path = tmp_path / "huge.yaml"
    path.write_text("#" * 1_000_001)
    with pytest.raises(RuleError, match=r"huge\.yaml: the file is longer than 1000000 bytes"):
        read_standard(path)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["contains", "matches", "any_of", "each_section", "header", "check"]), inner)
    ),
    max_leaves=10,
)


@given(JSON)
def test_it_answers_any_check_with_a_check_or_a_sentence(value: Any) -> None:
    try:
        parse_check(value, "check")
    except RuleError as error:
        assert str(error).startswith("check")  # noqa: PT017, both outcomes are right


@given(st.dictionaries(st.sampled_from([*GOOD, "x"]), JSON))
def test_it_answers_any_rule_with_a_rule_or_a_sentence(value: dict[str, Any]) -> None:
    try:
        parse_rule(value, "own.yaml: rule x")
    except RuleError as error:
        assert str(error).startswith("own.yaml: rule x")  # noqa: PT017, both outcomes are right


@given(st.text())
def test_it_answers_any_text_with_a_standard_or_a_sentence(text: str) -> None:
    with pytest.raises(RuleError, match=r"own\.yaml"):
        parse_standard(text, "own.yaml")
