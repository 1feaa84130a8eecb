"""The explorer without a browser: what its address asks for, what it shows, and to whom."""

import re
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.test import Client
from django.utils import timezone

from syslogd import search
from syslogd.admin import explorer, tail
from syslogd.models import SyslogMessage
from tests import factories as make
from tests.visitors import queries_of, signed_in

pytestmark = pytest.mark.django_db
LIST = "/admin/syslogd/syslogmessage/"


def ago(**span: float) -> Any:
    """A time that lies this far back."""
    return timezone.now() - timedelta(**span)


def shown(client: Client, query: str = "") -> list[str]:
    """The messages of the page, newest first."""
    return texts(client.get(f"{LIST}{query}").context["lines"])


def texts(lines: Any) -> list[str]:
    """What stands in lines, without links."""
    return [unescape(re.sub("<[^>]+>", "", line.head + line.rest)) for line in lines]


def links(client: Client, path: str) -> list[str]:
    """Where the page's links lead."""
    return [unescape(href) for href in re.findall(r'href="([^"]+)"', client.get(path).content.decode())]


def test_it_shows_the_last_hour_newest_first(as_viewer: Client) -> None:
    make.make_syslog(message="long ago", received_at=ago(hours=2))
    make.make_syslog(message="first", received_at=ago(minutes=5))
    make.make_syslog(message="second", received_at=ago(minutes=4))
    assert shown(as_viewer) == ["second", "first"]
    assert shown(as_viewer, "?window=6h") == ["second", "first", "long ago"]


@pytest.mark.parametrize(
    "query",
    [
        "severity=3", "facility=23", "mnemonic=LINK-3-UPDOWN", "mnemonic=LINK-*", "app_name=snmpd", "hostname=edge1",
        "source=192.0.2.0%2F24", "source=192.0.2.7", "unparsed=on", "text=down+interface", "text=%22state+to+down%22",
    ],
)  # fmt: skip
def test_it_shows_what_each_filter_asks_for(as_viewer: Client, query: str) -> None:
    make.make_syslog(
        message="Interface Gi0/1 changed state to down", severity=2, facility=23, mnemonic="LINK-3-UPDOWN",
        app_name="snmpd", hostname="edge1", source="192.0.2.7", raw="Interface Gi0/1 changed state to down",
    )  # fmt: skip
    make.make_syslog(
        message="something else", severity=6, facility=16, mnemonic="SYS-5-CONFIG_I", app_name="sshd",
        hostname="edge2", source="198.51.100.1",
    )  # fmt: skip
    assert len(shown(as_viewer)) == 2
    assert shown(as_viewer, f"?{query}") == ["Interface Gi0/1 changed state to down"]


def test_it_shows_one_device_or_one_site(as_viewer: Client) -> None:
    seoul = make.make_device("edge1", site=make.make_site("Seoul"))
    make.make_syslog(device=seoul, message="of seoul")
    make.make_syslog(device=make.make_device(), message="of another")
    assert shown(as_viewer, f"?device={seoul.pk}") == ["of seoul"]
    assert shown(as_viewer, f"?site={seoul.site_id}") == ["of seoul"]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("source=banana", "banana is neither an IP address nor a prefix such as 10.0.0.0/8."),
        ("window=between", "Say from when."),
        ("window=between&since=2026-03-02T00:00:00&until=2026-03-01T00:00:00", "The end must lie after the beginning."),
        (
            "window=between&since=2026-01-01T00:00:00&until=2026-03-01T00:00:00",
            "The window may be at most 31 days long.",
        ),
        ("window=between&since=yesterday", "Enter a valid date/time."),
        ("device=999999", "Select a valid choice."),
        ("severity=9", "Select a valid choice."),
        ("text=%00", "Null characters are not allowed."),
    ],
)
def test_it_says_what_is_wrong_with_a_filter(as_viewer: Client, query: str, sentence: str) -> None:
    page = as_viewer.get(f"{LIST}?{query}")
    assert page.status_code == 200
    assert sentence in unescape(page.content.decode())
    assert "lines" not in page.context
    assert as_viewer.get(f"{LIST}?{query}&part=histogram").status_code == 400


