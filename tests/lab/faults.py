"""What can be wrong with a simulated device, set at start or while it runs."""

from dataclasses import dataclass

FAULTS = {
    "no-answer": "neither SNMP nor SSH nor eAPI answers; TCP ports are closed",
    "no-answer-snmp": "SNMP is silent",
    "no-answer-ssh": "the SSH and eAPI ports are closed",
    "hang-ssh": "SSH accepts the connection and never says a word",
    "slow": "every command takes 2 s, or slow:SECONDS",
    "wrong-password": "SSH and eAPI refuse every password",
    "wrong-community": "SNMP v2c is silent and v3 users are unknown",
    "cut-in-config": "the session ends in the middle of the running configuration",
    "truncated-config": "the running configuration stops before its end",
    "rubbish": "SNMP, SSH commands and eAPI answer with random bytes",
    "endless-walk": "SNMP GETNEXT and GETBULK answer with object identifiers that do not increase",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault; `seconds` belongs to slow."""

    name: str
    seconds: float = 0.0


def parse(text: str) -> Fault:
    """`slow:0.5` -> Fault. Raises ValueError naming the accepted faults."""
    name, _, number = text.partition(":")
    if name not in FAULTS:
        raise ValueError(f"fault is {text!r}: accepted are {', '.join(FAULTS)}")
    try:
        seconds = float(number) if number else 2.0 if name == "slow" else 0.0
    except ValueError:
        raise ValueError(f"fault is {text!r}: after the colon stands a number of seconds") from None
    return Fault(name, seconds)


class FaultBox:
    """The faults one device has at this moment."""

    def __init__(self) -> None:
        self._faults: dict[str, Fault] = {}

    def set(self, fault: Fault) -> None:
        self._faults[fault.name] = fault

    def clear(self) -> None:
        self._faults = {}

    def has(self, *names: str) -> bool:
        return any(name in self._faults for name in names)

    @property
    def seconds(self) -> float:
        """Extra delay per command."""
        return self._faults["slow"].seconds if "slow" in self._faults else 0.0
