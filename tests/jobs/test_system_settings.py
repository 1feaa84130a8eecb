"""Settings as operators write them, and that none of them is a switch without a wire."""

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jobs import system_settings
from jobs.models import SystemSetting
from jobs.system_settings import OFF, ON, REGISTRY, parse, text_of
from tests.house import FLOORS, ROOT

NUMBERS = [name for name, definition in REGISTRY.items() if definition.kind is int]
SWITCHES = [name for name, definition in REGISTRY.items() if definition.kind is bool]


@pytest.mark.parametrize("name", SWITCHES)
@pytest.mark.parametrize("word", [*ON, *OFF])
def test_a_switch_is_written_in_eight_words_of_any_case(name: str, word: str) -> None:
    assert {parse(name, form) for form in (word, word.upper(), f" {word.title()}\n")} == {word in ON}


@pytest.mark.parametrize("name", REGISTRY)
@pytest.mark.parametrize("text", ["", " ", "\n"])
def test_nothing_means_the_default(name: str, text: str) -> None:
    assert parse(name, text) == REGISTRY[name].default


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_lies_within_its_bounds(name: str) -> None:
    definition = REGISTRY[name]
    assert (parse(name, str(definition.least)), parse(name, f" {definition.most} ")) == (
        definition.least,
        definition.most,
    )
    for text in (str(definition.least - 1), str(definition.most + 1), "1.5", "1e3", "ten", "٣", "²", "0x10"):
        with pytest.raises(ValueError, match=rf"^{name} is '.*'; accepted are whole numbers from \d+ to \d+\.$"):
            parse(name, text)


@given(text=st.text(max_size=30))
@example(text=",")
@pytest.mark.parametrize("name", REGISTRY)
def test_rubbish_is_refused_in_one_sentence_or_means_something(name: str, text: str) -> None:
    meant = understood(name, text)
    if isinstance(meant, ValueError):
        assert str(meant).startswith(f"{name} is ")
    else:
        assert parse(name, text_of(meant)) == meant


def understood(name: str, text: str) -> system_settings.Value | ValueError:
    try:
        return parse(name, text)
    except ValueError as error:
        return error


@pytest.mark.django_db
def test_a_stored_value_that_is_not_accepted_counts_as_the_default() -> None:
    SystemSetting.objects.create(name="job_retention_days", value="a year")
    assert system_settings.number("job_retention_days") == REGISTRY["job_retention_days"].default


@pytest.mark.parametrize("name", REGISTRY)
def test_every_setting_is_read_somewhere(name: str) -> None:
    files = (path for floor in FLOORS for path in Path(ROOT, floor).rglob("*.py") if path.stem != "system_settings")
    assert any(f'"{name}"' in path.read_text() for path in files)


@pytest.mark.django_db
def test_networks_are_addresses_and_prefixes() -> None:
    SystemSetting.objects.create(name="syslog_relays", value=" 192.0.2.7,10.0.0.0/8 , 2001:db8::/32,")
    assert [str(one) for one in system_settings.networks("syslog_relays")] == [
        "192.0.2.7/32", "10.0.0.0/8", "2001:db8::/32",
    ]  # fmt: skip
    assert system_settings.networks("syslog_allowed_senders") == ()
    with pytest.raises(ValueError, match=r"^syslog_relays is '10.0.0.1/8'; accepted are addresses and prefixes"):
        parse("syslog_relays", "10.0.0.1/8")
