"""Short runs of `make storm`: whatever dies, each message is stored once or counted as dropped."""

import re
import subprocess
import sys

from tests.house import ROOT


def test_whatever_dies_each_message_is_stored_once_or_counted_as_dropped() -> None:
    command = [sys.executable, "-m", "tests.storm", "everything", "spool_full"]
    done = subprocess.run(
        [*command, "--rate", "800", "--long", "2", "--spool", "1"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    everything, spool_full = done.stdout.splitlines()
    assert re.match(r"everything: \d{4,} sent, .* 0 twice", everything)
    assert re.match(r"spool_full: .* dropped \(\d+ spool\)", spool_full)
