"""The peer: rsyslog writing what it receives over UDP into our table, tuned as well as we could (measured on 2 cores).

It has its own configuration, process id file and working directory; nothing of the machine's own rsyslog is touched.
"""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen
from urllib.parse import urlsplit

from tests.debian import Package, daemons_kept_down
from tests.process import spawn, stop

PACKAGES = (
    Package("rsyslog", program="rsyslogd"),
    Package("rsyslog-pgsql", file="/usr/lib/*/rsyslog/ompgsql.so"),
)
# The receiver's columns that rsyslog can fill; it cannot tell the device, which favours it.
CONFIGURATION = """
global(workDirectory="{directory}" net.enableDNS="off" maxMessageSize="64k")
main_queue(queue.type="LinkedList" queue.size="2000000" queue.dequeueBatchSize="2000" queue.workerThreads="2")
module(load="imudp")
module(load="ompgsql")
template(name="row" type="string" option.stdsql="on" string="INSERT INTO syslogd_syslogmessage
(id, received_at, sent_at, source, clock, facility, severity, hostname, app_name, procid, msgid, mnemonic, message, raw)
VALUES (0, '%timegenerated:::date-rfc3339%', '%timereported:::date-rfc3339%', '%fromhost-ip%', 0, %syslogfacility%,
%syslogseverity%, '%hostname%', '%app-name%', '%procid%', '%msgid%', '', '%msg%', '')")
ruleset(name="store") {{
  action(type="ompgsql" server="{host}" port="{database_port}" user="{user}" pass="{password}" db="{database}"
         template="row" queue.type="LinkedList" queue.size="2000000" queue.dequeueBatchSize="2000"
         queue.workerThreads="2" queue.timeoutShutdown="1000")
}}
input(type="imudp" address="127.0.0.1" port="{port}" ruleset="store" rcvbufSize="64m")
"""


def install() -> None:
    """The Debian packages, unless they are here; needs root."""
    names = [package.name for package in PACKAGES if not package.is_here()]
    if names:
        with daemons_kept_down():
            command = ["apt-get", "install", "--yes", "--no-install-recommends", "-qq", *names]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


@contextmanager
def rsyslog(directory: Path, database_url: str, port: int) -> Iterator[Popen[bytes]]:
    """Running on a port of 127.0.0.1, until the end; `directory` is made."""
    directory.mkdir(mode=0o700)
    url = urlsplit(database_url)
    configuration = directory / "rsyslog.conf"
    configuration.write_text(
        CONFIGURATION.format(
            directory=directory, port=port, host=url.hostname, database_port=url.port, user=url.username,
            password=url.password, database=url.path.lstrip("/"),
        )
    )  # fmt: skip
    command = ["rsyslogd", "-n", "-f", str(configuration), "-i", str(directory / "pid")]
    process = spawn(command, directory / "log", cwd=directory)
    try:
        yield process
    finally:
        stop(process)
