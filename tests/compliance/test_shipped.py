"""Shipped standards come and are renewed; what belongs to the operators stays."""

from pathlib import Path

import pytest
import yaml
from django.apps import apps
from django.db.models.signals import post_migrate

from compliance.models import Result, Rule, Standard
from compliance.rules import RuleError
from compliance.shipped import load_standards
from tests.factories import CAPTURED, make_device

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, version="1", rules={"ssh": "ip ssh version 2", "ntp": "ntp server 10.0.0.1"})
    return tmp_path


def write(folder: Path, version: str, rules: dict[str, str]) -> None:
    entries = [
        {"id": rule, "title": rule, "severity": "low", "platforms": ["cisco_ios"], "check": {"contains": line}}
        for rule, line in rules.items()
    ]
    text = yaml.safe_dump({"slug": "house", "name": "House", "version": version, "rules": entries})
    (folder / "house.yaml").write_text(text)


def test_it_brings_the_baseline_along_with_the_migration() -> None:
    standard = Standard.objects.get(slug="hardening-baseline")
    assert (standard.shipped, standard.enabled) == (True, True)
    assert standard.rules.count() > 60


def test_it_loads_after_each_migration_of_the_app() -> None:
    Standard.objects.all().delete()
    config = apps.get_app_config("compliance")
    post_migrate.send(config, app_config=config, using="default", apps=apps, verbosity=0, interactive=False, plan=[])
    assert Standard.objects.filter(slug="hardening-baseline").exists()


def test_it_creates_a_standard_once(folder: Path) -> None:
    assert load_standards(folder) == ("house",)
    assert load_standards(folder) == ()
    assert list(Rule.objects.filter(standard__slug="house").values_list("rule_id", flat=True)) == ["ntp", "ssh"]


def test_it_renews_a_standard_and_keeps_its_switch_and_the_results_of_rules_that_stay(folder: Path) -> None:
    load_standards(folder)
    Standard.objects.filter(slug="house").update(enabled=False)
    stays, goes = Rule.objects.get(rule_id="ssh"), Rule.objects.get(rule_id="ntp")
    for rule in (stays, goes):
        Result.objects.create(device=make_device(), rule=rule, state="pass", checked_at=CAPTURED, changed_at=CAPTURED)
    write(folder, version="2", rules={"ssh": "ip ssh version 3", "aaa": "aaa new-model"})
    assert load_standards(folder) == ("house",)
    standard = Standard.objects.get(slug="house")
    assert (standard.version, standard.enabled) == ("2", False)
    rules = {rule.rule_id: rule for rule in standard.rules.all()}
    assert set(rules) == {"ssh", "aaa"}
    assert (rules["ssh"].pk, rules["ssh"].definition) == (stays.pk, {"contains": "ip ssh version 3"})
    assert rules["ssh"].updated_at > stays.updated_at
    assert [result.rule for result in Result.objects.all()] == [stays]


def test_it_leaves_a_standard_of_the_operators_alone(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    own = Standard.objects.create(slug="house", name="Ours")
    Rule.objects.create(standard=own, rule_id="ours", title="ours", definition={"contains": "x"})
    assert load_standards(folder) == ()
    own.refresh_from_db()
    assert (own.name, own.shipped, own.rules.get().rule_id) == ("Ours", False, "ours")
    assert "standard house: the operators have one of this name, the shipped one is not loaded" in caplog.text


def test_it_stores_nothing_when_one_file_is_wrong(folder: Path) -> None:
    (folder / "wrong.yaml").write_text("slug: wrong\nname: Wrong\nversion: '1'\nrules: none\n")
    with pytest.raises(RuleError, match=r"wrong\.yaml: rules must be a list with at least one rule"):
        load_standards(folder)
    assert not Standard.objects.filter(slug="house").exists()
