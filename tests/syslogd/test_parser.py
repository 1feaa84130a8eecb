"""Every form that devices write is read, nothing is refused, and nothing takes for ever."""

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from inventory.platforms import platforms
from syslogd.events import interesting
from syslogd.parser import Parsed, fast, parse, thoroughly
from syslogd.parser.text import text_of
from syslogd.parser.times import LATEST

DATA = Path(__file__).parents[1] / "data" / "syslog"
CASES = sorted(DATA.glob("*/*.txt"))
SEOUL = ZoneInfo("Asia/Seoul")
RECEIVED = 1_795_420_800_000_000  # 2026-11-23 08:00:00 UTC
DAY = 86_400_000_000
SAMPLES = [path.read_bytes() for path in CASES]


def fields(parsed: Parsed) -> dict[str, object]:
    """As a case tells it: facility and severity always, of the rest what is not empty."""
    return {
        name: value
        for name, value in parsed._asdict().items()
        if value not in ("", None) or name in ("facility", "severity")
    }


@pytest.mark.parametrize("case", CASES, ids=[f"{path.parent.name}/{path.stem}" for path in CASES])
def test_it_reads_what_the_device_said(case: Path) -> None:
    found = [fields(parsed) for parsed in parse(case.read_bytes(), RECEIVED, SEOUL)]
    assert found == json.loads(case.with_suffix(".json").read_text())


def test_there_are_cases_of_every_platform_that_writes_logs() -> None:
    assert len(CASES) >= 100
    assert {path.parent.name for path in CASES} >= platforms().keys() - {"generic", "hp_procurve"}


def test_the_mnemonics_of_the_records_are_those_it_gives() -> None:
    given = {
        line["mnemonic"]
        for path in CASES
        for line in json.loads(path.with_suffix(".json").read_text())
        if "mnemonic" in line
    }
    for slug, platform in platforms().items():
        if platform.change_mnemonics:
            assert given & set(platform.change_mnemonics), f"no case of {slug} tells of a change"
    assert given & interesting()


def contract(parsed: Parsed) -> None:
    """What every caller may rely on."""
    texts = [parsed.hostname, parsed.app_name, parsed.procid, parsed.msgid, parsed.mnemonic, parsed.message, parsed.raw]
    for values in (parsed.structured_data or {}).values():
        texts += [*values.keys(), *values.values()]
    for text in texts:
        assert "\0" not in text
        text.encode()  # no lone surrogates
    assert parsed.sent_at is None or 0 <= parsed.sent_at < LATEST * 1_000_000
    assert bool(parsed.clock & 8) is (parsed.sent_at is None)
    assert parsed.facility is None or 0 <= parsed.facility <= 23
    assert parsed.severity is None or 0 <= parsed.severity <= 7


@given(st.binary(max_size=400) | st.text(max_size=200).map(lambda text: text.encode(errors="replace")))
@example(b"<14>1 2026-11-23T24:00:00Z h a - - - m")
@example(b"<14>Nov 23 08:00:60 h a: m")
@example(b"<14>9999-12-31T23:59:59-23:59 h a: m")
def test_no_bytes_are_too_odd(data: bytes) -> None:
    lines = parse(data, RECEIVED, SEOUL)
    assert lines
    for parsed in lines:
        contract(parsed)


