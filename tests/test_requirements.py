"""requirements*.txt name, pinned, what the code imports; constraints.txt agrees with them."""

import re
import sys
from collections.abc import Iterable
from importlib.metadata import packages_distributions

from tests.house import FLOORS, ROOT, imports, product_files

OWN = {*FLOORS, "tests", "compose"}
BY_MODULE = packages_distributions()
# Brought along by the library they belong to, and imported by name only in the one place that needs them.
PART_OF = {
    "kombu": "celery",
    "paramiko": "netmiko",
    "pyeapi": "napalm",
    "ncclient": "napalm",
    "prometheus-client": "django-prometheus",
    "fernet-fields": "djfernet-redux",
}


def plain(name: str) -> str:
    """A distribution's name as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(*files: str) -> dict[str, str]:
    """Distribution -> version of every line; the line must pin exactly one version."""
    found = {}
    for file in files:
        for line in (ROOT / file).read_text().splitlines():
            text = line.split("#")[0].strip()
            if text and not text.startswith("-"):
                match = re.fullmatch(r"([\w.-]+)(?:\[[\w,]+\])?==([\w.]+)", text)
                assert match, f"{file}: {line!r} does not pin one version"
                found[plain(match[1])] = match[2]
    return found


def distributions(paths: Iterable[str]) -> dict[str, str]:
    """Distribution -> one file that imports from it."""
    found = {}
    for path in paths:
        for one in imports(path, (ROOT / path).read_text()):
            top = one.top.removesuffix(".py")
            if top not in OWN and top not in sys.stdlib_module_names:
                names = {plain(name) for name in BY_MODULE.get(top, [top])}
                found |= {PART_OF.get(name, name): path for name in names}
    return found


def test_the_product_imports_only_what_its_requirements_pin() -> None:
    pinned = pins("requirements.txt", "requirements-easysnmp.txt")
    assert {name: path for name, path in distributions(product_files()).items() if name not in pinned} == {}


def test_the_lab_needs_only_its_own_few() -> None:
    files = (path.relative_to(ROOT).as_posix() for path in (ROOT / "tests" / "lab").rglob("*.py"))
    assert set(distributions(files)) <= set(pins("requirements-lab.txt"))


def test_the_tests_import_only_what_is_pinned() -> None:
    pinned = pins("requirements.txt", "requirements-easysnmp.txt", "requirements-lab.txt", "requirements-dev.txt")
    files = (path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("*.py"))
    assert {name: path for name, path in distributions(files).items() if name not in pinned} == {}


def test_the_constraints_agree_with_the_pins() -> None:
    constrained = pins("constraints.txt")
    pinned = pins("requirements.txt", "requirements-lab.txt", "requirements-dev.txt")
    assert {name: version for name, version in pinned.items() if constrained.get(name) != version} == {}
