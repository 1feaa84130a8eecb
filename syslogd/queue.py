"""What was received and is not handed over yet: bounded, and shared fairly between the sources once it fills."""

import threading
import time
from collections import Counter, deque
from typing import NamedTuple

from syslogd.batch import Chunk

PLACE = 1024  # octets
BATCH_PLACES = 16 * 1024  # a batch of very long messages is cut at 16 MiB


class Refused(NamedTuple):
    """What found no room, in messages by source."""

    queue: Counter[bytes]  # the queue was full
    source: Counter[bytes]  # this source held too much of a filling queue


class Queue:
    """A message takes one place, one longer than 1 KiB a place for every KiB begun; `limit` is in places.

    Up to half full everything is taken; from there on a source that holds a quarter of all places gets no more, so
    that one device cannot starve the others. Sources are counted only then: it costs nothing otherwise. Several
    threads may put, one takes.
    """

    def __init__(self, limit: int) -> None:
        self._limit, self._share = limit, max(1, limit // 4)
        self._changed = threading.Condition()
        self._chunks: deque[tuple[float, int, Chunk]] = deque()  # when it came, its places
        self._held: Counter[bytes] | None = None  # places by source, None: not counted now
        self._places = self._size = 0
        self._wanted = 1
        self._closed = False

    @property
    def size(self) -> int:
        """Messages that wait."""
        return self._size

    @property
    def filling(self) -> bool:
        """Whether it is more than half full: who can wait before putting should."""
        return self._places * 2 > self._limit

    def put(self, chunk: Chunk) -> Refused | None:
        """Append messages; None when all of them found room."""
        with self._changed:
            places = _places(chunk)
            if (self._places + places) * 2 <= self._limit:
                self._keep(chunk, places)
                return None
            kept, refused = self._fair(chunk)
            if kept.texts:
                self._keep(kept, _places(kept))
            return refused if refused.queue or refused.source else None

    def take(self, most: int, age: float) -> tuple[Chunk, ...] | None:
        """At most `most` messages, as soon as so many wait or the oldest has waited `age` seconds.

        After `close` whatever is left at once, in the end None.
        """
        with self._changed:
            self._wait(most, age)
            return self._cut(most) if self._chunks else None

    def close(self) -> None:
        """Nothing more will be put."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _keep(self, chunk: Chunk, places: int) -> None:
        self._chunks.append((time.monotonic(), places, chunk))
        first = self._size == 0
        self._size += len(chunk.texts)
        self._places += places
        if first or self._size >= self._wanted or self._places >= BATCH_PLACES:
            self._changed.notify()

    def _fair(self, chunk: Chunk) -> tuple[Chunk, Refused]:
        held, places = self._counted(), self._places
        sources, texts = [], []
        refused = Refused(Counter(), Counter())
        for source, text in zip(chunk.sources, chunk.texts, strict=True):
            needed = _needed(text)
            if held[source] >= self._share:
                refused.source[source] += 1
            elif places + needed > self._limit and places:
                refused.queue[source] += 1
            else:
                held[source] += needed
                places += needed
                sources.append(source)
                texts.append(text)
        return Chunk(chunk.tick, sources, texts), refused

    def _counted(self) -> Counter[bytes]:
        if self._held is None:
            self._held = Counter()
            for _came, _places, chunk in self._chunks:
                for source, text in zip(chunk.sources, chunk.texts, strict=True):
                    self._held[source] += _needed(text)
        return self._held

    def _wait(self, most: int, age: float) -> None:
        self._wanted = most
        while not self._closed and self._size < most and self._places < max(most, BATCH_PLACES):
            left = self._chunks[0][0] + age - time.monotonic() if self._chunks else None
            if left is not None and left <= 0:
                return
            self._changed.wait(left)

    def _cut(self, most: int) -> tuple[Chunk, ...]:
        taken, left = [], max(most, BATCH_PLACES)
        while self._chunks and most:
            came, places, chunk = self._chunks.popleft()
            fit = min(most, len(chunk.texts) if places <= left else _fitting(chunk, left))
            if fit < len(chunk.texts):
                rest = Chunk(chunk.tick + fit, chunk.sources[fit:], chunk.texts[fit:])
                chunk = Chunk(chunk.tick, chunk.sources[:fit], chunk.texts[:fit])
                self._chunks.appendleft((came, places - _places(chunk), rest))
                most = fit  # the batch is full
            if not fit:
                break
            taken.append(chunk)
            most -= fit
            left -= self._let_go(chunk)
        return tuple(taken)

    def _let_go(self, chunk: Chunk) -> int:
        places = _places(chunk)
        self._size -= len(chunk.texts)
        self._places -= places
        if self._places * 4 < self._limit:
            self._held = None
        elif self._held is not None:
            _subtract(self._held, chunk)
        return places


def _needed(text: bytes) -> int:
    return (len(text) + PLACE - 1) // PLACE or 1


def _places(chunk: Chunk) -> int:
    if max(map(len, chunk.texts), default=0) <= PLACE:
        return len(chunk.texts)
    return sum(map(_needed, chunk.texts))


def _fitting(chunk: Chunk, left: int) -> int:
    for index, text in enumerate(chunk.texts):
        left -= _needed(text)
        if left < 0:
            return index
    return len(chunk.texts)


def _subtract(held: Counter[bytes], chunk: Chunk) -> None:
    """A source that holds nothing any more goes: forged sources are without number."""
    for source, text in zip(chunk.sources, chunk.texts, strict=True):
        held[source] -= _needed(text)
        if held[source] <= 0:
            del held[source]
