"""Claim checks: a batch's payload waits here while a Celery task carries only its key.

Half the cost of a batch inside the task, and a task that is delivered twice finds nothing the second time.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol
from uuid import UUID

from django.conf import settings
from redis import Redis, RedisError

PREFIX = "syslog:batch:"
KEPT = 24 * 3600  # seconds: what nobody fetched by then is handed over again or counted as lost


class ClaimsAway(Exception):
    """The place of the payloads does not answer."""


class Claims(Protocol):
    """Where payloads wait. Every method raises ClaimsAway."""

    def put(self, key: str, payload: bytes) -> None:
        """Leave a payload."""

    def get(self, key: str) -> bytes | None:
        """The payload, or None when it was fetched or forgotten."""

    def delete(self, key: str) -> None:
        """The payload is stored."""

    def missing(self, keys: Iterable[str]) -> set[str]:
        """Those of the keys under which nothing waits."""

    def of_run(self, run: UUID) -> list[str]:
        """The keys of a run under which something waits."""


def key_of(run: UUID, batch: UUID) -> str:
    """The key of a batch."""
    return f"{PREFIX}{run.hex}:{batch.hex}"


def open_claims(timeout: float = 5) -> Claims:
    """Redis where there is one, else a folder beside the embedded default's messages; `timeout` in seconds."""
    if settings.REDIS_URL:
        return RedisClaims(settings.REDIS_URL, timeout)
    return FolderClaims(settings.DATA_DIR / "syslog" / "claims")


class RedisClaims:
    """Payloads as Redis keys that expire."""

    def __init__(self, url: str, timeout: float) -> None:
        self._redis = Redis.from_url(url, socket_timeout=timeout, socket_connect_timeout=timeout)

    def put(self, key: str, payload: bytes) -> None:
        """Raises ClaimsAway."""
        try:
            self._redis.set(key, payload, ex=KEPT)
        except RedisError as error:
            raise ClaimsAway(str(error)) from None

    def get(self, key: str) -> bytes | None:
        """Raises ClaimsAway."""
        try:
            payload = self._redis.get(key)
        except RedisError as error:
            raise ClaimsAway(str(error)) from None
        return payload if isinstance(payload, bytes) else None

    def delete(self, key: str) -> None:
        """Raises ClaimsAway."""
        try:
            self._redis.delete(key)
        except RedisError as error:
            raise ClaimsAway(str(error)) from None

    def missing(self, keys: Iterable[str]) -> set[str]:
        """Raises ClaimsAway."""
        asked = list(keys)
        try:
            with self._redis.pipeline(transaction=False) as pipeline:
                for key in asked:
                    pipeline.exists(key)
                there = pipeline.execute()
        except RedisError as error:
            raise ClaimsAway(str(error)) from None
        return {key for key, exists in zip(asked, there, strict=True) if not exists}

    def of_run(self, run: UUID) -> list[str]:
        """Raises ClaimsAway."""
        try:
            return [key.decode() for key in self._redis.scan_iter(f"{PREFIX}{run.hex}:*", count=1000)]
        except RedisError as error:
            raise ClaimsAway(str(error)) from None


class FolderClaims:
    """Payloads as files, for the embedded default."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ClaimsAway(str(error)) from None

    def _path(self, key: str) -> Path:
        return self._folder / key.replace(":", "_").replace("/", "_")

    def put(self, key: str, payload: bytes) -> None:
        """Raises ClaimsAway."""
        path = self._path(key)
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            draft.write_bytes(payload)
            draft.rename(path)
        except OSError as error:
            raise ClaimsAway(str(error)) from None

    def get(self, key: str) -> bytes | None:
        """Raises ClaimsAway."""
        try:
            return self._path(key).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise ClaimsAway(str(error)) from None

    def delete(self, key: str) -> None:
        """Raises ClaimsAway."""
        try:
            self._path(key).unlink(missing_ok=True)
        except OSError as error:
            raise ClaimsAway(str(error)) from None

    def missing(self, keys: Iterable[str]) -> set[str]:
        """Those of the keys without a file."""
        return {key for key in keys if not self._path(key).exists()}

    def of_run(self, run: UUID) -> list[str]:
        """The keys of a run's files."""
        start = f"{PREFIX}{run.hex}:"
        return [f"{start}{path.name.split('_')[-1]}" for path in self._folder.glob(f"{start.replace(':', '_')}*")]
