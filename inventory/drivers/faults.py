"""Every way the libraries fail becomes one DeviceError with one sentence. No Django.

Library messages are multi-line, and some repeat what was sent, a password included: they go no further than here.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from inventory.drivers.base import Target
from inventory.errors import (
    AuthenticationFailed,
    CommandRejected,
    DeviceError,
    Locked,
    SessionLost,
    Unreachable,
    Unsupported,
)

LOGGING_IN = "logging in"

# Classes are told by name, so that a library is imported only by the driver that uses it.
_KINDS: tuple[tuple[frozenset[str], type[DeviceError], str], ...] = (
    (
        frozenset({"ConnectClosedError"}),  # PyEZ calls it a kind of ConnectError
        SessionLost,
        "closed or broke the session: check its session limit, idle timeout and log",
    ),
    (
        frozenset({"SessionLockedException", "LockError"}),
        Locked,
        "has its configuration locked by another user or session: wait until it is released, or end that session",
    ),
    (
        frozenset({"AuthenticationException", "ConnectAuthError", "PasswordRequiredException"}),
        AuthenticationFailed,
        "refused the user name, password or key: check the credential",
    ),
    (
        frozenset({"gaierror", "ConnectError", "ConnectTimeoutError", "NetmikoTimeoutException"}),
        Unreachable,
        "did not accept a session within {connect:g} s: check address, port, routing and access lists",
    ),
    (
        frozenset({"ReadTimeout", "CommandTimeoutException", "RpcTimeoutError", "TimeoutError"}),
        SessionLost,
        "stopped answering for {read:g} s: check the load of the device and of the path to it",
    ),
    (
        frozenset({"IncompatiblePeer"}),
        Unsupported,
        "has no SSH algorithm in common with us: its software is too old, or its SSH settings are too narrow",
    ),
    (
        frozenset({"UnsupportedVersion"}),
        Unsupported,
        "runs a software version that the library cannot talk to: update it, or read it over SSH",
    ),
    (
        frozenset(
            {"CommandError", "CommandErrorException", "RpcError", "ConfigInvalidException", "MergeConfigException"}
        ),
        CommandRejected,
        "rejected a command: check the privileges of the user and the software version",
    ),
    (
        frozenset({"CommitError", "CommitConfirmException"}),
        Locked,
        "holds another change that waits for its confirmation: wait until it is confirmed or undone",
    ),
    (
        frozenset({"NotImplementedError"}),
        Unsupported,
        "cannot do this on its platform",
    ),
    (
        frozenset(
            {"SSHException", "EOFError", "OSError", "ConnectionException", "ConnectionError", "ReadException"}
            | {"WriteException", "ConnectionClosedException", "HTTPException", "EapiError"}
        ),
        SessionLost,
        "closed or broke the session: check its session limit, idle timeout and log",
    ),
)

# These log tracebacks and what they sent; a failure is told once, by the DeviceError.
for _name in ("paramiko", "netmiko", "pyeapi", "ncclient", "napalm"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)


def sentence(target: Target, what: str) -> str:
    """The sentence of every driver error: device name, address, what happened and what to check."""
    return f"{target.name} ({target.address}) {what}"


@contextmanager
def device_errors(target: Target, doing: str) -> Iterator[None]:
    """Turn whatever is raised inside into a DeviceError; `doing` completes "while ..."."""
    try:
        yield
    except DeviceError:
        raise
    except Exception as error:
        # `from None`: the library's own text, which may carry a secret, must not be chained into a log.
        raise _translated(target, doing, error) from None


def _api_failure(error: Exception, doing: str) -> set[str]:
    """eAPI raises one class for everything: its text says whether the login was refused."""
    if "unauthorized" in str(error).lower():
        return {"ConnectAuthError"}
    return {"ConnectError"} if doing == LOGGING_IN else {"ConnectionException"}


def _was_refused(error: BaseException | None) -> bool:
    """Whether a closed port lies behind what the library made of it; paramiko keeps an error an address."""
    while error is not None:
        tried = getattr(error, "errors", None)
        told = tried.values() if isinstance(tried, dict) else ()
        if any(isinstance(each, ConnectionRefusedError) for each in (error, *told)):
            return True
        error = error.__cause__ or error.__context__
    return False


def _translated(target: Target, doing: str, error: Exception) -> DeviceError:
    names = {cls.__name__ for cls in type(error).__mro__}
    timing = {"connect": target.connect_timeout, "read": target.read_timeout}
    # netmiko calls every failure of the key exchange a timeout.
    if "NetmikoTimeoutException" in names and "ncompatible" in str(error):
        names = {"IncompatiblePeer"}
    if {"ConnectionError", "ConnectionException"} & names and not isinstance(error, OSError):
        names = _api_failure(error, doing)
    if doing == LOGGING_IN and _was_refused(error):
        return Unreachable(sentence(target, "refused the connection: nothing listens there, check port and service"))
    for kinds, kind, text in _KINDS:
        if names & kinds:
            return kind(sentence(target, f"{text.format(**timing)} (while {doing})"))
    return SessionLost(
        sentence(target, f"answered in a form that could not be read while {doing}: {type(error).__name__}")
    )
