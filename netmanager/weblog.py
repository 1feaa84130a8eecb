"""gunicorn's own events, and a line for each request, in the same form as every other log."""

import os
import sys
from datetime import timedelta
from logging.config import dictConfig
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django_guid import clear_guid, set_guid
from gunicorn.glogging import Logger as GunicornLogger

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "netmanager.settings")
QUIET = ("/healthz", "/readyz")  # asked every few seconds by whoever watches


class Logger(GunicornLogger):
    """Named with `--logger-class netmanager.weblog.Logger`."""

    def setup(self, cfg: Any) -> None:
        """Take the handlers of the settings; a wrong setting ends gunicorn with the sentence."""
        super().setup(cfg)
        try:
            dictConfig(settings.LOGGING)
        except ImproperlyConfigured as error:
            sys.exit(str(error))
        for log in (self.error_log, self.access_log):
            log.handlers.clear()
            log.propagate = True

    def access(self, resp: Any, req: Any, environ: dict[str, Any], request_time: timedelta) -> None:
        """One line a request, marked with the request id of its answer. The query is left out: it may hold secrets."""
        if req.path in QUIET and resp.status_code < 400:
            return
        set_guid(dict(resp.headers).get("X-Request-ID", ""))
        self.access_log.info(
            "%s %s %d",
            req.method,
            req.path,
            resp.status_code,
            extra={
                "address": environ.get("REMOTE_ADDR"),
                "seconds": round(request_time.total_seconds(), 4),
                "bytes": resp.sent,
            },
        )
        clear_guid()
