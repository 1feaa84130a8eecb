"""Production as it is shipped: the image's own gunicorn command, over HTTP, as a TLS proxy and as a stranger ask it."""

import http.client
import json
import re
import secrets
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from tests.factories import PASSWORD, make_admin
from tests.house import ROOT
from tests.netmanager.test_settings import PRODUCTION, manage
from tests.process import spawn, stop, wait_for_words

HOST = "netmanager.example.com"
HTTPS = f"https://{HOST}"
PROXY = {"Host": HOST, "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.66, 203.0.113.9"}
LOGIN = "/admin/login/"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    text: str

    def cookie(self, name: str) -> set[str]:
        """Value and flags of a cookie that is set; empty when it is not."""
        for line in self.headers.get_all("Set-Cookie") or []:
            parts = [part.strip() for part in line.split(";")]
            if parts[0].startswith(f"{name}="):
                return set(parts)
        return set()


@dataclass(frozen=True, slots=True)
class Web:
    """One running gunicorn."""

    port: int

    def ask(self, path: str, headers: dict[str, str], method: str = "GET", body: str = "") -> Answer:
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            client.request(method, path, body=body or None, headers=headers)
            answer = client.getresponse()
            return Answer(answer.status, answer.headers, answer.read().decode())
        finally:
            client.close()


def shipped_command() -> list[str]:
    """What the image starts, on any free port and with one process."""
    command = re.search(
        r"^CMD (\[.*\])", (ROOT / "compose" / "Dockerfile").read_text().replace("\\\n", ""), re.MULTILINE
    )
    assert command
    arguments: list[str] = json.loads(command[1])
    arguments[arguments.index("--bind") + 1] = "127.0.0.1:0"
    return [sys.executable, "-m", *arguments, "--workers", "1"]


def running(folder: Path, origin: str) -> Iterator[Web]:
    log = folder / "web.log"
    database = connection.settings_dict
    url = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)
    environment = {
        **PRODUCTION, "DATABASE_URL": url, "REDIS_URL": settings.REDIS_URL, "CSRF_TRUSTED_ORIGINS": origin,
        "FIELD_ENCRYPTION_KEY": settings.FIELD_ENCRYPTION_KEY, "DATA_DIR": str(folder),
    }  # fmt: skip
    process = spawn(shipped_command(), log, cwd=ROOT, environment=environment)
    try:
        assert wait_for_words(process, log, "Listening at"), log.read_text()
        port = re.search(r"Listening at: http://127\.0\.0\.1:(\d+)", log.read_text())
        assert port
        yield Web(int(port[1]))
    finally:
        stop(process)


