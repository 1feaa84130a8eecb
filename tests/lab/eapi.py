"""Arista's eAPI: JSON-RPC 2.0 over HTTP with basic authentication, on `/command-api`."""

import asyncio
import base64
import binascii
import hmac
import json
import os
from typing import Any

from tests.lab.cli import Cli
from tests.lab.ssh import SshSide

_MAX_BODY = 1_000_000
_REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found"}


class CommandFailed(Exception):
    """Error 1002 of eAPI, with its sentence."""


class Visit:
    """One connection; its first request with the right password is a login."""

    def __init__(self, side: SshSide) -> None:
        self.side = side
        self._logged_in = False

    def allowed(self, header: str) -> bool:
        """Whether this Authorization header lets a request in."""
        if not _allowed(self.side, header):
            return False
        if not self._logged_in:
            self.side.device.logged_in()
        self._logged_in = True
        return True

    def ended(self) -> None:
        if self._logged_in:
            self.side.device.logged_out()


async def listen(side: SshSide, address: str, port: int) -> asyncio.Server:
    """Open the HTTP port of one device. Raises OSError when it is taken."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visit = Visit(side)
        side.open.add(writer.transport)
        try:
            while await _one_request(visit, reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError, ValueError):
            pass  # the client went away or does not speak HTTP
        except asyncio.CancelledError:
            pass  # the lab stops; asyncio 3.11 would print a trace for a connection that ends cancelled
        finally:
            side.open.discard(writer.transport)
            visit.ended()
            writer.close()

    return await asyncio.start_server(serve, address, port)


async def _one_request(visit: Visit, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    start, *lines = head.split("\r\n")
    headers = {k.strip().lower(): v.strip() for k, _, v in (x.partition(":") for x in lines)}
    body = await reader.readexactly(min(int(headers.get("content-length", "0")), _MAX_BODY))
    status, payload = 200, b""
    if start.split(" ")[:2] != ["POST", "/command-api"]:
        status = 404
    elif not visit.allowed(headers.get("authorization", "")):
        status = 401
    else:
        payload = await _answer(visit.side, body)
        status = 200 if payload else 400
    await _send(writer, status, payload)
    return headers.get("connection", "").lower() != "close" and status == 200


async def _send(writer: asyncio.StreamWriter, status: int, payload: bytes) -> None:
    extra = 'WWW-Authenticate: Basic realm="COMMAND_API_AUTH"\r\n' if status == 401 else ""
    writer.write(
        f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: application/json\r\n{extra}"
        f"Content-Length: {len(payload)}\r\n\r\n".encode()
        + payload
    )
    await writer.drain()


def _allowed(side: SshSide, header: str) -> bool:
    wanted = f"{side.credentials.username}:{side.credentials.password}".encode()
    try:
        given = base64.b64decode(header.removeprefix("Basic "), validate=True)
    except (binascii.Error, ValueError):
        return False
    return hmac.compare_digest(given, wanted) and not side.faults.has("wrong-password")


async def _answer(side: SshSide, body: bytes) -> bytes:
    """The JSON-RPC response; empty when the request is none."""
    try:
        request = json.loads(body)
        parameters = request["params"]
        typed = [c if isinstance(c, str) else str(c["cmd"]) for c in parameters["cmds"]]
        inputs = ["" if isinstance(c, str) else str(c.get("input", "")) for c in parameters["cmds"]]
        text = parameters.get("format", "json") == "text"
    except (ValueError, KeyError, TypeError, AttributeError):
        return b""
    if side.faults.has("rubbish"):
        return os.urandom(600)
    cli = side.new_cli()
    cli.page_length = 0
    results: list[dict[str, Any]] = []
    reply: dict[str, Any] = {"jsonrpc": "2.0", "id": request.get("id")}
    for number, command in enumerate(typed, start=1):
        await asyncio.sleep(side.delay + side.faults.seconds)
        try:
            results.append(run(cli, command, text))
            await asyncio.sleep(cli.pause)
            cli.pause = 0.0
            if inputs[number - 1] and cli.enter(inputs[number - 1]).startswith("% "):  # the enable password
                raise CommandFailed("permission denied")
        except CommandFailed as failed:
            message = f"CLI command {number} of {len(typed)} '{command}' failed: {failed}"
            reply["error"] = {"code": 1002, "message": message, "data": [*results, {"errors": [str(failed)]}]}
            return json.dumps(reply).encode()
        if cli.away:
            side.reboot(cli.away)
        if cli.cut:
            raise ConnectionError("cut, as ordered")
        if cli.showed_config and side.faults.has("truncated-config"):
            output = results[-1]["output"]
            results[-1]["output"] = output[: len(output) * 2 // 3]
        if cli.showed_config and side.faults.has("cut-in-config"):
            raise ConnectionError("cut in the configuration, as ordered")
    reply["result"] = results
    return json.dumps(reply).encode()


def run(cli: Cli, command: str, text: bool) -> dict[str, Any]:
    """One command as eAPI gives it. Raises CommandFailed for what the device refuses or cannot convert."""
    if text or cli.in_text(command) or not command.startswith("show"):
        output = cli.enter(command)
        error = output.lstrip(" ^\n").split("\n")[0]
        if error.startswith(("% Invalid", "% Incomplete", "% Ambiguous")):
            raise CommandFailed("invalid command")
        if error.startswith("%"):
            raise CommandFailed(f"could not run command [{error.lstrip('% ')}]")
        return {"output": output} if text else {}
    output = cli.enter(f"{command} | json")
    try:
        return dict(json.loads(output))
    except ValueError:
        raise CommandFailed("unconverted command" if "%" not in output else "invalid command") from None
