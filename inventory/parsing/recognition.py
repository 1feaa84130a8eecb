"""Whether a text can be the configuration of a platform at all: judging another one would pass what is not there. Pure.

A sign is a line that only these platforms print. A text is foreign when it has a sign of others and none of its own;
a platform without signs takes every text.
"""

import re

_SIGNS = {
    ("cisco_ios",): r"^version 1[0-9]\.\d+$|^Current configuration : \d+ bytes|^(?:ip classless|ip cef)$",
    ("cisco_nxos",): r"^vdc \S+ id \d+$|^version \d+\.\d+\(\d|^feature \S+$|^vrf context \S",
    ("cisco_xr",): r"^!! IOS XR Configuration|^!! Last configuration change at .* by |^interface MgmtEth",
    (
        "arista_eos",
    ): r"^! device: .*EOS|^transceiver qsfp default-mode|^service routing protocols model|^management api ",
    ("huawei_vrp", "hp_comware"): r"^ ?sysname \S|^#\nreturn$",
    (
        "juniper_junos",
    ): r"^set (?:system|interfaces|protocols) \S|^(?:system|interfaces|protocols) \{$|^version \d\S*;$",
    ("fortinet",): r"^#config-version=|^config (?:system|firewall|vdom)\b",
    ("mikrotik_routeros",): r"^# .* by RouterOS |^/(?:interface|ip|system)(?: \S+)*$",
    ("linux",): r"^frr (?:version|defaults) ",
}
_COMPILED = tuple((slugs, re.compile(sign, re.MULTILINE)) for slugs, sign in _SIGNS.items())
_UNREADABLE = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f\ufffd]")
_STATEMENT = re.compile(r"^[ \t]*[^\s!#].", re.MULTILINE)
SAMPLE = 4000  # characters at the start that are looked at for rubbish
RUBBISH = 0.05  # of them
SHOWN = 60  # characters of a line
EMPTY = "the configuration is empty"
BINARY = "the configuration is no text: it may be compressed, encrypted or damaged"


def why_not(text: str, platform: str) -> str:
    """Why nothing can be said about this text, empty where it may be a configuration of the platform."""
    sample = text[:SAMPLE]
    if len(_UNREADABLE.findall(sample)) > RUBBISH * len(sample):
        return BINARY
    if not _STATEMENT.search(text):
        return EMPTY
    return _foreign(text, platform)


def _foreign(text: str, platform: str) -> str:
    own = [sign for slugs, sign in _COMPILED if platform in slugs]
    if not own or any(sign.search(text) for sign in own):
        return ""
    for slugs, sign in _COMPILED:
        found = sign.search(text)
        if found:
            line = _line(text, found.start())
            return f"this is a configuration of {' or '.join(slugs)}, not of {platform}: see “{line}”"
    return ""


def _line(text: str, offset: int) -> str:
    line = text[offset : offset + SHOWN].lstrip("\n").partition("\n")[0]
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in line)
