"""A real router nobody here wrote: FRR behind OpenSSH, net-snmp's snmpd and lldpd, in namespaces of its own.

Network, mount, UTS and PID namespaces keep it apart: the user whose login shell is `vtysh` exists only in a
passwd file mounted there, and when the first process of the PID namespace ends, everything in it has ended.
That first process is a `sleep`: a daemon that changes its user loses the order to die with its parent.
"""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from pathlib import Path
from types import TracebackType

from tests.lab.lab import DEFAULT_COMMUNITY, V3_USER
from tests.lab.snmp import ber

FRR_DAEMONS = ("zebra", "mgmtd", "staticd", "ospfd", "bgpd")
_FRR_FOLDER = Path("/usr/lib/frr")
_PROGRAMS = {
    "vtysh": "frr",
    "snmpd": "snmpd",
    "lldpd": "lldpd",
    "sshd": "openssh-server",
    "ssh-keygen": "openssh-client",
    "ip": "iproute2",
    "unshare": "util-linux",
    "openssl": "openssl",
}
_PATH = "/usr/sbin:/sbin:/usr/bin:/bin"
_SLOTS = 32  # routers at the same time on one machine: /30 networks of 198.51.100.0/25 (RFC 5737)

_FRR_CONF = """
frr defaults traditional
hostname {hostname}
log syslog informational
no ipv6 forwarding
service integrated-vtysh-config
!
ip route 203.0.113.0/24 192.0.2.2
!
interface eth0
 description management
 ip address {address}/30
exit
!
interface eth1
 description to {neighbour} eth0
 ip address 192.0.2.1/30
exit
!
interface lo
 description Router-ID
 ip address 192.0.2.129/32
exit
!
router bgp 64512
 bgp router-id 192.0.2.129
 neighbor 192.0.2.2 remote-as 64513
 neighbor 192.0.2.2 password {secret}
exit
!
router ospf
 ospf router-id 192.0.2.129
 network 192.0.2.0/30 area 0
exit
!
"""
_SNMPD_CONF = """
agentAddress udp:{address}:161
rocommunity {community}
createUser {user} SHA {auth} AES {priv}
rouser {user} priv
sysName {hostname}
sysLocation SEL building 1, rack 9
sysContact noc@lab.example
sysServices 76
master agentx
agentXSocket {folder}/agentx.sock
"""
_SSHD_CONF = """
ListenAddress {address}
Port 22
HostKey {folder}/host_key
PidFile none
UsePAM no
PasswordAuthentication yes
PermitRootLogin no
AllowUsers {username}
StrictModes no
"""
_LLDPD_CONF = """
configure system hostname {hostname}
configure system ip management pattern {address}
configure lldp tx-interval 2
configure lldp portidsubtype ifname
"""
_ROUTER_SCRIPT = """
set -e
export PATH={path}
for name in passwd shadow group; do mount --bind {folder}/$name /etc/$name; done
mount --bind {folder}/frr /etc/frr
mkdir -p /var/tmp/frr /var/lib/snmp
for place in /run /var/tmp/frr /var/lib/snmp; do mount -t tmpfs -o mode=755 tmpfs $place; done
mkdir /run/frr /run/sshd /run/lldpd
chown frr:frr /run/frr /var/tmp/frr; chown -R frr:frr /etc/frr
hostname {hostname}
ip link set lo up
for daemon in {daemons}; do {frr}/$daemon -d -A 127.0.0.1 -f /dev/null; done
vtysh -b
snmpd -Lf {folder}/snmpd.log -C -c {folder}/snmpd.conf
lldpd -x -X {folder}/agentx.sock -I eth1 -O {folder}/lldpd.conf
$(command -v sshd) -E {folder}/sshd.log -f {folder}/sshd_config
exec sleep infinity
"""
_NEIGHBOUR_SCRIPT = """
set -e
export PATH={path}
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/lldpd
hostname {neighbour}
ip link set lo up
ip addr add 192.0.2.2/30 dev eth0
lldpd -O {folder}/neighbour.conf
exec sleep infinity
"""