def test_it_takes_a_window_in_the_zone_of_the_operator(as_viewer: Client, settings: Any) -> None:
    settings.TIME_ZONE = "Asia/Seoul"
    seoul = timezone.zoneinfo.ZoneInfo("Asia/Seoul")
    moment = ago(days=2).replace(microsecond=0)
    make.make_syslog(message="then", received_at=moment)
    make.make_syslog(message="now")
    local = [timezone.localtime(moment + timedelta(minutes=m), seoul) for m in (-1, 1)]
    since, until = (f"{one:%Y-%m-%dT%H:%M:%S}" for one in local)
    with timezone.override(seoul):
        assert shown(as_viewer, f"?window=between&since={since}&until={until}") == ["then"]


def test_it_leaves_what_is_empty_out_of_the_address(as_viewer: Client) -> None:
    answer = as_viewer.get(f"{LIST}?window=6h&since=&device=&severity=3&text=a+b&mnemonic=")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "?window=6h&severity=3&text=a+b"


def test_it_goes_through_the_pages_and_back(as_viewer: Client) -> None:
    for number in range(120):
        make.make_syslog(message=f"number {number}", received_at=ago(seconds=300 - number))
    first = as_viewer.get(LIST)
    second = as_viewer.get(f"{LIST}{first.context['older_query']}")
    third = as_viewer.get(f"{LIST}{second.context['older_query']}")
    seen = [text for page in (first, second, third) for text in texts(page.context["lines"])]
    assert seen == [f"number {number}" for number in reversed(range(120))]
    assert third.context["older_query"] == ""
    back = as_viewer.get(f"{LIST}{third.context['newer_query']}")
    assert texts(back.context["lines"]) == texts(second.context["lines"])


def test_every_word_narrows_what_is_shown(as_viewer: Client) -> None:
    make.make_syslog(message="Interface Gi0/1, changed (10.0.0.9) 한국어", severity=3)
    found = [
        link for link in links(as_viewer, f"{LIST}?severity=3&text=gi0") if "text=gi0+" in link or "gi0%20" in link
    ]
    words = {parse_qs(link[1:])["text"][0]: link for link in found}
    assert list(words) == [f"gi0 {word}" for word in ("Interface", "Gi0/1", "changed", "10.0.0.9", "한국어")]
    for link in words.values():
        assert len(shown(as_viewer, link)) == 1
        assert parse_qs(link[1:])["severity"] == ["3"]


def test_it_folds_what_is_long_and_leads_to_the_rest(as_viewer: Client) -> None:
    row = make.make_syslog(message="word " * 2000)
    page = as_viewer.get(LIST).content.decode()
    assert page.count("<details><summary>more</summary>") == 1
    assert len(page) < 400_000
    assert f'href="{LIST}{row.pk}/change/">whole message' in page
    whole = as_viewer.get(f"{LIST}{row.pk}/change/")
    assert whole.context["text"].count("word") == 2000


def test_it_marks_a_clock_that_is_off(as_viewer: Client) -> None:
    now = ago(minutes=1)
    make.make_syslog(message="right", received_at=now, sent_at=now, clock=3)
    make.make_syslog(message="off", received_at=now, sent_at=now - timedelta(hours=9))
    make.make_syslog(message="free", received_at=now, sent_at=now, clock=4)
    make.make_syslog(message="none", received_at=now, clock=8)
    marks = {texts([line])[0]: line.clock for line in as_viewer.get(LIST).context["lines"]}
    assert marks == {
        "right": "", "none": "", "off": "the device's clock is off by 9:00:00",
        "free": "the device says that its clock is not synchronised",
    }  # fmt: skip


def test_its_bars_add_up_and_lead_to_their_part(as_viewer: Client) -> None:
    for severity, minutes in ((2, 50.5), (4, 50.5), (5, 20), (6, 5), (None, 5)):
        make.make_syslog(message=f"severity {severity}", severity=severity, received_at=ago(minutes=minutes))
    make.make_syslog(message="not asked for", received_at=ago(hours=3))
    chart = as_viewer.get(f"{LIST}?part=histogram").context["histogram"]
    assert chart.total == "5 messages"
    assert [(part.title, part.count) for part in chart.legend] == [
        ("error and worse", "1"), ("warning", "1"), ("notice", "1"), ("informational, debug or none", "2"),
    ]  # fmt: skip
    bars = [bar for bar in chart.bars if bar.parts]
    assert "2 messages, 1 error and worse, 1 warning" in bars[0].words
    assert sorted(shown(as_viewer, bars[0].query)) == ["severity 2", "severity 4"]


