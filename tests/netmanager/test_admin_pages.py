"""The admin in a real browser: no error in the console, no other host asked, nothing run that devices say."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import expect

from inventory.models import Device
from jobs.models import Job, JobTarget
from tests import factories as make
from tests.browser import Page

SignIn = Callable[[User], Page]
HOSTILE = "<script>document.title='taken over'</script>"
LIST = "/admin/inventory/device/"


@pytest.fixture
def console(login: SignIn) -> Page:
    """The browser of an administrator."""
    return login(make.make_admin())


@pytest.fixture
def device(transactional_db: None) -> Device:
    """One device that has something in every tab."""
    router = make.make_device(
        "core1",
        sys_name=HOSTILE,
        site=make.make_site("Seoul"),
        last_sync_at=timezone.now() - timedelta(minutes=7),
        last_backup_at=timezone.now() - timedelta(hours=5),
        compliance_score=72,
    )
    port = make.make_interface(router, "GigabitEthernet0/0/1", description=HOSTILE)
    make.make_interface(router, "GigabitEthernet0/0/2", up=False)
    make.make_address(router, "10.0.0.1", interface=port)
    make.make_vlan(router, 10, name="users")
    make.make_neighbour(router, remote_name=HOSTILE)
    make.make_link(router, make.make_device("switch7"))
    router.components.create(name="Fan 1", kind="fan")
    make.make_config_backup(router, "hostname core1\nline vty 0 4\n transport input ssh\nend")
    make.make_config_backup(router, f"hostname core1\nbanner {HOSTILE}\nline vty 0 4\n transport input telnet\nend")
    make.make_job("sync", [router], state=Job.State.SUCCESS, done=1)
    return router


def fits(page: Page) -> bool:
    """Nothing makes the page itself wider than the window."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_it_lets_people_in_by_the_form(page: Page) -> None:
    user = make.make_viewer()
    page.goto(LIST)
    assert "/admin/login/" in page.url
    page.fill("#id_username", user.username)
    page.fill("#id_password", make.PASSWORD)
    page.click("#login-form button")
    expect(page.locator("#changelist")).to_be_visible()


def test_it_leads_from_the_home_page_to_what_needs_someone(console: Page, device: Device) -> None:
    make.make_device("found1", status=Device.Status.QUARANTINE)
    console.goto("/admin/")
    console.get_by_role("link", name="Waiting for approval").click()
    expect(console.locator("#result_list tbody")).to_have_count(1)
    expect(console.locator("#result_list")).to_contain_text("found1")


def test_it_says_that_all_is_well(console: Page) -> None:
    now = timezone.now()
    make.make_device(last_sync_at=now, last_backup_at=now, compliance_score=100)
    console.goto("/admin/")
    expect(console.get_by_text("All is well.")).to_be_visible()


def test_it_leads_a_newcomer_to_the_first_discovery(console: Page) -> None:
    console.goto("/admin/")
    expect(console.get_by_text("There are no devices yet.")).to_be_visible()
    steps = console.locator(".nm-steps li")
    expect(steps.filter(has_text="to do")).to_have_count(3)
    console.get_by_role("link", name="Add an SNMP credential").click()
    expect(console.locator("#id_snmp_community")).to_be_visible()
    console.fill("#id_name", "campus")
    console.fill("#id_snmp_community", "s3cret")
    console.get_by_role("button", name="Save", exact=True).click()
    make.make_credential("ssh")
    make.make_prefix("127.0.0.0/8")
    console.goto("/admin/")
    expect(steps.filter(has_text="done")).to_have_count(3)
    steps.get_by_role("link", name="Discover").click()
    expect(console.locator("#discover_form")).to_be_visible()


def test_it_finds_a_device_with_the_search_shortcut(console: Page, device: Device) -> None:
    console.goto("/admin/")
    console.keyboard.press("Control+k")
    console.locator("#search-input-command").press_sequentially("core1")
    console.locator("#command-results").get_by_role("link", name="core1").first.click()
    expect(console.locator("h1").first).to_contain_text("core1")


@pytest.mark.parametrize("name", ["XLSX", "PDF"])
def test_it_downloads_the_inventory_of_a_device(console: Page, device: Device, name: str) -> None:
    console.goto(f"{LIST}{device.pk}/change/")
    with console.expect_download() as download:
        console.get_by_role("link", name=name).click()
    assert download.value.suggested_filename == f"core1.{name.lower()}"


