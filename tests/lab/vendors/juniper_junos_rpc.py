"""The requests of NETCONF that a Junos switch answers: Junos's own RPCs and those of RFC 6241."""

from collections.abc import Callable
from html import escape
from xml.etree.ElementTree import Element

from tests.lab.netconf import NetconfSession, RpcError, local_name
from tests.lab.snapshot import reboot
from tests.lab.ssh import SshSide
from tests.lab.vendors import juniper_junos_xml as xml
from tests.lab.vendors.juniper_junos import JunosCli, Refused
from tests.lab.vendors.juniper_junos_candidate import WAITING, Editing, undo
from tests.lab.vendors.juniper_junos_text import running_config

_CAPABILITY = "urn:ietf:params:netconf:capability:"
OK = "<ok/>"


class JunosSession:
    """One NETCONF session with a Junos switch."""

    capabilities = (
        "urn:ietf:params:netconf:base:1.0",
        f"{_CAPABILITY}candidate:1.0",
        f"{_CAPABILITY}confirmed-commit:1.0",
        f"{_CAPABILITY}validate:1.0",
        "http://xml.juniper.net/netconf/junos/1.0",
        "http://xml.juniper.net/dmi/system/1.0",
    )

    def __init__(self, side: SshSide) -> None:
        cli = side.new_cli()
        assert isinstance(cli, JunosCli)
        self._side, self._cli, self._device = side, cli, side.device
        self._editing = Editing(cli)
        self._own: dict[str, Callable[[Element], str]] = {
            "lock-configuration": self._lock,
            "unlock-configuration": self._unlock,
            "load-configuration": self._load,
            "commit-configuration": self._commit,
            "get-configuration": self._configuration,
            "get-commit-revision-information": self._revision,
            "close-session": lambda _request: OK,
        }

    def ended(self) -> None:
        """The session is over."""
        self._editing.ended()

    def answer(self, request: Element) -> str:
        """The XML inside `rpc-reply`. Raises RpcError, and ConnectionAbortedError when the session is to be cut."""
        name = local_name(request)
        table = xml.TABLE.get(name)
        own = self._own.get(name)
        if own is None and table is None:
            raise RpcError("syntax error", name)
        try:
            told = own(request) if own else table(self._device, request)
        except Refused as refused:
            raise RpcError(str(refused), refused.bad, _tag(refused)) from None
        if self._cli.away:
            self._side.reboot(self._cli.away)
        if self._cli.cut:
            raise ConnectionAbortedError
        return told

    def _lock(self, _request: Element) -> str:
        self._editing.lock()
        return OK

    def _unlock(self, _request: Element) -> str:
        self._editing.unlock()
        return OK

    def _load(self, request: Element) -> str:
        if rollback := request.get("rollback"):
            self._editing.rollback(int(rollback))
        elif request.get("action") == "set":
            self._editing.load(request.findtext("{*}configuration-set") or "")
        else:
            raise RpcError("the lab takes configuration as set lines only", "load-configuration")
        return f"<load-configuration-results>{OK}</load-configuration-results>"

    def _commit(self, request: Element) -> str:
        minutes = int(request.findtext("{*}confirm-timeout") or 10) if _has(request, "confirmed") else 0
        if _has(request, "check"):
            return OK
        self._editing.commit(minutes)
        faults = self._cli.faults
        if restart := faults.spend("reboot-in-commit"):
            reboot(self._device)
            self._cli.away = restart.seconds
        self._cli.cut = bool(restart or faults.spend("cut-in-commit"))
        return OK

    def _configuration(self, request: Element) -> str:
        if request.get("compare") == "rollback":
            told = escape(self._editing.diff() or "\n")
            told = f"<configuration-output>{told}</configuration-output>"
            return f"<configuration-information>{told}</configuration-information>"
        if request.find(".//{*}domain-name") is not None:
            return xml.domain(self._device)
        return self._running()

    def _running(self) -> str:
        faults = self._cli.faults
        text = f"## Last commit: {xml.last_commit(self._device)}\n{running_config(self._device)}"
        if faults.has("cut-in-config"):
            raise ConnectionAbortedError
        if faults.has("truncated-config") or (self._device.applied and faults.spend("truncated-reread")):
            text = text[: len(text) * 2 // 3].rpartition("\n")[0]
        return f'<configuration-text xmlns="http://xml.juniper.net/xnm/1.1/xnm">\n{escape(text)}</configuration-text>'

    def _revision(self, request: Element) -> str:
        if WAITING in self._device.candidates and self._cli.faults.spend("confirm-timeout"):
            undo(self._device)
        return xml.revision(self._device, request)


class JunosLogin(NetconfSession):
    """A channel of a Junos switch."""

    def __init__(self, side: SshSide) -> None:
        super().__init__(side, JunosSession)


def _has(request: Element, name: str) -> bool:
    return request.find(f"{{*}}{name}") is not None


def _tag(refused: Refused) -> str:
    return "lock-denied" if "database" in str(refused) else "operation-failed"
