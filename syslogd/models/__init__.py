"""The nouns of syslog, one a file."""

from syslogd.models.batch import SyslogBatch, SyslogPoison
from syslogd.models.event import ChangeNotice, SyslogEvent
from syslogd.models.message import SyslogMessage
from syslogd.models.run import SyslogRun

__all__ = ["ChangeNotice", "SyslogBatch", "SyslogEvent", "SyslogMessage", "SyslogPoison", "SyslogRun"]
