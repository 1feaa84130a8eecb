"""People before the admin, without a browser."""

from typing import Any

from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.test import Client


def signed_in(user: User) -> Client:
    """A client that this user has signed in with."""
    client = Client()
    client.force_login(user)
    return client


def said(response: Any) -> str:
    """The messages that the next page will show."""
    return " ".join(str(message) for message in get_messages(response.wsgi_request))
