"""Standards as YAML files: written from what is stored, and read into standards of one's own."""

from django.db import transaction

from compliance.models import Standard
from compliance.rulebook import MAX_FILE_BYTES, parse_standard, write_standard
from compliance.rules import RuleError
from compliance.shipped import store_rules
from compliance.versions import fields_of


def export_standard(standard: Standard) -> str:
    """The file of a standard, in the format of the shipped ones."""
    head = {
        "slug": standard.slug,
        "name": standard.name,
        "version": standard.version or "1",
        "description": standard.description,
    }
    return write_standard(head, [fields_of(rule) for rule in standard.rules.order_by("rule_id")])


@transaction.atomic
def import_standard(text: str) -> tuple[Standard, bool]:
    """Create a standard of one's own from a file, or replace the one of that slug; and whether it is new.

    Rules keep their waivers and results where their ids stay. Raises RuleError, before anything is stored.
    """
    if len(text.encode(errors="replace")) > MAX_FILE_BYTES:
        raise RuleError(f"The file is longer than {MAX_FILE_BYTES} bytes")
    file = parse_standard(text, "the file")
    standard = Standard.objects.select_for_update().filter(slug=file.slug).first()
    if standard is not None and standard.shipped:
        raise RuleError(f"the file: slug is {file.slug!r}, which comes with the program; give yours another one")
    new, standard = standard is None, standard or Standard(slug=file.slug)
    standard.name, standard.version, standard.description = file.name, file.version, file.description
    standard.full_clean(exclude=["slug"] if not new else None)
    standard.save()
    store_rules(standard, file)
    return standard, new
