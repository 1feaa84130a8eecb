"""What the lab's devices log, in their vendors' forms and from their own addresses: changes, links, everyday noise."""

import asyncio
import random
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from tests.lab.state import Device

LOOK = 0.5  # seconds between two looks at the devices
QUIET = (5.0, 60.0)  # seconds between two everyday messages of a device


@dataclass(frozen=True, slots=True)
class Voice:
    """How a platform says things. Every form takes the device's host name, the time and `user`, `port` or `number`."""

    head: Callable[[Device, datetime, int, int], str]  # severity, count
    config: str
    down: str
    up: str
    noise: tuple[str, ...]


def _ios(device: Device, now: datetime, severity: int, count: int) -> str:
    time = f"{now:%b} {now.day:2d} {now:%H:%M:%S}.{now.microsecond // 1000:03d} UTC"
    return f"<{184 + severity}>{count}: {device.hostname}: {time}: "


def _nxos(device: Device, now: datetime, severity: int, count: int) -> str:
    return f"<{184 + severity}>: {now:%Y} {now:%b} {now.day:2d} {now:%H:%M:%S} UTC: "


def _bsd(device: Device, now: datetime, severity: int, count: int) -> str:
    return f"<{160 + severity}>{now:%b} {now.day:2d} {now:%H:%M:%S} {device.hostname} "


def _vrp(device: Device, now: datetime, severity: int, count: int) -> str:
    return f"<{184 + severity}>{now:%b} {now.day:2d} {now:%Y} {now:%H:%M:%S} {device.hostname} "


VOICES = {
    "cisco_ios": Voice(
        _ios,
        "%SYS-5-CONFIG_I: Configured from console by {user} on vty0 (127.0.0.1)",
        "%LINK-3-UPDOWN: Interface {port}, changed state to down",
        "%LINK-3-UPDOWN: Interface {port}, changed state to up",
        (
            "%SEC_LOGIN-5-LOGIN_SUCCESS: Login Success [user: netops] [Source: 127.0.0.1] [localport: 22]",
            "%SSH-5-SSH2_USERAUTH: User 'netops' authentication for SSH2 Session from 127.0.0.1 (tty = 0) Succeeded",
            "%SYS-6-LOGOUT: User netops has exited tty session 2(127.0.0.1)",
            "%NTP-5-PEERSYNC: NTP synced to peer 192.0.2.{number}",
        ),
    ),
    "cisco_nxos": Voice(
        _nxos,
        "%VSHD-5-VSHD_SYSLOG_CONFIG_I: Configured from vty by {user} on 127.0.0.1@pts/0",
        "%ETHPORT-5-IF_DOWN_LINK_FAILURE: Interface {port} is down (Link failure)",
        "%ETHPORT-5-IF_UP: Interface {port} is up in mode trunk",
        (
            "%AUTHPRIV-6-SYSTEM_MSG: pam_unix(dcos_sshd:session): session opened for user netops - dcos_sshd[{number}]",
            "%USER-6-SYSTEM_MSG: ntp: receive: peer 192.0.2.{number} reachable",
        ),
    ),
    "arista_eos": Voice(
        _bsd,
        "ConfigAgent: %SYS-5-CONFIG_I: Configured from console by {user} on vty3 (127.0.0.1)",
        "Ebra: %LINEPROTO-5-UPDOWN: Line protocol on Interface {port}, changed state to down",
        "Ebra: %LINEPROTO-5-UPDOWN: Line protocol on Interface {port}, changed state to up",
        (
            "Aaa: %AAA-5-LOGIN: user netops logged in [from: 127.0.0.1] [service: sshd]",
            "Lldp: %LLDP-5-NEIGHBOR_NEW: Neighbor with chassisId 001c.73{number:02x}.0001 added on interface Ethernet1",
        ),
    ),
    "juniper_junos": Voice(
        _bsd,
        "mgd[4871]: UI_COMMIT: User '{user}' requested 'commit' operation (comment: none)",
        "mib2d[1210]: SNMP_TRAP_LINK_DOWN: ifIndex 5{number}, ifAdminStatus up(1), ifOperStatus down(2), ifName {port}",
        "mib2d[1210]: SNMP_TRAP_LINK_UP: ifIndex 5{number}, ifAdminStatus up(1), ifOperStatus up(1), ifName {port}",
        (
            "sshd[72{number}]: Accepted password for netops from 127.0.0.1 port 5{number} ssh2",
            "mgd[4871]: UI_LOGIN_EVENT: User 'netops' login, class 'j-super-user' [4871], ssh-connection ''",
        ),
    ),
    "huawei_vrp": Voice(
        _vrp,
        "%%01CFM/4/CFG_CHANGE(l)[{number}]:Configurations have been changed. (UserName={user}, IP=127.0.0.1)",
        "%%01IFNET/4/IF_STATE(l)[{number}]:Interface {port} has turned into DOWN state.",
        "%%01IFNET/4/IF_STATE(l)[{number}]:Interface {port} has turned into UP state.",
        (
            "%%01SSH/4/STELNET_IN(s)[{number}]:User logged in (UserName=netops, IP=127.0.0.1).",
            "%%01NTP/4/CLOCK_SYNC(l)[{number}]:The system clock was synchronised with 192.0.2.{number}.",
        ),
    ),
    "hp_comware": Voice(
        _vrp,
        "%%10CFGMAN/5/CFGMAN_CFGCHANGED: -EventIndex={number}-CommandSource=2-ConfigSource=4-ConfigDestination=2; "
        "Configuration changed.",
        "%%10IFNET/3/PHY_UPDOWN: Physical state on the interface {port} changed to down.",
        "%%10IFNET/3/PHY_UPDOWN: Physical state on the interface {port} changed to up.",
        (
            "%%10SHELL/5/SHELL_LOGIN: netops logged in from 127.0.0.1.",
            "%%10NTP/5/NTP_CLOCK_CHANGE: System clock changed after synchronizing with 192.0.2.{number}.",
        ),
    ),
}


