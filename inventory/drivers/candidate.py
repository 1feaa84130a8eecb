"""A change through an API: a candidate is loaded, compared, committed and confirmed, with NAPALM's verbs. No Django."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from inventory.drivers.base import Target
from inventory.drivers.faults import device_errors, sentence
from inventory.drivers.writing import refusal
from inventory.errors import CommandRejected, DeviceError, Unsupported
from inventory.parsing.redaction import redact
from inventory.parsing.rejection import api_refusal, netconf_refusal, save_error
from inventory.parsing.text import clean

CONFIRM_WITHIN = 300  # seconds until the device undoes by itself what nobody confirmed; Junos counts whole minutes
NAME = "netmanager"  # where a candidate has a name


class Candidate:
    """The one candidate of a session. Every method raises only DeviceError."""

    def __init__(self, target: Target, device: Any) -> None:
        self._target, self._device = target, device
        self._confirms = target.platform.commit_confirm
        self._named = hasattr(device, "config_session")
        self._committed = False

    def load(self, commands: Sequence[str]) -> None:
        """Make the commands the candidate. What an earlier session of ours left behind is dropped or undone first."""
        if self._named:
            self._name()
            self.discard()
            self._name()
            self._lock()
        try:
            self._device.load_merge_candidate(config="\n".join(commands))
        except Exception as error:
            raise self._refused(commands, error, "loading a candidate configuration") from None

    def diff(self) -> str:
        """The device's own diff of the candidate, without secrets."""
        with device_errors(self._target, "comparing a candidate configuration"):
            return redact(clean(str(self._device.compare_config())), self._target.platform)

    def commit(self) -> None:
        """Put the candidate in force; where the platform can, the device undoes it after CONFIRM_WITHIN seconds."""
        try:
            self._device.commit_config(**({"revert_in": CONFIRM_WITHIN} if self._confirms else {}))
        except Exception as error:
            raise self._refused((), error, "committing a change") from None
        self._committed = True

    def discard(self) -> None:
        """Drop the candidate; there may be none, and a lost session shows at the next step."""
        try:
            self._device.discard_config()
        except Exception:  # noqa: S110 - see above
            pass

    def pending(self) -> bool:
        """Whether a commit waits for its confirmation, also one of an earlier session."""
        if not self._confirms:
            return False
        with device_errors(self._target, "telling whether a change waits for its confirmation"):
            return bool(self._device.has_pending_commit())

    def confirm(self) -> None:
        """Make the commit permanent and save it; raises CommandRejected when it is undone already or not saved."""
        if not self.pending():
            if self._committed and self._confirms:
                raise CommandRejected(sentence(self._target, "undid the change before it was confirmed"))
            self._save()
            return
        self._name()
        try:
            with self._held():
                self._device.confirm_commit()
        except Exception as error:
            raise self._refused((), error, "confirming a change") from None

    def rollback(self) -> None:
        """Undo a commit that waits for its confirmation, also one of an earlier session; else Unsupported."""
        if not self.pending():
            raise Unsupported(sentence(self._target, "has no change that waits for its confirmation"))
        self._name()
        try:
            with self._held():
                self._device.rollback()
        except Exception as error:
            raise self._refused((), error, "undoing a change") from None
        self._committed = False

    def leave(self) -> None:
        """Let what waits for its confirmation go on waiting: closing its session, the library would undo it now."""
        if self._named:
            self._device.config_session = None

    def _name(self) -> None:
        """A name of our own for what the library calls at random: after a crash we know what was ours."""
        if self._named:
            self._device.config_session = NAME

    def _lock(self) -> None:
        """Raises Locked at once; asked by its load, the library would sleep ten seconds in hope."""
        self._device.lock_disable = True
        try:
            with device_errors(self._target, "asking for its configuration lock"):
                self._device._lock()
        except DeviceError:
            self.leave()  # nothing was made under our name
            raise

    @contextmanager
    def _held(self) -> Iterator[None]:
        """Where all sessions share one candidate, a commit would put in force what others left in it."""
        shared = hasattr(self._device, "_lock") and not self._named
        if shared:
            self._device._lock()
        try:
            yield
        except BaseException:
            if shared:
                self.discard()
            raise
        if shared:
            self._device._unlock()

    def _refused(self, commands: Sequence[str], error: Exception, doing: str) -> DeviceError:
        """The refused line by its number where the API names it; else what the failure is usually turned into."""
        line, why = api_refusal(str(error))
        if line in commands:
            return refusal(self._target, commands, commands.index(line), why)
        if line and line == self._target.platform.save_command:
            return CommandRejected(sentence(self._target, f"did not save its configuration: {why}"))
        element, why = netconf_refusal(error)
        if why:
            return self._told(commands, element, why, doing)
        try:
            with device_errors(self._target, doing):
                raise error
        except DeviceError as told:
            return told

    def _told(self, commands: Sequence[str], element: str, why: str, doing: str) -> CommandRejected:
        """What NETCONF says: an element, which may stand in several lines, and a reason."""
        why = redact(why, self._target.platform)
        lines = [number for number, line in enumerate(commands) if element in line.split()]
        if len(lines) == 1:
            return refusal(self._target, commands, lines[0], why)
        return CommandRejected(sentence(self._target, f"refused it while {doing}: {why}"))

    def _save(self) -> None:
        command = self._target.platform.save_command
        if not command:
            return
        try:
            error = save_error(str(self._device.cli([command])[command]))
        except Exception as failure:
            raise self._refused((), failure, "saving its configuration") from None
        if error:
            raise CommandRejected(sentence(self._target, f"did not save its configuration: {error}"))
