"""What jobs refuse over REST, in HTTP's words: 400 by field, 409 when the job is not where the request thinks it is."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from django.http import QueryDict
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import status
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request

from jobs.idempotency import Key, KeyUsed, key_of
from jobs.operations import BadParameters
from jobs.rollout import NotNow

HEADER = "Idempotency-Key"
MOST = 200  # characters
PRINTABLE = re.compile(rf"[\x20-\x7e]{{1,{MOST}}}")
KEY = OpenApiParameter(
    HEADER,
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description=f"Repeats under one key are one job, and get its answer again; 1 to {MOST} printable characters.",
)
NOT_NOW = OpenApiResponse(description="The job does not wait for this, or for somebody or something else.")
USED = OpenApiResponse(description="The Idempotency-Key belongs to another request.")


class Conflict(APIException):
    """409: it is not the moment for this."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"


@contextmanager
def refusals() -> Iterator[None]:
    """Turn the refusals of the verbs into answers."""
    try:
        yield
    except BadParameters as error:
        raise ValidationError({name: [sentence] for name, sentence in error.errors.items()}) from None
    except (KeyUsed, NotNow) as error:
        raise Conflict(str(error)) from None


def asked_key(request: Request) -> Key | None:
    """The request's key, if it has one; raises ValidationError for one that is none."""
    text = request.headers.get(HEADER)
    if text is None:
        return None
    if not PRINTABLE.fullmatch(text):
        sentence = (
            f"The header {HEADER} has {len(text)} characters; accepted are 1 to {MOST} printable ASCII characters."
        )
        raise ValidationError({"idempotency_key": [sentence]})
    asked = request.data
    return key_of(text, [request.path, dict(asked.lists()) if isinstance(asked, QueryDict) else asked])
