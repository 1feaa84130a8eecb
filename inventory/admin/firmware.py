"""Software images: uploaded with a check of what came, downloaded by who may see them."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db import models
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from inventory.admin.columns import aged
from inventory.admin.scoped import ScopedAdmin
from inventory.firmware import Refused, as_file, checked, is_full, kept_or_gone
from inventory.models import FirmwareImage


class FirmwareForm(forms.ModelForm):
    """Refuses what is not kept, at the field."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        file = cleaned.get("file")
        if isinstance(file, UploadedFile):
            try:
                self.instance.sha256 = checked(file, among=FirmwareImage.objects.exclude(pk=self.instance.pk))
                self.instance.size = file.size
            except Refused as error:
                self.add_error("file", str(error))
        return cleaned


@admin.register(FirmwareImage)
class FirmwareImageAdmin(ScopedAdmin):
    form = FirmwareForm
    list_display = ("name", "platform", "version", "size", "sha256", aged(FirmwareImage, "uploaded_at"), "download")
    list_filter = ("platform",)
    search_fields = ("name", "platform", "version", "sha256")
    readonly_fields = ("size", "sha256", "download")
    formfield_overrides = {models.FileField: {"widget": forms.FileInput}}

    @display(description=gettext_lazy("Download"))
    def download(self, image: FirmwareImage) -> SafeString | str:
        if not image.file:
            return ""
        url = reverse("admin:inventory_firmwareimage_download", args=[image.pk])
        return format_html('<a class="nm-button" href="{}">{}</a>', url, _("Download"))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.download_view)
        return [path("<int:pk>/download/", view, name="inventory_firmwareimage_download"), *super().get_urls()]

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except OSError as error:
            if not is_full(error):
                raise
            messages.error(
                request,
                _("There is no room for this file in FIRMWARE_STORAGE; free some and send it again."),
            )
            return HttpResponseRedirect(reverse("admin:inventory_firmwareimage_changelist"))

    def save_model(self, request: HttpRequest, obj: FirmwareImage, form: Any, change: bool) -> None:
        with kept_or_gone(obj):
            super().save_model(request, obj, form, change)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[FirmwareImage]) -> None:
        """One by one, for each takes its file along."""
        for image in queryset:
            image.delete()

    def download_view(self, request: HttpRequest, pk: int) -> FileResponse:
        """The file itself."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        image = self.get_queryset(request).filter(pk=pk).first()
        try:
            if image is not None:
                return as_file(image)
        except FileNotFoundError:
            pass
        raise Http404
