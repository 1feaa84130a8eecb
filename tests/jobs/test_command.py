"""manage.py discover, backup, scan: a wrong request is one sentence and exit code 2, whatever was typed."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobs.models import Job, JobTarget
from tests.factories import make_credential, make_device, make_prefix

pytestmark = pytest.mark.django_db
TYPED = st.text(st.characters(exclude_characters="\x00"), max_size=40) | st.text("0123456789.:/-,", max_size=40)


def refusal(*arguments: Any) -> str:
    with pytest.raises(CommandError) as refused:
        call_command(*arguments, "--no-wait")
    assert refused.value.returncode == 2
    assert not Job.objects.exists()
    return str(refused.value)


@pytest.mark.parametrize("name", ["nobody", "", "1.2.3.4.5", "::::", "9" * 5000, "9" * 19, "\udcff", "-1"])
def test_it_says_which_device_it_does_not_know(name: str) -> None:
    make_device("core1")
    said = refusal("backup", "--", name)
    assert said.startswith("There is no device with the name, address or id ")
    assert len(said) < 200


@pytest.mark.parametrize("name", ["core1", "127.44.0.9", "10.9.8.7"])
def test_it_finds_a_device_by_name_and_by_any_address(name: str) -> None:
    device = make_device("core1", primary_address="127.44.0.9")
    device.addresses.create(address="10.9.8.7")
    make_device("core2")
    call_command("backup", name, "--no-wait")
    assert JobTarget.objects.get().device == device


def test_it_finds_a_device_by_its_id() -> None:
    device = make_device("core1")
    call_command("scan", str(device.pk), "--no-wait")
    assert JobTarget.objects.get().device == device


@pytest.mark.parametrize("port", ["0", "65536", "-1", "1e3", "9" * 5000, "ssh"])
def test_it_names_the_accepted_ports(port: str) -> None:
    make_prefix()
    make_credential("snmp_v2c")
    said = refusal("discover", "127.44.0.1", f"--snmp-port={port}")
    assert said.endswith("is not a whole number from 1 to 65535.")
    assert len(said) < 200


def test_it_says_that_nothing_is_left_when_all_is_excluded() -> None:
    make_prefix()
    make_credential("snmp_v2c")
    said = refusal("discover", "127.44.0.1", "--exclude", "127.44.0.0/24")
    assert said == "Nothing is left to look at: every address given is excluded."


@given(typed=TYPED)
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_takes_any_text_as_a_device_or_a_range_without_breaking(db: None, typed: str) -> None:
    for command in (["backup", "--", typed], ["discover", "--", typed]):
        assert refusal(*command)
