"""The same journey on a device nobody here wrote: FRR behind OpenSSH, with net-snmp's snmpd and lldpd."""

from collections.abc import Iterator

import pytest

from inventory.models import ConfigBackup, Device
from tests.journey import Operator
from tests.lab.frr import FrrRouter, available

pytestmark = [
    pytest.mark.xdist_group("celery"),
    pytest.mark.usefixtures("celery_worker"),
]


@pytest.fixture(scope="module")
def router() -> Iterator[FrrRouter | None]:
    """A running router; None where it cannot be had, and then it must say why."""
    if available():
        with pytest.raises(RuntimeError):
            FrrRouter().__enter__()
        yield None
        return
    with FrrRouter() as running:
        yield running


def test_it_discovers_reads_backs_up_and_scans_a_real_router(transactional_db: None, router: FrrRouter | None) -> None:
    if router is None:
        return
    operator = Operator()
    operator.prepare(router, f"{router.address}/32")
    ports = {"snmp_port": router.snmp_port, "ssh_port": router.ssh_port}
    found = operator.job("devices/discover", {"ranges": [router.address], **ports})
    assert found["result"]["created"] == 1, found
    device = Device.objects.get()
    assert (device.platform, device.name) == ("linux", router.hostname)
    assert router.address in device.addresses.values_list("address", flat=True)
    assert device.neighbours.filter(remote_name=router.neighbour).exists()
    operator.post(f"devices/{device.pk}/approve", {}, status=200)
    for path in ("devices/sync", "devices/backup", "compliance/scan"):
        job = operator.job(path, {"devices": [device.pk]})
        assert job["state"] == "SUCCESS", (path, job)
    device.refresh_from_db()
    assert device.os_version
    assert device.compliance_score is not None
    backup = ConfigBackup.objects.get()
    assert f"hostname {router.hostname}" in backup.text.redacted
    assert router.secret not in backup.text.redacted
    assert router.secret in backup.text.full.reveal()


def test_it_discovers_a_real_router_over_snmp_v3(transactional_db: None, router: FrrRouter | None) -> None:
    if router is None:
        return
    operator = Operator()
    operator.prepare(router, f"{router.address}/32")
    credential = operator.prepare_v3(router)
    ports = {"snmp_port": router.snmp_port, "ssh_port": router.ssh_port}
    found = operator.job("devices/discover", {"ranges": [router.address], "credentials": [credential], **ports})
    assert found["result"]["created"] == 1, found
    assert Device.objects.get().snmp_credential_id == credential
