"""No count is lost with the process that counted."""

import os
import signal
from pathlib import Path

from syslogd.counters import Counters, alive, runs


def test_it_keeps_the_counts_of_a_killed_process_and_tells_that_it_is_dead(tmp_path: Path) -> None:
    counters = Counters.create(tmp_path, receiver=3, started=17)
    ready, counted = os.pipe()
    child = os.fork()
    if not child:
        counters.add("received", 40)
        counters.add("received", 2)
        counters.move(2, "received", "lost")
        os.write(counted, b".")
        signal.pause()
    os.read(ready, 1)
    counters.close()  # what the child has of it goes on living
    (path,) = runs(tmp_path)
    assert alive(path)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert not alive(path)
    left = Counters.open(path)
    assert left is not None
    told = left.snapshot()
    assert (told.run.hex, told.receiver, told.started) == (path.name, 3, 17)
    assert (told.counts.received, told.lost) == (40, 2)
    left.remove()
    assert list(runs(tmp_path)) == []


def test_it_is_seen_by_who_has_opened_it_before(tmp_path: Path) -> None:
    counters = Counters.create(tmp_path, receiver=0, started=0)
    (path,) = runs(tmp_path)
    seen = Counters.open(path)
    assert seen is not None
    counters.add("handed", 5)
    assert seen.counts().handed == 5
    seen.add("handed", -2)
    assert counters.get("handed") == 3


def test_it_takes_no_other_file_for_a_run(tmp_path: Path) -> None:
    (tmp_path / ("a" * 32)).write_bytes(b"short")
    (tmp_path / "beside").write_text("")
    assert [path.name for path in runs(tmp_path)] == ["a" * 32]
    assert Counters.open(tmp_path / ("a" * 32)) is None
    assert Counters.open(tmp_path / ("b" * 32)) is None
    assert not alive(tmp_path / ("b" * 32))
