"""Whether a text can be a configuration of a platform."""

import random
from pathlib import Path

import pytest

from inventory.parsing.recognition import BINARY, EMPTY, why_not
from inventory.platforms import platforms
from tests.compliance.baseline import CASES, read_case

JUDGED = {"cisco_ios", "cisco_nxos", "arista_eos", "juniper_junos", "huawei_vrp", "fortinet", "linux"}
RUBBISH = random.Random(4).randbytes(20_000).decode("utf-8", "replace")


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_it_knows_the_configurations_of_other_platforms(folder: Path) -> None:
    case = read_case(folder)
    assert [slug for slug in sorted(JUDGED) if not why_not(case.text, slug)] == [case.platform]
    assert why_not(case.text, "generic") == ""


def test_it_names_both_platforms_and_the_line() -> None:
    sentence = why_not("sysname r1\n", "cisco_ios")
    assert sentence == "this is a configuration of huawei_vrp or hp_comware, not of cisco_ios: see “sysname r1”"


@pytest.mark.parametrize("platform", sorted(platforms()))
def test_it_takes_no_rubbish_and_nothing_empty(platform: str) -> None:
    assert why_not(RUBBISH, platform) == BINARY
    assert why_not("\x1f\x8b\x08" + "\0" * 500, platform) == BINARY
    assert [why_not(text, platform) for text in ("", "\n \n", "!\n! Time: 10:00\n", "#\n#\n")] == [EMPTY] * 4


@pytest.mark.parametrize("platform", sorted(platforms()))
def test_it_takes_what_has_no_sign_at_all(platform: str) -> None:
    assert why_not("hostname röter-1\ndescription 서울 \x1b[31m\n", platform) == ""
