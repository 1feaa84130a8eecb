"""`python -m tests.lab`: run a lab until SIGTERM or SIGINT; one JSON line says when it is ready and what is in it.

The line also names a control socket: `tests.lab.control.ask(path, "state 127.30.0.5")`.
"""

import argparse
import json
import signal
import sys
from typing import Any

from tests.lab import lab as defaults
from tests.lab.control import listening
from tests.lab.faults import FAULTS, parse
from tests.lab.hardware import PLATFORMS
from tests.lab.lab import Lab
from tests.lab.state import Device


def main() -> int:
    """Run the lab; 2 for options that cannot be used, 1 when a port is taken."""
    options = _parser().parse_args()
    signals = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)  # before the lab's thread starts, which inherits the mask
    try:
        faults = dict(_fault(text) for text in options.fault)
        lab = Lab(
            devices=options.devices,
            platforms=tuple(p for p in options.platforms.split(",") if p),
            network=options.network,
            snmp_port=options.snmp_port,
            ssh_port=options.ssh_port,
            http_port=options.http_port,
            delay=options.delay,
            seed=options.seed,
            username=options.username,
            password=options.password,
            community=options.community,
            enable_password=options.enable_password,
            faults=faults,
            collector=_collector(options.syslog) if options.syslog else None,
        )
    except (ValueError, KeyError) as error:
        print(f"lab: {error.args[0]}", file=sys.stderr)
        return 2
    try:
        with lab, listening(lab) as control:
            print(json.dumps({**describe(lab), "control": control}), flush=True)
            signal.sigwait(signals)
    except OSError as error:
        print(f"lab: a port could not be opened: {error}", file=sys.stderr)
        return 1
    return 0


def describe(lab: Lab) -> dict[str, Any]:
    """What the ready line says."""
    user = lab.v3_user
    return {
        "ready": True,
        "ports": {"snmp": lab.snmp_port, "ssh": lab.ssh_port, "http": lab.http_port},
        "username": lab.username,
        "password": lab.password,
        "community": lab.community,
        "v3": {"user": user.name, "auth": "SHA", "auth_password": user.auth_password,
               "priv": "AES", "priv_password": user.priv_password},
        "devices": [_describe(d) for d in lab.devices],
    }  # fmt: skip


def _describe(device: Device) -> dict[str, Any]:
    return {
        "address": device.address,
        "hostname": device.hostname,
        "platform": device.platform,
        "model": device.hardware.model,
        "serial": device.serial,
        "os_version": device.hardware.os_version,
        "engine_id": device.engine_id.hex(),
        "site": device.site,
        "role": device.role,
        "neighbours": [
            {"port": p.name, "device": p.peer.device.hostname, "remote_port": p.peer.name}
            for p in device.sorted_ports
            if p.peer
        ],
    }


def _fault(text: str) -> tuple[str, str]:
    address, separator, name = text.partition("=")
    if not separator:
        raise ValueError(f"--fault is {text!r}: accepted is ADDRESS=FAULT, e.g. 127.30.0.5=cut-in-config")
    parse(name)
    return address, name


def _collector(text: str) -> tuple[str, int]:
    address, _separator, port = text.rpartition(":")
    if not address or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError(f"--syslog is {text!r}: accepted is ADDRESS:PORT, e.g. 127.0.0.1:5514")
    return address, int(port)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.lab", description=__doc__)
    parser.add_argument("--devices", type=int, default=24, help="1 to 500")
    parser.add_argument("--platforms", default="", help=f"dealt out in turn, of {','.join(PLATFORMS)}")
    parser.add_argument("--network", default=defaults.DEFAULT_NETWORK, help="a part of 127.0.0.0/8")
    parser.add_argument("--snmp-port", type=int, default=11161, help="0: any free port")
    parser.add_argument("--ssh-port", type=int, default=12222, help="0: any free port")
    parser.add_argument("--http-port", type=int, default=18080, help="0: any free port")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds per command")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--username", default=defaults.DEFAULT_USERNAME)
    parser.add_argument("--password", default=defaults.DEFAULT_PASSWORD)
    parser.add_argument("--community", default=defaults.DEFAULT_COMMUNITY)
    parser.add_argument("--enable-password", default="", help="logins of IOS and EOS then start unprivileged")
    parser.add_argument("--syslog", default="", help="ADDRESS:PORT the devices log to; empty: they do not")
    parser.add_argument("--fault", action="append", default=[], help=f"ADDRESS=FAULT, of {', '.join(FAULTS)}")
    return parser


if __name__ == "__main__":
    sys.exit(main())
