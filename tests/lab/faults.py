"""What can be wrong with a simulated device, set at start or while it runs."""

from dataclasses import dataclass, replace

FAULTS = {
    "no-answer": "neither SNMP nor SSH nor eAPI answers; TCP ports are closed",
    "no-answer-snmp": "SNMP is silent",
    "no-answer-ssh": "the SSH and eAPI ports are closed",
    "hang-ssh": "SSH accepts the connection and never says a word",
    "slow": "every command takes 2 s, or slow:SECONDS",
    "late-prompt": "what follows an empty line or one that shows nothing comes only when more is typed, "
    "or late-prompt:SECONDS before that is echoed",
    "wrong-password": "SSH and eAPI refuse every password",
    "wrong-community": "SNMP v2c is silent and v3 users are unknown",
    "cut-in-config": "the session ends in the middle of the running configuration",
    "truncated-config": "the running configuration stops before its end",
    "another-host-key": "SSH shows another host key than before, as a replaced device does",
    "rubbish": "SNMP, SSH commands and eAPI answer with random bytes",
    "endless-walk": "SNMP GETNEXT and GETBULK answer with object identifiers that do not increase",
    "cut-in-deploy": "the session ends after each line that changes the configuration, or the first N: cut-in-deploy:N",
    "cut-in-commit": "the session ends after a candidate was committed, before the answer, or the first N times",
    "reboot-in-commit": "once, after a candidate was committed, the device restarts from what was confirmed and is "
    "away for 3 s, or reboot-in-commit:SECONDS",
    "reboot-in-deploy": "once, after a line that changes the configuration, the device restarts from its startup "
    "configuration and is away for 3 s, or reboot-in-deploy:SECONDS",
    "reject-line": "every line of configuration from the second one on is refused",
    "reject-commit": "Junos takes the candidate and refuses to commit it",
    "confirm-timeout": "Junos undoes a commit that waits for its confirmation as soon as somebody asks for it",
    "netconf-1.1": "NETCONF is spoken in chunks (RFC 6242), as newer systems do",
    "truncated-reread": "the running configuration stops before its end after a change, always or the first N times",
    "ignore-changes": "lines of configuration are accepted and change nothing",
    "config-locked": "another user has locked the configuration",
    "refuse-save": "the configuration cannot be saved",
    "two-stage": "VRP as on CE switches: lines wait for `commit`",
    "slow-save": "saving takes 3 s, or slow-save:SECONDS",
}
_SECONDS = {"slow": 2.0, "slow-save": 3.0, "reboot-in-deploy": 3.0, "reboot-in-commit": 3.0}
_TIMES = {  # 0: always
    "cut-in-deploy": 0,
    "cut-in-commit": 0,
    "truncated-reread": 0,
    "reboot-in-deploy": 1,
    "reboot-in-commit": 1,
    "confirm-timeout": 1,
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault; `seconds` belongs to those that last, `times` says how often it still happens (0: always)."""

    name: str
    seconds: float = 0.0
    times: int = 0


def parse(text: str) -> Fault:
    """`slow:0.5` -> Fault. Raises ValueError naming the accepted faults."""
    name, _, number = text.partition(":")
    if name not in FAULTS:
        raise ValueError(f"fault is {text!r}: accepted are {', '.join(FAULTS)}")
    times = _TIMES.get(name, 0)
    if name in _TIMES and name not in _SECONDS:
        if number and not (number.isdigit() and int(number)):
            raise ValueError(f"fault is {text!r}: after the colon stands how many times")
        return Fault(name, times=int(number or times))
    try:
        return Fault(name, float(number) if number else _SECONDS.get(name, 0.0), times)
    except ValueError:
        raise ValueError(f"fault is {text!r}: after the colon stands a number of seconds") from None


class FaultBox:
    """The faults one device has at this moment."""

    def __init__(self) -> None:
        self._faults: dict[str, Fault] = {}

    def set(self, fault: Fault) -> None:
        self._faults[fault.name] = fault

    def drop(self, name: str) -> None:
        self._faults.pop(name, None)

    def clear(self) -> None:
        self._faults = {}

    def has(self, *names: str) -> bool:
        return any(name in self._faults for name in names)

    def spend(self, name: str) -> Fault | None:
        """The fault if it happens now; one that was to happen so many times is gone after the last."""
        fault = self._faults.get(name)
        if fault is None:
            return None
        if fault.times == 1:
            self.drop(name)
        elif fault.times:
            self.set(replace(fault, times=fault.times - 1))
        return fault

    def seconds_of(self, name: str) -> float:
        """How long a fault lasts, 0 where the device does not have it."""
        fault = self._faults.get(name)
        return fault.seconds if fault else 0.0

    @property
    def seconds(self) -> float:
        """Extra delay per command."""
        return self.seconds_of("slow")