def test_it_waives_a_failure_from_the_device_page(console: Page, device: Device) -> None:
    rule = make.make_rule()
    make.make_result(device, rule, "fail")
    console.goto(f"{LIST}{device.pk}/change/?tab=compliance")
    console.get_by_role("link", name="Waive this").click()
    expect(console.locator("#id_rule option:checked")).to_contain_text(rule.rule_id)
    expect(console.locator("#id_device option:checked")).to_contain_text("core1")
    expect(console.get_by_text("Times are in the zone UTC.").first).to_be_visible()


def test_it_shows_states_with_words_in_the_device_list(console: Page, device: Device) -> None:
    console.goto(LIST)
    row = console.locator("#result_list tbody", has_text="core1")
    for words in ("active", "Seoul", "7 min ago", "5 h ago", "72 %"):
        expect(row).to_contain_text(words)
    assert fits(console)


def test_it_opens_every_tab_of_a_device(console: Page, device: Device) -> None:
    console.goto(LIST)
    console.get_by_role("link", name="core1").click()
    tabs = console.locator(".nm-tabs a")
    expect(tabs.first).to_be_visible()
    names = tabs.all_inner_texts()
    assert [name.split("\n")[0] for name in names] == [
        "Overview", "Interfaces", "VLANs", "Neighbours", "Addresses", "Components", "Configs", "Jobs", "Settings",
    ]  # fmt: skip
    for number in range(len(names)):
        tabs.nth(number).click()
        expect(tabs.nth(number)).to_have_attribute("aria-current", "page")
        assert console.title() == "core1 | NetManager"
        assert fits(console)


def test_it_shows_hostile_text_as_text(console: Page, device: Device) -> None:
    Device.objects.filter(pk=device.pk).update(name=HOSTILE)
    console.goto(LIST)
    console.get_by_role("link", name=HOSTILE).click()
    expect(console.locator("h1").first).to_contain_text("<script>")
    assert console.title() == f"{HOSTILE} | NetManager"


def test_it_shows_the_sentence_at_the_field_of_a_bad_range(console: Page) -> None:
    make.make_prefix("127.0.0.0/8")
    make.make_credential("snmp_v2c")
    console.goto(LIST)
    console.get_by_role("link", name="Discover").first.click()
    console.fill("#id_ranges", "10.0.0.0/99")
    console.click("#discover_form button.nm-main")
    expect(console.locator("#discover_form")).to_contain_text("10.0.0.0/99")
    assert not Job.objects.exists()


def test_it_starts_a_discovery_and_shows_its_job(console: Page) -> None:
    make.make_prefix("127.0.0.0/8")
    make.make_credential("snmp_v2c")
    console.goto(f"{LIST}discover/")
    console.fill("#id_ranges", "127.0.0.0/29")
    console.click("#discover_form button.nm-main")
    expect(console.get_by_role("heading", name="Discovery", exact=True)).to_be_visible()
    expect(console.get_by_text("nothing is changed on a device").first).to_be_visible()


def test_it_runs_an_action_on_chosen_devices(console: Page, device: Device) -> None:
    console.goto(LIST)
    console.locator("#result_list tbody", has_text="core1").locator("input.action-select").check()
    console.select_option("select[name=action]", "scan")
    console.click("#changelist-actions button[name=index]")
    expect(console.get_by_role("heading", name="Compliance scan", exact=True)).to_be_visible()
    assert Job.objects.get(kind="scan").targets.get().device == device


def test_it_starts_work_from_the_device_page(console: Page, device: Device) -> None:
    console.goto(f"{LIST}{device.pk}/change/")
    console.get_by_role("button", name="Back up").click()
    expect(console.get_by_role("heading", name="Configuration backup", exact=True)).to_be_visible()


def test_it_shows_two_configurations_side_by_side(console: Page, device: Device) -> None:
    console.goto(f"{LIST}{device.pk}/change/?tab=configurations")
    console.get_by_role("link", name="What changed?").click()
    expect(console.locator(".nm-diff .nm-old", has_text="transport input ssh")).to_be_visible()
    expect(console.locator(".nm-diff .nm-new", has_text="transport input telnet")).to_be_visible()
    assert console.title() == "Comparison | NetManager"
    expect(console.locator(".nm-diff")).to_contain_text(HOSTILE)


def test_it_opens_what_is_folded_and_leads_to_a_section(console: Page, device: Device) -> None:
    text = "".join(f"interface Gi{number}\n mtu 9000\n!\n" for number in range(40))
    left, right = (
        make.make_config_backup(device, one) for one in (text, text.replace("Gi39\n mtu 9000", "Gi39\n mtu 1500"))
    )
    for view in ("", "&view=unified"):
        console.goto(f"/admin/inventory/configbackup/{right.pk}/diff/?against={left.pk}{view}")
        assert fits(console)
        console.get_by_role("link", name="unchanged lines").click()
        expect(console.locator("#r0")).to_contain_text("interface Gi0")
        console.get_by_label("Changed sections").get_by_role("link", name="interface Gi39").click()
        expect(console.locator("tr:target")).to_contain_text("interface Gi39")


