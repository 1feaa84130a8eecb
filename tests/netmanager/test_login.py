"""Nobody guesses a password, whatever the door; and tokens end when they should."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from netmanager import throttling
from tests.factories import make_admin, make_user, make_viewer
from tests.visitors import said, signed_in

TOKEN, REFRESH, END = (f"/api/v1/auth/token{end}" for end in ("", "/refresh", "/blacklist"))
DOORS = ("/admin/login/", "/api/v1/auth/login/", TOKEN)
ATTEMPTS = "/admin/axes/accessattempt/"
PASSWORD = "a fine day for 1 walk"
UNTRIED = (f"198.51.100.{number}" for number in count(1))


@pytest.fixture(autouse=True)
def cheap_and_timeless(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Real hashes are slow by intention; and no minute ends in the middle of a test."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]
    monkeypatch.setattr(throttling, "now", lambda: 1_800_000_015.0)


@pytest.fixture
def address() -> str:
    """One that nobody has tried from: what is counted in Redis outlives a test."""
    return next(UNTRIED)


@pytest.fixture
def kim(address: str, db: None) -> User:
    user = make_user(name=f"kim {address}")
    user.set_password(PASSWORD)
    user.save()
    return user


def attempt(door: str, address: str, name: str, password: str, **headers: str) -> Any:
    client = Client(REMOTE_ADDR=address, headers=headers)
    body: Any = {"username": name, "password": password}
    return client.post(door, body, content_type="application/json") if door == TOKEN else client.post(door, body)


def is_in(answer: Any) -> bool:
    return answer.status_code == 302 or (answer.status_code == 200 and "access" in answer.content.decode())


# Lockout ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("door", DOORS)
def test_it_locks_a_name_after_five_failures_at_any_door(door: str, kim: User, address: str) -> None:
    answers = [attempt(door, address, kim.username, "wrong") for _ in range(5)]
    assert [answer.status_code for answer in answers[:4]] == [401 if door == TOKEN else 200] * 4
    assert answers[4].status_code == 429
    for other in DOORS:
        assert not is_in(attempt(other, address, kim.username, PASSWORD))
    assert is_in(attempt(door, "203.0.113.7", kim.username, PASSWORD))  # nobody locks a colleague out from elsewhere


@pytest.mark.parametrize("door", DOORS)
def test_it_says_until_when_and_not_whether_the_user_exists(door: str, kim: User, address: str) -> None:
    def last_of_five(name: str) -> tuple[int, str]:
        answer = [attempt(door, address, name, "wrong") for _ in range(5)][-1]
        assert 800 < int(answer.headers["Retry-After"]) <= 900
        until = timezone.localtime(AccessAttempt.objects.get(username=name).attempt_time + timedelta(minutes=15))
        sentence = f"from your address: locked until {until:%H:%M:%S} UTC. An administrator can release it."
        assert sentence in answer.content.decode()
        return answer.status_code, answer.content.decode().replace(f"{until:%H:%M:%S}", "then")

    assert last_of_five(kim.username) == last_of_five(f"nobody {address}")


def test_it_lets_in_again_after_the_time_and_forgets_failures_at_a_success(kim: User, address: str) -> None:
    for _ in range(6):
        attempt(TOKEN, address, kim.username, "wrong")
    row = AccessAttempt.objects.get()
    assert row.failures_since_start == 5  # the sixth neither counted nor made it longer
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=15, seconds=1))
    assert is_in(attempt(TOKEN, address, kim.username, PASSWORD))
    assert not AccessAttempt.objects.exists()


def test_it_counts_together_what_comes_from_one_address_under_many_disguises(kim: User, address: str) -> None:
    for number in range(5):
        headers = {"User-Agent": f"browser {number}", "X-Forwarded-For": f"192.0.2.{number}"}
        answer = attempt(TOKEN, address, kim.username, "wrong", **headers)
    assert answer.status_code == 429


def test_it_keeps_no_password_that_was_tried(kim: User, address: str) -> None:
    for door in DOORS:
        attempt(door, address, kim.username, "s3cret-that-was-tried")
    with connection.cursor() as cursor:
        cursor.execute("SELECT axes_accessattempt::text FROM axes_accessattempt")
        stored = str(cursor.fetchall())
    assert kim.username in stored
    assert "s3cret-that-was-tried" not in stored


def test_it_is_released_in_the_admin_by_those_who_may(kim: User, address: str) -> None:
    for number in range(5):
        attempt(TOKEN, address, kim.username, "wrong", **{"User-Agent": f"browser {number}"})
    action = {"action": "release", "_selected_action": [AccessAttempt.objects.first().pk]}  # type: ignore[union-attr]
    assert signed_in(make_viewer()).post(ATTEMPTS, action).status_code == 403
    watcher = signed_in(make_user("axes.view_accessattempt"))
    assert "locked until" in watcher.get(ATTEMPTS).content.decode().lower()
    assert "release" not in watcher.get(ATTEMPTS).content.decode()
    watcher.post(ATTEMPTS, action)
    assert AccessAttempt.objects.count() == 5
    assert said(signed_in(make_admin()).post(ATTEMPTS, action)) == "1 login is released."
    assert is_in(attempt(TOKEN, address, kim.username, PASSWORD))


@pytest.mark.parametrize("name", ["k" * 151, "k" * 100_000, "kim\0"])
@pytest.mark.parametrize("door", DOORS)
def test_it_survives_a_strange_name(door: str, name: str, address: str, db: None) -> None:
    assert attempt(door, address, name, "wrong").status_code == (400 if door == TOKEN else 200)


# Throttling ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("door", DOORS)
def test_it_takes_a_few_logins_a_minute_from_an_address_whatever_the_names(
    door: str, address: str, settings: Any, db: None
) -> None:
    settings.LOGINS_PER_MINUTE = {"address": 3, "name": 100}
    answers = [attempt(door, address, f"{address} {door} {number}", "wrong") for number in range(4)]
    assert [answer.status_code == 429 for answer in answers] == [False, False, False, True]
    assert answers[3].headers["Retry-After"] == "45"
    assert "45 seconds" in answers[3].content.decode()


@pytest.mark.parametrize("door", DOORS)
def test_it_takes_a_few_logins_a_minute_for_a_name_wherever_they_come_from(door: str, kim: User, settings: Any) -> None:
    settings.LOGINS_PER_MINUTE = {"address": 100, "name": 3}
    answers = [attempt(door, next(UNTRIED), kim.username, "wrong") for _ in range(3)]
    answers.append(attempt(door, next(UNTRIED), kim.username, PASSWORD))
    assert [answer.status_code == 429 for answer in answers] == [False, False, False, True]


def test_it_counts_over_all_processes_and_reads_no_code_back(address: str, settings: Any, rf: Any) -> None:
    request = rf.post("/", REMOTE_ADDR=address)
    assert throttling.seconds_to_wait(request, "") == 0
    key = f"login:address:{throttling.digest(address)}:30000000"
    other_process = caches.create_connection("logins")
    assert other_process.get(key) == 1
    assert other_process.incr(key) == 2
    other_process.set("value", {"text": ["ä", 1]}, 5)
    assert caches.create_connection("logins").get("value") == {"text": ["ä", 1]}
    assert settings.CACHES["logins"]["OPTIONS"] == {"serializer": "netmanager.throttling.JsonSerializer"}


def test_people_get_in_while_redis_is_away(kim: User, settings: Any) -> None:
    lost = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {**settings.CACHES, "logins": lost}
    for door in DOORS:
        assert is_in(attempt(door, "192.0.2.1", kim.username, PASSWORD))


# Tokens -------------------------------------------------------------------------------------------


@pytest.fixture
def pair(kim: User, address: str) -> dict[str, str]:
    tokens: dict[str, str] = attempt(TOKEN, address, kim.username, PASSWORD).json()
    return tokens


def refreshed(token: str) -> Any:
    return Client(REMOTE_ADDR=next(UNTRIED)).post(REFRESH, {"refresh": token}, content_type="application/json")


def sites_with(access: str) -> int:
    return Client().get("/api/v1/platforms", headers={"Authorization": f"Bearer {access}"}).status_code


def test_a_refresh_token_is_good_for_one_use(pair: dict[str, str], kim: User) -> None:
    second = refreshed(pair["refresh"]).json()
    assert second["refresh"] != pair["refresh"]
    assert sites_with(second["access"]) == 403  # known, but kim may see nothing
    assert refreshed(pair["refresh"]).status_code == 401
    assert refreshed(second["refresh"]).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_of_two_who_use_one_refresh_token_at_the_same_moment_one_gets_in(pair: dict[str, str]) -> None:
    def use(_number: int) -> int:
        try:
            return int(refreshed(pair["refresh"]).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(use, range(4))) == [200, 401, 401, 401]


def test_a_token_given_back_is_good_for_nothing(pair: dict[str, str]) -> None:
    for expected in (200, 401):
        given = Client().post(END, {"refresh": pair["refresh"]}, content_type="application/json")
        assert given.status_code == expected
    assert refreshed(pair["refresh"]).status_code == 401


def test_a_new_password_ends_all_tokens(pair: dict[str, str], kim: User) -> None:
    kim.set_password("another fine day for 2")
    kim.save()
    assert refreshed(pair["refresh"]).status_code == 401
    assert sites_with(pair["access"]) == 401


def test_tokens_of_a_person_who_left_are_refused(pair: dict[str, str], kim: User) -> None:
    User.objects.filter(pk=kim.pk).update(is_active=False)
    assert (refreshed(pair["refresh"]).status_code, sites_with(pair["access"])) == (401, 401)
    kim.delete()
    assert (refreshed(pair["refresh"]).status_code, sites_with(pair["access"])) == (401, 401)


@pytest.mark.parametrize("rubbish", ["", "x", "a.b.c", "\0", "é" * 9999])
def test_it_refuses_rubbish_as_a_token(rubbish: str, db: None) -> None:
    assert refreshed(rubbish).status_code in (400, 401)


def test_the_database_holds_no_token_that_could_be_used(pair: dict[str, str]) -> None:
    second = refreshed(pair["refresh"]).json()
    Client().post(END, {"refresh": second["refresh"]}, content_type="application/json")
    assert set(OutstandingToken.objects.values_list("token", flat=True)) == {""}
    assert OutstandingToken.objects.count() == 2
