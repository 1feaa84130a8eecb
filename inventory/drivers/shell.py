"""One interactive SSH session: a command in, its clean text out. No Django.

netmiko logs in and prepares the terminal, because it knows how each vendor does; the reading is ours. netmiko polls
and asks for the prompt again before each command, which costs a round trip and twice the CPU time, and it notices
a closed session only when its read timeout ends.
"""

import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO, StringIO
from typing import Any

from inventory.drivers.base import Target, never
from inventory.drivers.faults import LOGGING_IN, device_errors, sentence
from inventory.drivers.host_key import ask_first, offered_in
from inventory.errors import AuthenticationFailed, DeviceError, SessionLost, Stopped, Unsupported
from inventory.parsing.text import clean

MAX_OUTPUT = 20_000_000  # bytes of one answer; the largest real configurations are a tenth of it
_CHUNK = 65_536
_TAIL = 400
_SLOW_FACTOR = 10  # an answer that keeps dripping ends after this many read timeouts
_LOOK = 1.0  # seconds between two questions whether to go on waiting
_UNECHOED = 2.0  # seconds of silence after which a prompt counts although the command was not echoed
_ECHOED_WHOLE = 80  # columns; a longer line may be wrapped or scrolled by the terminal, which hides its echo
_QUESTION = re.compile(rb"(?:[\[(]y(?:es)?/n(?:o)?[\])]|\[confirm\])[:?]?\s*$", re.IGNORECASE)
_PAGER = re.compile(r"-{2,} ?\(?more\b|<--- More --->|Press any key|lines \d+-\d+", re.IGNORECASE)


