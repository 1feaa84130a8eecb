"""A request that is sent twice under one key is one job: who lost the answer may ask again."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobs.digest import digest
from jobs.models import Job

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class KeyUsed(ValueError):
    """The key belongs to another request of the same user: the sentence names its job."""


@dataclass(frozen=True, slots=True)
class Key:
    """What the caller calls the request, and the SHA-256 of what was asked for."""

    text: str
    request_hash: str


def key_of(text: str, asked: Any) -> Key:
    """The key of a request; `asked` is all that makes it this request and no other, JSON-able."""
    return Key(text, digest(asked))


def job_under(key: Key, user: "User") -> Job | None:
    """The job that this request made before, as long as its row is kept. Raises KeyUsed."""
    job = Job.objects.filter(requested_by=user, idempotency_key=key.text).first()
    if job is not None and job.request_hash != key.request_hash:
        raise KeyUsed(
            f"The Idempotency-Key {key.text!r} was used for another request, which made the job {job.uuid}; "
            "take a new key for a new request."
        )
    return job
