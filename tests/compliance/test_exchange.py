"""Standards as files: out as YAML, in again as one's own, and what is refused."""

from typing import Any

import pytest
import yaml
from django.test import Client

from compliance.exchange import export_standard, import_standard
from compliance.models import Result, Rule, Standard
from compliance.rulebook import parse_standard
from tests import factories as make
from tests.visitors import signed_in

pytestmark = pytest.mark.django_db
API = "/api/v1/standards"


def put(client: Client, text: str) -> Any:
    return client.post(f"{API}/import", {"yaml": text}, content_type="application/json")


@pytest.mark.parametrize("slug", ["hardening-baseline", "ios-hardening", "nxos-hardening"])
def test_what_is_written_is_read_again_rule_by_rule(slug: str) -> None:
    standard = Standard.objects.get(slug=slug)
    file = parse_standard(export_standard(standard), "again")
    stored = {rule.rule_id: rule.compiled() for rule in standard.rules.all()}
    assert {entry.rule.id: entry.rule for entry in file.rules} == stored
    assert (file.slug, file.name, file.version) == (standard.slug, standard.name, standard.version)


def test_it_travels_over_rest(as_admin: Client) -> None:
    shipped = Standard.objects.get(slug="hardening-baseline")
    file = as_admin.get(f"{API}/{shipped.pk}/export")
    assert file["Content-Disposition"] == 'attachment; filename="hardening-baseline.yaml"'
    text = file.content.decode().replace("slug: hardening-baseline\n", "slug: ours\n", 1)
    made = put(as_admin, text)
    assert (made.status_code, made.json()["shipped"]) == (201, False)
    ours = Standard.objects.get(slug="ours")
    assert ours.rules.count() == shipped.rules.count()
    assert put(as_admin, text).status_code == 200
    assert put(signed_in(make.make_viewer()), text).status_code == 403


def test_a_rule_that_keeps_its_id_keeps_its_results(as_admin: Client) -> None:
    first = make.make_rule()
    second = make.make_rule(first.standard)
    for rule in (first, second):
        make.make_result(make.make_device(), rule)
    file = yaml.safe_load(export_standard(first.standard))
    file["rules"] = [{**file["rules"][0], "title": "Another title"}]
    standard, new = import_standard(yaml.safe_dump(file))
    assert not new
    assert [rule.title for rule in standard.rules.all()] == ["Another title"]
    assert [result.rule_id for result in Result.objects.all()] == [standard.rules.get().pk]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "may not be blank"),
        ("slug: [", "the file: not readable as YAML"),
        ("slug: a\nname: A\nversion: '1'\nrules: []", "the file: rules must be a list with at least one rule"),
        ("!!python/object/apply:os.system [id]", "the file: not readable as YAML"),
        ("{}", "the file: rules must be a list"),
    ],
)
def test_it_refuses_what_is_no_standard(as_admin: Client, text: str, sentence: str) -> None:
    before = Rule.objects.count()
    refused = put(as_admin, text)
    assert refused.status_code == 400
    assert sentence in refused.json()["yaml"][0]
    assert Rule.objects.count() == before


def test_it_does_not_replace_what_comes_with_the_program(as_admin: Client) -> None:
    shipped = Standard.objects.get(slug="hardening-baseline")
    refused = put(as_admin, export_standard(shipped))
    assert "comes with the program; give yours another one" in refused.json()["yaml"][0]
    shipped.refresh_from_db()
    assert shipped.shipped


def test_texts_of_several_lines_can_be_edited(db: None) -> None:
    rule = make.make_rule(remediation="line vty 0 15\n transport input ssh", definition={"matches": "^a: #'\\\\d"})
    text = export_standard(rule.standard)
    assert "  remediation: |-\n    line vty 0 15\n     transport input ssh\n" in text
    assert parse_standard(text, "x").rules[0].rule == rule.compiled()