class Shell:
    """An open session. Every method raises only DeviceError."""

    def __init__(self, target: Target) -> None:
        """Log in; raises Unreachable, AuthenticationFailed or SessionLost."""
        self.target = target
        self.prompt = ""
        if not target.platform.netmiko_type:
            raise Unsupported(sentence(target, f"is of platform {target.platform.slug}, which is not read over SSH"))
        with device_errors(target, LOGGING_IN):
            self.connection = _connect(target)
        try:
            target.on_host_key(offered_in(self.connection.remote_conn_pre.get_transport()))
            self._take_prompt(self.connection)
            self._enable()
        except BaseException:
            self.close()
            raise

    @property
    def hostname(self) -> str:
        """The host name as the prompt shows it; some vendors tell it nowhere else."""
        return re.sub(r"\(.*?\)$", "", self.prompt.strip("<>[]#$% *~\n").split("@")[-1].split(":")[0])

    def run(self, command: str, reply: str = "", named: str = "") -> str:
        """The answer to one command, without its echo and the prompt, cleaned of terminal control.

        `reply` is typed once where the device asks back ("Are you sure? [Y/N]"). `named` is what sentences call a
        command that holds a secret.
        """
        with device_errors(self.target, f"answering '{named or command}'"):
            self._drain()
            self.connection.write_channel(command + self.connection.RETURN)
            return self._answer(command, self._text(self._read(command, reply, named or command)))

    def close(self) -> None:
        """End the session; never raises."""
        try:
            self.connection.write_channel("exit" + self.connection.RETURN)
        except Exception:  # noqa: S110 - the device was quicker to hang up
            pass
        # The channel goes first: netmiko's disconnect() would else ask the device whether it is in configuration mode
        # and wait for an answer. It is still called, because it removes the log filter that holds the password.
        _quietly(lambda: self.connection.remote_conn.close())
        # paramiko's thread may be waiting in a read, which keeps the connection open for a while after it was closed:
        # whoever logs in next would be the second one on the device.
        _quietly(lambda: self.connection.remote_conn_pre.get_transport().sock.shutdown(socket.SHUT_RDWR))
        _quietly(self.connection.paramiko_cleanup)
        _quietly(self.connection.disconnect)

    def _take_prompt(self, connection: Any) -> None:
        """The last prompt that netmiko saw while it logged in."""
        with device_errors(self.target, "waiting for the prompt"):
            seen = clean(connection.session_log.session_log.getvalue().decode("utf-8", "replace"))
            connection.session_log = None
            self._pattern = _prompt_pattern(connection.base_prompt)
            # A line may go on with the command that was typed at the prompt, when the next prompt came too late.
            prompts = [match for line in seen.splitlines() if (match := self._pattern.match(line))]
            if not prompts:
                raise SessionLost(sentence(self.target, "showed no prompt after the login: check its platform"))
            self.prompt = prompts[-1].group().strip()
            self._echoes = any(match.end() < len(match.string) for match in prompts)

    def _enable(self) -> None:
        secret = self.target.enable_password
        if not secret or not self.prompt.endswith(">"):
            return
        try:
            self.connection.enable()
        except ValueError:
            raise AuthenticationFailed(
                sentence(self.target, "refused the enable password: check the credential")
            ) from None
        except Exception as error:
            with device_errors(self.target, "entering privileged mode"):
                raise error

    def _drain(self) -> None:
        channel = self.connection.remote_conn
        while channel is not None and channel.recv_ready():
            channel.recv(_CHUNK)

    def _read(self, command: str, reply: str, named: str) -> bytes:
        """Everything up to the next prompt."""
        channel = self.connection.remote_conn
        parts: list[bytes] = []
        size, echoed, tail = 0, not command, b""
        give_up = time.monotonic() + self.target.read_timeout * _SLOW_FACTOR
        while True:
            waiting = not echoed and not self._must_echo(command) and self._at_prompt(tail)
            channel.settimeout(min(_UNECHOED, self.target.read_timeout) if waiting else self.target.read_timeout)
            chunk = self._receive(channel, tail, waiting)
            if chunk is None:
                break
            parts.append(chunk)
            size += len(chunk)
            self._bounded(named, size, give_up)
            echoed = echoed or command[-40:] in clean((tail + chunk).decode("utf-8", "replace"))
            tail = (tail + chunk)[-_TAIL:]
            if echoed and not channel.recv_ready() and self._at_prompt(tail):
                break
            if reply and _QUESTION.search(tail):
                self.connection.write_channel(reply + self.connection.RETURN)
                reply = ""
        return b"".join(parts)

    def _text(self, raw: bytes) -> str:
        """Decoded; one stray byte in a description is shown as such, an answer full of them is no answer."""
        text = raw.decode("utf-8", "replace")
        if text.count("\ufffd") > max(20, len(text) // 10):
            raise SessionLost(sentence(self.target, "answered with bytes that are no text: check the device"))
        return text

    def _receive(self, channel: Any, tail: bytes, waiting: bool) -> bytes | None:
        """The next bytes; None when the silence after an unechoed command means that the answer is complete."""
        try:
            chunk: bytes = self._patient_receive(channel)
        except TimeoutError:
            if waiting:
                return None
            if _PAGER.search(tail.decode("utf-8", "replace")):
                raise SessionLost(
                    sentence(self.target, "waits for a key at its pager: check that paging can be switched off")
                ) from None
            raise
        if not chunk:
            raise SessionLost(
                sentence(self.target, "closed the session in the middle of a command: check its session limit and log")
            )
        return chunk

    def _patient_receive(self, channel: Any) -> bytes:
        """The next bytes; asks now and then whether we shall go on waiting. Raises TimeoutError or Stopped."""
        end = time.monotonic() + channel.gettimeout()
        while True:
            if self.target.stopped():
                raise Stopped(sentence(self.target, "was not waited for any longer"))
            channel.settimeout(max(0.01, min(_LOOK, end - time.monotonic())))
            try:
                chunk: bytes = channel.recv(_CHUNK)
                return chunk
            except TimeoutError:
                if time.monotonic() >= end:
                    raise

    def _bounded(self, command: str, size: int, give_up: float) -> None:
        if size > MAX_OUTPUT:
            raise DeviceError(
                sentence(self.target, f"sent more than {MAX_OUTPUT // 1_000_000} MB in answer to '{command}': not kept")
            )
        if time.monotonic() > give_up:
            raise SessionLost(
                sentence(
                    self.target,
                    f"did not finish its answer to '{command}' within {self.target.read_timeout * _SLOW_FACTOR:g} s",
                )
            )

    def _must_echo(self, command: str) -> bool:
        """Whether a prompt before the command's echo is a late one of the login, however long the silence after it."""
        return self._echoes and command.isascii() and len(self.prompt + command) < _ECHOED_WHOLE

    def _at_prompt(self, tail: bytes) -> bool:
        last = clean(tail.decode("utf-8", "replace")).rpartition("\n")[2]
        return bool(self._pattern.fullmatch(last))

    def _answer(self, command: str, raw: str) -> str:
        text, newline, prompt = clean(raw).rpartition("\n")
        self.prompt = prompt.strip()
        lines = (text + newline).splitlines(keepends=True)
        echo = next((number for number, line in enumerate(lines) if self._is_echo(line, command, not number)), -1)
        return "".join(lines[echo + 1 :])

    def _is_echo(self, line: str, command: str, first: bool) -> bool:
        """Whether the line shows the command being typed; above it stand late prompts and what was asked before."""
        line = line.rstrip()
        if not command or not line.endswith(command):
            return False
        return first or bool(self._pattern.fullmatch(line.removesuffix(command)))


def _connect(target: Target) -> Any:
    from netmiko import ConnectHandler  # 0.4 s of import: paid by the worker at its first device, not by every process

    connection = ConnectHandler(
        device_type=target.platform.netmiko_type,
        host=target.address,
        port=target.port,
        username=target.username,
        password=target.password.reveal(),
        secret=target.enable_password.reveal(),
        pkey=_private_key(target),
        passphrase=target.passphrase.reveal() or None,
        conn_timeout=target.connect_timeout,
        banner_timeout=target.connect_timeout,
        auth_timeout=target.connect_timeout,
        read_timeout_override=target.read_timeout,
        session_log=BytesIO(),
        auto_connect=False,
    )
    client = connection._get_ssh_client_instance
    connection._get_ssh_client_instance = lambda: ask_first(client(), target.host_key_type)  # type: ignore[method-assign]
    try:
        with _given_up(target, connection):
            connection._open()
    except BaseException:
        _quietly(connection.paramiko_cleanup)
        _quietly(connection.disconnect)
        if target.stopped():
            raise Stopped(sentence(target, "was not waited for any longer")) from None
        raise
    return connection


@contextmanager
def _given_up(target: Target, connection: Any) -> Iterator[None]:
    """Close the connection under netmiko's login when nobody wants its end any more: it cannot be asked to stop."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(_LOOK):
            if target.stopped():  # again and again: at first there may be nothing to close yet
                _quietly(connection.paramiko_cleanup)
                # netmiko takes silence of a closed channel for a slow device, and only a missing one for an error.
                if channel := getattr(connection, "channel", None):  # made after the transport
                    channel.remote_conn = None

    if target.stopped is not never:
        threading.Thread(target=watch, name="login", daemon=True).start()
    try:
        yield
    finally:
        done.set()


def _private_key(target: Target) -> Any:
    """The key as paramiko's object; raises AuthenticationFailed when the text is no key or the passphrase is wrong."""
    if not target.private_key:
        return None
    import paramiko

    passphrase = target.passphrase.reveal() or None
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        try:
            return kind.from_private_key(StringIO(target.private_key.reveal()), password=passphrase)
        except (paramiko.SSHException, ValueError):
            continue
    raise AuthenticationFailed(
        sentence(target, "was not tried: the private key of its credential is not readable with its passphrase")
    )


def _prompt_pattern(base_prompt: str) -> re.Pattern[str]:
    """A whole line that is a prompt: "core-1#", "core-1(config-if)#", "<core-1>", "[~core-1-vlan10]", "admin@fw> "."""
    return re.compile(rf"\s*[<\[]?[~*]?(?:HRP_\S)?{re.escape(base_prompt.strip())}\S{{0,60}}\s?\S{{0,40}}[>#$%\]]\s*")


def _quietly(close: Any) -> None:
    try:
        close()
    except Exception:  # noqa: S110 - closing what is broken may fail, and nothing is left to do about it
        pass
