"""What travels from a receiver to a worker: messages as they came, the ids their rows will have, and counts. (pure)

A row's id tells its time, so that rows need no index of their own: microseconds since 2020 (51 bits), number of the
receiver (6 bits), line in the message (6 bits).
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import msgpack
import zstandard

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
EPOCH_US = int(EPOCH.timestamp()) * 1_000_000  # of 1970
RECEIVERS = LINES = 64
VERSION = 1
LARGEST = 256 * 2**20  # bytes of a batch unpacked: more is no batch of ours


class Damaged(ValueError):
    """A payload that cannot be read; the message says why."""


class Chunk(NamedTuple):
    """Messages that were received together: the tick of the first, each further one a microsecond later."""

    tick: int  # microseconds since 2020
    sources: list[bytes]  # 4 or 16 bytes each, as on the wire; an IPv4 address in IPv6 stands as 4
    texts: list[bytes]


@dataclass(frozen=True, slots=True)
class Counts:
    """What a run has counted when a batch was cut, in messages; names as in SyslogRun."""

    received: int = 0
    handed: int = 0
    spooled: int = 0
    kernel: int = 0
    queue: int = 0
    source: int = 0
    spool: int = 0
    sender: int = 0
    malformed: int = 0


NAMES = tuple(field.name for field in fields(Counts))


@dataclass(frozen=True, slots=True)
class Batch:
    """Some chunks of one run under one id."""

    uuid: UUID
    run: UUID
    receiver: int
    counts: Counts
    chunks: tuple[Chunk, ...]

    @property
    def size(self) -> int:
        """Messages."""
        return sum(len(chunk.texts) for chunk in self.chunks)

    def messages(self) -> Iterator[tuple[int, bytes, bytes]]:
        """Tick, source and text of each."""
        for tick, sources, texts in self.chunks:
            yield from zip(range(tick, tick + len(texts)), sources, texts, strict=True)


@dataclass(frozen=True, slots=True)
class Packed:
    """A batch as it travels, and what must be known of it without unpacking."""

    uuid: UUID
    run: UUID
    tick: int  # of its first message
    size: int  # messages
    payload: bytes

    @classmethod
    def of(cls, batch: Batch) -> "Packed":
        """Packs it."""
        return cls(batch.uuid, batch.run, batch.chunks[0].tick, batch.size, pack(batch))


def row_id(tick: int, receiver: int, line: int = 0) -> int:
    """The id of a row; ids of one receiver ascend with time."""
    return tick << 12 | receiver << 6 | line


def received_at(row: int) -> datetime:
    """The time that a row's id tells, exactly the row's `received_at`."""
    return EPOCH + timedelta(microseconds=row >> 12)


def first_id(moment: datetime) -> int:
    """The lowest id a row of this moment can have."""
    return (moment - EPOCH) // timedelta(microseconds=1) << 12


def pack(batch: Batch) -> bytes:
    """A batch as bytes: zstd (level 1, with a checksum) over msgpack."""
    head = (VERSION, batch.uuid.bytes, batch.run.bytes, batch.receiver)
    counts = [getattr(batch.counts, name) for name in NAMES]
    whole = msgpack.packb((*head, counts, batch.chunks), use_bin_type=True)
    return zstandard.ZstdCompressor(level=1, write_checksum=True).compress(whole)


def unpack(payload: bytes) -> Batch:
    """The batch again; raises Damaged for anything else."""
    try:
        whole = zstandard.ZstdDecompressor().decompress(payload, max_output_size=LARGEST)
        version, uuid, run, receiver, counts, chunks = msgpack.unpackb(whole, raw=False)
        if version != VERSION:
            raise Damaged(f"The batch is of version {version}; this is version {VERSION}.")
        told = Counts(**dict(zip(NAMES, counts, strict=True)))
        return Batch(UUID(bytes=uuid), UUID(bytes=run), receiver, told, tuple(Chunk(*chunk) for chunk in chunks))
    except Damaged:
        raise
    except (zstandard.ZstdError, ValueError, TypeError, msgpack.UnpackException) as error:
        raise Damaged(f"The batch cannot be read: {error}") from None
