"""Exports over REST: what is in the files, and that no device can put a formula or a page of its own into them."""

import csv
import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader
from rest_framework.test import APIClient

from inventory import pdf
from inventory.models import Device
from inventory.spreadsheet import CELL_LENGTH, Sheet, csv_lines, safe_text, write_workbook
from tests.factories import (
    make_address,
    make_admin,
    make_device,
    make_interface,
    make_neighbour,
    make_site,
    make_user,
    make_vlan,
)
from tests.visitors import queries_of

API = "/api/v1"
HOSTILE = "=HYPERLINK(\"http://evil.example\")<script>alert(1)</script><img src='file:///etc/passwd'>"


@pytest.fixture
def client(db: None) -> APIClient:
    client = APIClient()
    client.force_login(make_admin())
    return client


def sheets_of(content: bytes) -> dict[str, str]:
    """The XML of each sheet by the sheet's name; texts stand in it where they belong."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        workbook = book.read("xl/workbook.xml").decode()
        names = [part.split('"')[0] for part in workbook.split('<sheet name="')[1:]]
        return {name: book.read(f"xl/worksheets/sheet{n}.xml").decode() for n, name in enumerate(names, 1)}


def text_of(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def csv_rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def test_it_exports_the_devices_a_filter_finds_as_csv(client: APIClient) -> None:
    make_device("서울-core1", role="core", site=make_site("서울"), compliance_score=90)
    make_device("busan1", role="access")
    answer = client.get(f"{API}/devices/export?format=csv&role=core")
    assert answer.headers["Content-Type"] == "text/csv"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="devices.csv"'
    (row,) = csv_rows(answer.getvalue())
    assert (row["name"], row["site"], row["compliance_score"]) == ("서울-core1", "서울", "90")


def test_it_exports_devices_as_xlsx_by_default(client: APIClient) -> None:
    make_device("core1")
    answer = client.get(f"{API}/devices/export")
    assert answer.headers["Content-Type"].endswith("spreadsheetml.sheet")
    assert "core1" in sheets_of(answer.getvalue())["devices"]


def test_it_reads_any_number_of_devices_in_the_same_number_of_queries(client: APIClient) -> None:
    make_device(site=make_site())
    few = queries_of(client, f"{API}/devices/export?format=csv")
    for _ in range(5):
        make_device(site=make_site())
    assert queries_of(client, f"{API}/devices/export?format=csv") == few


def equipped_device(**fields: Any) -> Device:
    device = make_device(fields.pop("name", "core1"), **fields)
    port = make_interface(device, "Gi0/1", description="업링크 to busan", tagged_vlans=[10, 20], speed_kbps=1_000_000)
    make_address(device, "10.0.0.1", 30, interface=port)
    make_vlan(device, 10, name="사무실")
    make_neighbour(device, "Gi0/1", remote_name="busan1", remote_address="10.0.0.2")
    device.components.create(name="PSU 1", kind="power-supply", serial="PS123")
    return device


def test_it_gives_each_noun_of_a_device_a_sheet(client: APIClient) -> None:
    device = equipped_device()
    sheets = sheets_of(client.get(f"{API}/devices/{device.pk}/inventory/export?format=xlsx").getvalue())
    expected = {
        "device": "127.77.",
        "interfaces": "업링크 to busan",
        "addresses": "10.0.0.1",
        "VLANs": "사무실",
        "neighbours": "busan1",
        "components": "PS123",
    }
    assert list(sheets) == list(expected)
    assert [name for name, text in expected.items() if text not in sheets[name]] == []
    assert "<v>1000000</v>" in sheets["interfaces"]
    assert "10, 20" in sheets["interfaces"]


def test_it_prints_a_device_with_korean_text(client: APIClient) -> None:
    device = equipped_device(name="서울-코어1", sys_location="서울 데이터센터 3층")
    answer = client.get(f"{API}/devices/{device.pk}/inventory/export?format=pdf")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert "filename*=utf-8''%EC%84%9C%EC%9A%B8-%EC%BD%94%EC%96%B41.pdf" in answer.headers["Content-Disposition"]
    text = text_of(answer.getvalue())
    expected = ("서울-코어1", "데이터센터", "업링크", "사무실", "Gi0/1", "busan1")
    assert [word for word in expected if word not in text] == []


def test_it_embeds_a_font_that_has_the_korean_glyphs(client: APIClient) -> None:
    device = equipped_device(name="서울")
    content = client.get(f"{API}/devices/{device.pk}/inventory/export?format=pdf").getvalue()
    fonts = {
        font.get_object()["/BaseFont"]
        for page in PdfReader(io.BytesIO(content)).pages
        for font in page["/Resources"]["/Font"].get_object().values()
    }
    assert any("CJK" in font for font in fonts), fonts


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every address that is opened instead of refused."""
    asked: list[str] = []
    monkeypatch.setattr("urllib.request.OpenerDirector.open", lambda _self, url, *_, **__: asked.append(str(url)))
    return asked


