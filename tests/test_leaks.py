"""The search for secrets finds them in every form: otherwise every proof built on it would pass."""

import gzip
import html
import json
import zlib
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from urllib.parse import quote

import pytest
import zstandard

from tests.leaks import Plants, Search

FORMS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "cut off": lambda secret: secret[:-3],
    "hexadecimal": lambda secret: secret.hex().encode(),
    "upper hexadecimal": lambda secret: secret.hex().upper().encode(),
    "base64": b64encode,
    "base64 after one": lambda secret: b64encode(b"x" + secret),
    "base64 after two": lambda secret: b64encode(b"xy" + secret + b"z"),
    "URL-safe base64": lambda secret: urlsafe_b64encode(b"\xff\xfe" + secret),
    "UTF-16": lambda secret: secret.decode().encode("utf-16"),
    "backwards": lambda secret: secret[::-1],
    "JSON": lambda secret: json.dumps(secret.decode()).encode(),
    "JSON in JSON": lambda secret: json.dumps(json.dumps(secret.decode())).encode(),
    "URL": lambda secret: quote(secret).encode(),
    "HTML": lambda secret: html.escape(secret.decode()).encode(),
    "repr": lambda secret: repr(secret).encode(),
    "zlib": zlib.compress,
    "gzip": gzip.compress,
    "zstd": zstandard.compress,
    "zstd in a dump": lambda secret: b"\\\\x" + zstandard.compress(secret).hex().encode(),
    "zlib in base64": lambda secret: b64encode(zlib.compress(secret)),
    "gzip in base64": lambda secret: b64encode(gzip.compress(secret)),
    "zstd in base64": lambda secret: b64encode(zstandard.compress(secret)),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("template", ["pw-{}-x", "é'{}\"<&> ", "YXV0aA{}=="])
def test_it_is_found(form: str, template: str) -> None:
    plants = Plants()
    search = Search([plants.marker])
    search.look("here", b"\x00some text " + FORMS[form](plants.new(template).encode()) + b"\n and more\xff")
    assert [leak for leak in search.leaks if "here" in leak]


def test_what_holds_none_is_quiet() -> None:
    search = Search([Plants().marker])
    search.look("there", f"{Plants().new()} {zlib.compress(b'x' * 1000)!r} KLUv/xxxxxxxxxxxxxxxxxxxx x\x9c {'f' * 99}")
    assert (search.leaks, search.places) == ([], 1)
