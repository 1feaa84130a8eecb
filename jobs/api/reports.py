"""Reports over REST: what is small comes at once, what is large as a job whose file is fetched when it is there."""

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView, get_object_or_404
from rest_framework.request import Request

from compliance.export import ComplianceReport
from inventory.api.exports import REPORT_FILES, Exports, PdfRenderer, XlsxRenderer, chosen_format, report_file
from inventory.api.fields import RelatedId
from inventory.api.viewsets import NamedFormats
from inventory.export import InventoryReport
from inventory.models import Device
from inventory.report import Report
from inventory.scope import scoped
from jobs.api.launches import LaunchedSerializer, launched
from jobs.api.refusals import refusals
from jobs.reporting import job_if_large

ANSWERS = {**REPORT_FILES, (202, "application/json"): LaunchedSerializer}


class ReportView(NamedFormats, Exports, GenericAPIView):
    """A report as a file. A large one is made as a job: 202, and its file is under jobs/{id}/file."""

    renderer_classes = [XlsxRenderer, PdfRenderer]
    kind = ""

    def answer(self, request: Request, report: Report, device: Device | None) -> HttpResponseBase:
        """The file, or the job that makes it."""
        form = chosen_format(request)
        with refusals():
            job = job_if_large(self.kind, report, form, device, request.user)  # type: ignore[arg-type]
        return launched(request, job) if job else report_file(report, form)


class ReportQuery(serializers.Serializer):
    device_id = RelatedId(queryset=Device.objects.all(), required=False, help_text="One device; all by default.")


class Compliance(ReportView):
    """The compliance report: sums first, then every result (XLSX), or what did not pass (PDF)."""

    serializer_class = ReportQuery
    required_permission = "compliance.view_result"
    kind = "compliance_report"

    @extend_schema(parameters=[ReportQuery], responses=ANSWERS)
    def get(self, request: Request) -> HttpResponseBase:
        """Of one device, or of all active ones."""
        query = ReportQuery(data=request.query_params.dict(), context={"request": request})
        query.is_valid(raise_exception=True)
        device = query.validated_data.get("device_id")
        return self.answer(request, ComplianceReport(device, request.user), device)


class Inventory(ReportView):
    """Everything known about one device."""

    serializer_class = serializers.Serializer
    required_permission = "inventory.view_device"
    kind = "inventory_report"

    def get_queryset(self) -> QuerySet[Device]:
        """Those that the user may see."""
        return scoped(Device.objects.select_related("site"), self.request.user)

    @extend_schema(responses=ANSWERS)
    def get(self, request: Request, pk: int) -> HttpResponseBase:
        """As a workbook or on paper."""
        device = get_object_or_404(self.get_queryset(), pk=pk)
        return self.answer(request, InventoryReport(device), device)
