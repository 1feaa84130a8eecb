"""The matrix over REST: devices by standards, the rules that fail most, and the trend."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from compliance import matrix
from compliance.models import ComplianceDay, Result, Standard
from compliance.trend import DAYS, MOST_DAYS, trend
from inventory.api.fields import OneOfField, RelatedId, RequestSerializer, TextField, WholeNumberField
from inventory.api.viewsets import NamedFormats
from inventory.models import Device, Site
from inventory.scope import access_of

MOST_RULES = 100
HIGHEST_OFFSET = 2**31


class StandardQuery(RequestSerializer):
    format = TextField(required=False, help_text="As for every address.")
    standard = RelatedId(
        queryset=Standard.objects.filter(enabled=True), required=False, help_text="One enabled standard; all of them."
    )


class DevicesQuery(StandardQuery):
    site = RelatedId(queryset=Site.objects.all(), required=False)
    role = TextField(required=False, max_length=50)
    platform = TextField(required=False, max_length=50, help_text="The platform's slug.")
    search = TextField(required=False, max_length=200, help_text="Part of the device's name.")

    def wanted(self) -> matrix.Wanted:
        """What is asked for, after validation."""
        told = self.validated_data
        site, standard = told.get("site"), told.get("standard")
        return matrix.Wanted(
            site=site.pk if site else None,
            role=told.get("role", ""),
            platform=told.get("platform", ""),
            standard=standard.pk if standard else None,
            state=told.get("state", ""),
            search=told.get("search", ""),
            order=told.get("ordering", matrix.WORST),
        )


class MatrixQuery(DevicesQuery):
    state = OneOfField(choices=matrix.STATES, required=False)
    ordering = OneOfField(choices=matrix.ORDERS, required=False, help_text="worst by default.")
    limit = WholeNumberField(min_value=1, max_value=1000, required=False, help_text="Devices a page, 50 by default.")
    offset = WholeNumberField(min_value=0, max_value=HIGHEST_OFFSET, required=False)


class WorstQuery(DevicesQuery):
    limit = WholeNumberField(min_value=1, max_value=MOST_RULES, default=matrix.WORST_RULES)


class TrendQuery(StandardQuery):
    days = WholeNumberField(min_value=1, max_value=MOST_DAYS, default=DAYS)


class TallySerializer(serializers.Serializer):
    passed = serializers.IntegerField()
    failed = serializers.IntegerField()
    unknown = serializers.IntegerField()
    waived = serializers.IntegerField()
    score = serializers.IntegerField(allow_null=True, help_text="Percent; null where nothing could be judged.")


class CellSerializer(TallySerializer):
    standard = serializers.IntegerField()


class ColumnSerializer(TallySerializer):
    """A standard with its sums over all chosen devices, not only over this page."""

    id = serializers.IntegerField()
    slug = serializers.CharField()
    name = serializers.CharField()
    devices = serializers.IntegerField(help_text="That it was held against.")


class LineSerializer(serializers.Serializer):
    device = serializers.IntegerField()
    device_name = serializers.CharField()
    site = serializers.IntegerField(allow_null=True)
    role = serializers.CharField()
    platform = serializers.CharField()
    score = serializers.IntegerField(allow_null=True, help_text="Over all enabled standards.")
    cells = CellSerializer(many=True, help_text="Of the standards that were held against the device.")


class MatrixSerializer(serializers.Serializer):
    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    standards = ColumnSerializer(many=True)
    results = LineSerializer(many=True)


class FailingRuleSerializer(serializers.Serializer):
    rule = serializers.IntegerField(source="rule.pk")
    rule_id = serializers.CharField(source="rule.rule_id")
    title = serializers.CharField(source="rule.title")
    severity = serializers.CharField(source="rule.severity")
    standard = serializers.IntegerField(source="rule.standard_id")
    standard_name = serializers.CharField(source="rule.standard.name")
    devices = serializers.IntegerField(help_text="That it fails on.")


class WorstRulesSerializer(serializers.Serializer):
    results = FailingRuleSerializer(many=True, help_text="Most devices first.")


class ComplianceDaySerializer(TallySerializer):
    day = serializers.DateField()
    devices = serializers.IntegerField(help_text="That were scanned.")


class ComplianceTrendSerializer(serializers.Serializer):
    results = ComplianceDaySerializer(many=True, help_text="Oldest first.")


class MatrixView(NamedFormats, GenericAPIView):
    queryset = Result.objects.all()
    filter_backends = ()
    required_permission = "compliance.view_result"

    def asked(self, query: type[StandardQuery]) -> Any:
        """The query parameters; raises ValidationError by the name of one that is wrong."""
        found = query(data=self.request.query_params.dict(), context={"request": self.request})
        found.is_valid(raise_exception=True)
        return found


class Matrix(MatrixView):
    """Active devices by enabled standards, worst first, with the sums of each standard."""

    serializer_class = MatrixSerializer

    @extend_schema(parameters=[MatrixQuery], responses=MatrixSerializer, operation_id="compliance_matrix")
    def get(self, request: Request) -> Response:
        wanted = self.asked(MatrixQuery).wanted()
        rows, columns = matrix.devices(wanted, request.user), matrix.standards(wanted)
        page = self.paginate_queryset(_short(matrix.ordered(rows, wanted))) or []
        lines = [_line(one) for one in matrix.lines(page, columns)]
        sums = [_column(one) for one in matrix.totals(rows, columns)]
        answer = {**self.get_paginated_response(lines).data, "standards": sums}
        return Response(MatrixSerializer(answer).data)


class WorstRules(MatrixView):
    """The rules that fail on most devices."""

    serializer_class = WorstRulesSerializer

    @extend_schema(parameters=[WorstQuery], responses=WorstRulesSerializer, operation_id="compliance_worst_rules")
    def get(self, request: Request) -> Response:
        query = self.asked(WorstQuery)
        wanted = query.wanted()
        rows, columns = matrix.devices(wanted, request.user), matrix.standards(wanted)
        found = matrix.worst_rules(rows, columns, query.validated_data["limit"])
        return Response(WorstRulesSerializer({"results": found}).data)


class Trend(MatrixView):
    """How the whole network stood day by day; for who sees every device."""

    serializer_class = ComplianceTrendSerializer

    @extend_schema(parameters=[TrendQuery], responses=ComplianceTrendSerializer, operation_id="compliance_trend")
    def get(self, request: Request) -> Response:
        query = self.asked(TrendQuery)
        if access_of(request.user) is not None:
            raise PermissionDenied("The trend is of the whole network; your access scopes show a part of it.")
        rows = trend(query.validated_data.get("standard"), query.validated_data["days"])
        return Response(ComplianceTrendSerializer({"results": [_day(row) for row in rows]}).data)


def _short(rows: QuerySet[Device]) -> QuerySet[Device]:
    return rows.only("name", "site_id", "role", "platform", "compliance_score")


def _counts(found: Any) -> dict[str, Any]:
    return {name: getattr(found, name) for name in ("passed", "failed", "unknown", "waived", "score")}


def _column(found: matrix.Column) -> dict[str, Any]:
    standard = found.standard
    named = {"id": standard.pk, "slug": standard.slug, "name": standard.name, "devices": found.devices}
    return {**named, **_counts(found.sums)}


def _line(line: matrix.Line) -> dict[str, Any]:
    device = line.device
    return {
        "device": device.pk,
        "device_name": device.name,
        "site": device.site_id,
        "role": device.role,
        "platform": device.platform,
        "score": device.compliance_score,
        "cells": [{"standard": standard.pk, **_counts(found)} for standard, found in line.cells if found],
    }


def _day(row: ComplianceDay) -> dict[str, Any]:
    return {"day": row.day, "devices": row.devices, **_counts(row)}
