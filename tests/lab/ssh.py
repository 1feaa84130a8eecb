"""The SSH side of a device: login, character echo, paging, exec requests, and the faults of a session."""

import asyncio
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Protocol

import asyncssh
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.lab.cli import Cli
from tests.lab.faults import FaultBox
from tests.lab.state import Device
from tests.lab.vendors.baseline import Credentials

BANNERS = {
    "cisco_ios": "Cisco-1.25",
    "cisco_nxos": "OpenSSH_7.2 FIPS",
    "arista_eos": "OpenSSH_8.7",
    "hp_comware": "Comware-7.1.070",
    "huawei_vrp": "HUAWEI-1.5",
    "juniper_junos": "OpenSSH_7.5",
}
_ENTER, _BACKSPACE, _NUL, _CTRL_C, _CTRL_Z = b"\r\n", b"\x08\x7f", b"\x00", 3, 26
_PRINTABLE = re.compile(rb"[ -~\x80-\xff]*")


class Abortable(Protocol):
    """A connection that can be dropped at once."""

    def abort(self) -> None: ...


@dataclass(frozen=True, slots=True)
class SshSide:
    """What a session needs to know of its device."""

    device: Device
    faults: FaultBox
    credentials: Credentials
    delay: float  # seconds per command
    new_cli: Callable[[], Cli]
    new_session: "Callable[[SshSide], Session]"
    reboot: Callable[[float], None]  # all sessions end, and the ports stay closed for so many seconds
    open: set[Abortable] = field(default_factory=set)  # connections of this moment


def device_key(seed: int, serial: str) -> asyncssh.SSHKey:
    """The device's own ed25519 host key: the same for the same seed, so that pinning can be tried."""
    secret = Ed25519PrivateKey.from_private_bytes(sha256(f"{seed}/{serial}".encode()).digest())
    pem = secret.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    return asyncssh.import_private_key(pem)


class Login(asyncssh.SSHServer):
    """Password login; the product never gets more than `permission denied`."""

    def __init__(self, side: SshSide) -> None:
        self._side = side
        self._logged_in = False

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._side.open.add(conn)

    def auth_completed(self) -> None:
        self._logged_in = True
        self._side.device.logged_in()

    def connection_lost(self, exc: Exception | None) -> None:
        self._side.open.discard(self._connection)
        if self._logged_in:
            self._side.device.logged_out()

    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        wanted = (self._side.credentials.username, self._side.credentials.password)
        return (username, password) == wanted and not self._side.faults.has("wrong-password")

    def session_requested(self) -> "Session":
        return self._side.new_session(self._side)