@pytest.fixture(scope="module")
def web(django_db_setup: None, django_db_blocker: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """Behind a TLS proxy, as compose means it."""
    yield from running(tmp_path_factory.mktemp("https"), HTTPS)


# https --------------------------------------------------------------------------------------------


def test_every_answer_carries_what_keeps_a_browser_safe(web: Web) -> None:
    page = web.ask(LOGIN, PROXY)
    assert page.status == 200
    assert page.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert page.headers["X-Frame-Options"] == "DENY"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert page.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    policy = page.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "script-src 'self' 'unsafe-eval';" in policy + ";"


def test_plain_http_is_sent_to_https_and_containers_are_not(web: Web) -> None:
    moved = web.ask("/admin/?a=1", PROXY | {"X-Forwarded-Proto": "http"})
    assert (moved.status, moved.headers["Location"]) == (301, f"{HTTPS}/admin/?a=1")
    for path in ("/healthz", "/readyz"):
        assert web.ask(path, {"Host": HOST}).status == 200, path


def test_a_proxy_that_does_not_say_https_is_told_so_instead_of_sent_around(web: Web) -> None:
    answer = web.ask(LOGIN, {"Host": HOST})
    assert answer.status == 400
    assert "let the TLS proxy send X-Forwarded-Proto" in answer.text


def test_numbers_are_for_this_machine_and_a_client_cannot_claim_to_be_it(web: Web) -> None:
    assert web.ask("/metrics", {"Host": HOST}).status == 200
    for claim in ("127.0.0.1", "127.0.0.1, 203.0.113.9", "rubbish", ""):
        assert web.ask("/metrics", PROXY | {"X-Forwarded-For": claim}).status == 403, claim


@pytest.mark.django_db(transaction=True)
def test_a_login_gets_cookies_that_no_script_and_no_plain_connection_sees(web: Web) -> None:
    user = make_admin()
    form = web.ask(LOGIN, PROXY)
    token = next(part for part in form.cookie("csrftoken") if part.startswith("csrftoken="))
    assert form.cookie("csrftoken") >= {"Secure", "SameSite=Lax"}
    body = f"username={user.username}&password={PASSWORD.replace(' ', '+')}&csrfmiddlewaretoken={token.split('=')[1]}"
    headers = {"Cookie": token, "Content-Type": "application/x-www-form-urlencoded", "Referer": f"{HTTPS}{LOGIN}"}
    answer = web.ask(LOGIN, PROXY | headers, "POST", body)
    session = answer.cookie("sessionid")
    assert (answer.status, session >= {"HttpOnly", "Secure", "SameSite=Lax"}) == (302, True)
    assert not any(flag.startswith(("expires", "Max-Age")) for flag in session)  # ends with the browser
    inside = web.ask("/admin/", PROXY | {"Cookie": next(part for part in session if part.startswith("sessionid="))})
    assert inside.status == 200
    elsewhere = web.ask(LOGIN, PROXY | headers | {"Referer": "https://evil.example.com/"}, "POST", body)
    assert elsewhere.status == 403


@pytest.mark.django_db(transaction=True)
def test_failures_are_counted_for_the_address_that_the_proxy_tells(web: Web) -> None:
    name = f"kim {secrets.token_hex(4)}"
    body = json.dumps({"username": name, "password": "wrong"})

    def tried(invented: str, real: str) -> int:
        headers = PROXY | {"X-Forwarded-For": f"{invented}, {real}", "Content-Type": "application/json"}
        return web.ask("/api/v1/auth/token", headers, "POST", body).status

    answers = [tried(f"192.0.2.{number}", "203.0.113.9") for number in range(5)]
    assert answers == [401, 401, 401, 401, 429]
    assert tried("203.0.113.9", "203.0.113.10") == 401


# Sizes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind", ["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
@pytest.mark.parametrize("path", ["/api/v1/devices", LOGIN, "/api/v1/auth/token"])
def test_a_body_that_is_too_large_is_refused_before_it_is_read(web: Web, path: str, kind: str) -> None:
    headers = PROXY | {"Content-Type": kind, "Content-Length": str(10 * 2**20 + 1), "Connection": "close"}
    answer = web.ask(path, headers, "POST")  # the body never comes
    assert (answer.status, json.loads(answer.text)) == (413, {"detail": "The request is larger than 10485760 bytes."})


def test_firmware_may_be_larger_but_not_endless(web: Web) -> None:
    multipart = {"Content-Type": "multipart/form-data; boundary=x", "Connection": "close"}
    length = {"Content-Length": str(5 * 2**30)}
    assert web.ask("/api/v1/firmware-images", PROXY | multipart | length, "POST").status == 413
    json_there = {"Content-Type": "application/json", "Content-Length": str(11 * 2**20), "Connection": "close"}
    assert web.ask("/api/v1/firmware-images", PROXY | json_there, "POST").status == 413


def test_lines_and_headers_have_a_length(web: Web) -> None:
    assert web.ask("/healthz?" + "a" * 8000, PROXY).status == 200
    assert web.ask("/healthz?" + "a" * 9000, PROXY).status == 414
    assert web.ask("/healthz", PROXY | {"X-Long": "a" * 9000}).status == 431
    assert web.ask("/healthz", PROXY | {f"X-{number}": "a" for number in range(70)}).status == 431


# Checks -------------------------------------------------------------------------------------------


def test_djangos_advice_for_deployment_is_followed(tmp_path: Path) -> None:
    environment = PRODUCTION | {"CSRF_TRUSTED_ORIGINS": HTTPS}
    done = manage(tmp_path, "check", "--deploy", "--fail-level", "INFO", **environment)
    assert (done.returncode, done.stderr) == (0, "")


def test_an_intranet_without_tls_is_possible_and_told(tmp_path: Path) -> None:
    done = manage(tmp_path, "check", **PRODUCTION | {"CSRF_TRUSTED_ORIGINS": f"http://{HOST}"})
    assert done.returncode == 0
    assert "netmanager.W004" in done.stderr
    assert "HINT: Put a TLS proxy in front" in done.stderr


def test_an_intranet_without_tls_is_not_redirected(
    django_db_setup: None, tmp_path: Path, django_db_blocker: object
) -> None:
    for web in running(tmp_path, f"http://{HOST}"):
        page = web.ask(LOGIN, {"Host": HOST})
        assert (page.status, "Secure" in page.cookie("csrftoken")) == (200, False)
        assert page.headers["Strict-Transport-Security"] is None
        assert web.ask("/metrics", {"Host": HOST, "X-Forwarded-For": "127.0.0.1"}).status == 403
