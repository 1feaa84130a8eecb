"""Platform records: one YAML file per platform, loaded and validated once into frozen dataclasses.

The YAML keys are the field names below. A record is the only place where a vendor is named.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from re import Pattern
from typing import Any, TypeVar

import yaml

from inventory.platforms.vlan_templates import FORMS, LINES, LISTS, VlanTemplates, accepted


class PlatformError(ValueError):
    """A platform record is wrong; the message names file, field and what is accepted."""


@dataclass(frozen=True, slots=True)
class Extract:
    """Where a fact stands: a regular expression (group 1) over a source, tried in order.

    `source` is sys_descr, sys_name, or a numeric OID whose value is read (and, with a pattern, searched).
    """

    source: str
    pattern: Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class Fingerprint:
    sys_object_ids: tuple[str, ...]  # prefixes, without a leading dot; the longest match over all records wins
    sys_descr: tuple[Pattern[str], ...]
    ssh_banner: tuple[Pattern[str], ...]
    model: tuple[Extract, ...]
    os_version: tuple[Extract, ...]
    serial: tuple[Extract, ...]
    models: tuple[tuple[str, str], ...] = ()  # sysObjectID -> model name, where the text does not say it
    needs_sys_descr: bool = False  # the prefixes are shared with other systems: sysDescr or `models` must agree
    vendors: tuple[tuple[str, str], ...] = ()  # IANA enterprise number -> vendor, for devices no record knows


@dataclass(frozen=True, slots=True)
class Redaction:
    """A configuration line that holds a secret: the groups named `secret`, `secret2`... are masked.

    `inside` matches the last line before that is not indented, where the line alone does not tell.
    """

    pattern: Pattern[str]
    inside: Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class RunningConfig:
    command: str
    end_marker: Pattern[str] | None  # must match the last meaningful line; None: the platform prints none
    error_patterns: tuple[Pattern[str], ...]  # text that means the device refused or broke off
    sections: str  # how lines nest: indent, edit (config ... end, edit ... next), braces, flat
    comment: str  # what starts a comment line, e.g. "!" or "#"


@dataclass(frozen=True, slots=True)
class StartupConfig:
    """What the device would start with, printed in the form of the running configuration."""

    command: str
    nothing: tuple[Pattern[str], ...]  # how the device says that nothing is saved
    differs: tuple[Pattern[str], ...]  # lines that are written otherwise there, though nothing is unsaved


@dataclass(frozen=True, slots=True)
class LogEvent:
    """What a syslog message of these mnemonics, whose text holds the pattern, says has happened to its device.

    Named groups tell more: `user` who changed the configuration, `interface` whose link it is about.
    """

    kind: str  # config, link_down, link_up, reload
    mnemonics: tuple[str, ...]
    pattern: Pattern[str]


@dataclass(frozen=True, slots=True)
class Platform:
    slug: str
    vendor: str
    name: str
    fingerprint: Fingerprint
    napalm_driver: str  # "" where NAPALM has none
    napalm_options: tuple[tuple[str, str], ...]
    netmiko_type: str  # "" where no SSH reading is possible
    ntc_platform: str  # ntc-templates' platform name, "" where there is none
    hier_config_driver: str  # hier-config's platform; "" where its lines do not lead there and back
    running_config: RunningConfig | None
    startup_config: StartupConfig | None  # None: what is in force is saved, or nobody knows how to ask
    commands: tuple[tuple[str, str], ...]  # purpose (version, interfaces, vlans, lldp, cdp, inventory) -> command
    ignore_lines: tuple[Pattern[str], ...]  # volatile: left out of the normalised text
    redact: tuple[Redaction, ...]
    commit_confirm: bool
    save_command: str
    change_mnemonics: tuple[str, ...]  # syslog mnemonics that mean "the configuration was changed"
    log_events: tuple[LogEvent, ...]  # the first that fits; a change that none describes names nobody
    reserved_vids: tuple[int, ...]
    vlan_templates: VlanTemplates | None  # None: VLANs are not deployed to it
    capabilities: tuple[str, ...]  # what sync can read over SSH: facts, interfaces, vlans, neighbours, config


_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml: every process reads all records when it starts
COMMAND_PURPOSES = (
    "version", "interfaces", "addresses", "vlans", "switchports", "lldp", "cdp", "inventory",
)  # fmt: skip
SECTION_STYLES = ("indent", "edit", "braces", "flat")
EVENT_KINDS = ("config", "link_down", "link_up", "reload")
CAPABILITIES = ("facts", "interfaces", "vlans", "neighbours", "config")
SLUG = re.compile(r"[a-z][a-z0-9_]*")
OID = re.compile(r"\d+(\.\d+)+")
VID_RANGE = re.compile(r"(\d+)(?:-(\d+))?")
GENERIC = "generic"  # the record of devices that no other record knows

T = TypeVar("T")


def get_platform(slug: str) -> Platform:
    """The platform of that slug. Raises PlatformError that lists the known slugs."""
    try:
        return platforms()[slug]
    except KeyError:
        raise PlatformError(f"platform {slug!r} is not known; known are {', '.join(sorted(platforms()))}") from None


def platform_or_generic(slug: str) -> Platform:
    """The platform of that slug, or what is known of a device of any system."""
    known = platforms()
    return known.get(slug) or known[GENERIC]


@cache
def platforms() -> dict[str, Platform]:
    """All shipped platforms by slug, read once per process. Do not change the mapping."""
    return load_platforms(Path(__file__).parent)


def load_platforms(folder: Path) -> dict[str, Platform]:
    """Read and check every `*.yaml` of the folder; slug -> platform, in the order of the slugs.

    Raises PlatformError naming file, field and what is accepted.
    """
    found = {path.stem: load_platform(path) for path in sorted(folder.glob("*.yaml"))}
    _refuse_shared_prefixes(found)
    return found


def load_platform(path: Path) -> Platform:
    """Read and check one record; the file is named after its slug. Raises PlatformError."""
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506, a SafeLoader
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise PlatformError(f"{path.name}: not readable as YAML: {error}") from error
    record = _Fields(path.name, "", data)
    platform = _platform(record)
    if platform.slug != path.stem:
        raise PlatformError(f"{path.name}: slug is {platform.slug!r}, accepted is the file's name {path.stem!r}")
    return platform


class _Fields:
    """One mapping of a record: hands out checked values and refuses keys nobody asked for."""

    def __init__(self, file: str, path: str, data: object) -> None:
        self._file, self._path = file, path
        if not isinstance(data, dict):
            raise self.error("", "a mapping of fields is accepted")
        self._data: dict[str, Any] = dict(data)

    def error(self, key: str, accepted: str) -> PlatformError:
        place = ".".join(part for part in (self._path, key) if part) or "the record"
        return PlatformError(f"{self._file}: {place}: {accepted}")

    def take(self, key: str, kind: type[T], default: T) -> T:
        value = self._data.pop(key, default)
        if type(value) is not kind:
            raise self.error(key, f"{value!r} is a {type(value).__name__}, accepted is a {kind.__name__}")
        return value

    def text(self, key: str, accepted: Pattern[str] | None = None) -> str:
        value = self.take(key, str, "")
        if accepted and not accepted.fullmatch(value):
            raise self.error(key, f"{value!r} does not fit, accepted is text like {accepted.pattern}")
        return value

    def choice(self, key: str, choices: tuple[str, ...]) -> str:
        value = self.text(key)
        if value not in choices:
            raise self.error(key, f"{value!r} is not accepted, accepted are {', '.join(choices)}")
        return value

    def each(self, key: str, convert: Callable[[str, Any], T]) -> tuple[T, ...]:
        return tuple(convert(f"{key}[{number}]", item) for number, item in enumerate(self.take(key, list, [])))

    def pairs(self, key: str) -> tuple[tuple[str, str], ...]:
        items = self.take(key, dict, {}).items()
        for name, value in items:
            if not isinstance(name, str) or not isinstance(value, str):
                raise self.error(
                    f"{key}.{name}", f"{value!r} is not accepted, accepted is text for text (quote numbers)"
                )
        return tuple(items)

    def sub(self, key: str) -> "_Fields":
        return self.inner(key, self.take(key, dict, {}))

    def inner(self, key: str, data: object) -> "_Fields":
        return _Fields(self._file, ".".join(part for part in (self._path, key) if part), data)

    def has(self, key: str) -> bool:
        return key in self._data

    def pattern(self, key: str, value: object) -> Pattern[str]:
        if not isinstance(value, str) or not value:
            raise self.error(key, f"{value!r} is not accepted, accepted is a regular expression")
        try:
            return re.compile(value)
        except re.error as error:
            raise self.error(key, f"{value!r} is not a regular expression: {error}") from error

    def oid(self, key: str, value: object) -> str:
        if not isinstance(value, str) or not OID.fullmatch(value):
            raise self.error(key, f"{value!r} is not accepted, accepted is a numeric OID without a leading dot")
        return value

    def done(self) -> None:
        if self._data:
            raise self.error(str(next(iter(self._data))), "is not a field of a platform record")


def _platform(record: _Fields) -> Platform:
    platform = Platform(
        slug=record.text("slug", SLUG),
        vendor=record.text("vendor", re.compile(r"\S.*")),
        name=record.text("name", re.compile(r"\S.*")),
        fingerprint=_fingerprint(record.sub("fingerprint")),
        napalm_driver=record.text("napalm_driver"),
        napalm_options=record.pairs("napalm_options"),
        netmiko_type=record.text("netmiko_type"),
        ntc_platform=record.text("ntc_platform"),
        hier_config_driver=record.text("hier_config_driver"),
        running_config=_running_config(record.sub("running_config")) if record.has("running_config") else None,
        startup_config=_startup_config(record.sub("startup_config")) if record.has("startup_config") else None,
        commands=_commands(record),
        ignore_lines=record.each("ignore_lines", record.pattern),
        redact=record.each("redact", lambda key, value: _redaction(record, key, value)),
        commit_confirm=record.take("commit_confirm", bool, False),
        save_command=record.text("save_command"),
        change_mnemonics=record.each("change_mnemonics", lambda key, value: _plain(record, key, value)),
        log_events=record.each("log_events", lambda key, value: _log_event(record, key, value)),
        reserved_vids=_vids(record),
        vlan_templates=_vlan_templates(record.sub("vlan_templates")) if record.has("vlan_templates") else None,
        capabilities=record.each("capabilities", lambda key, value: _one_of(record, key, value, CAPABILITIES)),
    )
    record.done()
    if "config" in platform.capabilities and platform.running_config is None:
        raise record.error("running_config", "is missing, but capabilities say config")
    return platform


def _fingerprint(fields: _Fields) -> Fingerprint:
    fingerprint = Fingerprint(
        sys_object_ids=fields.each("sys_object_ids", fields.oid),
        sys_descr=fields.each("sys_descr", fields.pattern),
        ssh_banner=fields.each("ssh_banner", fields.pattern),
        model=fields.each("model", lambda key, value: _extract(fields, key, value)),
        os_version=fields.each("os_version", lambda key, value: _extract(fields, key, value)),
        serial=fields.each("serial", lambda key, value: _extract(fields, key, value)),
        models=fields.pairs("models"),
        needs_sys_descr=fields.take("needs_sys_descr", bool, False),
        vendors=fields.pairs("vendors"),
    )
    fields.done()
    for oid, _ in fingerprint.models:
        fields.oid(f"models.{oid}", oid)
    return fingerprint


def _extract(fields: _Fields, key: str, value: object) -> Extract:
    inner = fields.inner(key, value)
    source = inner.text("source")
    if source not in ("sys_descr", "sys_name"):
        inner.oid("source", source)
    pattern = inner.pattern("pattern", inner.text("pattern")) if inner.has("pattern") else None
    if pattern is None and source == "sys_descr":
        raise inner.error("pattern", "is missing: sys_descr is searched, not copied")
    if pattern is not None and not pattern.groups:
        raise inner.error("pattern", f"{pattern.pattern!r} has no group 1 that marks the fact")
    inner.done()
    return Extract(source, pattern)


def _redaction(fields: _Fields, key: str, value: object) -> Redaction:
    inside = None
    if isinstance(value, dict) and set(value) == {"inside", "pattern"}:
        inside, value = fields.pattern(key, value["inside"]), value["pattern"]
    pattern = fields.pattern(key, value)
    if "secret" not in pattern.groupindex:
        raise fields.error(key, f"{pattern.pattern!r} has no group named secret, accepted is (?P<secret>...)")
    return Redaction(pattern, inside)


def _log_event(fields: _Fields, key: str, value: object) -> LogEvent:
    inner = fields.inner(key, value)
    event = LogEvent(
        kind=inner.choice("kind", EVENT_KINDS),
        mnemonics=inner.each("mnemonics", lambda path, item: _plain(inner, path, item)),
        pattern=inner.pattern("pattern", inner.text("pattern")) if inner.has("pattern") else re.compile(""),
    )
    inner.done()
    if not event.mnemonics:
        raise inner.error("mnemonics", "is missing: a text alone tells no event")
    return event


def _running_config(fields: _Fields) -> RunningConfig:
    config = RunningConfig(
        command=fields.text("command", re.compile(r"\S.*")),
        end_marker=fields.pattern("end_marker", fields.text("end_marker")) if fields.has("end_marker") else None,
        error_patterns=fields.each("error_patterns", fields.pattern),
        sections=fields.choice("sections", SECTION_STYLES),
        comment=fields.text("comment"),
    )
    fields.done()
    return config


def _startup_config(fields: _Fields) -> StartupConfig:
    config = StartupConfig(
        command=fields.text("command", re.compile(r"\S.*")),
        nothing=fields.each("nothing", fields.pattern),
        differs=fields.each("differs", fields.pattern),
    )
    fields.done()
    return config


def _vlan_templates(fields: _Fields) -> VlanTemplates:
    templates = VlanTemplates(
        form=fields.choice("form", FORMS),
        lists=fields.choice("lists", LISTS),
        default_name=fields.text("default_name", re.compile(r"[^{}]*\{vid(?::\d+d)?\}")),
        **{key: fields.each(key, partial(_template, fields, key)) for key in LINES},
    )
    fields.done()
    return templates


def _template(fields: _Fields, key: str, path: str, line: object) -> str:
    if wrong := accepted(line, key):
        raise fields.error(path, f"{line!r} {wrong}")
    return str(line)


def _commands(record: _Fields) -> tuple[tuple[str, str], ...]:
    commands = record.pairs("commands")
    for purpose, _ in commands:
        _one_of(record, f"commands.{purpose}", purpose, COMMAND_PURPOSES)
    return commands


def _plain(fields: _Fields, key: str, value: object) -> str:
    if not isinstance(value, str) or not value:
        raise fields.error(key, f"{value!r} is not accepted, accepted is text")
    return value


def _one_of(fields: _Fields, key: str, value: object, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise fields.error(key, f"{value!r} is not accepted, accepted are {', '.join(choices)}")
    return value


def _vids(record: _Fields) -> tuple[int, ...]:
    """Single ids and ranges ("1002-1005") -> every id."""
    return tuple(
        vid for block in record.each("reserved_vids", lambda key, item: _vid_range(record, key, item)) for vid in block
    )


def _vid_range(fields: _Fields, key: str, value: object) -> range:
    match = VID_RANGE.fullmatch(str(value))
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if not 0 < first <= last <= 4095:
        raise fields.error(key, f"{value!r} is not accepted, accepted are ids from 1 to 4095 or ranges like 1002-1005")
    return range(first, last + 1)


def _refuse_shared_prefixes(found: dict[str, Platform]) -> None:
    """The same prefix in two records decides nothing, unless sysDescr decides in both."""
    owners: dict[str, Platform] = {}
    for platform in found.values():
        for prefix in platform.fingerprint.sys_object_ids:
            other = owners.setdefault(prefix, platform)
            if other is not platform and not (
                other.fingerprint.needs_sys_descr and platform.fingerprint.needs_sys_descr
            ):
                raise PlatformError(
                    f"{platform.slug}.yaml: fingerprint.sys_object_ids: {prefix} is claimed by {other.slug}.yaml too; "
                    "accepted is one record a prefix, or needs_sys_descr in both"
                )
