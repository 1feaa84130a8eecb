"""The audit trail, through the doors people use: who, what, from where, before and after; and what breaks its seals."""

import json
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from auditlog.models import LogEntry
from axes.models import AccessAttempt
from django.apps import apps
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from inventory import audit
from inventory.audit import chain, trail
from inventory.golden import make_golden
from inventory.models import AccessScope, Credential, Device, Site
from inventory.models.audit import AuditSeal
from tests import factories as make

pytestmark = pytest.mark.django_db
API = "/api/v1"
PLANTED = "pl4nted-s3cret"
NOT_AUDITED = {  # model -> why no entry tells of each of its rows
    "inventory.AuditSeal": "is the seal of the entries itself",
    "inventory.Component": "read from devices",
    "inventory.ConfigBackup": "captured from devices; the choice of the golden one is told by golden.py",
    "inventory.ConfigText": "captured from devices, full of secrets",
    "inventory.DeviceAddress": "read from devices",
    "inventory.Interface": "read from devices; the protection of a port is told by its page",
    "inventory.KeyCanary": "made by the program",
    "inventory.Neighbour": "read from devices",
    "inventory.UnsavedChange": "read from devices",
    "inventory.Vlan": "read from devices",
    "jobs.FilePiece": "made by a job, of what is stored",
    "compliance.ComplianceDay": "sums of what jobs worked out",
    "compliance.Drift": "worked out by jobs; who answers for one is told by acknowledge.py",
    "compliance.Result": "worked out by jobs",
    "compliance.DriftEvent": "what jobs worked out, kept",
    "compliance.Scanned": "bookkeeping of the scans",
    "compliance.StandardVersion": "made of rules, whose changes are told",
    "compliance.StandardScore": "worked out by jobs",
    "jobs.DeviceSession": "bookkeeping of running jobs",
    "jobs.Job": "counts its progress; who starts, cancels, approves or rejects one is told by those verbs",
    "jobs.JobTarget": "the ledger itself",
    "jobs.LoginFailure": "noted by jobs; the lock that follows is told of the credential",
    "jobs.Pace": "bookkeeping of running jobs",
    "syslogd.ChangeNotice": "told by devices",
    "syslogd.SyslogBatch": "bookkeeping of the store",
    "syslogd.SyslogEvent": "told by devices",
    "syslogd.SyslogMessage": "told by devices",
    "syslogd.SyslogRun": "counts of the receivers",
    "auth.Permission": "comes with the program",
    "django_celery_beat.PeriodicTasks": "a time stamp of the scheduler",
}
OTHERS = ("admin", "auditlog", "axes", "contenttypes", "django_celery_results", "sessions", "token_blacklist")


@pytest.fixture
def alice() -> User:
    return make.make_admin(name="alice")


@pytest.fixture
def client(alice: User) -> APIClient:
    """Signed in with a token, as scripts are: the user is known only inside of the view."""
    client = APIClient()
    token = client.post(f"{API}/auth/token", {"username": "alice", "password": make.PASSWORD}).json()["access"]
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}", HTTP_X_REQUEST_ID="0" * 31 + "7")
    return client


def entries(noun: str = "") -> Any:
    """Entries of one model, newest first."""
    found = LogEntry.objects.order_by("-pk")
    return found.filter(content_type__model=noun) if noun else found


def told(entry: LogEntry) -> tuple[Any, ...]:
    return entry.actor and entry.actor.username, entry.action, entry.object_repr, entry.changes


def test_it_tells_who_changed_what_from_where_with_before_and_after(client: APIClient) -> None:
    site = client.post(f"{API}/sites", {"name": "Seoul", "slug": "seoul"}).json()["id"]
    device = make.make_device("core1")
    client.patch(f"{API}/devices/{device.pk}", {"site": site, "role": "core"}, REMOTE_ADDR="192.0.2.7")
    client.delete(f"{API}/sites/{site}")
    changed, made, gone = entries("device")[0], entries("site")[1], entries("site")[0]
    assert told(changed) == ("alice", 1, "core1", {"site": [None, f"Seoul #{site}"], "role": ["", "core"]})
    assert (changed.remote_addr, changed.cid, changed.additional_data["source"]) == ("192.0.2.7", "0" * 31 + "7", "web")
    assert told(made) == ("alice", 0, "Seoul", {"name": [None, "Seoul"], "slug": [None, "seoul"]})
    assert told(gone) == ("alice", 2, "Seoul", {"name": ["Seoul", None], "slug": ["seoul", None]})


