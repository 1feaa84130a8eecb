"""What a device says when it does not do what it was told. Pure."""

import re

from inventory.parsing.text import clean

_UNKNOWN = re.compile(
    r"^[ \t]*(?:% ?(?:Invalid|Incomplete|Ambiguous|Unrecognized|Unknown) (?:input|command|parameter)"
    r"|Invalid (?:input|command|parameter)|Error: ?(?:Unrecognized|Incomplete|Ambiguous|Wrong parameter|Too many param)"
    r"|% ?(?:Unrecognized|Incomplete|Ambiguous|Too many param|Wrong parameter)"
    r"|unknown command|syntax error|bad command name|Unknown action|Command fail"
    r"|-?(?:bash|sh|ash): .*not found|expected end of command)",
    re.IGNORECASE | re.MULTILINE,
)
_REFUSED = re.compile(
    r"^[ \t]*(?:%? ?(?:Command )?authori[sz]ation (?:failed|denied)|% ?Permission denied|Permission denied"
    r"|Error: ?(?:No permission|Permission denied|You do not have permission|The user is not authorized)"
    r"|error: permission denied|% ?(?:Access|Command) (?:denied|rejected)|Command rejected|not enough permissions)",
    re.IGNORECASE | re.MULTILINE,
)
_ABSENT = re.compile(
    r"^[ \t]*(?:%|Error:|Info:|Warning:)? ?(?:\S+ )?(?:LLDP|CDP)\b.*(?:not (?:enabled|running|configured)|disabled)",
    re.IGNORECASE | re.MULTILINE,
)
_NOTHING = {
    "vlans": re.compile(r"VLAN|VID", re.IGNORECASE),
    "lldp": re.compile(r"total|entries|neighbo|capability codes", re.IGNORECASE),
    "cdp": re.compile(r"total|entries|neighbo|capability codes", re.IGNORECASE),
    "switchports": re.compile(r"switchport|link type", re.IGNORECASE),
}
_LOCKED = re.compile(r"^[^\n]*\bconfig(?:uration)?\b[^\n]*\block(?:ed)?\b[^\n]*", re.IGNORECASE | re.MULTILINE)
_NOT_SAVED = re.compile(
    r"^[ \t]*(?:% ?(?![A-Z0-9_]+-\d)[A-Z][^\n]*|Error\b[^\n]*"
    r"|[^%\n]*\b(?:failed|aborted|denied|no space|not enough|cannot|unable)\b[^\n]*)",
    re.IGNORECASE | re.MULTILINE,
)
_SAVED = re.compile(r"\[OK\]|success|complete|\bsaved\b", re.IGNORECASE)
# eAPI: "CLI command 2 of 4 'vlan 5000' failed: invalid command [errors: [...]]"
_API = re.compile(r"CLI command \d+ of \d+ '(?P<line>.*)' failed: (?P<why>.*?)(?: \[(?:\w+: .*|None)\])?$", re.DOTALL)
_REASON = 300  # characters of a reason that a sentence repeats
_ANSWER = 4000  # characters: no answer about saving, and no refusal of an API, is longer where it matters
_HEAD = 600  # an error stands at the start; a long answer that quotes one further down is an answer


def unknown_command(output: str) -> bool:
    """The device does not know the command."""
    return bool(_UNKNOWN.search(output[:_HEAD]))


def refused_command(output: str) -> bool:
    """The device knows the command, but this user may not enter it."""
    return bool(_REFUSED.search(output[:_HEAD]))


def protocol_off(output: str) -> bool:
    """LLDP or CDP is switched off, so there is no neighbour to tell."""
    return bool(_ABSENT.search(output[:_HEAD]))


def told_nothing(purpose: str, output: str) -> bool:
    """An answer without a single fact is an answer only when it looks like one of its kind, with nothing to tell."""
    sign = _NOTHING.get(purpose)
    return bool(output.strip()) and not (sign and sign.search(output))


def configuration_error(transcript: str) -> str:
    """The first line of a configuration transcript that reports a refused line; empty when all were taken."""
    for pattern in (_UNKNOWN, _REFUSED, _CONFIG):
        match = pattern.search(transcript)
        if match:
            return transcript[match.start() :].strip().splitlines()[0].strip()
    return ""


def locked_by(answer: str) -> str:
    """The line that says that somebody else holds the configuration, empty when there is none."""
    match = _LOCKED.search(answer[:_HEAD])
    return match.group().strip() if match else ""


def save_error(answer: str) -> str:
    """Why the configuration was not saved, empty when the device says that it was."""
    answer = answer[-_ANSWER:]
    match = _NOT_SAVED.search(answer)
    if match:
        return match.group().strip()
    return "" if _SAVED.search(answer) else "it does not say that it did"


def api_refusal(message: str) -> tuple[str, str]:
    """(command, reason) out of an API's error text; empty where it names none."""
    match = _API.search(message[:_ANSWER])
    return (match["line"], " ".join(match["why"].split())) if match else ("", "")


def netconf_refusal(error: Exception) -> tuple[str, str]:
    """(element, reason) of the first error in the list that PyEZ, or NAPALM in its place, hands on; else empty."""
    told = getattr(error, "errs", None) or (error.args[0] if error.args else None)
    for each in told if isinstance(told, list) else ():
        if isinstance(each, dict) and each.get("severity") != "warning" and each.get("message"):
            return str(each.get("bad_element") or ""), " ".join(clean(str(each["message"])).split())[:_REASON]
    return "", ""


_CONFIG = re.compile(
    r"^[ \t]*(?:% ?(?!(?:Applying|Warning|Note|Info)\b)[A-Z][^\n]*"
    r"(?:invalid|not allowed|failed|denied|not valid|conflict"
    r"|exceed|cannot|overlaps|does not exist(?!\. Creating)|bad |identical )[^\n]*|ERROR: [^\n]+|Error: ?[^\n]+)",
    re.MULTILINE | re.IGNORECASE,
)
