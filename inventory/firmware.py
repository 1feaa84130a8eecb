"""Firmware images on disk: what may come in, where it lies, and how it goes out.

The file has a generated name: nothing of what a request says becomes a path. The row's name is what people see.
"""

import contextlib
import errno
import hashlib
from collections.abc import Iterator

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet
from django.http import FileResponse

from inventory.models import FirmwareImage

FULL = (errno.ENOSPC, errno.EDQUOT)
FULL_SENTENCE = "There is no room for this file in FIRMWARE_STORAGE; free some and send it again. Nothing was stored."


class Refused(ValueError):
    """An upload that is not kept. The message is a sentence; `field` says what it is about."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


def checked(file: UploadedFile, promised: str = "", among: QuerySet[FirmwareImage] | None = None) -> str:
    """The upload's SHA-256, read in pieces; raises Refused for what is empty, too large, altered or there already.

    `promised`: what whoever sends it says the sum is. `among`: the rows that count as "there".
    """
    size = file.size or 0
    if not 0 < size <= settings.FIRMWARE_MAX_SIZE:
        limit = settings.FIRMWARE_MAX_SIZE
        raise Refused("file", f"The file has {size} bytes, accepted are 1 to {limit}.")
    found = _sha256(file)
    if promised and promised.lower() != found:
        raise Refused("sha256", f"The file that came has the SHA-256 {found}: it is not the one that was meant.")
    rows = FirmwareImage.objects.all() if among is None else among
    if twin := rows.filter(sha256=found).first():
        raise Refused("file", f"This file is stored already: {twin.name[:100]} ({twin}).")
    return found


@contextlib.contextmanager
def kept_or_gone(image: FirmwareImage) -> Iterator[None]:
    """Around the saving of a row: its new file stays if the row does, and the file it replaces goes with the commit."""
    before = FirmwareImage.objects.filter(pk=image.pk).values_list("file", flat=True).first() or ""
    storage = image.file.storage
    try:
        with transaction.atomic():
            yield
    except BaseException:
        if image.file and getattr(image.file, "_committed", False) and image.file.name != before:
            storage.delete(str(image.file.name))
        raise
    if before and before != image.file.name:
        transaction.on_commit(lambda: storage.delete(before))


def is_full(error: BaseException) -> bool:
    """Whether it says that the disk or the quota is full."""
    return isinstance(error, OSError) and error.errno in FULL


def as_file(image: FirmwareImage) -> FileResponse:
    """The file as a download, in pieces; raises FileNotFoundError when it is not there."""
    if not image.file:
        raise FileNotFoundError(image.pk)
    answer = FileResponse(
        image.file.open("rb"), as_attachment=True, filename=image.name, content_type="application/octet-stream"
    )
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _sha256(file: UploadedFile) -> str:
    digest = hashlib.sha256()
    for piece in file.chunks():
        digest.update(piece)
    file.seek(0)
    return digest.hexdigest()
