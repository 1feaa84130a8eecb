"""Platform records: one YAML file per platform, loaded and validated once into frozen dataclasses.

The YAML keys are the field names below. A record is the only place where a vendor is named.
"""

from dataclasses import dataclass
from re import Pattern


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


@dataclass(frozen=True, slots=True)
class Redaction:
    """A configuration line that holds a secret: the groups named `secret` are masked."""

    pattern: Pattern[str]


@dataclass(frozen=True, slots=True)
class RunningConfig:
    command: str
    end_marker: Pattern[str] | None  # must match the last meaningful line; None: the platform prints none
    error_patterns: tuple[Pattern[str], ...]  # text that means the device refused or broke off
    sections: str  # how lines nest: indent, braces, flat
    comment: str  # what starts a comment line, e.g. "!" or "#"


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
    running_config: RunningConfig | None
    commands: tuple[tuple[str, str], ...]  # purpose (version, interfaces, vlans, lldp, cdp, inventory) -> command
    ignore_lines: tuple[Pattern[str], ...]  # volatile: left out of the normalised text
    redact: tuple[Redaction, ...]
    commit_confirm: bool
    save_command: str
    change_mnemonics: tuple[str, ...]  # syslog mnemonics that mean "the configuration was changed"
    reserved_vids: tuple[int, ...]
    capabilities: tuple[str, ...]  # what sync can read over SSH: facts, interfaces, vlans, neighbours, config