def test_its_tops_lead_to_the_device_and_to_its_messages(as_viewer: Client) -> None:
    edge = make.make_device("edge1")
    for _number in range(3):
        make.make_syslog(device=edge, source=edge.primary_address, mnemonic="LINK-3-UPDOWN")
    make.make_syslog(source="192.0.2.7", message="lonely")
    lists = as_viewer.get(f"{LIST}?part=tops").context["tops"]
    assert [(top.count, "edge1" in top.who) for top in lists.sources] == [("3", True), ("1", False)]
    assert shown(as_viewer, lists.sources[1].query) == ["lonely"]
    assert [(top.text, top.count) for top in lists.mnemonics] == [("LINK-3-UPDOWN", "3")]
    assert len(shown(as_viewer, lists.mnemonics[0].query)) == 3


def test_it_follows_what_comes_in(as_viewer: Client) -> None:
    make.make_syslog(message="before", received_at=ago(seconds=30))
    page = as_viewer.get(f"{LIST}?live=1")
    poll = page.context["tail_query"]
    assert texts(page.context["lines"]) == ["before"]
    assert not as_viewer.get(f"{LIST}{poll}").context["fresh"]
    make.make_syslog(message="fresh", received_at=ago(seconds=10))
    answer = as_viewer.get(f"{LIST}{poll}")
    assert texts(answer.context["fresh"]) == ["fresh"]
    assert not as_viewer.get(f"{LIST}{answer.context['tail_query']}").context["fresh"]


def test_it_shows_the_newest_of_a_storm_and_says_so(as_viewer: Client) -> None:
    poll = as_viewer.get(f"{LIST}?live=1").context["tail_query"]
    after = parse_qs(poll[1:])["after"][0]
    poll = poll.replace(after, "1")  # a page that asked last long ago
    for number in range(tail.ROWS + 5):
        make.make_syslog(message=f"number {number}", received_at=ago(seconds=200 - number))
    answer = as_viewer.get(f"{LIST}{poll}")
    assert answer.context["skipped"]
    assert texts(answer.context["fresh"])[0] == f"number {tail.ROWS + 4}"
    assert "some are left out here" in answer.content.decode()


def test_it_stops_following_after_half_an_hour(as_viewer: Client) -> None:
    begun = int(ago(minutes=31).timestamp())
    answer = as_viewer.get(f"{LIST}?part=tail&after=1&begun={begun}&shown=0").content.decode()
    assert "Paused after 30 minutes" in answer
    assert "hx-get" not in answer


def test_it_opens_a_full_page_anew(as_viewer: Client) -> None:
    begun = int(ago(minutes=5).timestamp())
    answer = as_viewer.get(f"{LIST}?severity=3&part=tail&after=1&begun={begun}&shown={tail.MOST_LINES}")
    assert answer.headers["HX-Redirect"] == f"?live={begun}&severity=3"
    again = as_viewer.get(f"{LIST}{answer.headers['HX-Redirect']}").context["tail_query"]
    assert parse_qs(again[1:])["begun"] == [str(begun)]


