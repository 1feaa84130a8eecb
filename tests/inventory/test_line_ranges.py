"""Numbers of lines in addresses."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.parsing.line_ranges import around, as_text, parse_ranges


@pytest.mark.parametrize(
    ("text", "ranges"),
    [
        ("", ()),
        ("12", (range(12, 13),)),
        ("15-18, 12", (range(12, 13), range(15, 19))),
        ("1-3,2-5,6", (range(1, 7),)),
    ],
)
def test_it_reads_numbers_and_ranges(text: str, ranges: tuple[range, ...]) -> None:
    assert parse_ranges(text) == ranges


@pytest.mark.parametrize("text", ["0", "x", "1,", "5-3", "-1", "1-", "1-2-3", "٣", "9999999999", "1e3", "1;drop", ","])
def test_it_says_what_it_does_not_understand(text: str) -> None:
    with pytest.raises(ValueError, match=r"accepted are numbers from 1 and ranges of them, as in 12,15-18\."):
        parse_ranges(text)
    with pytest.raises(ValueError, match="accepted are at most 1000"):
        parse_ranges(f"{text},1" * 1001)


def test_it_adds_the_lines_around_within_the_text() -> None:
    assert around(parse_ranges("2,9,12,99"), 3, 13) == (range(1, 14),)
    assert around(parse_ranges("20"), 3, 13) == ()


@given(st.lists(st.integers(1, 50)))
def test_it_writes_what_it_reads(numbers: list[int]) -> None:
    assert sorted({n for one in parse_ranges(as_text(numbers)) for n in one}) == sorted(set(numbers))


@given(st.text())
def test_it_takes_rubbish_or_refuses_it(text: str) -> None:
    with suppress(ValueError):
        assert all(1 <= one.start < one.stop for one in parse_ranges(text))
