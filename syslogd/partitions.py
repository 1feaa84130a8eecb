"""The days of syslog as partitions: made ahead, indexed when they are closed, dropped whole."""


def keep() -> str:
    """Partitions ahead, indexes of closed days, days beyond SYSLOG_RETENTION_DAYS dropped; says what was done."""
    raise NotImplementedError