def test_it_believes_no_address_that_a_client_invents(client: APIClient) -> None:
    answer = client.post(f"{API}/sites", {"name": "A", "slug": "a"}, HTTP_X_FORWARDED_FOR="no address", REMOTE_ADDR="")
    assert answer.status_code == 201
    assert entries("site")[0].remote_addr is None
    client.post(f"{API}/sites", {"name": "B", "slug": "b"}, HTTP_X_FORWARDED_FOR="203.0.113.1")
    assert entries("site")[0].remote_addr == "127.0.0.1"


def test_it_tells_of_a_secret_that_it_changed_and_nothing_else(client: APIClient) -> None:
    body = {"name": "core", "kind": "ssh", "username": "netops", "password": PLANTED}
    pk = client.post(f"{API}/credentials", body).json()["id"]
    assert entries("credential")[0].changes["password"] == [None, "********"]
    client.patch(f"{API}/credentials/{pk}", {"password": f"another-{PLANTED}"})
    assert entries("credential")[0].changes == {"password": ["********", "********"]}
    client.patch(f"{API}/credentials/{pk}", {"description": "of the core"})
    assert entries("credential")[0].changes == {"description": ["", "of the core"]}
    client.delete(f"{API}/credentials/{pk}")
    token = bytes(Credential._meta.get_field("password").fernet.encrypt(b"x"))[:10].decode()  # type: ignore[union-attr]
    rows = json.dumps(list(entries("credential").values("changes", "additional_data", "object_repr")))
    assert len(entries("credential")) == 4
    assert PLANTED not in rows
    assert token not in rows


