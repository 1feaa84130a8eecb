"""Failed logins to NetManager itself, and which are locked. Deleting one releases it. Tokens have no page."""

import rest_framework_simplejwt.token_blacklist.admin  # noqa: F401  registers what is taken back below
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy, ngettext
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from unfold.admin import ModelAdmin
from unfold.decorators import action, display

from inventory import audit
from inventory.admin.columns import aged
from inventory.display import visible

admin.site.unregister(BlacklistedToken)
admin.site.unregister(OutstandingToken)


@admin.register(AccessAttempt)
class LoginAttemptAdmin(ModelAdmin):
    list_display = ("name", "ip_address", "failures_since_start", aged(AccessAttempt, "attempt_time"), "locked_until")
    list_display_links = ("name",)
    search_fields = ("username", "ip_address")
    actions = ("release",)
    fields = ("name", "ip_address", "user_agent", "path_info", "failures_since_start", "attempt_time", "locked_until")
    readonly_fields = fields
    ordering = ("-attempt_time",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: AccessAttempt | None = None) -> bool:
        return False

    @display(description=gettext_lazy("user name"), ordering="username")
    def name(self, attempt: AccessAttempt) -> str:
        return visible(attempt.username or "-")

    @display(description=gettext_lazy("locked until"))
    def locked_until(self, attempt: AccessAttempt) -> SafeString | str:
        until = attempt.attempt_time + settings.AXES_COOLOFF_TIME
        if attempt.failures_since_start < settings.AXES_FAILURE_LIMIT or until < timezone.now():
            return ""
        return f"{timezone.localtime(until):%Y-%m-%d %H:%M:%S %Z}"

    def delete_model(self, request: HttpRequest, obj: AccessAttempt) -> None:
        _release(AccessAttempt.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[AccessAttempt]) -> None:
        _release(queryset)

    @action(description=gettext_lazy("Release: let them log in again"), permissions=["delete"])
    def release(self, request: HttpRequest, chosen: QuerySet[AccessAttempt]) -> None:
        """Forget the failures of these names from these addresses, whatever browsers they came from."""
        pairs = set(chosen.values_list("username", "ip_address"))
        for username, address in pairs:
            _release(AccessAttempt.objects.filter(username=username, ip_address=address))
        sentence = ngettext("%(count)d login is released.", "%(count)d logins are released.", len(pairs))
        messages.success(request, sentence % {"count": len(pairs)})


@transaction.atomic
def _release(attempts: QuerySet[AccessAttempt]) -> None:
    """Forget failures, and tell who released whom. A name that is nobody's may be a password: it is not kept."""
    known = set(User.objects.filter(username__in=attempts.values("username")).values_list("username", flat=True))
    for attempt in attempts:
        name = attempt.username if attempt.username in known else ""
        gone = {"username": [name, None], "ip_address": [str(attempt.ip_address), None]}
        audit.record(attempt, audit.Action.DELETE, gone, verb="release")
    attempts.delete()