def test_it_prints_hostile_text_as_text(client: APIClient, opened: list[str]) -> None:
    device = equipped_device(name=HOSTILE, sys_descr=HOSTILE, comments="\x07\x1b[31mred \u202etxt.exe")
    text = text_of(client.get(f"{API}/devices/{device.pk}/inventory/export?format=pdf").getvalue())
    assert "<script>alert(1)</script>" in text.replace("\n", "")
    assert "<U+202E>" in text
    assert opened == []


def test_it_loads_nothing_that_a_page_names(opened: list[str]) -> None:
    file = pdf.render_pdf("<img src='file:///etc/hostname'><link rel=stylesheet href='http://127.0.0.1:9/x.css'>text")
    assert file.startswith(b"%PDF")
    assert opened == []


def test_it_neutralises_formulas_in_every_file(client: APIClient) -> None:
    device = make_device("=1+1", sys_name="@SUM(A1)", comments="-2+3\x00"[:4], sys_location="\t=cmd|'/c calc'!A1")
    (row,) = csv_rows(client.get(f"{API}/devices/export?format=csv").getvalue())
    assert (row["name"], row["sys_name"], row["comments"]) == ("'=1+1", "'@SUM(A1)", "'-2+3")
    assert row["sys_location"].startswith("'")
    sheet = sheets_of(client.get(f"{API}/devices/{device.pk}/inventory/export").getvalue())["device"]
    assert "<f>" not in sheet
    assert "'=1+1" in sheet


def workbook(sheet: Sheet) -> bytes:
    file = io.BytesIO()
    write_workbook([sheet], file)
    return file.getvalue()


@given(st.text())
def test_no_text_starts_like_a_formula(text: str) -> None:
    written = safe_text(text)
    assert not written.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert not any(ord(char) < 32 and char not in "\n\t" for char in written)
    assert len(written) <= CELL_LENGTH


@given(st.lists(st.lists(st.one_of(st.none(), st.booleans(), st.integers(), st.text()), min_size=2, max_size=2)))
def test_it_writes_any_cells(rows: list[list[Any]]) -> None:
    assert b"".join(csv_lines(Sheet("any", ["a", "b"], rows))).startswith(b"\xef\xbb\xbfa,b")
    assert "any" in sheets_of(workbook(Sheet("any", ["a", "b"], rows)))


def test_it_goes_on_on_another_sheet_when_one_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inventory.spreadsheet.SHEET_ROWS", 3)
    sheets = sheets_of(workbook(Sheet("many", ["n"], [[n] for n in range(5)])))
    assert list(sheets) == ["many", "many 2", "many 3"]
    assert "<v>4</v>" in sheets["many 3"]


def test_it_cuts_a_long_table_on_paper_and_says_so(client: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inventory.report.TABLE_ROWS", 3)
    device = make_device("core1")
    for number in range(5):
        make_interface(device, f"Gi0/{number}")
    text = text_of(client.get(f"{API}/devices/{device.pk}/inventory/export?format=pdf").getvalue())
    assert "Gi0/2" in text
    assert "Gi0/3" not in text
    assert "2 more rows are left out here" in text


def test_it_sends_csv_while_it_reads(client: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inventory.spreadsheet.CSV_ROWS", 2)
    names = [make_device().name for _ in range(5)]
    answer = client.get(f"{API}/devices/export?format=csv")
    assert answer.streaming
    pieces = list(answer)
    assert len(pieces) == 4  # the mark of the encoding, two lines, two, the last
    assert [row["name"] for row in csv_rows(b"".join(pieces))] == sorted(names)


@pytest.fixture
def without_pango(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Importing WeasyPrint fails as it does where the library is missing."""
    import builtins

    real = builtins.__import__

    def missing(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.startswith("weasyprint"):
            raise OSError("cannot load library 'libpango-1.0-0'")
        return real(name, *args, **kwargs)

    return lambda: monkeypatch.setattr(builtins, "__import__", missing)


def test_it_names_the_missing_package_and_still_writes_xlsx(
    client: APIClient, without_pango: Callable[[], None]
) -> None:
    device = equipped_device()
    without_pango()
    answer = client.get(f"{API}/devices/{device.pk}/inventory/export?format=pdf")
    assert answer.status_code == 503
    assert "libpango-1.0-0 libpangoft2-1.0-0" in answer.json()["detail"]
    assert client.get(f"{API}/devices/{device.pk}/inventory/export?format=xlsx").status_code == 200


def test_it_says_in_json_what_it_refuses(client: APIClient) -> None:
    device = make_device()
    wrong = client.get(f"{API}/devices/{device.pk}/inventory/export?format=docx")
    assert wrong.status_code == 400
    assert wrong.json() == {"format": ["'docx' is not offered; accepted are xlsx, pdf."]}
    assert client.get(f"{API}/devices/987654321/inventory/export?format=pdf").status_code == 404
    assert "nonsense" in client.get(f"{API}/devices/export?format=csv&nonsense=1").json()
    assert client.get(f"{API}/devices/export", HTTP_ACCEPT="image/png").status_code == 406


def test_it_exports_only_for_those_who_may_look(client: APIClient) -> None:
    stranger = APIClient()
    stranger.force_login(make_user())
    answer = stranger.get(f"{API}/devices/export?format=xlsx")
    assert answer.status_code == 403
    assert "permission" in answer.json()["detail"]