def test_it_decrypts_nothing_and_needs_no_key(client: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    credential = make.make_credential()

    def refuse(*_args: object) -> bytes:
        raise AssertionError("a stored secret was decrypted")

    monkeypatch.setattr("cryptography.fernet.MultiFernet.decrypt", refuse)
    row = Credential.objects.get(pk=credential.pk)
    row.description = "changed"
    row.save()
    row.delete()
    assert [entry.action for entry in entries("credential")[:2]] == [2, 1]


def test_it_masks_the_hash_of_a_password_and_leaves_logins_out(alice: User) -> None:
    browser = Client()
    before = entries("user").count()
    form = {"username": "alice", "password": make.PASSWORD}
    assert browser.post("/admin/login/", form).status_code == 302
    assert User.objects.get(pk=alice.pk).last_login is not None
    assert entries("user").count() == before
    alice.set_password("a new passphrase of hers")
    alice.save()
    assert entries("user")[0].changes == {"password": ["********", "********"]}


def test_it_tells_who_was_put_into_a_group_or_a_scope_and_taken_out(alice: User) -> None:
    group, site = Group.objects.create(name="shift"), make.make_site("Seoul")
    bob = make.make_user(name="bob")
    bob.groups.add(group)
    group.user_set.remove(bob)
    scope = AccessScope.objects.create(name="south")
    scope.sites.set([site])
    scope.sites.clear()

    def many(name: str, operation: str, *objects: str) -> dict[str, Any]:
        return {name: {"type": "m2m", "operation": operation, "objects": list(objects)}}

    assert entries("user")[0].changes == many("groups", "add", "shift")
    assert entries("group")[0].changes == many("user_set", "delete", "bob")
    assert [entry.changes for entry in entries("accessscope")[:2]] == [
        many("sites", "delete", "Seoul"),
        many("sites", "add", "Seoul"),
    ]


def test_it_tells_what_the_admin_does_to_many_rows_at_once(alice: User) -> None:
    browser = Client()
    browser.force_login(alice)
    waiting = [make.make_device(f"new{number}", status=Device.Status.QUARANTINE) for number in range(3)]
    port = make.make_interface(waiting[0], "Gi0/1")
    ids = {"_selected_action": [device.pk for device in waiting]}
    browser.post("/admin/inventory/device/", {"action": "approve", **ids})
    browser.post("/admin/inventory/interface/", {"action": "protect", "_selected_action": [port.pk]})
    approved = entries("device")[:3]
    assert {told(entry)[2] for entry in approved} == {"new0", "new1", "new2"}
    assert [told(entry)[3] for entry in approved] == [{"status": ["quarantine", "active"]}] * 3
    assert told(entries("interface")[0]) == ("alice", 1, "Gi0/1", {"protected": [False, True]})


def test_it_tells_who_released_a_locked_login_without_keeping_what_may_be_a_password(alice: User) -> None:
    browser = Client()
    browser.force_login(alice)
    for name in ("alice", PLANTED):
        AccessAttempt.objects.create(username=name, ip_address="192.0.2.9", failures_since_start=5)
    ids = list(AccessAttempt.objects.values_list("pk", flat=True))
    browser.post("/admin/axes/accessattempt/", {"action": "release", "_selected_action": ids})
    released = [(entry.changes["username"][0], entry.actor) for entry in entries("accessattempt")]
    assert sorted(released, key=lambda pair: pair[0]) == [("", alice), ("alice", alice)]
    assert not AccessAttempt.objects.exists()


def test_it_tells_of_each_device_that_was_made_in_bulk(client: APIClient) -> None:
    rows = [{"name": f"bulk{number}", "primary_address": f"127.9.0.{number}"} for number in range(1, 4)]
    assert client.post(f"{API}/devices", rows, format="json").status_code == 201
    assert [told(entry)[:3] for entry in entries("device")] == [("alice", 0, f"bulk{number}") for number in (3, 2, 1)]


def test_it_tells_which_configuration_was_made_golden_in_place_of_which() -> None:
    device = make.make_device()
    first, second = (make.make_config_backup(device, f"hostname {name}\nend\n") for name in "ab")
    make_golden(first)
    make_golden(second)
    found = [(entry.object_id, entry.changes["is_golden"]) for entry in entries("configbackup")]
    assert found == [(second.pk, [False, True]), (first.pk, [True, False]), (first.pk, [False, True])]


def test_it_says_nothing_when_nothing_became_different_and_of_what_changes_by_itself() -> None:
    device = make.make_device()
    before = entries().count()
    device.save()
    device.last_seen_at = timezone.now()
    device.sys_descr = "another"
    device.save()
    with CaptureQueriesContext(connection) as queries:
        device.save(update_fields=["last_seen_at"])
    assert entries().count() == before
    assert len(queries) == 1


def test_it_costs_a_save_one_insert_and_a_look_at_what_it_changes() -> None:
    site = make.make_site()
    with CaptureQueriesContext(connection) as queries:
        site.description = "changed"
        site.save(update_fields=["description"])
    assert [query["sql"].split()[0] for query in queries] == ["SELECT", "UPDATE", "INSERT"]
    devices = [make.make_device(status=Device.Status.QUARANTINE) for _ in range(5)]
    rows = Device.objects.filter(pk__in=[device.pk for device in devices])
    with CaptureQueriesContext(connection) as queries:
        audit.update(rows, status=Device.Status.ACTIVE)
    assert [query["sql"].split()[0] for query in queries] == ["SAVEPOINT", "SELECT", "UPDATE", "INSERT", "RELEASE"]


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "x" * 50_000, "\u202ereversed", "'; DROP TABLE --"])
def test_it_takes_any_text_and_shows_it_harmless(alice: User, text: str) -> None:
    device = make.make_device("core1")
    device.comments = text
    device.save()
    entry = entries("device")[0]
    assert len(entry.changes["comments"][1]) <= 10_003
    browser = Client()
    browser.force_login(alice)
    page = browser.get(f"/admin/auditlog/logentry/{entry.pk}/change/").content.decode()
    assert "core1" in page
    assert "<script>alert" not in page
    assert "\u202e" not in page


def test_it_leaves_nothing_of_what_was_rolled_back() -> None:
    with transaction.atomic():
        make.make_site("never")
        assert entries("site").exists()
        transaction.set_rollback(True)
    assert not entries("site").exists()


