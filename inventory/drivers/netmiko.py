"""Devices that are read over one interactive SSH session. No Django."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from inventory.drivers import templates
from inventory.drivers.base import Target, nothing
from inventory.drivers.completeness import complete_config, saved_config, startup_record
from inventory.drivers.faults import device_errors, sentence
from inventory.drivers.parts import config_interfaces, optional
from inventory.drivers.shell import Shell
from inventory.drivers.writing import check_lines, enter_lines
from inventory.errors import CommandRejected, Unsupported
from inventory.facts import ComponentFact, InterfaceFact, NeighbourFact, SystemFacts, VlanFact
from inventory.parsing import dialect_for, rows
from inventory.parsing.dialect import ConfigInterface, Dialect, Switchport
from inventory.parsing.merge import merge_interfaces, with_chassis
from inventory.parsing.rejection import (
    protocol_off,
    refused_command,
    save_error,
    told_nothing,
    unknown_command,
)

T = TypeVar("T")


class NetmikoDriver:
    """Reads with the platform's own parsers where it has them, else with ntc-templates.

    An answer is asked for once a session: the configuration serves both the backup and the addresses.
    """

    def __init__(self, target: Target) -> None:
        self._target = target
        self._platform = target.platform
        self._dialect = dialect_for(target.platform.slug) or Dialect()
        self._commands = dict(target.platform.commands)
        self._answers: dict[str, str] = {}
        self._shell = Shell(target)

    def system(self) -> SystemFacts:
        """Who the device is; the host name comes from the prompt where no output tells it."""
        facts = self._read("version", self._dialect.version, rows.system_of)
        if not (facts.os_version or facts.model or facts.serial):
            raise CommandRejected(
                sentence(self._target, f"answers '{self._commands['version']}' in an unknown form: check its platform")
            )
        if self._dialect.chassis_serial:
            facts = with_chassis(facts, optional(self.components))
        return replace(
            facts,
            hostname=facts.hostname or self._shell.hostname,
            vendor=self._platform.vendor or facts.vendor,
        )

    def interfaces(self) -> tuple[InterfaceFact, ...]:
        """Interfaces with VLANs, and with the addresses and VRFs that only the configuration tells."""
        found = self._read("interfaces", self._dialect.interfaces, rows.interfaces_of)
        if not found:
            raise CommandRejected(sentence(self._target, "tells no interface at all: check the user's privileges"))
        return merge_interfaces(found, optional(self._switchports), self._more_addresses())

    def vlans(self) -> tuple[VlanFact, ...]:
        """VLANs the device has created."""
        return self._read("vlans", self._dialect.vlans, rows.vlans_of)

    def neighbours(self) -> tuple[NeighbourFact, ...]:
        """LLDP and CDP neighbours; none where both protocols are off, Unsupported where it knows neither."""
        found: list[NeighbourFact] = []
        told = False
        for protocol in ("lldp", "cdp"):
            try:
                found += self._neighbours(protocol)
                told = True
            except Unsupported:
                continue
        if not told:
            raise Unsupported(sentence(self._target, "knows neither LLDP nor CDP commands"))
        return tuple(found)

    def components(self) -> tuple[ComponentFact, ...]:
        """Physical parts with their serial numbers."""
        return self._read("inventory", self._dialect.inventory, rows.components_of)

    def running_config(self) -> str:
        """The running configuration, complete; raises IncompleteConfig or SessionLost."""
        record = self._platform.running_config
        if record is None:
            raise Unsupported(
                sentence(self._target, f"has no known command for its configuration ({self._platform.slug})")
            )
        if record.command not in self._answers:
            self._answers[record.command] = complete_config(self._target, self._shell.run(record.command))
        return self._answers[record.command]

    def startup_config(self) -> str:
        """What the device would start with, "" where nothing is saved; raises as `running_config`."""
        record = startup_record(self._target)
        return saved_config(self._target, record, self._shell.run(record.command))

    def compare(self, commands: tuple[str, ...]) -> str:
        """Raises Unsupported: a command line applies each line at once and has nothing to compare beforehand."""
        raise Unsupported(sentence(self._target, "cannot say beforehand what commands would change"))

    def apply(self, commands: tuple[str, ...], before_line: Callable[[], None] = nothing) -> str:
        """Enter the lines in configuration mode, one after the other; stops at the first one the device refuses.

        Raises CommandRejected naming that line. The lines before it are in force, so the caller re-reads the device.
        """
        if not self._dialect.configure:
            raise Unsupported(
                sentence(self._target, f"is not written to: {self._platform.slug} has no proven way for it")
            )
        check_lines(self._target, commands)
        self._answers.clear()
        return enter_lines(self._shell, self._dialect, commands, before_line)

    def pending(self) -> bool:
        """Never: each line is in force at once."""
        return False

    def confirm(self) -> None:
        """Save the running configuration so that it survives a restart."""
        if not self._platform.save_command:
            raise Unsupported(sentence(self._target, "has no known command that saves its configuration"))
        error = save_error(self._shell.run(self._platform.save_command, reply="y"))
        if error:
            raise CommandRejected(sentence(self._target, f"did not save its configuration: {error}"))

    def rollback(self) -> None:
        """Raises Unsupported: what was entered is in force; the caller enters the opposite commands."""
        raise Unsupported(sentence(self._target, "cannot undo by itself what was entered: enter the opposite commands"))

    def close(self) -> None:
        """End the session; never raises."""
        self._shell.close()

    def _ask(self, purpose: str) -> str:
        """The device's answer to the command of a purpose; raises Unsupported or CommandRejected."""
        command = self._commands.get(purpose, "")
        if not command:
            raise Unsupported(sentence(self._target, f"has no known command for {purpose} ({self._platform.slug})"))
        if command not in self._answers:
            self._answers[command] = self._accepted(command, self._shell.run(command))
        return self._answers[command]

    def _accepted(self, command: str, output: str) -> str:
        if refused_command(output):
            raise CommandRejected(
                sentence(
                    self._target, f"does not let {self._target.username} enter '{command}': check the user's privileges"
                )
            )
        if unknown_command(output):
            raise Unsupported(sentence(self._target, f"does not know the command '{command}'"))
        return output

    def _read(self, purpose: str, own: Callable[[str], T] | None, of_rows: Callable[[list[rows.Row]], T]) -> T:
        text = self._ask(purpose)
        with device_errors(self._target, f"reading the answer to '{self._commands[purpose]}'"):
            found = own(text) if own is not None else of_rows(self._rows(purpose, text))
        if not found and told_nothing(purpose, text):
            raise CommandRejected(
                sentence(self._target, f"answers '{self._commands[purpose]}' in an unknown form: check its platform")
            )
        return found

    def _rows(self, purpose: str, text: str) -> list[rows.Row]:
        command = self._commands[purpose]
        table = templates.parse(self._platform.ntc_platform, command, text)
        if table is None:
            raise Unsupported(sentence(self._target, f"gives an answer to '{command}' that there is no parser for"))
        return table

    def _neighbours(self, protocol: str) -> tuple[NeighbourFact, ...]:
        if protocol_off(self._ask(protocol)):
            return ()
        own = self._dialect.lldp if protocol == "lldp" else self._dialect.cdp
        return self._read(protocol, own, lambda table: rows.neighbours_of(protocol, table))

    def _switchports(self) -> tuple[Switchport, ...]:
        if self._dialect.switchports is None:
            return ()
        return self._dialect.switchports(self._ask("switchports"))

    def _more_addresses(self) -> tuple[ConfigInterface, ...]:
        if self._dialect.config_interfaces is None or self._platform.running_config is None:
            return optional(lambda: self._read("addresses", None, rows.addresses_of))
        return config_interfaces(self._dialect, self.running_config)
