"""What every list and page of the admin has in common: rows outside of the user's access scopes are not there."""

from typing import Any

from django import forms
from django.db.models import Field, ForeignKey, ManyToManyField, Model, QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import RelatedDropdownFilter

from inventory.models.guarded import Guarded
from inventory.scope import Somebody, access_of, may_touch, place_errors, scoped


class PlacedForm(forms.ModelForm):
    """Refuses, at the field, a row that would lie outside of the user's access scopes."""

    user: Somebody = None

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        errors = {} if self.errors else place_errors(self.instance, self.user)
        for name, sentence in errors.items():
            self.add_error(name if name in self.fields else None, sentence)


class ScopedAdmin(ModelAdmin):
    """The base of our admin pages: also a noun that is not about devices is deleted together with rows that are."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return scoped(super().get_queryset(request), request.user)

    def get_form(
        self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm]:
        form = super().get_form(request, obj, change, **kwargs)
        return type(form.__name__, (PlacedForm, form), {"user": request.user})

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or may_touch(obj, request.user))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or may_touch(obj, request.user))

    def formfield_for_foreignkey(
        self, db_field: "ForeignKey[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> forms.ModelChoiceField | None:
        return own_choices(super().formfield_for_foreignkey(db_field, request, **kwargs), request)

    def formfield_for_manytomany(
        self, db_field: "ManyToManyField[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> forms.ModelMultipleChoiceField | None:
        return own_choices(super().formfield_for_manytomany(db_field, request, **kwargs), request)

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """To somebody with scopes without what goes with the rows: a cable tells of the device at its other end."""
        rows = list(objs)
        to_delete, counts, needed, protected = super().get_deleted_objects(rows, request)
        if access_of(request.user) is not None:
            to_delete = [str(row) for row in rows]
        kept = [sentence for row in rows if isinstance(row, Guarded) and (sentence := row.refusal())]
        return to_delete, counts, needed | self.beyond(rows, request), [*protected, *kept]

    def beyond(self, rows: Any, request: HttpRequest) -> set[str]:
        """The noun, where one of the rows is about more than the user has."""
        return set() if all(may_touch(row, request.user) for row in rows) else {str(self.opts.verbose_name)}


def own_choices(field: Any, request: HttpRequest) -> Any:
    """The form field with the rows that the user may see."""
    if field is not None:
        field.queryset = scoped(field.queryset, request.user)
    return field


class OwnRelatedFilter(RelatedDropdownFilter):
    """A list's filter by what rows belong to; offers what the user may see."""

    def field_choices(self, field: Field, request: HttpRequest, model_admin: Any) -> list[Any]:
        rows = scoped(field.related_model._default_manager.all(), request.user)  # type: ignore[union-attr]
        ordering = self.field_admin_ordering(field, request, model_admin)
        own = {"pk__in": rows.order_by().values("pk")}
        return list(field.get_choices(include_blank=False, ordering=ordering, limit_choices_to=own))