class Speaker:
    """One device's messages to one collector."""

    def __init__(self, device: Device, collector: tuple[str, int], user: str, chance: random.Random) -> None:
        self.device, self.collector, self.user, self.chance = device, collector, user, chance
        self.voice = VOICES.get(device.platform, VOICES["cisco_ios"])
        self.count = 0
        self.seen_config = device.configured
        self.seen_up = {name: port.up for name, port in device.ports.items()}
        self.next_noise = chance.uniform(0, QUIET[0])
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((device.address, 0))

    def close(self) -> None:
        """No more."""
        self.socket.close()

    def look(self, elapsed: float) -> None:
        """Say what has happened since the last look; `elapsed` in seconds since the start."""
        if self.device.configured != self.seen_config and not self.device.logins_now:
            self.seen_config = self.device.configured
            self.say(5, self.voice.config)
        for port, up in self._turned():
            self.say(5 if up else 3, self.voice.up if up else self.voice.down, port)
        if elapsed >= self.next_noise:
            self.next_noise = elapsed + self.chance.uniform(*QUIET)
            self.say(6, self.chance.choice(self.voice.noise))

    def _turned(self) -> Iterator[tuple[str, bool]]:
        for name, port in list(self.device.ports.items()):
            up = port.up
            before = self.seen_up.get(name, up)
            self.seen_up[name] = up
            if before != up:
                yield name, up

    def say(self, severity: int, form: str, port: str = "") -> None:
        """Send one message. A collector that is away hears nothing, as in life."""
        self.count += 1
        head = self.voice.head(self.device, datetime.now(UTC), severity, self.count)
        text = head + form.format(user=self.user, port=port, number=self.chance.randint(10, 99))
        try:
            self.socket.sendto(text.encode(), self.collector)
        except OSError:
            pass


async def speak(speakers: list[Speaker]) -> None:
    """Let them talk until cancelled."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        while True:
            for speaker in speakers:
                speaker.look(loop.time() - began)
            await asyncio.sleep(LOOK)
    finally:
        for speaker in speakers:
            speaker.close()
