"""The arrows of the house as data, and one reader that holds every import of the product against them."""

import ast
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FLOORS = ("inventory", "compliance", "jobs", "syslogd", "netmanager")  # each may import itself and those before it

TASKS = ("*/tasks.py",)
DOORS = ("*/admin*", "*/api*", "*/management/commands/*", *TASKS)
MODELS = ("*/models.py", "*/models/*", "*/fields.py", "inventory/scope.py")
PURE = (
    "inventory/__init__.py",
    "inventory/keyring.py",
    "inventory/secrets.py",
    "inventory/errors.py",
    "inventory/facts.py",
    "inventory/sentences.py",
    "inventory/topology.py",
    "inventory/platforms/*",
    "inventory/parsing/*",
    "inventory/vlans/*",
    "inventory/discovery/__init__.py",
    "inventory/discovery/addresses.py",
    "inventory/discovery/fingerprint.py",
    "inventory/discovery/identity.py",
    "compliance/__init__.py",
    "compliance/banners.py",
    "compliance/changed.py",
    "compliance/drift.py",
    "compliance/engine.py",
    "compliance/parsed_config.py",
    "compliance/proposal.py",
    "compliance/remediation.py",
    "compliance/rulebook.py",
    "compliance/rules.py",
    "compliance/scoring.py",
    "compliance/scope.py",
    "compliance/sections.py",
    "compliance/vlans.py",
    "compliance/written_anew.py",
    "jobs/__init__.py",
    "jobs/digest.py",
    "jobs/outcome.py",
    "syslogd/__init__.py",
    "syslogd/batch.py",
    "syslogd/events.py",
    "syslogd/framing.py",
    "syslogd/parser/*",
    "syslogd/parser.py",
)
# Clock, network, processes and chance: what lets the same input give another answer.
IMPURE = {
    "asyncio", "getpass", "http", "multiprocessing", "os", "random", "secrets", "select", "shutil", "signal", "smtplib",
    "socket", "socketserver", "sqlite3", "ssl", "subprocess", "tempfile", "threading", "urllib",
}  # fmt: skip
CLOCK_READS = {"now", "utcnow", "today"}
STOP_WATCHES = {"monotonic", "perf_counter", "process_time"}  # of `time`: a time limit is no reading of the clock
PURE_LIBRARIES = {
    "cryptography", "hier_config", "jinja2", "msgpack", "netutils", "regex", "textfsm", "yaml", "zstandard",
}  # fmt: skip

CELERY_PLACES = ("netmanager/*", "jobs/schedule.py", "syslogd/hand_over.py", *TASKS)
TASK_CALLERS = ("netmanager/*", "jobs/launch.py", "jobs/schedule.py", "syslogd/hand_over.py")
# library -> the only places that import it
OWNERS = {
    "gufo": ("inventory/snmp/client.py",),
    "easysnmp": ("inventory/snmp/*",),
    "napalm": ("inventory/drivers/*",),
    "netmiko": ("inventory/drivers/*",),
    "paramiko": ("inventory/drivers/*",),
    "pyeapi": ("inventory/drivers/*",),
    "hier_config": ("compliance/remediation.py",),
    "celery": CELERY_PLACES,
    "kombu": CELERY_PLACES,
}


@dataclass(frozen=True, slots=True)
class Import:
    """One import of `path`: `target` is a file of the product, or the name of a library."""

    path: str
    line: int
    target: str

    @property
    def floor(self) -> str:
        """The app that imports."""
        return self.path.split("/")[0]

    @property
    def top(self) -> str:
        """The app or library that is imported."""
        return self.target.split("/")[0]


def product_files() -> Iterator[str]:
    """Every Python file of the product by its path below the checkout, migrations apart."""
    for app in FLOORS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path.relative_to(ROOT).as_posix()


def imports(path: str, source: str) -> Iterator[Import]:
    """Every import of a file, also those inside functions and under TYPE_CHECKING."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (Import(path, node.lineno, _target(alias.name)) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(path, node)
            yield from (Import(path, node.lineno, _target(base, alias.name)) for alias in node.names)


def wrong_imports(path: str, source: str) -> list[str]:
    """What a file imports (or, when pure, reads) against the arrows, a sentence each."""
    broken = [f"{path}:{one.line} imports {one.target}: {why}" for one in imports(path, source) for why in _why(one)]
    if fits(path, PURE):
        broken += [f"{path}:{line} reads the clock: a pure module is given the time" for line in _clock_reads(source)]
    return sorted(set(broken))


def fits(path: str, patterns: Iterable[str]) -> bool:
    """Whether a path matches one of the patterns."""
    return any(fnmatch(path, pattern) for pattern in patterns)


def _why(one: Import) -> Iterator[str]:
    if one.top in FLOORS:
        yield from _why_not_this_module(one)
    elif one.top in OWNERS and not fits(one.path, OWNERS[one.top]):
        yield f"only {' and '.join(OWNERS[one.top])} may"
    if fits(one.path, PURE) and not _is_pure(one):
        yield "a pure module knows the standard library without clock and network, and pure sisters"


def _why_not_this_module(one: Import) -> Iterator[str]:
    if one.path == "netmanager/settings.py":
        yield "the settings know no app"
    if FLOORS.index(one.top) > FLOORS.index(one.floor):
        yield f"{one.floor} stands below {one.top} and does not know it"
    if fits(one.target, TASKS):
        if not fits(one.path, TASK_CALLERS):
            yield "tasks are called from jobs/launch.py only"
    elif fits(one.target, DOORS) and not fits(one.path, (*DOORS, "netmanager/*")):
        yield "a verb does not know the doors (admin, api, commands) that call it"
    if fits(one.path, MODELS) and not fits(one.target, (*MODELS, *PURE)):
        yield "models know models, fields and pure modules"


def _is_pure(one: Import) -> bool:
    if one.top in FLOORS:
        return fits(one.target, PURE)
    return one.top in PURE_LIBRARIES or (one.top in sys.stdlib_module_names and one.top not in IMPURE)


def _target(module: str, name: str = "") -> str:
    """The file of the product that `from module import name` reads, or the library's name."""
    if module.split(".")[0] not in FLOORS:
        return module.split(".")[0]
    package = module.replace(".", "/")
    for place in (f"{package}/{name}", package) if name else (package,):
        for file in (f"{place}.py", f"{place}/__init__.py"):
            if (ROOT / file).is_file():
                return file
    return f"{package}.py"


def _absolute(path: str, node: ast.ImportFrom) -> str:
    package = path.removesuffix(".py").split("/")[: -node.level] if node.level else []
    return ".".join([*package, *([node.module] if node.module else [])])


def _clock_reads(source: str) -> Iterator[int]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute):
            of_time = isinstance(node.value, ast.Name) and node.value.id == "time"
            if node.attr in CLOCK_READS or (of_time and node.attr not in STOP_WATCHES):
                yield node.lineno


def strings_and_names(source: str) -> Iterator[tuple[int, str]]:
    """Identifiers, and texts of one word (slugs and keys; a sentence may give an example), with their lines."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value.split()) == 1:
            yield node.lineno, node.value
        for field in ("id", "name", "arg", "attr"):
            name = getattr(node, field, None)
            if isinstance(name, str):
                yield getattr(node, "lineno", 0), name
