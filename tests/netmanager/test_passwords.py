"""The same rules for a password at every door."""

import io
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.management import CommandError, call_command

from netmanager.management.commands import createsuperuser
from tests.factories import PASSWORD, make_admin
from tests.visitors import signed_in

pytestmark = pytest.mark.django_db
WEAK = {
    "eleven-char": "at least 12 characters",
    "1qaz2wsx3edc": "too common",
    "837465928374659283": "entirely numeric",
    "operator-kim": "too similar to the username",
}


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def create(monkeypatch: pytest.MonkeyPatch, typed: list[str]) -> str:
    """createsuperuser at a terminal where these passwords are typed; returns what it said."""
    monkeypatch.setattr(createsuperuser, "getpass", lambda *_prompt: typed.pop(0))
    said = io.StringIO()
    call_command("createsuperuser", username="operator-kim", email="", stdin=Terminal(), stdout=said, stderr=said)
    return said.getvalue()


@pytest.mark.parametrize(("password", "why"), WEAK.items())
def test_createsuperuser_refuses_a_weak_password_and_knows_no_way_around(
    password: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CommandError, match="3 passwords were refused"):
        create(monkeypatch, [password] * 3)
    said = create(monkeypatch, [password, PASSWORD, "a slip of the pen", PASSWORD, PASSWORD])
    assert why in said
    assert "The two passwords differ." in said
    assert User.objects.get().check_password(PASSWORD)


@pytest.mark.parametrize(("password", "why"), WEAK.items())
def test_createsuperuser_looks_at_the_password_of_the_environment(
    password: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", password)
    with pytest.raises(CommandError, match=why):
        call_command("createsuperuser", username="operator-kim", email="kim@example.com", interactive=False)
    assert not User.objects.exists()


def test_createsuperuser_takes_a_good_password_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", username="operator-kim", email="kim@example.com", interactive=False, verbosity=0)
    assert User.objects.get().is_superuser


@pytest.mark.parametrize(("password", "why"), WEAK.items())
def test_changepassword_refuses_a_weak_password(password: str, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    user = make_admin(name="operator-kim")
    before, said = user.password, io.StringIO()
    monkeypatch.setattr("getpass.getpass", lambda *_a, **_k: password)
    with pytest.raises(CommandError, match="Aborting password change"):
        call_command("changepassword", "operator-kim", stdout=said, stderr=said)
    user.refresh_from_db()
    assert (user.password == before, why in said.getvalue()) == (True, True)


@pytest.mark.parametrize(("password", "why"), WEAK.items())
def test_the_admin_refuses_a_weak_password_for_a_new_user_and_for_an_old_one(password: str, why: str) -> None:
    admin = make_admin(name="root")
    old = make_admin(name="operator-kim")
    client = signed_in(admin)
    twice: dict[str, Any] = {"password1": password, "password2": password, "usable_password": "true"}
    new = client.post("/admin/auth/user/add/", {"username": "operator-kim2", **twice})
    changed = client.post(f"/admin/auth/user/{old.pk}/password/", twice)
    for answer in (new, changed):
        assert answer.status_code == 200
        assert why in answer.content.decode()
    assert User.objects.count() == 2


def test_everybody_may_change_the_own_password_to_no_weak_one() -> None:
    client = signed_in(make_admin(name="operator-kim"))
    answer = client.post(
        "/admin/password_change/",
        {"old_password": PASSWORD, "new_password1": "eleven-char", "new_password2": "eleven-char"},
    )
    assert "at least 12 characters" in answer.content.decode()


def test_the_first_administrator_gets_a_password_within_the_rules() -> None:
    said = io.StringIO()
    call_command("first_start", stdout=said)
    password = said.getvalue().split("Password: ")[1].split()[0]
    user = User.objects.get()
    assert user.check_password(password)
    validate_password(password, user)
