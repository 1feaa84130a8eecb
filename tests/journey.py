"""Walks the product as a script would: over REST, with a real worker behind it."""

import threading
from typing import Any

from rest_framework.test import APIClient

from tests.factories import make_admin

STEPS = 1200  # of a tenth of a second


class Operator:
    """An administrator with an API client. Every call asserts its status."""

    def __init__(self) -> None:
        self.client = APIClient()
        self.client.force_authenticate(make_admin())

    def get(self, path: str) -> Any:
        answer = self.client.get(f"/api/v1/{path}")
        assert answer.status_code == 200, (path, answer.status_code, answer.content[:500])
        return answer.json()

    def post(self, path: str, body: dict[str, Any], status: int = 201) -> Any:
        answer = self.client.post(f"/api/v1/{path}", body, format="json")
        assert answer.status_code == status, (path, answer.status_code, answer.content[:500])
        return answer.json()

    def job(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Start a job and wait for its end."""
        return self.ended(self.post(path, body, status=202)["job_id"])

    def ended(self, job_id: str) -> dict[str, Any]:
        """Wait for a job's end."""
        pause = threading.Event()
        for _ in range(STEPS):
            job: dict[str, Any] = self.get(f"jobs/{job_id}")
            if job["ready"]:
                return job
            pause.wait(0.1)
        raise AssertionError(f"job {job_id} did not end: {job}")

    def targets(self, job: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """A job's targets by label."""
        rows = self.get(f"jobs/{job['task_id']}/targets?limit=1000")["results"]
        return {row["target"]: row for row in rows}

    def devices(self) -> dict[str, dict[str, Any]]:
        """All devices by name."""
        return {row["name"]: row for row in self.get("devices?limit=1000")["results"]}

    def prepare(self, lab: Any, network: str, **prefix: Any) -> None:
        """What an operator enters first: credentials and where NetManager may look."""
        ssh = {"name": "Lab SSH", "kind": "ssh", "username": lab.username, "password": lab.password}
        ssh_id = self.post("credentials", ssh)["id"]
        self.post("credentials", {"name": "Lab SNMP", "kind": "snmp_v2c", "snmp_community": lab.community})
        self.post("prefixes", {"prefix": network, "ssh_credential": ssh_id, **prefix})

    def prepare_v3(self, lab: Any) -> int:
        """An SNMP v3 credential of the lab."""
        user = lab.v3_user
        body = {"name": "Lab v3", "kind": "snmp_v3", "username": user.name}
        body |= {"snmp_auth_protocol": "SHA", "snmp_auth_key": user.auth_password}
        body |= {"snmp_priv_protocol": "AES", "snmp_priv_key": user.priv_password}
        return int(self.post("credentials", body)["id"])


def ports(lab: Any) -> dict[str, int]:
    """The lab's ports as discovery takes them."""
    return {"snmp_port": lab.snmp_port, "ssh_port": lab.ssh_port, "api_port": lab.http_port}
