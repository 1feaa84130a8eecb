"""Words and texts as people see them."""

from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from inventory.admin.interface import ranges, speed_words
from inventory.display import age, visible


@given(st.text())
def test_it_leaves_nothing_invisible_but_breaks_and_tabs(text: str) -> None:
    assert all(char.isprintable() or char in "\n\t" or char.isspace() for char in visible(text))
    assert "\r" not in visible(text)


@given(st.text(st.characters(categories=["L", "N", "P", "S"])))
def test_it_keeps_readable_text_as_it_is(text: str) -> None:
    assert visible(text) == text


@given(st.sets(st.integers(1, 4094)))
def test_its_short_form_names_every_vlan_once(vids: set[int]) -> None:
    parts = [part.split("-") for part in ranges(sorted(vids)).split(", ") if part]
    spelt_out = [vid for part in parts for vid in range(int(part[0]), int(part[-1]) + 1)]
    assert spelt_out == sorted(vids)


@pytest.mark.parametrize(
    ("kbps", "words"),
    [
        (None, ""),
        (0, ""),
        (64, "64 kbit/s"),
        (100_000, "100 Mbit/s"),
        (2_500_000, "2.5 Gbit/s"),
        (400_000_000, "400 Gbit/s"),
    ],
)
def test_it_shows_a_speed_in_its_largest_unit(kbps: int | None, words: str) -> None:
    assert speed_words(kbps) == words


@pytest.mark.parametrize(
    ("past", "words"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(minutes=59, seconds=30), "59 min ago"),
        (timedelta(hours=47, minutes=30), "47 h ago"),
        (timedelta(days=2, minutes=1), "2 days ago"),
        (timedelta(seconds=-90), "just now"),  # a clock that runs ahead
    ],
)
def test_it_shows_an_age_in_a_few_words(past: timedelta, words: str) -> None:
    when = timezone.now() - past
    assert f">{words}</time>" in age(when)
    assert f"{when:%Y-%m-%d %H:%M:%S} UTC" in age(when)


def test_it_says_never_for_no_time() -> None:
    assert ">never<" in age(None)
