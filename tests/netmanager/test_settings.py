"""Settings come from the environment; a wrong one stops every process with one sentence and no traceback."""

import os
import secrets
import subprocess
import sys
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
KEY = urlsafe_b64encode(secrets.token_bytes(32)).decode()
OURS = (
    "DATABASE_URL REDIS_URL SECRET_KEY FIELD_ENCRYPTION_KEY OLD_FIELD_ENCRYPTION_KEY APP_ENV DATA_DIR LOG_FORMAT"
).split()
PRODUCTION = {
    "APP_ENV": "production",
    "SECRET_KEY": secrets.token_urlsafe(64),
    "FIELD_ENCRYPTION_KEY": KEY,
    "DATABASE_URL": "postgres://netmanager:db-s3cret@127.0.0.1:1/netmanager",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "ALLOWED_HOSTS": "netmanager.example.com",
}


def manage(
    tmp_path: Path, *arguments: str, program: tuple[str, ...] = ("manage.py",), **env: str
) -> subprocess.CompletedProcess[str]:
    """Run a command with nothing of this process's environment but what is given."""
    clean = {name: value for name, value in os.environ.items() if name not in OURS}
    return subprocess.run(
        [sys.executable, *program, *arguments],
        cwd=ROOT,
        env={**clean, "DATA_DIR": str(tmp_path / "data"), **env},
        capture_output=True,
        text=True,
        timeout=60,
    )


def setting(tmp_path: Path, name: str, **env: str) -> str:
    code = f"from django.conf import settings; print(settings.{name})"
    done = manage(tmp_path, "-c", code, program=(), DJANGO_SETTINGS_MODULE="netmanager.settings", **env)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("APP_ENV", "prod", "APP_ENV='prod' is not one of: development, production."),
        ("LOG_LEVEL", "LOUD", "LOG_LEVEL='LOUD' is not one of: DEBUG, INFO"),
        ("LOG_FORMAT", "xml", "LOG_FORMAT='xml' is not one of: json, text."),
        ("LOG_TO_FILE", "maybe", "LOG_TO_FILE='maybe' is not one of true, false"),
        ("SYSLOG_PORT", "99999", "SYSLOG_PORT='99999' is not a whole number from 1 to 65535."),
        (
            "SYSLOG_HOST",
            "0.0.0.0, router1",
            "SYSLOG_HOST names 'router1', which is not an IPv4 or IPv6 address such as 0.0.0.0 or ::.",
        ),
        ("CELERY_PREFETCH_MULTIPLIER", "0", "CELERY_PREFETCH_MULTIPLIER='0' is not a whole number from 1 to 1000."),
        ("CELERY_QUEUES", "ssh,fast", "CELERY_QUEUES names 'fast'; the queues are: default, discovery, ssh"),
        ("DISCOVERY_TASK_RATE_LIMIT", "fast", "DISCOVERY_TASK_RATE_LIMIT='fast' is not a rate such as 10/s"),
        ("FIELD_ENCRYPTION_KEY", "short", "FIELD_ENCRYPTION_KEY is not a 32-byte key"),
        ("OLD_FIELD_ENCRYPTION_KEY", "x", "OLD_FIELD_ENCRYPTION_KEY is not a 32-byte key"),
        ("DATABASE_URL", "mysql://u:p4ss@h/d", "DATABASE_URL must start with one of: postgres://"),
        ("REDIS_URL", "amqp://u:p4ss@h", "REDIS_URL must start with one of: redis://"),
        ("TIME_ZONE", "Mars/Olympus", "TIME_ZONE='Mars/Olympus' is not a zone name"),
    ],
)
def test_it_stops_with_a_sentence_that_names_the_variable_and_what_is_accepted(
    tmp_path: Path, name: str, value: str, sentence: str
) -> None:
    done = manage(tmp_path, "check", **{name: value})
    assert done.returncode == 2
    assert done.stderr.startswith(sentence), done.stderr
    assert "Traceback" not in done.stderr
    assert "p4ss" not in done.stderr


