"""Is this container well? `healthcheck.py web|worker|beat|syslogd`: exit 0 and a word, or 1 and a sentence."""

import os
import socket
import sys
import urllib.request
from datetime import timedelta

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "netmanager.settings")

SYSLOGD_SILENCE = timedelta(seconds=30)  # they write every second
BEAT_SILENCE = timedelta(minutes=10)


def web(port: int = 8000) -> str:
    """The web server answers under its own name."""
    host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].strip().lstrip(".").replace("*", "localhost")
    request = urllib.request.Request(f"http://127.0.0.1:{port}/healthz", headers={"Host": host})
    with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310  a fixed address
        return "" if answer.status == 200 else f"/healthz answered {answer.status}"


def worker() -> str:
    """The Celery worker of this container answers through the broker."""
    from netmanager.celery import app

    name = f"celery@{socket.gethostname()}"
    return "" if app.control.ping(destination=[name], timeout=10) else f"{name} does not answer"


def beat() -> str:
    """The scheduler has started something lately."""
    import django

    django.setup()
    from django.utils import timezone
    from django_celery_beat.models import PeriodicTask

    last = PeriodicTask.objects.filter(last_run_at__gt=timezone.now() - BEAT_SILENCE).exists()
    return "" if last else f"no schedule has run for {BEAT_SILENCE}"


def syslogd() -> str:
    """The receivers of this container have written their counts lately."""
    import django

    django.setup()
    from django.utils import timezone

    from syslogd.models import SyslogRun

    lately = timezone.now() - SYSLOGD_SILENCE
    heard = SyslogRun.objects.filter(host=socket.gethostname(), ended_at=None, seen_at__gt=lately).exists()
    return "" if heard else f"no receiver has written its counts for {SYSLOGD_SILENCE}"


CHECKS = {"web": web, "worker": worker, "beat": beat, "syslogd": syslogd}


def main(arguments: list[str]) -> int:
    """Run the named check and say what is wrong."""
    if len(arguments) != 1 or arguments[0] not in CHECKS:
        print(f"usage: healthcheck.py {'|'.join(CHECKS)}")  # noqa: T201
        return 2
    try:
        problem = CHECKS[arguments[0]]()
    except OSError as error:
        problem = f"{arguments[0]}: {error}"
    print(problem or "ok")  # noqa: T201
    return 1 if problem else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
