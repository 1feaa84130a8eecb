"""The queue is bounded, nothing in it changes, and a noisy device cannot take it all."""

import threading
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syslogd.batch import Chunk
from syslogd.queue import PLACE, Queue, Refused

A, B, C, D, E = (bytes([10, 0, 0, last]) for last in range(1, 6))


def chunk(tick: int, *sources: bytes, text: bytes = b"x") -> Chunk:
    return Chunk(tick, list(sources), [text] * len(sources))


def put(queue: Queue, *sources: bytes, text: bytes = b"x") -> Refused:
    return queue.put(chunk(0, *sources, text=text)) or Refused(Counter(), Counter())


@given(
    st.lists(st.integers(0, 9), max_size=12),
    st.integers(1, 7),
    st.sampled_from([1, PLACE, PLACE + 1]),
)
def test_it_gives_messages_back_in_order_with_the_times_they_had(sizes: list[int], most: int, size: int) -> None:
    queue, expected = Queue(10_000), []
    for number, count in enumerate(sizes):
        texts = [bytes([number, index]) * size for index in range(count)]
        if texts:
            queue.put(Chunk(number * 100, [A] * count, texts))
        expected += [(number * 100 + index, text) for index, text in enumerate(texts)]
    queue.close()
    found = []
    while (batch := queue.take(most, 0)) is not None:
        assert 1 <= sum(len(part.texts) for part in batch) <= most
        found += [(part.tick + index, text) for part in batch for index, text in enumerate(part.texts)]
    assert (found, queue.size) == (expected, 0)


@given(st.lists(st.tuples(st.sampled_from([A, B, C, D, E]), st.integers(1, 9), st.integers(0, 6)), max_size=40))
def test_every_message_put_is_taken_or_told_as_refused(steps: list[tuple[bytes, int, int]]) -> None:
    queue, lost, came_out, went_in = Queue(20), 0, 0, 0
    for source, count, taken in steps:
        refused = put(queue, *[source] * count)
        went_in, lost = went_in + count, lost + refused.queue.total() + refused.source.total()
        assert queue.size <= 20
        if taken:
            came_out += sum(len(part.texts) for part in queue.take(taken, 0) or ()) if queue.size else 0
        assert went_in == lost + came_out + queue.size


def test_below_half_a_single_source_may_take_what_it_wants() -> None:
    queue = Queue(100)
    assert queue.put(chunk(0, *[A] * 50)) is None
    assert not queue.filling


def test_from_half_on_a_source_with_a_quarter_gets_no_more() -> None:
    queue = Queue(100)
    put(queue, *[A] * 40, *[B] * 10)
    assert put(queue, *[A] * 10, *[B] * 20, *[C] * 5) == Refused(Counter(), Counter({A: 10, B: 5}))
    assert queue.size == 70
    assert queue.filling


def test_a_full_queue_refuses_everybody() -> None:
    queue = Queue(8)
    put(queue, A, A, B, B)
    assert put(queue, C, C, D, D, D, E) == Refused(Counter({E: 1}), Counter({D: 1}))
    assert queue.size == 8


def test_a_source_whose_messages_were_taken_may_put_again() -> None:
    queue = Queue(100)
    put(queue, *[A] * 50)
    assert put(queue, A).source == Counter({A: 1})
    queue.take(30, 0)
    put(queue, *[B] * 24, *[C] * 7)
    assert put(queue, *[A] * 10) == Refused(Counter(), Counter({A: 5}))


def test_what_was_taken_counts_no_more_for_its_source_while_the_queue_stays_busy() -> None:
    queue = Queue(100)
    put(queue, *[A] * 26, *[B] * 24)
    put(queue, *[C] * 20)
    queue.take(26, 0)
    assert put(queue, *[A] * 30, B, B) == Refused(Counter(), Counter({A: 5, B: 1}))


def test_long_messages_take_more_of_the_queue_and_fill_a_batch_sooner() -> None:
    queue = Queue(32)  # less than the message needs, which an empty queue takes all the same
    assert put(queue, A, B, C, text=b"x" * 64 * PLACE).queue.total() == 2
    assert queue.size == 1
    roomy = Queue(10**6)
    put(roomy, *[A] * 400, text=b"x" * 64 * PLACE)
    assert [len(part.texts) for part in roomy.take(2000, 0) or ()] == [256]


@pytest.mark.parametrize(("most", "age"), [(3, 600), (100, 0.01)])
def test_a_taker_gets_its_batch_when_it_is_full_or_old_enough(most: int, age: float) -> None:
    queue, batches = Queue(100), []
    taker = threading.Thread(target=lambda: batches.append(queue.take(most, age)))
    taker.start()
    put(queue, A, A)
    if most == 3:
        put(queue, B)
    taker.join(30)
    assert [[part.sources for part in batch or ()] for batch in batches] == [[[A, A], [B]] if most == 3 else [[A, A]]]


def test_closing_hands_out_the_rest_at_once_and_then_ends() -> None:
    queue, batches = Queue(100), []

    def take_all() -> None:
        while (batch := queue.take(50, 600)) is not None:
            batches.append(batch)

    taker = threading.Thread(target=take_all)
    taker.start()
    put(queue, A)
    queue.close()
    taker.join(30)
    assert [part.sources for batch in batches for part in batch] == [[A]]
