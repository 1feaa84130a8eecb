"""The files that jobs make, kept in the database a piece at a time: web and workers may share no disk."""

from collections.abc import Iterable, Iterator
from typing import IO

from django.db import transaction

from jobs.models import FilePiece, Job

PIECE = 2**20  # octets


def store(job: Job, role: FilePiece.Role, contents: Iterable[bytes]) -> int:
    """Keep these pieces in their order instead of what the job had in this role; returns how many octets they are."""
    size = 0
    with transaction.atomic():
        FilePiece.objects.filter(job=job, role=role).delete()
        for number, content in enumerate(contents, 1):
            FilePiece.objects.create(job=job, role=role, number=number, content=content)
            size += len(content)
    return size


def pieces(job: Job, role: FilePiece.Role) -> Iterator[bytes]:
    """What the job keeps in this role, one piece in memory at a time."""
    kept = FilePiece.objects.filter(job=job, role=role)
    for number in list(kept.order_by("number").values_list("number", flat=True)):
        content = kept.filter(number=number).values_list("content", flat=True).first()
        if content is not None:
            yield bytes(content)


def has_file(job: Job) -> bool:
    """Whether there is something to download."""
    return FilePiece.objects.filter(job=job, role=FilePiece.Role.FILE).exists()


def cut(file: IO[bytes]) -> Iterator[bytes]:
    """A file's content in pieces."""
    while content := file.read(PIECE):
        yield content
