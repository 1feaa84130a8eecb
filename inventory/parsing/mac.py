"""Hardware addresses in every vendor's spelling. Pure."""

import re

_SPELLINGS = re.compile(
    r"[0-9a-f]{4}([.:-])[0-9a-f]{4}\1[0-9a-f]{4}|[0-9a-f]{6}-[0-9a-f]{6}|[0-9a-f]{12}|[0-9a-f]{1,2}(?:([:-])[0-9a-f]{1,2})(?:\2[0-9a-f]{1,2}){4}",
    re.IGNORECASE,
)


def normalise_mac(text: str) -> str:
    """A MAC address as aa:bb:cc:dd:ee:ff; empty when the text is none.

    >>> normalise_mac("0026.9814.DB80"), normalise_mac("b8d6-f6ff-7390"), normalise_mac("sw2")
    ('00:26:98:14:db:80', 'b8:d6:f6:ff:73:90', '')
    """
    text = text.strip()
    if not _SPELLINGS.fullmatch(text):
        return ""
    groups = re.split(r"[.:-]", text.lower())
    digits = "".join(group.zfill(2) for group in groups) if len(groups) == 6 else "".join(groups)
    return ":".join(digits[at : at + 2] for at in range(0, 12, 2))


def mac_or_text(text: str) -> str:
    """A chassis id: the normalised MAC address when it is one, else the text as told."""
    return normalise_mac(text) or text.strip()
