"""What makes two things the same: the hash of what they say. Pure."""

import hashlib
import json
from typing import Any


def digest(value: Any) -> str:
    """The SHA-256 of anything JSON-able, whatever the order of its keys; what JSON does not know counts as its text."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()
