"""What travels from a receiver to a worker comes out as it went in, and nothing else does."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syslogd.batch import EPOCH_US, Batch, Chunk, Counts, Damaged, first_id, pack, received_at, row_id, unpack

SOURCES = st.binary(min_size=4, max_size=4) | st.binary(min_size=16, max_size=16)
CHUNKS = st.lists(st.tuples(SOURCES, st.binary(max_size=300)), min_size=1, max_size=5).map(
    lambda pairs: Chunk(7, [source for source, _text in pairs], [text for _source, text in pairs])
)


@given(st.lists(CHUNKS, max_size=4), st.integers(0, 2**62))
def test_it_comes_out_as_it_went_in(chunks: list[Chunk], received: int) -> None:
    batch = Batch(uuid4(), uuid4(), 3, Counts(received=received, malformed=2), tuple(chunks))
    assert unpack(pack(batch)) == batch
    assert len(list(batch.messages())) == batch.size


@given(st.binary(max_size=200), st.integers(0, 30))
def test_it_refuses_rubbish_and_what_was_damaged(rubbish: bytes, cut: int) -> None:
    good = pack(Batch(uuid4(), uuid4(), 0, Counts(), (Chunk(1, [b"\x7f\0\0\1"], [b"<13>hello" * 20]),)))
    middle = len(good) // 2
    for payload in (rubbish, good[:cut], good[:middle] + bytes([good[middle] ^ 0xFF]) + good[middle + 1 :]):
        with pytest.raises(Damaged):
            unpack(payload)


@given(st.integers(0, 2**50), st.integers(0, 63), st.integers(0, 63))
def test_an_id_tells_its_time_and_fits_the_column(tick: int, receiver: int, line: int) -> None:
    row = row_id(tick, receiver, line)
    assert row < 2**63
    assert received_at(row).timestamp() * 1e6 == pytest.approx(EPOCH_US + tick, abs=64)
    assert first_id(received_at(row)) <= row < first_id(received_at(row)) + 4096


def test_ids_of_later_messages_are_greater() -> None:
    first = row_id(10, 63, 63)
    assert first < row_id(11, 0, 0)
    assert received_at(row_id(0, 0)) == datetime(2020, 1, 1, tzinfo=UTC)
