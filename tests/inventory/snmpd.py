"""The real net-snmp agent on a loopback address, with v1/v2c community and v3 users."""

import os
import socket
import subprocess
import tempfile
import threading
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

COMMUNITY = "public"
# user: authentication and privacy protocol as net-snmp writes them; the keys are the same for all
USERS = {
    "alice": ("SHA", "AES"),
    "bob": ("SHA-256", "AES"),
    "carol": ("SHA-512", "AES-256"),
    "dave": ("MD5", "DES"),
    "erin": ("SHA", "AES-256"),
    "frank": ("SHA", ""),
    "grace": ("", ""),
}
# Every combination that net-snmp knows: ours -> its own word.
AUTHS = {"MD5": "MD5", "SHA": "SHA", **{f"SHA{n}": f"SHA-{n}" for n in (224, 256, 384, 512)}}
PRIVS = {"DES": "DES", "AES": "AES", "AES192": "AES-192", "AES192C": "AES-192-C"}
PRIVS |= {"AES256": "AES-256", "AES256C": "AES-256-C"}
USERS |= {f"{a}-{p}": (auth, priv) for a, auth in AUTHS.items() for p, priv in PRIVS.items()}
AUTH_KEY, PRIV_KEY = "authentic-key", "private-key-1"


@dataclass
class Snmpd:
    """`with Snmpd() as agent:` answers on agent.address, agent.port."""

    address: str = "127.0.0.1"
    port: int = 0
    _folder: tempfile.TemporaryDirectory[str] = field(default_factory=tempfile.TemporaryDirectory)

    def __enter__(self) -> "Snmpd":
        self.port = self.port or _free_port(self.address)
        folder = Path(self._folder.name)
        (folder / "snmpd.conf").write_text("\n".join(self._lines()))
        command = ["/usr/sbin/snmpd", "-f", "-Le", "-C", "-c", str(folder / "snmpd.conf"), "-p", str(folder / "pid")]
        environment = os.environ | {"SNMP_PERSISTENT_DIR": str(folder), "MIBS": ""}
        self._process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
        stderr = self._process.stderr
        assert stderr is not None
        said = []
        for line in stderr:
            said.append(line)
            if line.startswith("NET-SNMP version"):
                # Nobody reading its words would in the end stop it: it complains about every bridge at every walk.
                self._drain = threading.Thread(target=deque, args=(stderr, 0), daemon=True)
                self._drain.start()
                return self
        raise RuntimeError("snmpd did not start: " + "".join(said))

    def _lines(self) -> list[str]:
        lines = [f"agentaddress udp:{self.address}:{self.port}", f"rocommunity {COMMUNITY}"]
        lines += ["sysName lab-agent", "sysLocation Seoul", "sysContact noc@example.com"]
        for user, (auth, priv) in USERS.items():
            keys = [auth, AUTH_KEY] if auth else []
            keys += [priv, PRIV_KEY] if priv else []
            lines.append(" ".join(["createUser", user, *keys]))
            lines.append(f"rouser {user} {'priv' if priv else 'auth' if auth else 'noauth'}")
        return lines

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait()
        self._drain.join()
        self._folder.cleanup()


def _free_port(address: str) -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])
