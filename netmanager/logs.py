"""One line per event. JSON by default; a device's or a packet's text can never break or forge a line."""

import logging
import re

from pythonjsonlogger.json import JsonFormatter as BaseJsonFormatter

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class JsonFormatter(BaseJsonFormatter):
    """time, level, logger, message, request_id and whatever was passed as `extra`."""

    def __init__(self) -> None:
        super().__init__(
            "{asctime}{levelname}{name}{message}{request_id}",
            style="{",
            rename_fields={"asctime": "time", "levelname": "level", "name": "logger"},
            json_ensure_ascii=False,
            defaults={"request_id": None},
        )
        self.default_msec_format = "%s.%03d"


class TextFormatter(logging.Formatter):
    """For a person at a terminal; control characters are shown, not obeyed."""

    def __init__(self) -> None:
        super().__init__(
            "{asctime} {levelname:<7} {name} [{request_id}] {message}", style="{", defaults={"request_id": "-"}
        )

    def format(self, record: logging.LogRecord) -> str:
        return CONTROL.sub(lambda match: f"\\x{ord(match.group()):02x}", super().format(record))
