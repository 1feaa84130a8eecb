"""Platform records: the shipped ones hold, and a wrong one is refused with its file, field and what is accepted."""

import re
from pathlib import Path

import pytest
from netmiko.ssh_dispatcher import CLASS_MAPPER
from ntc_templates.parse import _get_template_dir
from textfsm.clitable import CliTable

from inventory.parsing import dialect_for
from inventory.parsing.dialect import Dialect
from inventory.platforms import PlatformError, get_platform, load_platforms, platforms

SHIPPED = Path(__file__).parents[2] / "inventory" / "platforms"
RECORD = "slug: acme_os\nvendor: Acme\nname: Acme OS\n"
WRONG = {
    "unknown key": ("colour: red\n", "acme_os.yaml: colour: is not a field of a platform record"),
    "bad regex": ("ignore_lines: ['(']\n", "acme_os.yaml: ignore_lines.0.: .* is not a regular expression"),
    "no secret group": ("redact: ['key (\\S+)']\n", "acme_os.yaml: redact.0.: .* has no group named secret"),
    "number for text": ("netmiko_type: 5\n", "acme_os.yaml: netmiko_type: 5 is a int, accepted is a str"),
    "text for list": ("redact: abc\n", "acme_os.yaml: redact: 'abc' is a str, accepted is a list"),
    "unknown purpose": (
        "commands: {reboot: reload}\n",
        "acme_os.yaml: commands.reboot: .* accepted are version, inter",
    ),
    "unknown capability": ("capabilities: [magic]\n", "acme_os.yaml: capabilities.0.: 'magic' .* accepted are facts"),
    "bad VLAN range": ("reserved_vids: ['1-5000']\n", "acme_os.yaml: reserved_vids.0.: '1-5000' .* ids from 1 to 4095"),
    "bad OID": ("fingerprint: {sys_object_ids: ['.1.3']}\n", "fingerprint.sys_object_ids.0.: '.1.3' .* numeric OID"),
    "unquoted OID": ("fingerprint: {sys_object_ids: [1.3]}\n", "fingerprint.sys_object_ids.0.: 1.3 .* numeric OID"),
    "extract without group": (
        "fingerprint: {model: [{source: sys_descr, pattern: abc}]}\n",
        "fingerprint.model.0..pattern: 'abc' has no group 1",
    ),
    "extract of nothing": ("fingerprint: {model: [{source: weather}]}\n", "fingerprint.model.0..source: 'weather'"),
    "section style": (
        "running_config: {command: show, sections: pyramid}\n",
        "running_config.sections: 'pyramid' is not accepted, accepted are indent, edit, braces, flat",
    ),
    "config promised": ("capabilities: [config]\n", "running_config: is missing, but capabilities say config"),
}


@pytest.mark.parametrize(("extra", "message"), WRONG.values(), ids=WRONG)
def test_a_wrong_record_is_refused_in_words(tmp_path: Path, extra: str, message: str):
    (tmp_path / "acme_os.yaml").write_text(RECORD + extra)
    with pytest.raises(PlatformError, match=message):
        load_platforms(tmp_path)


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "slug: [\n", "slug: other\nvendor: A\nname: A\n", "vendor: A\n"])
def test_a_file_that_is_no_record_is_refused_by_name(tmp_path: Path, text: str):
    (tmp_path / "acme_os.yaml").write_text(text)
    with pytest.raises(PlatformError, match=r"acme_os\.yaml"):
        load_platforms(tmp_path)


def test_two_records_cannot_claim_one_prefix(tmp_path: Path):
    claim = "fingerprint: {sys_object_ids: ['1.3.6.1.4.1.5'], needs_sys_descr: %s}\n"
    (tmp_path / "acme_os.yaml").write_text(RECORD + claim % "true")
    (tmp_path / "acme_xr.yaml").write_text(RECORD.replace("acme_os", "acme_xr") + claim % "false")
    with pytest.raises(PlatformError, match=r"1\.3\.6\.1\.4\.1\.5 is claimed by acme_os"):
        load_platforms(tmp_path)
    (tmp_path / "acme_xr.yaml").write_text(RECORD.replace("acme_os", "acme_xr") + claim % "true")
    assert sorted(load_platforms(tmp_path)) == ["acme_os", "acme_xr"]


def test_a_range_of_reserved_vlans_is_every_id():
    assert get_platform("cisco_ios").reserved_vids == (1002, 1003, 1004, 1005)


def test_an_unknown_slug_is_answered_with_the_known_ones():
    with pytest.raises(PlatformError, match=r"'cisco_oops' is not known; known are .*, cisco_ios, "):
        get_platform("cisco_oops")


@pytest.mark.parametrize("slug", sorted(platforms()))
def test_the_drivers_it_names_exist(slug: str):
    platform = get_platform(slug)
    assert platform.netmiko_type in CLASS_MAPPER or slug == "generic"
    assert platform.napalm_driver in ("", "ios", "nxos_ssh", "eos", "junos")


@pytest.mark.parametrize("slug", [slug for slug, platform in sorted(platforms().items()) if platform.ntc_platform])
def test_every_command_has_a_template_or_a_reader(slug: str):
    platform, readers = get_platform(slug), dialect_for(slug) or Dialect()
    table = CliTable("index", _get_template_dir())
    unread = {
        command
        for purpose, command in platform.commands
        if not getattr(readers, purpose, None)
        and not table.index.GetRowMatch({"Platform": platform.ntc_platform, "Command": command})
    }
    assert unread == set()


def test_no_vendor_is_named_outside_the_records():
    names = re.compile(r"\b(?:cisco|juniper|arista|huawei|mikrotik|forti\w+|palo ?alto)\b", re.IGNORECASE)
    for module in ("discovery/fingerprint.py", "parsing/config_text.py", "parsing/config_diff.py"):
        assert not names.search((SHIPPED.parent / module).read_text()), module
