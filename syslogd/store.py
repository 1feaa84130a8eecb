"""The verb that stores a batch."""


def ingest(key: str) -> int:
    """Store the batch under this key; returns its rows, 0 when it was stored before."""
    raise NotImplementedError
