"""The runbook tells the truth: same pages in both languages, harmless commands run, names that exist."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import get_commands
from django.utils import translation

from netmanager.admin.navigation import GROUPS
from tests.house import ROOT, product_files

RUNBOOK = ROOT / "runbook"
LANGUAGES = ("en", "ko")
PAGES = sorted(path.name for path in (RUNBOOK / "en").glob("*.md"))
BLOCK = re.compile(r"^ *```(\w+)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
DOCUMENTED = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / "compose" / ".env.example").read_text(), re.MULTILINE))


def text_of(language: str, page: str) -> str:
    return (RUNBOOK / language / page).read_text()


def blocks(language: str, page: str) -> list[tuple[str, str]]:
    """(language of the block, its text) without the indentation of lists."""
    return [
        (kind, re.sub(r"^ +", "", body, flags=re.MULTILINE)) for kind, body in BLOCK.findall(text_of(language, page))
    ]


def console_sessions() -> list[tuple[str, list[str]]]:
    """Every `$ command` of the console blocks, with the output lines shown under it."""
    sessions: dict[str, list[str]] = {}
    for page in PAGES:
        for kind, body in blocks("en", page):
            for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:] if kind == "console" else []:
                command, *output = part.strip().splitlines()
                sessions[command] = output
    return sorted(sessions.items())


def test_both_languages_have_the_same_pages() -> None:
    assert sorted(path.name for path in (RUNBOOK / "ko").glob("*.md")) == PAGES
    assert "README.md" in PAGES


@pytest.mark.parametrize("page", PAGES)
def test_both_languages_say_the_same(page: str) -> None:
    english, korean = text_of("en", page), text_of("ko", page)
    assert blocks("en", page) == blocks("ko", page)
    assert re.findall(r"^#+ ", english, re.MULTILINE) == re.findall(r"^#+ ", korean, re.MULTILINE)
    assert sorted(set(re.findall(r"\]\(([^)]+)\)", english))) == sorted(set(re.findall(r"\]\(([^)]+)\)", korean)))
    assert len(re.findall(r"^\|", english, re.MULTILINE)) == len(re.findall(r"^\|", korean, re.MULTILINE))
    assert sorted(set(re.findall(r"`[^`\n]+`", english))) == sorted(set(re.findall(r"`[^`\n]+`", korean)))


@pytest.mark.parametrize(("command", "output"), console_sessions())
def test_a_console_command_does_what_the_page_shows(command: str, output: list[str], tmp_path: Path) -> None:
    environment = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "DATA_DIR": str(tmp_path)}
    done = subprocess.run(["sh", "-c", command], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert [line for line in output if line not in done.stdout + done.stderr] == []


def test_the_generated_key_is_accepted_as_one(tmp_path: Path) -> None:
    def manage(*arguments: str, **environment: str) -> str:
        environment |= {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path)}
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout

    key = manage("generate_field_encryption_key").strip()
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}=", key)
    assert key != manage("generate_field_encryption_key").strip()
    manage("check", FIELD_ENCRYPTION_KEY=key)


@pytest.mark.parametrize("page", PAGES)
def test_every_name_on_a_page_exists(page: str) -> None:
    text = text_of("en", page)
    assert set(re.findall(r"manage\.py (\w+)", text)) <= set(get_commands())
    assert {link for link in re.findall(r"\]\(([^)#]+)\)", text) if not (RUNBOOK / "en" / link).exists()} == set()
    variables = set(re.findall(r"`([A-Z]+_[A-Z_]+)`", text)) - DOCUMENTED
    assert {name for name in variables if name.removesuffix("_FILE") not in DOCUMENTED | {"NAME"}} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_variable_has_its_row(language: str) -> None:
    rows = set(re.findall(r"^\| `([A-Z_]+)` \|", text_of(language, "environment.md"), re.MULTILINE))
    assert rows == DOCUMENTED


@pytest.mark.parametrize("page", PAGES)
def test_it_calls_places_and_buttons_of_the_admin_as_the_admin_does(page: str) -> None:
    named = set(re.findall(r"\*\*([A-Z][\w ]+)\*\*", text_of("en", page)))
    places = {str(entry.title) for _group, entries in GROUPS for entry in entries}
    with translation.override("ko"):
        korean = {translation.gettext(name) for name in named}
        assert {name for name in named - places if translation.gettext(name) == name} == set()  # no words of the admin
    assert {name for name in korean if f"**{name}**" not in text_of("ko", page)} == set()


def test_every_sentence_it_explains_is_one_a_device_can_cause() -> None:
    table = text_of("en", "troubleshooting.md").split("| sentence begins or says |")[1].split("\n\n")[0]
    quoted = [row.split("|")[1] for row in table.splitlines()[2:]]
    source = "".join((ROOT / path).read_text() for path in product_files())
    parts = [part.strip() for cell in quoted for part in re.split(r";|\.\.\.", cell) if part.strip()]
    assert [part for part in parts if part not in source] == []
    assert all(cell in text_of("ko", "troubleshooting.md") for cell in quoted)


@pytest.mark.parametrize("page", PAGES)
def test_the_korean_pages_are_korean(page: str) -> None:
    prose = re.sub(r"```.*?```|`[^`]*`", "", text_of("ko", page), flags=re.DOTALL)
    assert len(re.findall(r"[가-힣]", prose)) > len(re.findall(r"[A-Za-z]", prose)) / 2