class Session(asyncssh.SSHServerSession[bytes]):
    """One channel: an interactive shell or one exec request."""

    def __init__(self, side: SshSide) -> None:
        self._side = side
        self._cli = side.new_cli()
        self._typed = bytearray()
        self._arrived = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._command = ""
        self._gone = False

    def connection_made(self, chan: "asyncssh.SSHServerChannel[bytes]") -> None:
        self._chan = chan

    def pty_requested(self, *_: object) -> bool:
        return True

    def shell_requested(self) -> bool:
        return True

    def exec_requested(self, command: str) -> bool:
        self._command = command
        return True

    def session_started(self) -> None:
        work = self._run_one() if self._command else self._run_shell()
        self._task = asyncio.get_running_loop().create_task(work)

    def data_received(self, data: bytes, datatype: int | None) -> None:
        self._typed += data
        self._arrived.set()

    def eof_received(self) -> bool:
        self._gone = True
        self._arrived.set()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _run_one(self) -> None:
        self._cli.page_length = 0
        await self._answer(self._command)
        if not self._chan.is_closing():
            self._chan.exit(0)

    async def _run_shell(self) -> None:
        self._print(self._cli.greeting + "\n" + self._cli.prompt)
        while not self._cli.closed:
            line = await self._read_line()
            if line is None:
                break
            if await self._answer(line) and self._cli.answer is None and not self._cli.closed:
                await self._prompt_after(line)
        if not self._chan.is_closing():
            self._chan.exit(0)

    async def _prompt_after(self, line: str) -> None:
        shown = line.startswith(("show ", "display "))
        if not shown:
            await self._lag()
        self._print(self._cli.prompt)
        if not shown:
            await asyncio.sleep(self._side.faults.seconds_of("late-prompt"))

    async def _lag(self) -> None:
        """Print nothing until more is typed, as a device that is behind with its work."""
        if self._side.faults.has("late-prompt"):
            await self._typing()

    async def _answer(self, line: str) -> bool:
        """Run a line and print what it gives; False when the session was cut."""
        await asyncio.sleep(self._side.delay + self._side.faults.seconds)
        output = self._cli.enter(line)
        await asyncio.sleep(self._cli.pause)
        self._cli.pause = 0.0
        if self._cli.cut:
            self._drop()
            return False
        if output and self._side.faults.has("rubbish"):
            self._chan.write(os.urandom(600) + b"\r\n")
            return True
        if self._cli.showed_config and self._cut_short():
            output = output[: len(output) * 2 // 3].rpartition("\n")[0] + "\n"
        if self._cli.showed_config and self._side.faults.has("cut-in-config"):
            self._print(output[: len(output) // 2])
            self._drop()
            return False
        await self._print_pages(output)
        return True

    def _cut_short(self) -> bool:
        faults = self._side.faults
        reread = bool(self._side.device.applied) and faults.spend("truncated-reread") is not None
        return reread or faults.has("truncated-config")

    def _drop(self) -> None:
        if self._cli.away:
            self._side.reboot(self._cli.away)
        self._chan.get_connection().abort()

    def _print(self, text: str) -> None:
        if not self._chan.is_closing():
            self._chan.write(re.sub(r"\r?\n", "\r\n", text).encode())

    async def _print_pages(self, text: str) -> None:
        lines = text.splitlines(keepends=True)
        room = self._cli.page_length - 1
        if self._cli.page_length == 0 or len(lines) <= room:
            self._print(text)
            return
        shown, step = 0, room
        while shown < len(lines):
            self._print("".join(lines[shown : shown + step]))
            shown += step
            if shown >= len(lines):
                return
            self._print(self._cli.pager)
            key = await self._read_key()
            self._print("\b" * len(self._cli.pager) + " " * len(self._cli.pager) + "\b" * len(self._cli.pager))
            if key is None or key in b"qQ\x03":
                return
            step = 1 if key in _ENTER else room

    async def _typing(self) -> bool:
        """Wait until something is typed; False at the end of input."""
        while not self._typed and not self._gone:
            self._arrived.clear()
            await self._arrived.wait()
        return bool(self._typed)

    async def _read_key(self) -> bytes | None:
        if not await self._typing():
            return None
        key = bytes(self._typed[:1])
        del self._typed[:1]
        return key

    async def _read_line(self) -> str | None:
        """The next line, echoed as typed; None at the end of input."""
        line = bytearray()
        while True:
            key = await self._read_key()
            if key is None:
                return None
            if key in (b"\r", b"\n"):
                if key == b"\r" and self._typed[:1] == b"\n":
                    del self._typed[:1]
                if not line:
                    await self._lag()
                self._chan.write(b"\r\n")
                return line.decode("utf-8", "replace")
            if key[0] == _CTRL_Z:
                self._chan.write(b"^Z\r\n")
                return "end"
            if key[0] == _CTRL_C:
                self._chan.write(b"^C\r\n")
                return ""
            self._edit(line, key + self._typed_run())

    def _typed_run(self) -> bytes:
        """Printable bytes that have already arrived: echoed in one packet instead of one each."""
        run = _PRINTABLE.match(self._typed)
        data = run[0] if run else b""
        del self._typed[: len(data)]
        return bytes(data)

    def _edit(self, line: bytearray, key: bytes) -> None:
        if key[:1] in _BACKSPACE:
            if line:
                del line[-1:]
                self._chan.write(b"\b \b")
            key = key[1:]
        key = key.replace(_NUL, b"")
        if key:
            line += key
            if not self._cli.hidden:
                self._chan.write(key)


async def listen(side: SshSide, address: str, port: int, keys: list[asyncssh.SSHKey]) -> asyncssh.SSHAcceptor:
    """Open the SSH port of one device. Raises OSError when it is taken."""
    return await asyncssh.create_server(
        lambda: Login(side),
        address,
        port,
        server_host_keys=keys,
        server_version=BANNERS[side.device.platform],
        encoding=None,
        line_editor=False,
        reuse_address=True,
        backlog=20,
        allow_scp=False,
        gss_host=None,
        agent_forwarding=False,
        x11_forwarding=False,
    )
