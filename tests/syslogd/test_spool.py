"""A batch is on the disk or refused; nothing in between, and nothing beyond the bound."""

import os
import resource
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from syslogd.batch import Batch, Chunk, Counts, Packed, unpack
from syslogd.spool import Spool, SpoolFull

MB = 2**20


def packed(tick: int = 1, run: UUID | None = None, messages: int = 3) -> Packed:
    texts = [os.urandom(50) for _ in range(messages)]
    chunk = Chunk(tick, [b"\x7f\0\0\1"] * messages, texts)
    return Packed.of(Batch(uuid4(), run or uuid4(), 0, Counts(), (chunk,)))


def fill(spool: Spool) -> None:
    """Until it takes no more."""
    with suppress(SpoolFull):
        while True:
            spool.write(packed())


@pytest.fixture
def small_disk() -> Iterator[int]:
    """No file may become longer: writing fails in the middle."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    yield 20_000
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_it_gives_back_what_it_was_given_oldest_first(tmp_path: Path) -> None:
    late, early, again = packed(2_000_000), packed(999), packed(5)
    spool = Spool(tmp_path, MB)
    spool.write(late)
    spool.write(early)
    spool.write(again, again=True)
    found = Spool(tmp_path, MB).look()
    assert [(file.batch, file.run, file.count, file.again) for file in found] == [
        (again.uuid, again.run, 3, True),
        (early.uuid, early.run, 3, False),
        (late.uuid, late.run, 3, False),
    ]
    assert [unpack(spool.read(file)).uuid for file in found] == [again.uuid, early.uuid, late.uuid]
    for file in found:
        spool.remove(file)
    assert spool.look() == []


def test_it_refuses_what_would_exceed_its_bound_and_keeps_what_is_there(tmp_path: Path) -> None:
    one = packed()
    spool = Spool(tmp_path, len(one.payload) + 10)
    spool.write(one)
    with pytest.raises(SpoolFull):
        spool.write(packed())
    (kept,) = spool.look()
    spool.remove(kept)
    spool.look()
    spool.write(packed())


def test_several_receivers_together_stay_within_the_bound(tmp_path: Path) -> None:
    one = packed()
    limit = 4 * len(one.payload) + 100
    spools = [Spool(tmp_path, limit, sharers=2) for _ in range(2)]
    for spool in spools:
        fill(spool)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= limit


def test_it_refuses_and_leaves_no_rest_when_the_disk_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = Spool(tmp_path, MB)
    spool.write(packed())

    def full(fd: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SpoolFull, match="No space left on device"):
        spool.write(packed())
    assert len(list(tmp_path.iterdir())) == len(spool.look()) == 1


def test_it_refuses_when_its_folder_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    spool = Spool(tmp_path / "file" / "spool", MB)
    assert spool.look() == []
    with pytest.raises(SpoolFull):
        spool.write(packed())


def test_it_leaves_no_half_of_a_batch_that_did_not_fit(tmp_path: Path, small_disk: int) -> None:
    spool = Spool(tmp_path, MB)
    spool.write(packed())
    with pytest.raises(SpoolFull, match="File too large"):
        spool.write(packed(messages=2000))
    assert [file.count for file in spool.look()] == [3]
    assert len(list(tmp_path.iterdir())) == 1


def test_it_forgets_what_a_dead_run_had_only_begun_and_leaves_other_files_alone(tmp_path: Path) -> None:
    spool, dead, living = Spool(tmp_path, MB), packed(), packed()
    for one in (dead, living):
        spool.write(one)
    for file in spool.look():
        (tmp_path / file.name).rename(tmp_path / f"{file.name}.draft")
    (tmp_path / "notes.txt").write_text("of somebody")
    spool.clear_drafts(lambda run: run == living.run)
    assert spool.look() == []
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left[1:] == ["notes.txt"]
    assert living.run.hex in left[0]
