"""`python -m tests.chaos._lab DEVICES SEED`: a lab whose switches each have one port to give away."""

import json
import signal
import sys

from tests.lab import Lab, snapshot
from tests.lab.__main__ import describe
from tests.lab.control import listening

NETWORK = "127.72.0.0/24"
PLATFORMS = ("cisco_ios", "cisco_nxos", "arista_eos", "huawei_vrp")
FREE = "20"  # a port of every model ends with it, and no cable does
DELAY = 0.05  # seconds per command


def main(devices: int, seed: int) -> None:
    """Run until SIGTERM; the ready line is that of `python -m tests.lab`."""
    signals = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    lab = Lab(devices, PLATFORMS, NETWORK, delay=DELAY, seed=seed)
    for device in lab.devices:
        (port,) = (one for one in device.of_kind("ethernet") if one.name.endswith(FREE) and one.mode == "access")
        port.access_vlan, port.description = 1, ""
        device.startup, device.saved = lab.running_config(device.address), snapshot.take(device)
    with lab, listening(lab) as control:
        print(json.dumps({**describe(lab), "control": control}), flush=True)
        signal.sigwait(signals)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