def available() -> str:
    """Empty when the router can run here, else the sentence that says what is missing."""
    if os.geteuid() != 0:
        return "the FRR router needs root, to make network namespaces"
    missing = {package for program, package in _PROGRAMS.items() if not shutil.which(program, path=_PATH)}
    missing |= set() if (_FRR_FOLDER / "zebra").exists() else {"frr"}
    if missing:
        return f"the FRR router needs Debian packages: apt-get install {' '.join(sorted(missing))}"
    done = subprocess.run(["unshare", "--mount", "--net", "--uts", "--pid", "--fork", "true"], capture_output=True)
    return "" if done.returncode == 0 else f"namespaces are not allowed here: {done.stderr.decode().strip()}"


class FrrRouter:
    """`with FrrRouter() as router:` a router that answers SSH (vtysh), SNMP v2c and v3, and sees one LLDP neighbour.

    Raises RuntimeError with the reason when it cannot run or does not come up within a minute.
    """

    hostname = "frr-edge-01"
    neighbour = "frr-edge-02"
    username = "frrops"
    ssh_port = 22
    snmp_port = 161
    community = DEFAULT_COMMUNITY
    v3_user = V3_USER

    def __init__(self) -> None:
        self.password = secrets.token_urlsafe(12)
        self.secret = "planted-" + secrets.token_hex(4)  # in the configuration, to be redacted
        self.address = ""
        self._slot = ""
        self._folder = Path()
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> "FrrRouter":
        if reason := available():
            raise RuntimeError(reason)
        try:
            self._take_slot()
            self._write_files()
            self._cable()
            self._start()
            self._wait()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End every process and remove namespaces, cable and files. Calling it again does nothing."""
        for process in self._processes:
            _kill_namespace(process.pid)
            process.wait(timeout=20)
        self._processes.clear()
        if self._slot:
            for name in self._namespaces:
                subprocess.run(["ip", "netns", "delete", name], capture_output=True, check=False)
            subprocess.run(["ip", "link", "delete", f"{self._slot}r"], capture_output=True, check=False)
            shutil.rmtree(self._folder, ignore_errors=True)
            self._slot = ""

    @property
    def namespace(self) -> str:
        """The router's network namespace, for `ip netns exec`."""
        return self._namespaces[0]

    @property
    def _namespaces(self) -> tuple[str, str]:
        return f"{self._slot}-router", f"{self._slot}-neighbour"

    def _take_slot(self) -> None:
        """A namespace's name is the lock that keeps parallel runs apart."""
        for number in range(_SLOTS):
            done = subprocess.run(["ip", "netns", "add", f"nmlab{number}-router"], capture_output=True, check=False)
            if done.returncode == 0:
                self._slot = f"nmlab{number}"
                self.address = f"198.51.100.{4 * number + 2}"
                self._own_address = f"198.51.100.{4 * number + 1}"
                self._folder = Path(tempfile.mkdtemp(prefix="nmlab-"))
                self._folder.chmod(0o755)
                return
        raise RuntimeError(f"no network namespace could be made: {done.stderr.decode().strip()}")

    def _write_files(self) -> None:
        words = {
            "folder": self._folder, "hostname": self.hostname, "neighbour": self.neighbour, "address": self.address,
            "secret": self.secret, "community": self.community, "user": self.v3_user.name,
            "auth": self.v3_user.auth_password, "priv": self.v3_user.priv_password, "username": self.username,
            "path": _PATH, "frr": _FRR_FOLDER,
            "daemons": " ".join(d for d in FRR_DAEMONS if (_FRR_FOLDER / d).exists()),
        }  # fmt: skip
        neighbour = _LLDPD_CONF.format(hostname=self.neighbour, address="192.0.2.2")
        (self._folder / "frr").mkdir()
        for name, text in {
            "frr/frr.conf": _FRR_CONF.format(**words),
            "frr/vtysh.conf": "service integrated-vtysh-config\n",
            "frr/daemons": "",
            "snmpd.conf": _SNMPD_CONF.format(**words),
            "sshd_config": _SSHD_CONF.format(**words),
            "lldpd.conf": _LLDPD_CONF.format(**words),
            "neighbour.conf": neighbour,
            "router.sh": _ROUTER_SCRIPT.format(**words),
            "neighbour.sh": _NEIGHBOUR_SCRIPT.format(**words),
        }.items():
            (self._folder / name).write_text(text)
        self._write_accounts()
        _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{self._folder}/host_key")

    def _write_accounts(self) -> None:
        """Copies of the account files with one user more, to be mounted over the real ones."""
        hashed = _run("openssl", "passwd", "-6", "-stdin", given=self.password).strip()
        group = Path("/etc/group").read_text()
        (gid,) = (line.split(":")[2] for line in group.splitlines() if line.startswith("frrvty:"))
        lines = [f"{x},{self.username}" if x.startswith("frrvty:") else x for x in group.splitlines()]
        account = f"{self.username}:x:64200:{gid}::/tmp:/usr/bin/vtysh\n"
        (self._folder / "group").write_text("\n".join(lines) + "\n")
        (self._folder / "passwd").write_text(Path("/etc/passwd").read_text() + account)
        shadow = Path(self._folder / "shadow")
        shadow.touch(mode=0o600)
        shadow.write_text(Path("/etc/shadow").read_text() + f"{self.username}:{hashed}:19000:0:99999:7:::\n")

    def _cable(self) -> None:
        router, neighbour = self._namespaces
        _run("ip", "netns", "add", neighbour)
        _run("ip", "link", "add", f"{self._slot}r", "type", "veth", "peer", "name", "eth0", "netns", router)
        _run("ip", "-n", router, "link", "add", "eth1", "type", "veth", "peer", "name", "eth0", "netns", neighbour)
        _run("ip", "addr", "add", f"{self._own_address}/30", "dev", f"{self._slot}r")
        _run("ip", "link", "set", f"{self._slot}r", "up")
        for namespace, link in ((router, "eth0"), (router, "eth1"), (neighbour, "eth0")):
            _run("ip", "-n", namespace, "link", "set", link, "up")

    def _start(self) -> None:
        for namespace, script in zip(self._namespaces, ("router.sh", "neighbour.sh"), strict=True):
            command = ["ip", "netns", "exec", namespace, "unshare", "--mount", "--uts", "--pid", "--fork",
                       "--kill-child", "--mount-proc", "sh", f"{self._folder}/{script}"]  # fmt: skip
            with (self._folder / f"{script}.log").open("wb") as log:
                process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            self._processes.append(process)

    def _wait(self) -> None:
        """Until SSH, SNMP and the LLDP neighbour answer."""
        pause = threading.Event()
        for _ in range(300):
            if any(process.poll() is not None for process in self._processes):
                break
            if self._ssh_answers() and self._snmp_answers(_SYS_NAME) and self._snmp_answers(_LLDP_REMOTE, below=True):
                return
            pause.wait(0.2)
        logs = "\n".join(f"{p.name}: {p.read_text()[-800:]}" for p in sorted(self._folder.glob("*.log")))
        raise RuntimeError(f"the FRR router did not come up:\n{logs}")

    def _ssh_answers(self) -> bool:
        try:
            with socket.create_connection((self.address, self.ssh_port), timeout=1) as connection:
                return connection.recv(4) == b"SSH-"
        except OSError:
            return False

    def _snmp_answers(self, name: ber.Oid, below: bool = False) -> bool:
        """Whether a GET (or, `below`, a GETNEXT that stays inside the table) is answered."""
        tag = ber.GETNEXT if below else ber.GET
        request = ber.pdu(tag, 1, 0, 0, ber.varbind(ber.oid(name), b"\x05\x00"))
        message = ber.sequence(ber.integer(1), ber.octets(self.community), request)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(1)
            try:
                client.connect((self.address, self.snmp_port))
                client.send(message)
                answer = client.recv(65_507)
            except OSError:
                return False
        return ber.oid(name)[2:] in answer and b"\x82\x00" not in answer[-2:]


_SYS_NAME = (1, 3, 6, 1, 2, 1, 1, 5, 0)
_LLDP_REMOTE = (1, 0, 8802, 1, 1, 2, 1, 4, 1, 1, 9)


def _kill_namespace(unshare: int) -> None:
    """Kill the first process of a PID namespace, which `unshare` then reaps; all others in it die with it."""
    children = Path(f"/proc/{unshare}/task/{unshare}/children").read_text().split()
    for pid in children or [str(unshare)]:
        os.kill(int(pid), signal.SIGKILL)


def _run(*command: str, given: str = "") -> str:
    """Run a program; RuntimeError with its own words when it fails."""
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[:4])} failed: {done.stderr.strip()}")
    return done.stdout
