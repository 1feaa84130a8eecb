"""Every text that is marked for translation has a Korean one, and the compiled catalogs are in step.

After a change: `manage.py makemessages -l ko --no-location --no-obsolete`, translate, `manage.py compilemessages`.
"""

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[2]
APPS = ("netmanager", "inventory", "compliance", "jobs", "syslogd")
CALLS = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy"}
HANGUL = re.compile(r"[가-힣]")
LITERAL = r'((?:\s*"(?:[^"\\]|\\.)*"\s*)+)'
ENTRY = re.compile(rf"^msgid {LITERAL}(?:^msgid_plural {LITERAL})?^msgstr(?:\[0\])? {LITERAL}", re.MULTILINE)
FORMAT = re.compile(r"%\(\w+\)[sd]")
SAME_IN_KOREAN = {"SSH", "SNMP v2c", "SNMP v3", "VLANs", "NetManager, %(made_at)s"}


def catalog_of(app: str) -> Path:
    return ROOT / app / "locale" / "ko" / "LC_MESSAGES" / "django.po"


def written(app: str) -> dict[str, str]:
    """msgid -> Korean text of an app's .po file."""
    if not catalog_of(app).exists():
        return {}
    entries = ENTRY.findall(catalog_of(app).read_text())
    found = {_joined(one): _joined(korean) for one, _plural, korean in entries}
    found.pop("", None)
    return found


def compiled(app: str) -> dict[str, str]:
    """msgid -> Korean text of an app's .mo file, the form that the program reads."""
    if not catalog_of(app).exists():
        return {}
    with catalog_of(app).with_suffix(".mo").open("rb") as file:
        catalog = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    return {key[0] if isinstance(key, tuple) else key: text for key, text in catalog.items() if key}


def used(app: str) -> Iterator[tuple[str, str]]:
    """(file, msgid) of every marked text in an app's modules and templates."""
    for path in sorted((ROOT / app).rglob("*.py")):
        for msgid in in_python(path.read_text()):
            yield path.relative_to(ROOT).as_posix(), msgid
    for path in sorted((ROOT / app).rglob("templates/**/*.html")):
        for msgid in in_template(path.read_text()):
            yield path.relative_to(ROOT).as_posix(), msgid


def in_python(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


def in_template(source: str) -> Iterator[str]:
    """What Django's own extraction finds, which writes the marked texts as calls of gettext."""
    for literal in re.findall(
        r"\bn?gettext\(u?(\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')|\b_\((\"[^\"]*\")\)", templatize(source)
    ):
        yield ast.literal_eval(literal[0] or literal[1])


@pytest.mark.parametrize("app", APPS)
def test_it_has_a_korean_text_for_every_marked_one(app: str) -> None:
    known = {msgid for other in APPS for msgid, korean in written(other).items() if korean}
    assert [(path, msgid) for path, msgid in used(app) if msgid not in known] == []


@pytest.mark.parametrize("app", APPS)
def test_its_compiled_catalog_is_in_step(app: str) -> None:
    assert compiled(app) == written(app)


@pytest.mark.parametrize("app", APPS)
def test_it_keeps_the_placeholders(app: str) -> None:
    assert [
        msgid
        for msgid, korean in written(app).items()
        if sorted(FORMAT.findall(msgid)) != sorted(FORMAT.findall(korean))
    ] == []


@pytest.mark.parametrize("app", APPS)
def test_it_is_korean(app: str) -> None:
    foreign = {msgid for msgid, korean in written(app).items() if not HANGUL.search(korean)}
    assert foreign - SAME_IN_KOREAN == set()


def test_it_says_one_thing_one_way() -> None:
    """All apps share one catalog when the program runs, so two texts for one word would depend on their order."""
    several: dict[str, set[str]] = {}
    for app in APPS:
        for msgid, korean in written(app).items():
            several.setdefault(msgid, set()).add(korean)
    assert {msgid: texts for msgid, texts in several.items() if len(texts) > 1} == {}


def test_it_finds_marked_texts() -> None:
    assert list(in_python('x = _("one"); y = ngettext("two", "twos", n); z = other("three")')) == ["one", "two"]
    template = (
        "{% load i18n %}{% translate 'four' %}{% blocktranslate trimmed with a=b %}five {{ a }}{% endblocktranslate %}"
    )
    assert list(in_template(template)) == ["four", "five %(a)s"]


def _joined(literals: str) -> str:
    return "".join(ast.literal_eval(line) for line in re.findall(r'"(?:[^"\\]|\\.)*"', literals))
