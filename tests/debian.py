"""The Debian packages the tests need beyond Python's: what is missing, and how it gets here."""

import ctypes.util
import glob
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

POLICY = Path("/usr/sbin/policy-rc.d")


@dataclass(frozen=True, slots=True)
class Package:
    """A package and one thing by which it is recognised: a program, a file (a glob) or a shared library."""

    name: str
    program: str = ""
    file: str = ""
    library: str = ""

    def is_here(self) -> bool:
        """Whether the thing is there, from this package or built by hand."""
        path = f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin:/sbin"
        return bool(
            (self.program and shutil.which(self.program, path=path))
            or (self.file and glob.glob(self.file))
            or (self.library and ctypes.util.find_library(self.library))
        )


PACKAGES = (
    Package("postgresql", program="initdb", file="/usr/lib/postgresql/*/bin/initdb"),
    Package("redis-server", program="redis-server"),
    Package("chromium", program="chromium"),
    Package("snmpd", program="snmpd"),
    Package("snmp", program="snmpget"),
    Package("lldpd", program="lldpd"),
    Package("frr", program="vtysh"),
    Package("openssh-server", program="sshd"),
    Package("iproute2", program="ip"),
    Package("docker-compose", program="docker-compose"),
    Package("fonts-noto-cjk", file="/usr/share/fonts/*/noto/NotoSansCJK-Regular.ttc"),
    Package("libpango-1.0-0", library="pango-1.0"),
    Package("libpangoft2-1.0-0", library="pangoft2-1.0"),
)


class PackagesMissing(Exception):
    """Something is missing and cannot be installed from here; the message holds the command that does."""


def missing_packages() -> list[str]:
    """The names of the packages whose program, file or library is not on this machine."""
    return [package.name for package in PACKAGES if not package.is_here()]


def install_missing() -> None:
    """Install what is missing when root on a Debian machine; raises PackagesMissing with the command otherwise."""
    names = missing_packages()
    if not names:
        return
    command = ["apt-get", "install", "--yes", "--no-install-recommends", *names]
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise PackagesMissing(f"The tests need programs that are not here. Install them:\n  sudo {' '.join(command)}")
    print(f"Installing from Debian: {' '.join(names)}", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with daemons_kept_down():
        subprocess.run(["apt-get", "update", "-qq"], env=environment, check=True)
        subprocess.run([*command, "-qq"], env=environment, check=True, stdout=subprocess.DEVNULL)


@contextmanager
def daemons_kept_down() -> Iterator[None]:
    """Debian starts a daemon when it installs it; the tests start their own. A policy of the machine's own stays."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()
