"""Syslog over REST. A message stands in no list of all: what is asked for has a window of time."""

from django.urls import path
from rest_framework.viewsets import ViewSetMixin

from syslogd.api.messages import Message, Messages, Stats
from syslogd.api.receivers import Receivers

VIEWSETS: dict[str, type[ViewSetMixin]] = {}
urlpatterns = [
    path("syslog/messages", Messages.as_view(), name="syslog-messages"),
    path("syslog/messages/<int:pk>", Message.as_view(), name="syslog-message"),
    path("syslog/stats", Stats.as_view(), name="syslog-stats"),
    path("syslog/receivers", Receivers.as_view({"get": "list"}), name="syslog-receivers"),
]
