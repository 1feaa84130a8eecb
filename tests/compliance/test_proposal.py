"""Lines that mend a failure are proposed for the device at hand, from templates that can do nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.proposal import DEVICE, check_template, propose
from compliance.rules import RuleError
from compliance.scope import Evidence

R1 = dict.fromkeys(DEVICE, "") | {"name": "r1", "address": "10.0.0.1"}
TWO = [Evidence(7, "interface Vlan10"), Evidence(9, "interface Vlan20")]


def test_each_line_of_evidence_is_mended() -> None:
    template = "{% for line in evidence %}\n{{ line.text }}\n no ip redirects\n{% endfor %}"
    assert propose(template, R1, TWO) == "interface Vlan10\n no ip redirects\ninterface Vlan20\n no ip redirects"


def test_it_knows_the_device() -> None:
    template = "hostname {{ device.name|upper }}\n{% if device.site %}site{% else %}! no site{% endif %}"
    assert propose(template, R1, []) == "hostname R1\n! no site"


@pytest.mark.parametrize("text", ["ntp server <address>", "set system { ntp; }", "banner motd #{ hello }#", ""])
def test_plain_lines_stay_as_they_are(text: str) -> None:
    assert propose(text, R1, TWO) == text


@pytest.mark.parametrize(
    ("template", "sentence"),
    [
        ("{{ device.name * 1000000000 }}", "mul is not allowed"),
        ("{{ device.__class__.__mro__() }}", "call is not allowed"),
        ("{% set a = device %}", "assign is not allowed"),
        ("{% for a in evidence %}{% for b in evidence %}{% endfor %}{% endfor %}", "no other loop stands in it"),
        ("{% for a in device.name %}{% endfor %}", "a loop goes through evidence"),
        ("{% for a in evidence recursive %}{% endfor %}", "a loop goes through evidence"),
        ("{{ device.name|center(100000000) }}", "the filter center is not one of default"),
        ("{% include '/etc/passwd' %}", "include is not allowed"),
        ("ntp\n{% if %}", "remediation, line 2: "),
        ("{{ a ~ a }}", "concat is not allowed"),
        ("{{ '%999999999d' % 1 }}", "mod is not allowed"),
        ("x" * 10_001, "longer than 10000"),
    ],
)
def test_what_could_grow_or_reach_out_is_refused_with_its_line(template: str, sentence: str) -> None:
    with pytest.raises(RuleError, match=sentence):
        check_template(template)
    assert propose(template, R1, TWO) == template


def test_an_attribute_of_python_is_nothing() -> None:
    assert propose("[{{ device.__class__ }}]", R1, []) in ("[]", "[{{ device.__class__ }}]")


PIECES = st.lists(
    st.sampled_from(
        ["{{ device.name }}", "{{ line.text }}", "{% for line in evidence %}", "{% endfor %}", "{% if device.site %}",
         "{% endif %}", "{% else %}", "no ", "\n", "{{", "}}", "{%", "|lower", "{{ x.y.z }}", "{#", "\x00"]
    ),
    max_size=12,
)  # fmt: skip


@given(PIECES)
def test_any_template_gives_a_text_that_is_not_much_longer(pieces: list[str]) -> None:
    template = "".join(pieces)
    assert len(propose(template, R1, TWO)) <= (len(template) + 1) * 20 * len(TWO)
