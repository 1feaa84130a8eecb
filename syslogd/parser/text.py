"""Bytes as text, whatever their encoding. (pure)"""

import re

_HANGUL = re.compile(r"[\x20-\x7e\t\r\n가-힣ㄱ-ㆎ　-〿！-～]*")
_LATIN = re.compile(rb"[\x20-\x7e\t\r\n\xa0-\xff]*")
END = "\r\n\0"


def text_of(data: bytes) -> str:
    """UTF-8; else EUC-KR when it reads as Korean; else Latin-1 when printable; else escapes of rubbish (\\xNN)."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = _other(data.rstrip(b"\r\n\0"))
    if text and text[-1] in END:
        text = text.rstrip(END)
    return text.replace("\0", "\\x00") if "\0" in text else text


def _other(data: bytes) -> str:
    try:
        korean = data.decode("euc_kr")
    except UnicodeDecodeError:
        korean = ""
    if korean and _HANGUL.fullmatch(korean):
        return korean
    if _LATIN.fullmatch(data):
        return data.decode("latin-1")
    return data.decode(errors="backslashreplace")
