"""Frames come out of a TCP stream as they went in, however the network cut it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syslogd.framing import Decoder

TEXTS = st.lists(st.binary(min_size=1, max_size=40), max_size=8)
LINES = st.lists(st.binary(min_size=1, max_size=40).filter(lambda text: not set(text) & set(b"\r\n\0")), max_size=8)


def decoded(stream: bytes, cuts: list[int] | None = None, limit: int = 65_536) -> tuple[list[bytes], int, bool]:
    """Frames, malformed frames, and whether the stream had to be given up; `cuts` are places to cut it at."""
    decoder, frames, at = Decoder(limit), [], 0
    for cut in [*sorted(cuts or ()), len(stream)]:
        frames += decoder.feed(stream[at:cut])
        at = max(at, cut)
    return frames + decoder.finish(), decoder.malformed, decoder.broken


@given(TEXTS)
def test_counted_frames_come_out_as_they_went_in(texts: list[bytes]) -> None:
    texts = [b"<13>" + text for text in texts]
    assert decoded(b"".join(b"%d %b" % (len(text), text) for text in texts)) == (texts, 0, False)


@given(LINES, st.sampled_from([b"\n", b"\r\n", b"\0"]), st.booleans())
def test_lines_come_out_as_they_went_in(texts: list[bytes], end: bytes, ended: bool) -> None:
    texts = [b"<13>" + text for text in texts]
    stream = end.join(texts) + (end if ended else b"")
    assert decoded(stream) == (texts, 0, False)


@given(
    st.lists(
        st.sampled_from([b"5 <13>a", b"\n", b"\r", b"\0", b"<13>x", b"12", b" ", b"9" * 12, b"0 ", b"30 ", b"y" * 25])
        | st.binary(max_size=6),
        max_size=12,
    ).map(b"".join),
    st.lists(st.integers(0, 120), max_size=12),
)
def test_any_way_of_cutting_a_stream_gives_the_same_frames(stream: bytes, cuts: list[int]) -> None:
    cuts = [min(cut, len(stream)) for cut in cuts]
    assert decoded(stream, cuts, limit=20) == decoded(stream, limit=20)
    assert decoded(stream, list(range(len(stream))), limit=20) == decoded(stream, limit=20)


@pytest.mark.parametrize(
    ("stream", "frames"),
    [
        (b"2024-01-01 12:00 no priority\n7 dwarfs\n", [b"2024-01-01 12:00 no priority", b"7 dwarfs"]),
        (b"<13>a\n17 <13>not counted\n", [b"<13>a", b"17 <13>not counted"]),
        (b"5 <13>a\n5 <13>b\r\n", [b"<13>a", b"<13>b"]),
        (b"6 <13>\n\n5 <13>b", [b"<13>\n\n", b"<13>b"]),
        (b"12", [b"12"]),
        (b"\r\n\r\n<13>a\n\n\n", [b"<13>a"]),
    ],
)
def test_the_first_octet_tells_the_framing_of_the_whole_stream(stream: bytes, frames: list[bytes]) -> None:
    assert decoded(stream) == (frames, 0, False)


def test_a_line_too_long_is_malformed_and_the_next_one_is_taken() -> None:
    assert decoded(b"<13>short\n" + b"x" * 21 + b"\n<13>next\n", limit=20) == ([b"<13>short", b"<13>next"], 1, False)
    assert decoded(b"x" * 20 + b"\n", limit=20) == ([b"x" * 20], 0, False)
    assert decoded(b"x" * 500, limit=20) == ([], 1, False)


@pytest.mark.parametrize("stream", [b"5 <13>a99 <13>too long", b"5 <13>anonsense", b"5 <13>a0 ", b"5 <13>a1234567890 "])
def test_a_counted_stream_is_given_up_where_the_next_frame_cannot_be_found(stream: bytes) -> None:
    assert decoded(stream, limit=20) == ([b"<13>a"], 1, True)


@pytest.mark.parametrize("stream", [b"5 <13>a19 <13>cut o", b"5 <13>a19 ", b"5 <13>a19"])
def test_a_counted_frame_cut_off_by_the_end_is_malformed(stream: bytes) -> None:
    assert decoded(stream, limit=20) == ([b"<13>a"], 1, False)


def test_what_is_held_of_a_stream_is_bounded() -> None:
    decoder = Decoder()
    for _ in range(100):
        decoder.feed(b"x" * 10_000)
    assert decoder.malformed == 1
    assert decoder.feed(b"tail\n<13>back\n") == [b"<13>back"]
