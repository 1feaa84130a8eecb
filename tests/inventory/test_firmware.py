"""What comes in as firmware is checked, lies under a name of ours, and goes out to who may see it."""

import errno
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.response import Response
from rest_framework.test import APIClient

from inventory.models import FirmwareImage
from tests.factories import make_user

pytestmark = pytest.mark.django_db
URL = "/api/v1/firmware-images"
BYTES = b"\x7fELF" + bytes(range(256)) * 20
ALL = [f"inventory.{verb}_firmwareimage" for verb in ("view", "add", "change", "delete")]


@pytest.fixture(autouse=True)
def storage(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def client() -> APIClient:
    client = APIClient()
    client.force_login(make_user(*ALL))
    return client


def send(client: APIClient, content: bytes = BYTES, **fields: str) -> Response:
    file = SimpleUploadedFile("../../etc/passwd", content)
    return client.post(
        URL, {"name": "cat9k.bin", "platform": "cisco_ios", "version": "17", "file": file, **fields}, "multipart"
    )


def test_it_stores_the_file_under_a_name_of_ours_with_its_sum(client: APIClient, storage: Path) -> None:
    answer = send(client, sha256=sha256(BYTES).hexdigest().upper())
    assert answer.status_code == 201, answer.json()
    assert (answer.json()["sha256"], answer.json()["size"]) == (sha256(BYTES).hexdigest(), len(BYTES))
    (file,) = storage.rglob("*.bin")
    assert (file.parent, file.name, file.read_bytes()) == (storage, answer.json()["file"], BYTES)


@pytest.mark.parametrize(
    ("content", "fields", "field"),
    [
        (b"", {}, "file"),
        (BYTES, {"sha256": "0" * 64}, "sha256"),
        (BYTES, {"name": "../cat9k.bin"}, "name"),
        (BYTES, {"name": "a\r\nSet-Cookie: b"}, "name"),
        (BYTES, {"name": ".."}, "name"),
        (BYTES, {"name": "a" * 201}, "name"),
    ],
)
def test_it_refuses_by_field_and_leaves_no_file(
    client: APIClient, storage: Path, content: bytes, fields: dict[str, str], field: str
) -> None:
    answer = send(client, content, **fields)
    assert (answer.status_code, list(answer.json())) == (400, [field])
    assert not list(storage.iterdir())


def test_it_refuses_what_is_too_large(client: APIClient, settings: Any) -> None:
    settings.FIRMWARE_MAX_SIZE = 100
    assert "accepted are 1 to 100" in send(client).json()["file"][0]


def test_it_names_the_image_that_is_the_same_file(client: APIClient) -> None:
    send(client)
    assert "cat9k.bin (cisco_ios 17)" in send(client, version="18").json()["file"][0]


def test_it_says_that_the_disk_is_full(client: APIClient, storage: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(FileSystemStorage, "_save", full)
    answer = send(client)
    assert (answer.status_code, "no room" in answer.json()["detail"]) == (507, True)
    assert not FirmwareImage.objects.exists()


def test_a_row_that_is_not_stored_leaves_no_file(
    client: APIClient, storage: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(image: FirmwareImage, **_kwargs: object) -> None:
        image.file.field.pre_save(image, True)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(FirmwareImage, "save", broken)
    assert send(client).status_code == 507
    assert not list(storage.iterdir())


def test_it_gives_the_file_to_who_may_see_it(client: APIClient) -> None:
    url = f"{URL}/{send(client).json()['id']}/download"
    answer = client.get(url)
    assert b"".join(answer.streaming_content) == BYTES
    assert answer["Content-Disposition"] == 'attachment; filename="cat9k.bin"'
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("application/octet-stream", "nosniff")
    stranger = APIClient()
    assert stranger.get(url).status_code == 401
    stranger.force_login(make_user())
    assert stranger.get(url).status_code == 403


def test_the_admin_gives_the_file_to_who_may_see_it(client: APIClient) -> None:
    url = f"/admin/inventory/firmwareimage/{send(client).json()['id']}/download/"
    assert b"".join(client.get(url).streaming_content) == BYTES
    stranger = APIClient()
    stranger.force_login(make_user())
    assert stranger.get(url).status_code == 403


def test_the_admin_checks_an_upload_too(client: APIClient, storage: Path) -> None:
    form = {"name": "n9k.bin", "platform": "cisco_nxos", "version": "9", "file": SimpleUploadedFile("x", BYTES)}
    assert client.post("/admin/inventory/firmwareimage/add/", form, "multipart").status_code == 302
    assert FirmwareImage.objects.get().sha256 == sha256(BYTES).hexdigest()
    again = {**form, "version": "10", "file": SimpleUploadedFile("x", BYTES)}
    assert b"stored already" in client.post("/admin/inventory/firmwareimage/add/", again, "multipart").content
    assert len(list(storage.iterdir())) == 1


def test_the_file_goes_with_its_row_and_with_its_successor(
    client: APIClient, storage: Path, django_capture_on_commit_callbacks: Any
) -> None:
    url = f"{URL}/{send(client).json()['id']}"
    with django_capture_on_commit_callbacks(execute=True):
        client.patch(url, {"file": SimpleUploadedFile("x", b"newer")}, "multipart")
    assert [file.read_bytes() for file in storage.iterdir()] == [b"newer"]
    with django_capture_on_commit_callbacks(execute=True):
        assert client.delete(url).status_code == 204
    assert not list(storage.iterdir())
