"""Drift, stored: one row a device, unknown is never in sync, no secret in it."""

from datetime import timedelta

import pytest
from cryptography.fernet import Fernet, MultiFernet
from django.utils import timezone

from compliance.check_drift import KEPT, check_drift, needs_somebody
from compliance.models import Drift
from compliance.scan import MAX_AGE
from inventory.backup import store
from inventory.golden import make_golden, make_ordinary
from inventory.models import ConfigBackup, ConfigText, Device
from jobs.launch import launch
from jobs.models import Job
from jobs.run import run_target
from tests.factories import make_device

pytestmark = pytest.mark.django_db
TEXT = """hostname r1
interface Vlan10
 ip address 10.0.10.1 255.255.255.0
 shutdown
enable secret s3cret
end
"""


@pytest.fixture
def device() -> Device:
    return make_device("r1", platform="cisco_ios")


def golden(device: Device, text: str = TEXT) -> ConfigBackup:
    backup = store(device, text).backup
    make_golden(backup)
    return backup


def check() -> Job:
    job = launch("drift", devices=Device.objects.all())
    for target in job.targets.all():
        run_target(target.pk)
    job.refresh_from_db()
    return job


def test_a_device_is_in_sync_only_with_what_was_approved(device: Device) -> None:
    assert check().result["unknown"] == 1
    assert Drift.objects.get().message == "No configuration is stored: back the device up first."
    first = store(device, TEXT).backup
    assert check().result["unknown"] == 1
    assert "No golden configuration" in Drift.objects.get().message
    make_golden(first)
    assert check().result["in_sync"] == 1
    make_ordinary(first)
    assert check().result["unknown"] == 1


def test_a_job_counts_devices_by_state_and_none_of_them_as_failed(device: Device) -> None:
    golden(device)
    store(device, TEXT.replace(" shutdown\n", ""))
    same = make_device("r2", platform="cisco_ios", primary_address="127.0.0.3")
    golden(same)
    make_device("r3", primary_address="127.0.0.4")
    job = check()
    assert (job.state, job.result) == ("SUCCESS", {"in_sync": 1, "drifted": 1, "unknown": 1} | job.result)
    target = job.targets.get(device=device)
    assert (target.state, target.message, target.changed) == ("SUCCESS", "lines missing: 1.", True)
    assert target.result == {"state": "drifted", "missing": 1, "extra": 0, "changed": 0, "reordered": 0}
    assert [drift.device for drift in needs_somebody()] == [device]


def test_it_tells_since_when_a_device_is_as_it_is(device: Device) -> None:
    golden(device)
    start = timezone.now()
    assert check_drift(device, start).changed
    assert not check_drift(device, start + timedelta(minutes=1)).changed
    drift = Drift.objects.get()
    assert (drift.changed_at, drift.checked_at) == (start, start + timedelta(minutes=1))


def test_a_configuration_that_nobody_confirmed_for_long_is_unknown(device: Device) -> None:
    seen = golden(device).last_seen_at
    assert check_drift(device, seen + MAX_AGE).state == "in_sync"
    late = check_drift(device, seen + MAX_AGE + timedelta(hours=1))
    assert (late.state, "more than 30 days ago" in late.message) == ("unknown", True)


def test_what_is_stored_holds_no_secret(device: Device) -> None:
    golden(device)
    store(device, TEXT.replace(" ip address 10.0.10.1 255.255.255.0\n", "").replace("s3cret", "0ther"))
    check()
    drift = Drift.objects.get()
    assert drift.missing == ["interface Vlan10 / ip address 10.0.10.1 255.255.255.0"]
    assert not {"s3cret", "0ther"} & set(str(vars(drift)).replace("'", " ").split())


@pytest.mark.parametrize("moved", [False, True])
def test_a_changed_secret_alone_is_drift_without_the_secret(device: Device, moved: bool) -> None:
    golden(device)
    text = TEXT.replace("s3cret", "0ther")
    store(device, text.replace("hostname r1\n", "").replace("end\n", "hostname r1\nend\n") if moved else text)
    assert check_drift(device).message == "Only secrets differ."
    assert Drift.objects.get().state == "drifted"
    assert "0ther" not in str(vars(Drift.objects.get()))


def test_another_order_that_means_nothing_is_in_sync(device: Device) -> None:
    golden(device)
    store(device, TEXT.replace("hostname r1\n", "").replace("end\n", "hostname r1\nend\n"))
    assert check_drift(device).state == "in_sync"


def test_full_texts_that_cannot_be_read_fail_the_check_instead_of_passing_it(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    golden(device)
    store(device, TEXT.replace("s3cret", "0ther"))
    other_key = MultiFernet([Fernet(Fernet.generate_key())])
    monkeypatch.setitem(ConfigText._meta.get_field("full").__dict__, "fernet", other_key)
    job = check()
    assert (job.state, "cannot be decrypted" in job.targets.get().message) == ("FAILURE", True)


def test_it_keeps_so_many_lines_and_counts_them_all(device: Device) -> None:
    golden(device, "".join(f"ip route 10.{n // 250}.{n % 250}.0 255.255.255.0 Null0\n" for n in range(900)) + TEXT)
    store(device, "".join(f"vlan {n}{'1' * 600}\n" for n in range(700)) + TEXT)
    found = check_drift(device)
    drift = Drift.objects.get()
    assert (found.missing, found.extra, len(drift.missing), len(drift.extra)) == (900, 700, KEPT, KEPT)
    assert max(map(len, drift.extra)) == 500
    assert drift.message == "lines missing: 900, lines extra: 700."


def test_a_platform_without_a_record_is_compared_line_by_line() -> None:
    device = make_device("r1", platform="cisco_ios")
    golden(device)
    store(device, TEXT.replace("r1", "r2"))
    device.platform = "gone"
    assert check_drift(device).message == "lines changed: 1."