@pytest.mark.parametrize("part", ["", "&part=histogram", "&part=tops", "&part=tail"])
def test_it_says_where_a_search_would_take_too_long(
    as_viewer: Client, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    def refuse(*_args: Any, **_more: Any) -> None:
        raise search.TooMuch("That would take <too> long.")

    for name in ("page", "histogram", "tops"):
        monkeypatch.setattr(search, name, refuse)
    answer = as_viewer.get(f"{LIST}?window=6h&severity=3{part}")
    assert answer.status_code == 200
    assert "That would take &lt;too&gt; long." in answer.content.decode()
    if part != "&part=tail":
        assert 'href="?window=1h&amp;severity=3"' in answer.content.decode()


def test_a_message_tells_all_and_what_came_around_it(as_viewer: Client) -> None:
    edge = make.make_device("edge1")
    moment = ago(days=2)
    row = make.make_syslog(
        device=edge, message="the one", received_at=moment, sent_at=moment, clock=1, facility=23, severity=3,
        hostname="edge1.example", procid="77", structured_data={"origin": {"ip": "192.0.2.1"}}, mnemonic="A-3-B",
    )  # fmt: skip
    make.make_syslog(device=edge, message="just before", received_at=moment - timedelta(seconds=20))
    make.make_syslog(device=edge, message="long before", received_at=moment - timedelta(minutes=20))
    make.make_syslog(message="of another", received_at=moment)
    page = as_viewer.get(f"{LIST}{row.pk}/change/")
    text = page.content.decode()
    for words in ("the one", "local7", "error", "edge1.example", "77", "192.0.2.1", "year guessed"):
        assert words in text, words
    assert texts(page.context["lines"]) == ["the one", "just before"]
    assert [line.here for line in page.context["lines"]] == [True, False]
    assert sorted(shown(as_viewer, page.context["around_url"].removeprefix(LIST))) == ["just before", "the one"]


@pytest.mark.parametrize("pk", ["0", "1", "-1", "x", "9" * 30, str(2**63 - 1), "٣"])
def test_a_message_that_is_not_there_leads_home(as_viewer: Client, pk: str) -> None:
    assert as_viewer.get(f"{LIST}{pk}/change/").status_code == 302


def test_a_device_shows_what_it_said(as_viewer: Client) -> None:
    edge, silent = make.make_device("edge1"), make.make_device()
    make.make_syslog(device=edge, message="hello")
    make.make_syslog(device=silent, message="too long ago", received_at=ago(days=8))
    page = as_viewer.get(f"/admin/inventory/device/{edge.pk}/change/?tab=syslog")
    assert texts(page.context["rows"].lines) == ["hello"]
    assert shown(as_viewer, page.context["rows"].url.removeprefix(LIST)) == ["hello"]
    other = as_viewer.get(f"/admin/inventory/device/{silent.pk}/change/")
    assert "syslog" not in [tab.key for tab in other.context["device_tabs"]]


def test_it_needs_the_permission() -> None:
    row = make.make_syslog()
    nobody = signed_in(make.make_user("inventory.view_device"))
    for path in (LIST, f"{LIST}?part=histogram", f"{LIST}?part=tops", f"{LIST}?part=tail", f"{LIST}{row.pk}/change/"):
        assert nobody.get(path).status_code == 403, path


def test_nobody_changes_a_message(as_admin: Client) -> None:
    row = make.make_syslog(message="as it was")
    for path in (f"{LIST}{row.pk}/change/", f"{LIST}{row.pk}/delete/", f"{LIST}add/"):
        assert as_admin.post(path, {"message": "otherwise", "post": "yes"}).status_code in (200, 403)
    assert [one.message for one in SyslogMessage.objects.all()] == ["as it was"]


def test_somebody_in_a_scope_sees_own_devices_only() -> None:
    site = make.make_site("Seoul")
    own, foreign = make.make_device(site=site), make.make_device("wyvern", site=make.make_site("Busan"))
    make.make_syslog(device=own, message="own")
    others = [make.make_syslog(device=foreign, message="foreign"), make.make_syslog(message="of nobody known")]
    user = make.make_viewer()
    make.make_scope(user, sites=[site])
    client = signed_in(user)
    assert shown(client) == ["own"]
    assert client.get(f"{LIST}?part=histogram").context["histogram"].total == "1 message"
    assert len(client.get(f"{LIST}?part=tops").context["tops"].sources) == 1
    for row in others:
        assert client.get(f"{LIST}{row.pk}/change/").status_code == 302
    page = client.get(f"{LIST}?device={foreign.pk}").content.decode()
    assert "Select a valid choice" in page
    assert "wyvern" not in page


def test_it_asks_as_much_for_many_messages_as_for_few(as_viewer: Client) -> None:
    make.make_syslog(device=make.make_device())
    few = queries_of(as_viewer, LIST)
    for _number in range(explorer.ROWS):
        make.make_syslog(device=make.make_device())
    assert queries_of(as_viewer, LIST) <= few + 3  # the window is walked in parts
