"""Which VLANs the lines of a configuration list, in the notations of the vendors, and whether they may. Pure."""

from collections.abc import Iterable
from functools import lru_cache

from compliance.rules import Vlans
from compliance.scope import Evidence, Scope, Verdict, first_visible, printable
from inventory.parsing.vlan_list import HIGHEST, LOWEST, format_vlan_list, parse_vlan_list

ALL = frozenset(range(LOWEST, HIGHEST + 1))
SHOWN = 20  # of the lines that list the VLANs


def judge_vlans(check: Vlans, scope: Scope) -> Verdict:
    """Hold all that the matching lines list together against what must, must not and alone may be there.

    Unknown where a list is not one of VLANs. Raises TimeoutError.
    """
    texts, evidence = _found(check, scope)
    if not texts:
        return Verdict(check.if_none, f"{scope.prefix}no line matches {check.pattern.pattern}")
    try:
        listed = listed_vlans(texts)
    except ValueError as error:
        return Verdict(
            "unknown", f"{scope.prefix}“{evidence[0].text}” cannot be read: {printable(str(error))}", evidence
        )
    wrong = _wrong(check, listed)
    if wrong:
        return Verdict("fail", f"{scope.prefix}{'; '.join(wrong)}", evidence)
    return Verdict("pass", f"{scope.prefix}the VLANs {_told(listed)} are as demanded", evidence)


def listed_vlans(texts: Iterable[str]) -> frozenset[int]:
    """What lists in a row come to: "10-12,20", "2 to 9", "add 30", "remove 11", "except 1", "all", "none".

    A list without a word adds to those before: VRP prints a long one so, and IOS prints but one. Raises ValueError.
    """
    listed: frozenset[int] = frozenset()
    for text in texts:
        word, _, rest = text.strip().lower().partition(" ")
        if word == "remove":
            listed -= _members(rest)
        elif word == "except":
            listed = ALL - _members(rest)
        else:
            listed |= _members(rest if word == "add" else text)
    return listed


@lru_cache(maxsize=512)  # the ports of a switch carry few different lists
def _members(text: str) -> frozenset[int]:
    return ALL if text.strip().lower() == "all" else frozenset(parse_vlan_list(text))


def _found(check: Vlans, scope: Scope) -> tuple[list[str], tuple[Evidence, ...]]:
    texts: list[str] = []
    evidence: list[Evidence] = []
    for found in scope.matches(check.pattern):
        texts.append(found[1] or "")
        if len(evidence) < SHOWN:
            evidence.append(scope.evidence(first_visible(found)))
    return texts, tuple(evidence)


def _wrong(check: Vlans, listed: frozenset[int]) -> list[str]:
    wrong = []
    if missing := check.must - listed:
        wrong.append(f"VLAN {_told(missing)} is missing")
    if forbidden := check.must_not & listed:
        wrong.append(f"VLAN {_told(forbidden)} must not be there")
    if check.only is not None and (beyond := listed - check.only):
        wrong.append(f"VLAN {_told(beyond)} is not one of {_told(check.only)}")
    return wrong


def _told(vids: frozenset[int]) -> str:
    return printable(format_vlan_list(vids)) or "none"
