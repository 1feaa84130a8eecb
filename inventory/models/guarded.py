"""Rows that must not be deleted while that would let somebody see more, whichever way the deletion comes."""

from typing import Any

from django.db import models


class GuardedQuerySet(models.QuerySet[Any]):
    """Deletes all of its rows or none."""

    def delete(self) -> tuple[int, dict[str, int]]:
        for row in self:
            row.require_deletable()
        return super().delete()


class Guarded(models.Model):
    """A row that says itself why it cannot be deleted now."""

    objects = GuardedQuerySet.as_manager()

    class Meta:
        abstract = True

    def refusal(self) -> str:
        """A sentence when the row has to stay, else nothing."""
        raise NotImplementedError

    def require_deletable(self) -> None:
        """Raise ProtectedError with the sentence."""
        if sentence := self.refusal():
            raise models.ProtectedError(sentence, {self})

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        self.require_deletable()
        return super().delete(*args, **kwargs)
