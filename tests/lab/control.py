"""Ask and break a lab in another process: one line in, one JSON line out, over a Unix socket.

`state [ADDRESS]`, `fault ADDRESS NAME`, `clear [ADDRESS]`, `syslog ADDRESS PORT`. The ready line names the socket;
`ask()` is the other end.
"""

import json
import socket
import socketserver
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.lab.lab import Lab
from tests.lab.state import Device, Port

_ACCEPTED = "accepted are state [ADDRESS], fault ADDRESS NAME, clear [ADDRESS] and syslog ADDRESS PORT"


def ask(path: str, command: str) -> Any:
    """The lab's answer to one command. Raises ValueError with the lab's sentence, OSError when there is no lab."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        connection.sendall(command.encode() + b"\n")
        with connection.makefile() as lines:
            answer = json.loads(lines.readline())
    if "error" in answer:
        raise ValueError(answer["error"])
    return answer["answer"]


@contextmanager
def listening(lab: Lab) -> Iterator[str]:
    """Serve the lab's control socket; gives its path."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            for line in self.rfile:
                self.wfile.write(json.dumps(_answered(lab, line.decode("utf-8", "replace"))).encode() + b"\n")

    class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
        daemon_threads = True

    with tempfile.TemporaryDirectory(prefix="lab-") as folder:
        path = str(Path(folder) / "control")
        with Server(path, Handler) as server:
            threading.Thread(target=server.serve_forever, name="control", daemon=True).start()
            try:
                yield path
            finally:
                server.shutdown()


def state(lab: Lab, address: str) -> dict[str, Any]:
    """All there is to know about a device now: its configuration, what is saved, and what was done to it.

    Raises KeyError for an address that is not in the lab.
    """
    device = lab.device(address)
    running = lab.running_config(device.address)
    return {
        "address": device.address,
        "hostname": device.hostname,
        "platform": device.platform,
        "vlans": {str(vid): name for vid, name in sorted(device.vlans.items())},
        "ports": {port.name: _port(port) for port in device.sorted_ports},
        "running": running,
        "startup": device.startup,
        "saved": device.startup == running,
        **_counts(device),
    }


def _counts(device: Device) -> dict[str, Any]:
    return {
        "applied": list(device.applied),
        "typed": list(device.typed),
        "configured": device.configured,
        "logins": device.logins,
        "logins_now": device.logins_now,
        "logins_most": device.logins_most,
    }


def _port(port: Port) -> dict[str, Any]:
    return {
        "kind": port.kind,
        "mode": port.mode,
        "enabled": port.enabled,
        "description": port.description,
        "address": str(port.address) if port.address else "",
        "access_vlan": port.access_vlan,
        "native_vlan": port.native_vlan,
        "allowed": None if port.allowed is None else sorted(port.allowed),
    }


def _answered(lab: Lab, line: str) -> dict[str, Any]:
    try:
        return {"answer": _done(lab, line.split())}
    except (KeyError, ValueError, OSError) as error:
        return {"error": str(error.args[0])}


def _done(lab: Lab, words: list[str]) -> Any:
    match words:
        case ["state"]:
            return [state(lab, device.address) for device in lab.devices]
        case ["state", address]:
            return state(lab, address)
        case ["fault", address, name]:
            lab.fault(address, name)
        case ["syslog", address, port]:
            lab.log_to((address, int(port)))
        case ["clear"]:
            lab.clear_faults()
        case ["clear", address]:
            lab.clear_faults(address)
        case _:
            raise ValueError(f"command is {' '.join(words)!r}: {_ACCEPTED}")
    return "done"
