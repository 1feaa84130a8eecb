"""Long configurations and comparisons in the admin: pages, folds, sections, lines with addresses."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from inventory.admin.config_diff import url_of
from inventory.admin.config_lines import LONGEST
from inventory.models import ConfigBackup, Device
from inventory.parsing import config_diff
from tests import factories as make

HOSTILE = '<script>alert(1)</script>"&\u202e'
PLAIN = "".join(f"interface Gi{number}\n description port\n switchport\n!\n" for number in range(600))


@pytest.fixture
def device(db: None) -> Device:
    return make.make_device()


def address(left: ConfigBackup, right: ConfigBackup, **query: object) -> str:
    rest = "".join(f"&{name}={value}" for name, value in query.items())
    return f"{url_of(right.pk, left.pk)}{rest}"


@pytest.fixture
def pair(device: Device) -> tuple[ConfigBackup, ConfigBackup]:
    """600 interfaces, each with another description."""
    other = PLAIN.replace("description port", "description uplink")
    return make.make_config_backup(device, PLAIN), make.make_config_backup(device, other)


def read(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_long_comparison_says_how_much_changed_and_comes_in_pages(
    as_admin: Client, pair: tuple[ConfigBackup, ConfigBackup]
) -> None:
    page = read(as_admin, address(*pair))
    assert "600 lines added, 600 removed, in 600 sections." in page
    assert "Page 1 of 2" in page
    assert len(re.findall(r'<tr id="r\d+">', page)) == 2000
    assert '<a href="#r0">interface Gi0</a>' in page
    assert "and 200 sections more on this page" in page
    last = read(as_admin, address(*pair, page=2))
    assert "interface Gi599" in last
    assert "interface Gi499<" not in last
    assert 'rel="next"' not in last
    for rubbish in ("-1", "9" * 40, "٣"):
        assert "Page " in read(as_admin, address(*pair, page=rubbish))


def test_it_leads_to_a_section_or_a_line(as_admin: Client, pair: tuple[ConfigBackup, ConfigBackup]) -> None:
    left, right = pair
    answer = as_admin.get(url_of(right.pk, left.pk, "interface Gi599 / description uplink"))
    assert answer.status_code == 302
    assert answer["Location"] == f"?against={left.pk}&page=2#r2396"
    assert 'id="r2396"' in read(as_admin, address(left, right, page=2))
    nothing = read(as_admin, url_of(right.pk, left.pk, f"vlan 99 {HOSTILE}"))
    assert "Nothing that changed is called “vlan 99 &lt;script&gt;" in nothing
    assert "&lt;U+202E&gt;" in nothing


def test_it_shows_lines_one_below_the_other(as_admin: Client, device: Device) -> None:
    left = make.make_config_backup(device, "a\nmtu 1\nmtu 2\nb\n")
    right = make.make_config_backup(device, "a\nmtu 3\nmtu 4\nb\n")
    page = read(as_admin, address(left, right, view="unified"))
    rows = re.findall(r'nm-sign[^>]*>(.?)</td><td class="nm-side[^>]*>(.*?)</td>', page)
    assert rows == [
        ("", "a"), ("-", "mtu <mark>1</mark>"), ("-", "mtu <mark>2</mark>"),
        ("+", "mtu <mark>3</mark>"), ("+", "mtu <mark>4</mark>"), ("", "b"),
    ]  # fmt: skip


def test_a_fold_opens_in_its_place_and_a_long_one_in_parts(as_admin: Client, device: Device) -> None:
    lines = [f"line {number}" for number in range(1, 3001)]
    left = make.make_config_backup(device, "\n".join(["old", *lines]))
    right = make.make_config_backup(device, "\n".join(["new", *lines]))
    page = read(as_admin, address(left, right))
    assert "2997 unchanged lines" in page
    part = re.search(r'hx-get="([^"]+)"', page)
    assert part
    url = reverse("admin:inventory_configbackup_diff", args=[right.pk])
    opened = read(as_admin, url + part[1].replace("&amp;", "&"))
    assert opened.count("<tr id=") == 1000
    assert ">line 4<" in opened
    assert "1997 unchanged lines" in opened
    for rubbish in ("x", "99999", "1-999999999"):
        assert read(as_admin, address(left, right, fold=rubbish)).count("<tr id=") in (0, 1000)


def test_it_names_the_block_of_a_change_that_is_far_below_its_header(as_admin: Client, device: Device) -> None:
    text = f"interface {HOSTILE}\n" + "".join(f" line {number}\n" for number in range(20))
    left = make.make_config_backup(device, text)
    right = make.make_config_backup(device, text.replace("line 15", "line 99"))
    page = read(as_admin, address(left, right))
    assert '<th class="nm-at" colspan="6">interface &lt;script&gt;' in page
    assert HOSTILE not in page


def test_it_says_when_a_comparison_is_approximate(
    as_admin: Client, device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    left, right = make.make_config_backup(device, "a\nb\na\nb\n"), make.make_config_backup(device, "b\nb\na\na\na\n")
    assert "the comparison is approximate" not in read(as_admin, address(left, right))
    monkeypatch.setattr(config_diff, "STEPS", 1)
    assert "the comparison is approximate" in read(as_admin, address(left, right))


def test_it_shows_very_long_and_hostile_lines_short_and_plain(as_admin: Client, device: Device) -> None:
    left = make.make_config_backup(device, f"{'x' * 100_000}\nfirst\r\n{HOSTILE} old\n\x1b[2J\n")
    right = make.make_config_backup(device, f"{'x' * 99_999}y\nfirst\n{HOSTILE} new\n\x1b[2K\n")
    for view in ("", "unified"):
        page = read(as_admin, address(left, right, view=view))
        assert f"{'x' * LONGEST} … (99000 characters more)" in page
        assert "x" * (LONGEST + 1) not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&amp;&lt;U+202E&gt; <mark>old</mark>" in page
        assert "first<mark>&lt;U+000D&gt;</mark>" in page
        assert "\x1b" not in page
        assert HOSTILE not in page


def test_every_line_of_a_configuration_has_an_address_and_evidence_is_marked(as_admin: Client, device: Device) -> None:
    backup = make.make_config_backup(device, f"{HOSTILE}\n" + "".join(f"line {number}\n" for number in range(2, 1501)))
    url = reverse("admin:inventory_configbackup_change", args=[backup.pk])
    page = read(as_admin, f"{url}?lines=12,1498-99999")
    assert '<span id="L12" class="nm-hit"><a href="#L12">12</a>line 12\n</span>' in page
    assert '<span id="L13"><a href="#L13">13</a>line 13\n</span>' in page
    assert page.count('class="nm-hit"') == 4
    assert page.count("<span id=") == 1500
    assert HOSTILE not in page


@pytest.mark.parametrize("lines", ["5-1", "<script>", "1," * 5000])
def test_it_says_which_lines_it_does_not_understand(as_admin: Client, device: Device, lines: str) -> None:
    url = reverse("admin:inventory_configbackup_change", args=[make.make_config_backup(device).pk])
    page = as_admin.get(url, {"lines": lines})
    assert page.status_code == 200
    assert "accepted are numbers from 1 and ranges of them, as in 12,15-18." in page.content.decode()
    assert "<script>&quot;" not in page.content.decode()
