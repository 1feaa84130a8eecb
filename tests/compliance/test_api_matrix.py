"""The matrix, the worst rules and the trend over REST."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from rest_framework.test import APIClient

from compliance.models import ComplianceDay, Rule, Standard
from compliance.scores import rescore
from inventory.models import Device
from tests import factories as make

pytestmark = pytest.mark.django_db
API = "/api/v1/compliance"


@pytest.fixture
def standard() -> Standard:
    Standard.objects.all().delete()
    return make.make_standard("Baseline")


@pytest.fixture
def client(standard: Standard) -> APIClient:
    return signed_in(make.make_viewer())


def signed_in(user: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(User.objects.get(pk=user.pk))
    return client


def judged(name: str, *states: str, **fields: Any) -> Device:
    standard = Standard.objects.get(name="Baseline")
    device = make.make_device(name, **fields)
    for number, state in enumerate(states):
        rule = Rule.objects.filter(rule_id=f"r{number}").first() or make.make_rule(standard, f"r{number}")
        make.make_result(device, rule, state)
    rescore([device.pk])
    return device


def test_it_tells_devices_by_standards_in_pages(client: APIClient, standard: Standard) -> None:
    site = make.make_site()
    make.make_standard("Other")
    judged("good", "pass", "waived")
    bad = judged("bad", "fail", "unknown", site=site, role="core")
    answer = client.get(f"{API}/matrix?limit=1").json()
    assert (answer["count"], answer["previous"]) == (2, None)
    assert answer["results"] == [
        {
            "device": bad.pk, "device_name": "bad", "site": site.pk, "role": "core", "platform": bad.platform,
            "score": 0,
            "cells": [{"standard": standard.pk, "passed": 0, "failed": 1, "unknown": 1, "waived": 0, "score": 0}],
        }
    ]  # fmt: skip
    first, other = answer["standards"]
    assert (first["slug"], first["devices"], first["passed"], first["score"]) == (standard.slug, 2, 1, 33)
    assert (other["devices"], other["score"]) == (0, None)
    (good,) = client.get(answer["next"]).json()["results"]
    assert (good["device_name"], good["cells"][0]["waived"]) == ("good", 1)


def test_it_narrows_as_the_page_does(client: APIClient, standard: Standard) -> None:
    judged("a", "pass", site=make.make_site())
    b = judged("b", "fail", role="core")

    def found(query: str) -> list[str]:
        return [one["device_name"] for one in client.get(f"{API}/matrix?{query}").json()["results"]]

    assert found("state=failing") == found("role=core") == found("search=B") == ["b"]
    assert found("ordering=name") == ["a", "b"]
    assert found(f"standard={standard.pk}&platform={b.platform}&format=json") == ["b", "a"]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("matrix?state=bad", "state"), ("matrix?standard=987654321", "standard"), ("matrix?site=x", "site"),
        ("matrix?ordering=score", "ordering"), ("matrix?limit=0", "limit"), ("matrix?colour=red", "colour"),
        ("trend?days=401", "days"), ("trend?standard=0", "standard"), ("worst-rules?limit=101", "limit"),
    ],
)  # fmt: skip
def test_it_refuses_by_name_what_it_does_not_know(client: APIClient, path: str, name: str) -> None:
    answer = client.get(f"{API}/{path}")
    assert (answer.status_code, list(answer.json())) == (400, [name])


def test_it_names_the_rules_that_fail_most(client: APIClient, standard: Standard) -> None:
    judged("a", "fail", "fail", role="core")
    judged("b", "fail")
    found = client.get(f"{API}/worst-rules").json()["results"]
    assert [(one["rule_id"], one["devices"], one["severity"]) for one in found] == [
        ("r0", 2, "high"),
        ("r1", 1, "high"),
    ]
    assert [one["devices"] for one in client.get(f"{API}/worst-rules?role=core&limit=1").json()["results"]] == [1]


def test_it_tells_the_trend_oldest_first(client: APIClient, standard: Standard) -> None:
    today = timezone.localdate()
    for number in range(3):
        ComplianceDay.objects.create(day=today - timedelta(days=number), devices=2, failed=number, score=90 - number)
    ComplianceDay.objects.create(day=today, standard=standard, devices=1, score=50)
    assert [one["score"] for one in client.get(f"{API}/trend").json()["results"]] == [88, 89, 90]
    assert [one["day"] for one in client.get(f"{API}/trend?days=1").json()["results"]] == [today.isoformat()]
    assert [one["score"] for one in client.get(f"{API}/trend?standard={standard.pk}").json()["results"]] == [50]


def test_it_tells_of_the_own_devices_only(standard: Standard) -> None:
    site = make.make_site("Alpha")
    judged("own", "fail", site=site)
    other = judged("foreign", "fail", site=make.make_site("Beta"))
    user = make.make_viewer()
    make.make_scope(user, sites=[site])
    client = signed_in(user)
    answer = client.get(f"{API}/matrix").json()
    assert ([one["device_name"] for one in answer["results"]], answer["standards"][0]["devices"]) == (["own"], 1)
    assert [one["devices"] for one in client.get(f"{API}/worst-rules").json()["results"]] == [1]
    assert client.get(f"{API}/matrix?site={other.site_id}").status_code == 400
    refused = client.get(f"{API}/trend")
    assert (refused.status_code, "whole network" in refused.json()["detail"]) == (403, True)
