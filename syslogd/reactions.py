"""What follows from messages: marks on a device's timeline, a backup after a change. Never a writing operation."""


def react() -> str:
    """Back up the devices whose announced change has been quiet for a while; says what was started."""
    raise NotImplementedError
