"""VLAN deployments in a real browser: form, dry run, deployment, approval, retry; nothing is run that devices say."""

import re
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from inventory.models import Device
from jobs.models import Job, SystemSetting
from tests import factories as make
from tests.browser import Page
from tests.jobs.switches import HOSTILE, Switches, switches

SignIn = Callable[[User], Page]
LIST = "/admin/inventory/device/"


@pytest.fixture
def network(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Switches:
    """Three switches, one of them with a hostile name."""
    for name in ("sw1", "sw2", f"sw3 {HOSTILE}"):
        make.make_device(name)
    return switches(monkeypatch)


def fits(page: Page) -> bool:
    """Nothing makes the page itself wider than the window."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def newest() -> Job:
    job = Job.objects.first()
    assert job is not None
    return job


def ask_for_vlan(page: Page, *names: str, dry_run: bool = True) -> Job:
    """From the list to the started job."""
    page.goto(LIST)
    for name in names:
        page.locator("#result_list tbody", has_text=name).locator("input.action-select").check()
    page.select_option("select[name=action]", "deploy")
    page.click("#changelist-actions button[name=index]")
    expect(page.locator("#touched")).to_contain_text(names[0])
    page.fill("#id_vlans-0-vid", "110")
    page.fill("#id_vlans-0-name", "users")
    page.fill("#id_trunks", "all")
    if not dry_run:
        page.locator("#id_dry_run").uncheck()
    page.click("#start")
    expect(page.get_by_role("heading", name="VLAN deployment", exact=True)).to_be_visible()
    return newest()


def open_target(page: Page, name: str) -> None:
    row = page.locator(".nm-targets tr", has_text=name).first
    row.locator("xpath=following-sibling::tr[1]").locator("summary").click()


def test_it_deploys_after_a_dry_run(login: SignIn, network: Switches) -> None:
    page = login(make.make_admin())
    dry = ask_for_vlan(page, "sw1", "sw2", "sw3")
    network.work(dry)
    page.get_by_role("link", name="Deploy this to 3 devices").click()
    expect(page.locator("#id_vlans-0-vid")).to_have_value("110")
    expect(page.locator("#id_dry_run")).not_to_be_checked()
    page.click("#start")
    expect(page.get_by_text("110 users")).to_be_visible()
    network.work(newest())
    expect(page.locator("#job-live")).to_contain_text("3 of 3")
    expect(page.locator(".nm-targets")).to_contain_text("verified on the device and saved")
    assert sorted(network.done) == sorted(Device.objects.values_list("name", flat=True))


def test_it_adds_rows_without_losing_what_was_entered(login: SignIn, network: Switches) -> None:
    page = login(make.make_admin())
    page.goto(f"{LIST}deploy/?ids={Device.objects.first().pk}")  # type: ignore[union-attr]
    page.fill("#id_vlans-0-vid", "110")
    page.fill("#id_reason", "new floor")
    page.get_by_role("button", name="Another VLAN").click()
    page.fill("#id_vlans-1-vid", "4095")
    expect(page.locator("#id_vlans-0-vid")).to_have_value("110")
    expect(page.locator("#id_reason")).to_have_value("new floor")
    page.click("#start")
    expect(page.locator(".nm-row").nth(1)).to_contain_text("4095")
    expect(page.locator(".nm-row").nth(0)).not_to_contain_text("is not a VLAN id")
    page.fill("#id_vlans-1-vid", "120")
    page.click("#start")
    expect(page.locator("#job-live")).to_contain_text("120")
    assert [vlan["vid"] for vlan in newest().parameters["vlans"]] == [110, 120]


def test_it_waits_for_the_approval_of_somebody_else(login: SignIn, network: Switches) -> None:
    SystemSetting.objects.create(name="deploy_approval_required", value="yes")
    page = login(make.make_admin())
    job = ask_for_vlan(page, "sw1", "sw2", dry_run=False)
    network.work(job)
    expect(page.locator("#approval")).to_contain_text("somebody else has to approve it")
    expect(page.get_by_role("button", name="Approve this plan")).to_have_count(0)
    assert network.done == []

    login(make.make_admin())
    page.goto("/admin/")
    page.get_by_role("link", name="Deployments wait for approval").click()
    page.get_by_role("link", name="VLAN deployment").first.click()
    open_target(page, "sw1")
    expect(page.locator(".nm-opened").first).to_contain_text("vlan 110")
    page.get_by_role("button", name="Approve this plan").click()
    expect(page.locator("#job-live")).to_contain_text("Approved by")
    network.work(job)
    expect(page.locator("#job-live")).to_contain_text("2 of 2")
    assert network.done == ["sw1", "sw2"]


def test_it_keeps_what_is_typed_and_opened_while_the_page_follows_the_job(login: SignIn, network: Switches) -> None:
    SystemSetting.objects.create(name="deploy_approval_required", value="yes")
    page = login(make.make_admin())
    job = ask_for_vlan(page, "sw1", dry_run=False)
    network.work(job)
    login(make.make_admin())
    page.goto(f"/admin/jobs/job/{job.pk}/change/")
    open_target(page, "sw1")
    expect(page.locator(".nm-opened")).to_contain_text("vlan 110")
    page.fill("#reject-reason", "not tonight")
    page.locator("#job-live h1").click()
    Job.objects.filter(pk=job.pk).update(reason="told later")
    expect(page.locator("#job-live")).to_contain_text("told later")
    expect(page.locator("#reject-reason")).to_have_value("not tonight")
    expect(page.locator(".nm-opened")).to_contain_text("vlan 110")
    page.get_by_role("button", name="Reject").click()
    expect(page.locator(".nm-targets")).to_contain_text("not tonight")
    assert network.done == []


def test_it_retries_what_failed(login: SignIn, network: Switches) -> None:
    network.broken = {"sw1"}
    page = login(make.make_admin())
    network.work(ask_for_vlan(page, "sw1", "sw2", dry_run=False))
    expect(page.locator("#job-live")).to_contain_text("did not take it")
    network.broken.clear()
    page.get_by_role("button", name=re.compile("Retry what did not succeed")).click()
    expect(page.locator("#job-live")).to_contain_text("Retry of")
    network.work(newest())
    expect(page.locator("#job-live")).to_contain_text("2 of 2")
    assert network.done == ["sw1", "sw2"]


def test_it_halts_a_rollout(login: SignIn, network: Switches) -> None:
    page = login(make.make_admin())
    ask_for_vlan(page, "sw1", "sw2", dry_run=False)
    page.get_by_role("button", name="Halt").click()
    expect(page.locator("#job-live")).to_contain_text("cancelled")
    assert network.done == []


def test_it_shows_what_devices_say_as_text(login: SignIn, network: Switches) -> None:
    network.broken = set(Device.objects.filter(name__startswith="sw3").values_list("name", flat=True))
    page = login(make.make_admin())
    job = ask_for_vlan(page, "sw3", dry_run=False)
    network.work(job)
    job.targets.update(log=f"2026-03-01 22:00:00 {HOSTILE}\n", lease_worker=HOSTILE, plan={"commands": [HOSTILE]})
    page.reload()
    open_target(page, "sw3")
    expect(page.locator(".nm-opened .nm-log")).to_contain_text("<script>")
    expect(page.locator(".nm-opened .nm-lines")).to_contain_text("<script>")
    assert page.title() == "VLAN deployment | NetManager"


def test_it_finds_a_target_and_keeps_looking_at_it(login: SignIn, network: Switches) -> None:
    page = login(make.make_admin())
    job = ask_for_vlan(page, "sw1", "sw2")
    page.fill("#find-target", "sw2")
    page.keyboard.press("Enter")
    expect(page.locator(".nm-targets tbody tr:not(.nm-sub)")).to_have_count(1)
    network.work(job)
    expect(page.locator("#job-live")).to_contain_text("2 of 2")
    expect(page.locator(".nm-targets tbody tr:not(.nm-sub)")).to_have_count(1)


@pytest.mark.parametrize("width", [1280, 390])
def test_it_fits_the_window(login: SignIn, network: Switches, width: int) -> None:
    page = login(make.make_admin())
    job = ask_for_vlan(page, "sw1", "sw2", "sw3")
    network.work(job)
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"/admin/jobs/job/{job.pk}/change/")
    open_target(page, "sw1")
    expect(page.locator(".nm-opened").first).to_contain_text("vlan 110")
    assert fits(page)
    for url in (f"{LIST}deploy/?job={job.pk}", "/admin/jobs/systemsetting/", "/admin/jobs/job/", "/admin/"):
        page.goto(url)
        assert fits(page), url


def test_it_changes_a_setting(login: SignIn, network: Switches) -> None:
    page = login(make.make_admin())
    page.goto("/admin/")
    page.get_by_role("link", name="Settings").last.click()
    page.select_option("#id_deploy_approval_required", "true")
    page.fill("#id_job_retention_days", "0")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#settings_form")).to_contain_text("whole numbers from 1 to 3650")
    page.fill("#id_job_retention_days", "30")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Settings changed: 2.")).to_be_visible()
    assert dict(SystemSetting.objects.values_list("name", "value")) == {
        "deploy_approval_required": "true", "job_retention_days": "30",
    }  # fmt: skip
