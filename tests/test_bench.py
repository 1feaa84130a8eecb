"""The table of `make bench`."""

import pytest

from tests.bench.__main__ import Figure, main, read, table


def test_it_reads_figures_and_passes_over_other_lines() -> None:
    output = 'starting\n{"bench": "sweep", "seconds": 8.6, "peer": {"ratio": 2.9}}\n[1]\n{"cut": '
    assert list(read("module", output)) == [Figure("sweep", "seconds", 8.6), Figure("sweep", "peer.ratio", 2.9)]


def test_it_puts_ratios_last_and_says_the_name_once() -> None:
    figures = [Figure("sweep", "ratio_braa", 2.9), Figure("sweep", "found", 656), Figure("walk", "seconds", 0.5)]
    assert table(figures).splitlines() == [
        "sweep  found       656",
        "       ratio_braa  2.9 x",
        "walk   seconds     0.5",
    ]


def test_it_names_the_measurements_when_asked_for_one_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nonsense"]) == 2
    assert "There is no measurement named nonsense" in capsys.readouterr().err