@settings(max_examples=300)
@given(st.sampled_from(SAMPLES), st.data())
def test_a_damaged_message_is_still_a_row(sample: bytes, data: st.DataObject) -> None:
    text = bytearray(sample)
    for _change in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(text)))
        text[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    for parsed in parse(bytes(text), RECEIVED, SEOUL):
        contract(parsed)


@settings(max_examples=300)
@given(st.sampled_from(SAMPLES), st.integers(0, 60), st.binary(max_size=4), st.integers(0, 4))
def test_the_short_way_reads_what_the_thorough_one_reads(sample: bytes, at: int, put: bytes, cut: int) -> None:
    for text in (text_of(sample), text_of(sample[:at] + put + sample[at + cut :])):
        found = fast.read(text, RECEIVED, SEOUL)
        assert found in (None, thoroughly(text, RECEIVED, SEOUL))


def test_a_name_of_a_pair_is_a_whole_word() -> None:
    (parsed,) = parse(f"<13>a=1 b=2 {'x' * 65}=3 9c=4 d=5".encode(), RECEIVED, SEOUL)
    assert parsed.structured_data == {"kv": {"a": "1", "b": "2", "d": "5"}}


def test_the_short_way_reads_most_of_the_cases() -> None:
    assert sum(fast.read(text_of(sample), RECEIVED, SEOUL) is not None for sample in SAMPLES) > len(SAMPLES) / 2


WORD = st.text("abcXYZ019_.-", min_size=1, max_size=20).filter(lambda word: word != "-")
VALUE = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0\r\n"), max_size=30)
ELEMENTS = st.dictionaries(WORD, st.dictionaries(WORD, VALUE, max_size=3), max_size=3)
INNER = "%<[-\ufeff0123456789 JFMASONDjfmasond*.:,"  # what may begin another header
FREE = VALUE.filter(lambda text: not text or bool(text.strip() and text[0] not in INNER))


@given(
    st.integers(0, 191), st.integers(0, LATEST * 10**6 - 1), WORD, WORD, WORD, WORD, ELEMENTS,
    FREE,
)  # fmt: skip
def test_what_is_written_by_rfc_5424_is_read_again(
    pri: int, at: int, host: str, app: str, procid: str, msgid: str, data: dict[str, dict[str, str]], message: str
) -> None:
    from datetime import UTC, datetime, timedelta

    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)

    def escaped(value: str) -> str:
        return value.replace("\\", "\\\\").replace('"', '\\"').replace("]", "\\]")

    elements = "".join(
        f"[{name}{''.join(f' {key}={chr(34)}{escaped(value)}{chr(34)}' for key, value in values.items())}]"
        for name, values in data.items()
    )
    stamp = moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
    text = f"<{pri}>1 {stamp} {host} {app} {procid} {msgid} {elements or '-'} {message}"
    (parsed,) = parse(text.encode(), RECEIVED, SEOUL)
    assert (parsed.facility, parsed.severity) == divmod(pri, 8)
    assert (parsed.sent_at, parsed.clock) == (at, 0)
    assert (parsed.hostname, parsed.app_name, parsed.procid, parsed.msgid) == (host, app, procid, msgid)
    assert parsed.structured_data == (data or None)
    assert parsed.message == message


@given(st.integers(-300, 60), st.integers(RECEIVED, RECEIVED + 800 * DAY))
def test_a_missing_year_is_the_nearest_one(days: int, received: int) -> None:
    """A message may be late by months, a clock ahead by weeks."""
    from datetime import UTC, datetime, timedelta

    days = max(days, -180)
    told = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=received // 1_000_000 * 1_000_000 + days * DAY)
    text = f"<13>{told:%b} {told.day:2d} {told:%H:%M:%S} UTC: %SYS-5-CONFIG_I: x"
    (parsed,) = parse(text.encode(), received, SEOUL)
    if (told.month, told.day) != (2, 29):
        assert parsed.sent_at == int(told.timestamp()) * 1_000_000
    assert parsed.clock & 1 or parsed.sent_at is None


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """An alarm instead of a hang."""

    def ring(*_args: object) -> None:
        raise AssertionError(f"not done within {seconds} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize(
    "start", [b"", b"<13>", b"<13>Nov 23 08:00:00 ", b"<13>1 2026-11-23T08:00:00Z h a p m ", b"<13>a=b "]
)
@pytest.mark.parametrize(
    "piece",
    [b"<", b"<1>", b"[", b'[a b="', b'[a b="c"]', b"%", b"%A-", b"%%01A/", b" ", b"=", b'a="', b'a="\\', b"a=b ", b"1,",
     b"a,", b"a.",
     b"Nov 23 08:00:00 ", b"<13>Nov 23 08:00:00 ", b"A_", b"\\", b'"', b":", b"1w", b"\xbe", b"\n<1>"],
)  # fmt: skip
def test_sixty_four_kilobytes_of_anything_are_read_at_once(start: bytes, piece: bytes) -> None:
    data = start + piece * (65_000 // len(piece))
    with at_most(5):
        for parsed in parse(data, RECEIVED, SEOUL):
            contract(parsed)
