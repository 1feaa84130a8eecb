"""The audit trail: who changed what, when, from where, before and after; sealed into a chain of hashes.

`register` makes the saves and deletions of a model entries, `update` and `record` do it for what bypasses `save`.
"""

from inventory.audit.chain import seal
from inventory.audit.trail import Action, created, record, register, update
from inventory.audit.verification import Verification, verify
from inventory.audit.who import Source, Who, acting, current

__all__ = [
    "Action", "Source", "Verification", "Who", "acting", "created", "current", "record", "register", "seal", "update",
    "verify",
]  # fmt: skip