@pytest.mark.parametrize("name", ["SECRET_KEY", "FIELD_ENCRYPTION_KEY", "DATABASE_URL", "REDIS_URL"])
def test_it_refuses_production_without(tmp_path: Path, name: str) -> None:
    done = manage(tmp_path, "check", **{**PRODUCTION, name: ""})
    assert done.returncode == 2
    assert done.stderr.startswith(f"APP_ENV=production needs {name}."), done.stderr


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("SECRET_KEY", "a" * 64, "SECRET_KEY is too weak"),
        ("SECRET_KEY", "s3cret", "SECRET_KEY is too weak"),
        ("FIELD_ENCRYPTION_KEY", "A" * 43 + "=", "FIELD_ENCRYPTION_KEY is too weak"),
        ("DATABASE_URL", "sqlite:////tmp/x.sqlite3", "APP_ENV=production needs PostgreSQL"),
    ],
)
def test_it_refuses_production_with_weak_keys_or_sqlite(tmp_path: Path, name: str, value: str, sentence: str) -> None:
    done = manage(tmp_path, "check", **{**PRODUCTION, name: value})
    assert done.returncode == 2
    assert done.stderr.startswith(sentence), done.stderr


def test_it_says_with_a_hint_that_production_without_host_names_refuses_every_request(tmp_path: Path) -> None:
    done = manage(tmp_path, "check", **{**PRODUCTION, "ALLOWED_HOSTS": ""})
    assert done.returncode == 1
    assert "netmanager.E001" in done.stderr
    assert "HINT: Set ALLOWED_HOSTS" in done.stderr


def test_it_makes_its_own_keys_once_in_a_file_only_the_owner_can_read(tmp_path: Path) -> None:
    first = setting(tmp_path, "FIELD_ENCRYPTION_KEY")
    file = tmp_path / "data" / "keys.env"
    assert file.stat().st_mode & 0o777 == 0o600
    assert setting(tmp_path, "FIELD_ENCRYPTION_KEY") == first
    assert f"FIELD_ENCRYPTION_KEY={first}" in file.read_text()


def test_it_names_the_folder_it_cannot_write_to(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    done = manage(tmp_path, "check", DATA_DIR=str(tmp_path / "file" / "data"))
    assert done.returncode == 2
    assert done.stderr.startswith(f"The folder {tmp_path}/file/data cannot be written to: Not a directory.")


def test_it_keeps_the_embedded_database_from_other_users_of_the_machine(tmp_path: Path) -> None:
    setting(tmp_path, "FIELD_ENCRYPTION_KEY")
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700


def test_it_reads_a_secret_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(KEY + "\n")
    assert setting(tmp_path, "FERNET_KEYS", FIELD_ENCRYPTION_KEY_FILE=str(tmp_path / "key")) == f"['{KEY}']"


def test_it_decrypts_with_the_old_keys_too(tmp_path: Path) -> None:
    old = urlsafe_b64encode(secrets.token_bytes(32)).decode()
    assert (
        setting(tmp_path, "FERNET_KEYS", FIELD_ENCRYPTION_KEY=KEY, OLD_FIELD_ENCRYPTION_KEY=old)
        == f"['{KEY}', '{old}']"
    )


def test_it_gives_each_kind_of_job_the_rate_that_holds_over_all_workers(tmp_path: Path) -> None:
    variables = {
        "DISCOVERY_TASK_RATE_LIMIT": "2",
        "NEIGHBOR_CRAWL_RATE_LIMIT": "9/h",
        "SSH_SYNC_TASK_RATE_LIMIT": "30/m",
    }
    assert setting(tmp_path, "RATE_LIMITS", **variables) == "{'discover': '2', 'crawl': '9/h', 'sync': '30/m'}"
    assert setting(tmp_path, "CELERY_TASK_ANNOTATIONS", **variables) == "{}"


def test_it_leaves_the_rate_of_syslog_batches_to_celery(tmp_path: Path) -> None:
    limits = setting(tmp_path, "CELERY_TASK_ANNOTATIONS", SYSLOG_TASK_RATE_LIMIT="30/m")
    assert limits == "{'syslog.ingest_syslog': {'rate_limit': '30/m'}}"


def test_a_worker_with_a_wrong_setting_stops_with_the_sentence(tmp_path: Path) -> None:
    program = (str(Path(sys.executable).with_name("celery")),)
    done = manage(tmp_path, "-A", "netmanager", "worker", program=program, LOG_LEVEL="LOUD")
    assert done.returncode
    assert "LOG_LEVEL='LOUD' is not one of" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_web_with_a_wrong_setting_says_the_sentence(tmp_path: Path) -> None:
    done = manage(tmp_path, "-c", "import netmanager.wsgi", program=(), LOG_LEVEL="LOUD")
    assert done.returncode == 3
    assert done.stderr.strip().startswith("LOG_LEVEL='LOUD' is not one of")


def test_it_prints_a_key_that_it_accepts(tmp_path: Path) -> None:
    key = manage(tmp_path, "generate_field_encryption_key").stdout.strip()
    assert setting(tmp_path, "FIELD_ENCRYPTION_KEY", FIELD_ENCRYPTION_KEY=key) == key