def test_it_keeps_no_change_whose_entry_could_not_be_written(
    client: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("the trail is full")

    site = make.make_site("kept")
    monkeypatch.setattr(trail, "record", refuse)
    client.raise_request_exception = False
    assert client.post(f"{API}/sites", {"name": "new", "slug": "new"}).status_code == 500
    assert client.patch(f"{API}/sites/{site.pk}", {"name": "other"}).status_code == 500
    assert client.delete(f"{API}/sites/{site.pk}").status_code == 500
    assert list(Site.objects.values_list("name", flat=True)) == ["kept"]


def test_it_audits_every_model_or_says_why_not() -> None:
    ours = [model for model in apps.get_models() if model._meta.app_label not in OTHERS]
    silent = {model._meta.label for model in ours if model not in trail.TRACKED}
    assert silent == NOT_AUDITED.keys()


def test_it_lets_nobody_write_the_trail_and_only_whom_it_concerns_read_it(alice: User, client: APIClient) -> None:
    make.make_site()
    entry = entries()[0]
    browser = Client()
    browser.force_login(alice)
    assert browser.get("/admin/auditlog/logentry/").status_code == 200
    for page in ("add/", f"{entry.pk}/delete/"):
        assert browser.post(f"/admin/auditlog/logentry/{page}", {"post": "yes"}).status_code == 403
    browser.post(f"/admin/auditlog/logentry/{entry.pk}/change/", {"object_repr": "forged"})
    answer = browser.post("/admin/auditlog/logentry/", {"action": "delete_selected", "_selected_action": [entry.pk]})
    assert "delete" not in answer.content.decode().lower().split("<title>")[0]
    for verb in (client.put, client.patch, client.delete):
        assert verb(f"{API}/audit-entries/{entry.pk}", {}).status_code == 405
    assert LogEntry.objects.get(pk=entry.pk).object_repr == entry.object_repr
    scoped = make.make_user("auditlog.view_logentry")
    reader = APIClient()
    reader.force_authenticate(scoped)
    assert reader.get(f"{API}/audit-entries").json()["count"] > 0
    AccessScope.objects.create(name="south").users.add(scoped)
    reader.force_authenticate(User.objects.get(pk=scoped.pk))
    assert reader.get(f"{API}/audit-entries").json()["count"] == 0
    reader.force_authenticate(make.make_operator())
    assert reader.get(f"{API}/audit-entries").status_code == 403


def test_it_is_found_over_rest_by_actor_model_action_request_and_time(client: APIClient) -> None:
    client.post(f"{API}/sites", {"name": "Seoul", "slug": "seoul"})
    make.make_device("core1")
    soon = (timezone.now() + timedelta(hours=1)).isoformat()
    for wanted in ("actor=alice", "model=inventory.site", "request_id=" + "0" * 31 + "7", "search=Seoul"):
        rows = client.get(f"{API}/audit-entries?{wanted}&action=create").json()["results"]
        assert [(row["actor"], row["object"], row["model"]) for row in rows] == [("alice", "Seoul", "inventory.site")]
    assert client.get(f"{API}/audit-entries", {"since": soon}).json()["count"] == 0
    assert client.get(f"{API}/audit-entries?source=shell&model=inventory.device").json()["count"] == 1
    assert client.get(f"{API}/audit-entries?action=destroy").status_code == 400


# The chain ----------------------------------------------------------------------------------------


@pytest.fixture
def sealed() -> list[int]:
    """Six sealed entries about as many sites, by their ids."""
    AuditSeal.objects.all().delete()
    entries().delete()
    for name in "abcdef":
        make.make_site(name)
    assert audit.seal() == 6
    return list(entries().order_by("pk").values_list("pk", flat=True))


def sql(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_it_seals_each_entry_once_and_says_so(sealed: list[int], caplog: pytest.LogCaptureFixture) -> None:
    assert audit.seal() == 0
    make.make_site("later")
    with caplog.at_level("INFO", "inventory.audit.chain"):
        assert audit.seal() == 1
    assert list(AuditSeal.objects.values_list("sequence", flat=True)) == [1, 2, 3, 4, 5, 6, 7]
    found = audit.verify()
    assert (found.ok, found.checked, found.sequence) == (True, 7, 7)
    assert caplog.records[-1].digest == found.head  # type: ignore[attr-defined]


CHANGES = [
    ("UPDATE auditlog_logentry SET object_repr = 'x' WHERE id = %s", "(sequence 3) or its seal was changed"),
    ("UPDATE auditlog_logentry SET changes = '{}' WHERE id = %s", "(sequence 3) or its seal was changed"),
    ("UPDATE auditlog_logentry SET timestamp = timestamp - interval '1 h' WHERE id = %s", "(sequence 3) or its seal"),
    ("UPDATE auditlog_logentry SET remote_addr = '10.0.0.1' WHERE id = %s", "(sequence 3) or its seal was changed"),
    ("UPDATE auditlog_logentry SET cid = 'x' WHERE id = %s", "(sequence 3) or its seal was changed"),
    ("UPDATE auditlog_logentry SET action = 2 WHERE id = %s", "(sequence 3) or its seal was changed"),
    ('UPDATE auditlog_logentry SET additional_data = \'{"actor": "bob"}\' WHERE id = %s', "(sequence 3) or its seal"),
    ("DELETE FROM auditlog_logentry WHERE id = %s", "(sequence 3) was deleted"),
    ("DELETE FROM inventory_auditseal WHERE entry = %s", "Seals are missing: 3 to 3"),
    ("UPDATE inventory_auditseal SET digest = repeat('a', 64) WHERE entry = %s", "(sequence 3) or its seal"),
]


@pytest.mark.parametrize(("statement", "finding"), CHANGES)
def test_it_finds_what_was_changed_or_deleted_in_the_database(sealed: list[int], statement: str, finding: str) -> None:
    sql(statement, sealed[2])
    found = audit.verify()
    assert not found.ok
    assert finding in found.sentence


def test_it_finds_two_entries_that_changed_places(sealed: list[int]) -> None:
    sql("UPDATE auditlog_logentry SET id = -1 WHERE id = %s", sealed[1])
    sql("UPDATE auditlog_logentry SET id = %s WHERE id = %s", sealed[1], sealed[4])
    sql("UPDATE auditlog_logentry SET id = %s WHERE id = -1", sealed[4])
    assert audit.verify().found == 2


def test_it_finds_another_actor_but_forgives_a_user_who_was_deleted() -> None:
    alice, bob = make.make_admin(name="alice"), make.make_admin(name="bob")
    with audit.acting(audit.Who(audit.Source.WEB, lambda: alice)):
        make.make_site("hers")
    audit.seal()
    hers = entries("site")[0].pk
    for actor in (bob.pk, None):
        sql("UPDATE auditlog_logentry SET actor_id = %s WHERE id = %s", actor, hers)
        assert f"The actor of entry {hers}" in audit.verify().sentence
    alice.delete()
    audit.seal()
    assert audit.verify().ok
    assert entries("site")[0].additional_data["actor"] == "alice"


def test_it_seals_no_entry_that_was_slipped_in_with_an_old_time_and_names_it(sealed: list[int]) -> None:
    row = LogEntry.objects.get(pk=sealed[0])
    row.pk, row.timestamp = None, timezone.now() - timedelta(days=2)
    row.save(force_insert=True)
    assert audit.seal() == 0
    assert f"Entry {row.pk} has no seal" in audit.verify().sentence
    with pytest.raises(CommandError) as error:
        call_command("verify_audit")
    assert error.value.returncode == 1
    call_command("verify_audit", "--seal")


def test_it_notices_a_cut_tail_by_the_head_that_was_written_down(
    sealed: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("verify_audit", "--json")
    head = json.loads(capsys.readouterr().out)
    expected = {"expect_head": head["head"], "expect_count": head["sequence"]}
    make.make_site("later")
    audit.seal()
    call_command("verify_audit", **expected)
    sql("DELETE FROM inventory_auditseal WHERE sequence > 4")
    sql("DELETE FROM auditlog_logentry WHERE id > %s", sealed[3])
    assert audit.verify().ok
    assert audit.verify(**expected).found == 2
    assert audit.verify(expect_head=head["head"]).found == 1


def test_it_checks_the_newest_part_alone_and_refuses_what_is_no_number(sealed: list[int]) -> None:
    sql("UPDATE auditlog_logentry SET cid = 'x' WHERE id = %s", sealed[1])
    assert (audit.verify(limit=3).ok, audit.verify(limit=3).checked) == (True, 3)
    assert not audit.verify(limit=5).ok
    for wrong in (("--limit", "0"), ("--expect-head", "abc")):
        with pytest.raises(CommandError) as error:
            call_command("verify_audit", *wrong)
        assert error.value.returncode == 2


def test_its_digests_are_what_they_were_yesterday() -> None:
    """The chain is read by later releases: what it is made of must not change by accident."""
    values = (1, "a", {"b": 1, "a": [None, "\u00e4"]}, datetime(2026, 3, 1, tzinfo=UTC))
    assert chain.digest(chain.GENESIS, values) == "9e424dda1f8b9ffd507be55a1bc50ca1529c70c47cf412c9ea78964ee9d82439"


@pytest.mark.django_db(transaction=True)
def test_writers_at_the_same_time_make_a_chain_without_a_gap() -> None:
    AuditSeal.objects.all().delete()
    entries().delete()

    def write(number: int) -> None:
        try:
            for turn in range(8):
                make.make_site(f"site {number} {turn}")
        finally:
            connection.close()

    threads = [Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    right_after_commit = AuditSeal.objects.count()
    audit.seal()
    found = audit.verify()
    assert right_after_commit > 0
    assert (found.ok, found.checked, found.sequence) == (True, 32, 32)
