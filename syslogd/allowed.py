"""From whom messages are taken."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

REMEMBERED = 100_000  # verdicts: forged sources are without number

Networks = Sequence[IPv4Network | IPv6Network]


class AllowedSenders:
    """Everybody, until networks are set. A verdict is remembered: a known sender costs one look."""

    def __init__(self, networks: Networks | None = None) -> None:
        self.set(networks)

    def set(self, networks: Networks | None) -> None:
        """From now on these only; None: everybody."""
        self._state: tuple[Networks | None, dict[bytes, bool]] = (networks, {})

    def everybody(self) -> bool:
        """Whether there is nothing to look up."""
        return self._state[0] is None

    def __call__(self, source: bytes) -> bool:
        """Whether messages of this source (4 or 16 octets) are taken."""
        networks, known = self._state
        if networks is None:
            return True
        verdict = known.get(source)
        if verdict is None:
            address = ip_address(source)
            verdict = any(address in network for network in networks)
            if len(known) >= REMEMBERED:
                known.clear()
            known[source] = verdict
        return verdict
