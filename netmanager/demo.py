"""The demo's walk through the product, by its REST API as a user would: from an address range to audited devices."""

import json
import socket
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from netmanager.processes import PYTHON, Processes, StartFailed

NETWORK = "127.30.0.0/24"


def lab_command(devices: int) -> list[str]:
    """The lab in a process of its own, on ports that are free and need no rights."""
    ports = ["--snmp-port", "0", "--ssh-port", "0", "--http-port", "0"]
    return [PYTHON, "-m", "tests.lab", "--devices", str(devices), "--network", NETWORK, *ports]


def start_lab(processes: Processes, command: Sequence[str]) -> dict[str, Any]:
    """Start the lab and return what it says of itself once all its devices listen."""
    process = processes.start("lab", command, stdout=subprocess.PIPE)
    assert process.stdout is not None  # noqa: S101  it is a pipe
    line = process.stdout.readline()
    try:
        lab: dict[str, Any] = json.loads(line)
    except ValueError:
        said = (processes.log_folder / "lab.log").read_text().strip()[-1000:]
        raise StartFailed(f"The lab did not start. {said}") from None
    return lab


def let_log(lab: dict[str, Any], port: int) -> None:
    """Let the lab's devices send their syslog to a port of this machine."""
    with socket.socket(socket.AF_UNIX) as control:
        control.connect(lab["control"])
        control.sendall(f"syslog 127.0.0.1 {port}\n".encode())
        control.recv(1000)


@dataclass
class Journey:
    """Discover, approve, sync, back up, scan: each a job watched to its end."""

    url: str
    login: dict[str, str]
    lab: dict[str, Any]
    say: Callable[[str], None]
    require_alive: Callable[[], None]
    token: str = ""
    steps: dict[str, Any] = field(default_factory=dict)

    def walk(self) -> dict[str, Any]:
        """Do everything; returns the summary."""
        self.token = self.call("POST", "auth/token", self.login)["access"]
        self.prepare()
        self.job("discover", "devices/discover", self.ranges())
        devices = self.devices()
        for device in devices:
            if device["status"] == "quarantine":
                self.call("POST", f"devices/{device['id']}/approve")
        self.say(f"  approve   {len(devices)} devices")
        ids = {"devices": [device["id"] for device in devices]}
        self.job("sync", "devices/sync", ids)
        self.job("backup", "devices/backup", ids)
        self.job("scan", "compliance/scan", ids)
        return self.summary()

    def prepare(self) -> None:
        """What an operator enters first: where NetManager may look and how it logs in."""
        lab = self.lab
        ssh = {"name": "Lab SSH", "kind": "ssh", "username": lab["username"], "password": lab["password"]}
        ssh_id = self.call("POST", "credentials", ssh)["id"]
        snmp = {"name": "Lab SNMP", "kind": "snmp_v2c", "snmp_community": lab["community"]}
        self.call("POST", "credentials", snmp)
        site = self.call("POST", "sites", {"name": "Demo lab", "slug": "demo-lab"})["id"]
        self.call("POST", "prefixes", {"prefix": NETWORK, "site": site, "ssh_credential": ssh_id})

    def ranges(self) -> dict[str, Any]:
        """Where to look."""
        ports = self.lab["ports"]
        return {"ranges": [NETWORK], "snmp_port": ports["snmp"], "ssh_port": ports["ssh"], "api_port": ports["http"]}

    def job(self, name: str, path: str, parameters: dict[str, Any]) -> None:
        """Start a job and show its progress until it has ended."""
        job_id = self.call("POST", path, parameters)["job_id"]
        pause = threading.Event()
        shown = ""
        while True:
            self.require_alive()
            job = self.call("GET", f"jobs/{job_id}")
            progress = job["progress"]
            text = f"  {name:<9} {progress['done']}/{progress['total']}  {job['state']}"
            if text != shown:
                shown = text
                self.say(text)
            if job["ready"]:
                break
            pause.wait(0.5)
        self.steps[name] = {"state": job["state"], "result": job["result"], "error": job.get("error", "")}

    def devices(self) -> list[dict[str, Any]]:
        """All devices NetManager knows."""
        found: list[dict[str, Any]] = self.call("GET", "devices?limit=1000")["results"]
        return found

    def summary(self) -> dict[str, Any]:
        """How many of the lab's devices got how far. Complete only when all went the whole way."""
        devices, wanted = self.devices(), len(self.lab["devices"])
        counts = {
            "devices": wanted,
            "discovered": len(devices),
            "synced": sum(bool(row["last_sync_at"] and not row["last_sync_error"]) for row in devices),
            "backed_up": sum(bool(row["last_backup_at"] and not row["last_backup_error"]) for row in devices),
            "scanned": sum(row["compliance_score"] is not None for row in devices),
        }
        sentence = (
            f"{counts['discovered']} of {wanted} devices discovered, {counts['synced']} synced, "
            f"{counts['backed_up']} backed up, {counts['scanned']} scanned."
        )
        return {"complete": set(counts.values()) == {wanted}, **counts, "sentence": sentence, "jobs": self.steps}

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """One request to the API; raises StartFailed with the answer when it is refused."""
        request = urllib.request.Request(  # noqa: S310  a loopback address of ours
            f"{self.url}/api/v1/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Accept": "application/json"},
        )
        if self.token:
            request.add_header("Authorization", f"Bearer {self.token}")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise StartFailed(f"{method} {path}: {error.code} {error.read().decode()[:500]}") from None
        return json.loads(text) if text else None
