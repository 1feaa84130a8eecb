"""Lines into a device's configuration mode, one after the other, each answer judged. No Django."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from inventory.drivers.base import Target, never
from inventory.drivers.faults import sentence
from inventory.drivers.shell import Shell
from inventory.errors import CommandRejected, DeviceError, Locked, SessionLost, Stopped
from inventory.parsing.dialect import Dialect
from inventory.parsing.redaction import MASK, redact
from inventory.parsing.rejection import configuration_error, locked_by
from inventory.platforms import Platform


def check_lines(target: Target, commands: Sequence[str]) -> None:
    """Raises DeviceError for a line that is more than one, and Stopped where nothing is to be started any more."""
    for line in commands:
        if not line.isprintable():
            raise DeviceError(sentence(target, f"was sent nothing: {line[:60]!r} holds a control character"))
    if target.stopped():
        raise Stopped(sentence(target, "was not changed: the job was cancelled"))


def enter_lines(shell: Shell, dialect: Dialect, commands: Sequence[str], before_line: Callable[[], None]) -> str:
    """Enter the lines and leave configuration mode; returns what was typed and answered, without secrets.

    Raises Locked before the first line, CommandRejected naming the refused line, SessionLost, and what `before_line`
    raises. From the first line on nobody may stop the session any more: a half changed device is worse than a late one.
    """
    target = shell.target
    _open(shell, dialect)
    shell.target = replace(target, stopped=never)
    typed: list[str] = []
    try:
        for number, line in enumerate(commands):
            before_line()
            with _counted(number, len(commands)):
                # a device that asks "Continue? [Y/N]" asks about a line that was planned and approved
                answer = shell.run(line, reply="y", named=shown(line, commands[:number], target.platform))
                _judge(target, commands, number, answer)
            typed.append(f"{shown(line, commands[:number], target.platform)}\n{answer}")
        _keep(shell, dialect)
    except SessionLost:
        raise
    except BaseException:
        _abandon(shell, dialect)
        raise
    return "".join(typed)


def shown(line: str, above: Sequence[str], platform: Platform) -> str:
    """The line without its secrets, whichever of the lines above it belongs to."""
    for text in (line, *(f"{header}\n {line}" for header in above)):
        told = redact(text, platform).split("\n")[-1].strip()
        if told != line.strip():
            return told
    return line


def refusal(target: Target, commands: Sequence[str], number: int, error: str) -> CommandRejected:
    """What to raise when the line of this number was refused with this error, which may repeat the line."""
    line = commands[number]
    told = shown(line, commands[:number], target.platform)
    for secret in set(line.split()) - set(told.split()):
        error = error.replace(secret, MASK)
    return CommandRejected(sentence(target, f"refused line {number + 1} of {len(commands)}, '{told}': {error}"))


def _open(shell: Shell, dialect: Dialect) -> None:
    outside = shell.prompt
    answer = shell.run(dialect.configure)
    lock = locked_by(answer)
    if lock:
        raise Locked(sentence(shell.target, f"does not let us configure it now: {lock}"))
    if shell.prompt == outside:  # what follows would run as commands, not as configuration
        said = configuration_error(answer) or "it gave no reason"
        raise CommandRejected(sentence(shell.target, f"did not open its configuration mode: {said}"))


def _judge(target: Target, commands: Sequence[str], number: int, answer: str) -> None:
    lock = locked_by(answer)
    error = configuration_error(answer) or lock
    if lock and number == 0:
        raise Locked(sentence(target, f"does not let us configure it now: {lock}"))
    if error:
        raise refusal(target, commands, number, error)


def _keep(shell: Shell, dialect: Dialect) -> None:
    """Leave configuration mode with everything in force; some systems judge a block only when it is left."""
    steps = [dialect.commit] if _uncommitted(shell, dialect) else []
    for step in (*steps, dialect.leave):
        error = configuration_error(shell.run(step))
        if error:
            raise CommandRejected(sentence(shell.target, f"took the lines and refused them at '{step}': {error}"))


def _abandon(shell: Shell, dialect: Dialect) -> None:
    """Leave configuration mode after a failure; the failure itself is what the caller must hear of."""
    try:
        if _uncommitted(shell, dialect):
            shell.run(dialect.discard)
        shell.run(dialect.leave)
    except DeviceError:
        shell.close()


def _uncommitted(shell: Shell, dialect: Dialect) -> bool:
    return bool(dialect.uncommitted) and shell.prompt.startswith(dialect.uncommitted)


@contextmanager
def _counted(number: int, total: int) -> Iterator[None]:
    """Say in a lost session's sentence how far it came."""
    try:
        yield
    except SessionLost as error:
        raise SessionLost(f"{error}; {number} of {total} lines had been answered") from None
