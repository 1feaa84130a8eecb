"""ifTable and ifXTable of the real net-snmp agent: our client beside the bare library, and its CPU a value.

As root the agent runs in a network namespace with a hundred interfaces; else it shows the machine's own.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from gufo.snmp.aio import SnmpSession

from inventory.secrets import Secret
from inventory.snmp.auth import SnmpAuth, SnmpTarget
from inventory.snmp.client import open_session
from tests.inventory.snmpd import AUTH_KEY, COMMUNITY, PRIV_KEY, Snmpd

TABLES = ("1.3.6.1.2.1.2.2.1", "1.3.6.1.2.1.31.1.1.1")
INTERFACES = 100
SECONDS = 3.0  # of each measurement
REPETITIONS = 50


def main() -> None:
    """Print one line."""
    if os.geteuid() == 0 and "OWN_NETWORK" not in os.environ:
        # A network of our own ends with this process; nothing has to be put back.
        command = ["unshare", "--net", sys.executable, "-m", "tests.bench.snmp_walk"]
        os.execvpe(command[0], command, os.environ | {"OWN_NETWORK": "1"})
    if "OWN_NETWORK" in os.environ:
        add_interfaces()
    with Snmpd() as agent:
        ours = [asyncio.run(rate(walk_ours, agent.port)) for _ in range(3)]
        bare = [asyncio.run(rate(walk_bare, agent.port)) for _ in range(3)]
        v3 = asyncio.run(rate(walk_v3, agent.port))
    best, library = max(ours), max(bare)
    line = {
        "bench": "snmp walk",
        "values_of_a_walk": best.values,
        "varbinds_per_second": round(best.per_second),
        "varbinds_per_cpu_second": round(best.per_cpu_second),
        "cpu_us_per_varbind": round(1e6 / best.per_cpu_second, 1),
        "v3_varbinds_per_cpu_second": round(v3.per_cpu_second),
        "library_varbinds_per_cpu_second": round(library.per_cpu_second),
        "ratio_bare_library": round(best.per_cpu_second / library.per_cpu_second, 2),
    }
    print(json.dumps(line))


@dataclass(frozen=True, order=True)
class Rate:
    """Values a CPU second of this process, values a second, and values of one walk of both tables."""

    per_cpu_second: float
    per_second: float
    values: int


async def rate(walk: Callable[[int], Awaitable[int]], port: int) -> Rate:
    """Walk again and again for a while."""
    count, walks = 0, 0
    cpu, started = time.process_time(), time.monotonic()
    while time.monotonic() - started < SECONDS:
        count += await walk(port)
        walks += 1
    used, seconds = time.process_time() - cpu, time.monotonic() - started
    return Rate(count / used, count / seconds, count // walks)


async def walk_ours(port: int) -> int:
    """Both tables through our client: OIDs checked, limits kept."""
    return await walk_with(port, SnmpAuth(community=Secret(COMMUNITY)))


async def walk_v3(port: int) -> int:
    """The same, authenticated and encrypted, with the engine discovered each time."""
    return await walk_with(port, SnmpAuth("v3", Secret(""), "alice", "SHA", Secret(AUTH_KEY), "AES", Secret(PRIV_KEY)))


async def walk_with(port: int, auth: SnmpAuth) -> int:
    async with open_session(SnmpTarget("127.0.0.1", auth, port)) as session:
        return sum([len(await session.walk(table, repetitions=REPETITIONS)) for table in TABLES])


async def walk_bare(port: int) -> int:
    """Both tables through the library alone."""
    session, count = SnmpSession("127.0.0.1", port, community=COMMUNITY), 0
    for table in TABLES:
        async for _ in session.getbulk(table, REPETITIONS):
            count += 1
    return count


def add_interfaces() -> None:
    """Bridges without ports, which every kernel has."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    lines = "\n".join(f"link add name port{number} type bridge" for number in range(1, INTERFACES))
    subprocess.run(["ip", "-batch", "-"], input=lines, text=True, check=True)


if __name__ == "__main__":
    main()
