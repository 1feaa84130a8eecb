"""One line per event. JSON by default; a device's or a packet's text can never break or forge a line."""

import json
import logging
import re
from typing import Any

from pythonjsonlogger.json import JsonFormatter as BaseJsonFormatter

# What breaks a line or steers a terminal: controls, line separators, direction marks and overrides, half characters
UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")


class JsonFormatter(BaseJsonFormatter):
    """time, level, logger, message, request_id and whatever was passed as `extra`."""

    def __init__(self) -> None:
        super().__init__(
            "{asctime}{levelname}{name}{message}{request_id}",
            style="{",
            rename_fields={"asctime": "time", "levelname": "level", "name": "logger"},
            json_serializer=json_line,
            json_ensure_ascii=False,
            defaults={"request_id": None},
        )
        self.default_msec_format = "%s.%03d"


class TextFormatter(logging.Formatter):
    """For a person at a terminal; control characters are shown, not obeyed. Only a traceback has further lines."""

    def __init__(self) -> None:
        super().__init__(
            "{asctime} {levelname:<7} {name} [{request_id}] {message}", style="{", defaults={"request_id": "-"}
        )

    def formatMessage(self, record: logging.LogRecord) -> str:
        return escaped(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:
        # Marked, because an exception's text may pose as another event.
        return "\n".join(f"    | {escaped(line)}" for line in super().formatException(ei).splitlines())


def escaped(text: str) -> str:
    """The text with everything unseen spelt as JSON does, so that it is one line."""
    return UNSEEN.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


def json_line(value: Any, **options: Any) -> str:
    """JSON in readable Korean, without the unseen characters JSON would let through."""
    return escaped(json.dumps(value, **options))
