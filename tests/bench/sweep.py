"""A sweep of 127.5.0.0/16, of which one address in a hundred answers, at 20,000 and 50,000 packets a second.

Beside it a thread per address (the client library in 200 threads) on a /24, and of Debian's sweepers those that are
installed: onesixtyone (no retries) on the /16, braa (one retry) on a /20; all told as addresses a second.
"""

import asyncio
import json
import multiprocessing
import resource
import shutil
import socket
import struct
import subprocess
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.synchronize import Event

from inventory.discovery.addresses import parse
from inventory.discovery.sweep import SweepProgress, sweep
from inventory.errors import DeviceError
from inventory.secrets import Secret
from inventory.snmp.auth import SnmpAuth, SnmpTarget
from inventory.snmp.client import get
from tests.inventory.snmp_responder import Responder, octets, oid

NETWORK, NEIGHBOURHOOD = "127.5.0.0/16", "127.5.0.0/24"
EVERY = 100  # one address in so many answers
DELAY = 0.005  # seconds a device takes
THREADS, TIMEOUT = 200, 1.0
IP_PKTINFO = 8
NAME = "1.3.6.1.2.1.1.5.0"
AUTH = SnmpAuth(community=Secret("public"))
MIB = {
    "1.3.6.1.2.1.1.1.0": octets("Bench OS 1.0, a device that answers after five milliseconds"),
    "1.3.6.1.2.1.1.2.0": oid("1.3.6.1.4.1.9.1.1208"),
    "1.3.6.1.2.1.1.5.0": octets("bench-1"),
}


def answers(address: bytes) -> bool:
    """Whether this address has a device."""
    return int.from_bytes(address[2:], "big") % EVERY == 7


def respond(port: int, ready: Event, there: Callable[[bytes], bool] = answers) -> None:
    """One wildcard socket that answers for all devices, from the address that was asked."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, 33, 64 * 1024 * 1024)  # SO_RCVBUFFORCE
    sock.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
    sock.bind(("0.0.0.0", port))
    sock.settimeout(DELAY)
    agent = Responder(MIB, addresses=())
    due: deque[tuple[float, bytes, bytes, tuple[str, int]]] = deque()
    ready.set()
    while True:
        try:
            packet, ancillary, _, peer = sock.recvmsg(2048, 64)
        except TimeoutError:
            packet = b""
        if packet and there(asked := ancillary[0][2][8:12]):
            due.append((time.monotonic() + DELAY, packet, asked, peer))
        while due and due[0][0] <= time.monotonic():
            _, request, source, to = due.popleft()
            where = struct.pack("=i4s4s", 0, source, bytes(4))
            for answer in agent.answer(request):
                sock.sendmsg([answer], [(socket.IPPROTO_IP, IP_PKTINFO, where)], 0, to)


def measure(port: int, pps: int) -> dict[str, float]:
    """Seconds, CPU seconds, peak memory and what was found."""
    told: list[SweepProgress] = []
    cpu, started = time.process_time(), time.monotonic()
    plan = parse([NETWORK], allowed=["127.0.0.0/8"])
    found = list(sweep(plan, [AUTH], port=port, pps=pps, retries=1, timeout=TIMEOUT, on_progress=told.append))
    seconds = time.monotonic() - started
    return {
        "seconds": round(seconds, 2),
        "cpu_seconds": round(time.process_time() - cpu, 2),
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "found": len(found),
        "expected": sum(answers(socket.inet_aton(address)) for address in plan),
        "packets": told[-1].sent,
        "addresses_per_second": round(plan.count / seconds),
    }


def thread_per_address(port: int) -> float:
    """Addresses a second of threads that each ask one address."""

    def ask(address: str) -> bool:
        try:
            return bool(asyncio.run(get(SnmpTarget(address, AUTH, port, TIMEOUT, 1), [NAME])))
        except DeviceError:
            return False

    addresses = list(parse([NEIGHBOURHOOD], allowed=["127.0.0.0/8"]))
    started = time.monotonic()
    with ThreadPoolExecutor(THREADS) as pool:
        assert sum(pool.map(ask, addresses)) == sum(answers(socket.inet_aton(address)) for address in addresses)
    return len(addresses) / (time.monotonic() - started)


def sweepers(port: int) -> dict[str, dict[str, float]]:
    """Addresses a second and what was found, of each sweeper of Debian's that is installed."""
    commands = {
        "onesixtyone": (65_535, ["-w", "0", "-p", str(port), "-i", "/dev/stdin", "public"]),  # the most it takes
        "braa": (4_096, ["-r", "1", "-t", "1", f"public@127.5.0.0-127.5.15.255:{port}:.{NAME}"]),
    }
    told = {}
    for name, (count, arguments) in commands.items():
        if shutil.which(name):
            asked = [f"127.5.{number >> 8}.{number & 255}" for number in range(count)]
            started = time.monotonic()
            done = subprocess.run([name, *arguments], input="\n".join(asked).encode(), capture_output=True, timeout=300)
            rate = round(count / (time.monotonic() - started))
            expected = sum(answers(socket.inet_aton(address)) for address in asked)
            told[name] = {"addresses_per_second": rate, "found": done.stdout.count(b"127.5."), "expected": expected}
    return told


def main() -> None:
    """Print one line."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    ready = multiprocessing.Event()
    responder = multiprocessing.Process(target=respond, args=(port, ready), daemon=True)
    responder.start()
    try:
        ready.wait(10)
        at_20k, at_50k = measure(port, 20_000), measure(port, 50_000)
        threads = thread_per_address(port)
        others = sweepers(port)
    finally:
        responder.terminate()
        responder.join()
    rates = {"thread_per_address": threads, **{name: one["addresses_per_second"] for name, one in others.items()}}
    ratios = {f"ratio_{name}": round(at_20k["addresses_per_second"] / rate, 1) for name, rate in rates.items()}
    line = {"bench": "sweep /16", "at_20k_pps": at_20k, "at_50k_pps": at_50k, **others}
    print(json.dumps({**line, "threads_addresses_per_second": round(threads), **ratios}))


if __name__ == "__main__":
    main()