def test_it_marks_a_configuration_as_golden(console: Page, device: Device) -> None:
    console.goto(f"/admin/inventory/configbackup/{device.config_backups.last().pk}/change/")
    console.get_by_role("button", name="Make golden").click()
    expect(console.get_by_role("button", name="Not golden any more")).to_be_visible()


def test_it_follows_a_running_job_by_itself(console: Page, device: Device) -> None:
    job = make.make_job("backup", [device], state=Job.State.STARTED, started_at=timezone.now())
    console.goto(f"/admin/jobs/job/{job.pk}/change/")
    expect(console.locator("#job-live")).to_contain_text("0 of 1")
    job.targets.update(state=JobTarget.State.FAILED, message=f"no answer {HOSTILE}")
    Job.objects.filter(pk=job.pk).update(state=Job.State.FAILURE, done=1, failed=1, finished_at=timezone.now())
    expect(console.locator("#job-live")).to_contain_text("1 of 1, 1 failed", timeout=15_000)
    expect(console.locator("#job-live")).to_contain_text(f"no answer {HOSTILE}")
    assert not console.locator("#job-live[hx-get]").count()


def test_it_cancels_a_job(console: Page, device: Device) -> None:
    job = make.make_job("backup", [device])
    console.goto(f"/admin/jobs/job/{job.pk}/change/")
    console.get_by_role("button", name="Cancel").click()
    expect(console.locator("#job-live")).to_contain_text("cancelled")


def test_it_shows_only_the_fields_of_the_chosen_kind(console: Page) -> None:
    console.goto("/admin/inventory/credential/add/")
    expect(console.locator("#id_ssh_private_key")).to_be_visible()
    expect(console.locator("#id_snmp_community")).to_be_hidden()
    console.select_option("#id_kind", "snmp_v2c")
    expect(console.locator("#id_snmp_community")).to_be_visible()
    expect(console.locator("#id_ssh_private_key")).to_be_hidden()


def test_it_shows_a_viewer_no_buttons(login: SignIn, device: Device) -> None:
    page = login(make.make_viewer())
    page.goto(f"{LIST}{device.pk}/change/")
    expect(page.locator(".nm-tabs")).to_be_visible()
    expect(page.locator(".nm-buttons button")).to_have_count(0)
    page.goto(LIST)
    expect(page.locator("input.action-select")).to_have_count(0)
    expect(page.get_by_role("link", name="Discover")).to_have_count(0)


@pytest.mark.parametrize("width", [390, 1280])
def test_it_fits_the_window(console: Page, device: Device, width: int) -> None:
    console.set_viewport_size({"width": width, "height": 800})
    job = Job.objects.get()
    backup = device.config_backups.first()
    for url in (
        "/admin/", LIST, f"{LIST}{device.pk}/change/", f"{LIST}{device.pk}/change/?tab=interfaces", f"{LIST}discover/",
        f"{LIST}platforms/", f"/admin/jobs/job/{job.pk}/change/", f"/admin/inventory/configbackup/{backup.pk}/change/",
        "/admin/auth/group/add/", "/admin/jobs/job/",
    ):  # fmt: skip
        console.goto(url)
        assert fits(console), url


def test_it_speaks_korean(console: Page, device: Device) -> None:
    console.goto(LIST)
    console.context.add_cookies([{"name": "django_language", "value": "ko", "url": console.url}])
    console.goto(LIST)
    expect(console.locator("#result_list")).to_contain_text("7분 전")
    expect(console.get_by_role("link", name="탐색").first).to_be_visible()


@pytest.mark.parametrize(
    "path",
    [
        "django_celery_beat/periodictask/", "django_celery_beat/crontabschedule/", "auth/user/", "auth/user/add/",
        "auth/group/", "compliance/standard/", "compliance/rule/", "compliance/result/", "compliance/waiver/add/",
        "inventory/prefix/add/", "inventory/tombstone/", "inventory/firmwareimage/add/", "inventory/link/add/",
    ],
)  # fmt: skip
def test_it_opens_without_complaint(console: Page, path: str) -> None:
    console.goto(f"/admin/{path}")
    expect(console.locator("#content")).to_be_visible()
