"""Filters of the job list."""

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from jobs.admin.words import KINDS, ROUTINE, words_of
from jobs.models import Job
from jobs.operations import operations


class KindFilter(DropdownFilter):
    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind, str(words_of(kind).title)) for kind in (*KINDS, *(operations().keys() - KINDS.keys()))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


class RoutineFilter(DropdownFilter):
    """Monitoring runs every minute: without being asked for, it and its like are left out."""

    title = _("routine work")
    parameter_name = "routine"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("too", str(_("shown too"))), ("only", str(_("shown only")))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        if self.value() == "only":
            return queryset.filter(kind__in=ROUTINE)
        if self.value() == "too" or request.GET.get(KindFilter.parameter_name) in ROUTINE:
            return queryset
        return queryset.exclude(kind__in=ROUTINE)


class TodayFilter(DropdownFilter):
    title = _("started")
    parameter_name = "since"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("day", str(_("in the last 24 hours")))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        if self.value() == "day":
            return queryset.filter(created_at__gte=timezone.now() - timedelta(days=1))
        return queryset
