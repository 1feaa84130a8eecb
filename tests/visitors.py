"""People before the admin, without a browser."""

from typing import Any

from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext


def signed_in(user: User) -> Client:
    """A client that this user has signed in with."""
    client = Client()
    client.force_login(user)
    return client


def said(response: Any) -> str:
    """The messages that the next page will show."""
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def queries_of(client: Client, path: str) -> int:
    """How many queries it takes to answer a page that is there."""
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)
