"""Makes sure the programs the lab runs are installed: PHP with its extensions, and MariaDB."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable

from lab.errors import LabUnavailable
from lab.where import locked

# The *-core packages carry the programs alone. The full mariadb-server would also set up and
# start a service of the system, which is none of the lab's business.
PROGRAMS = {
    "php": "php-cli",
    "mariadbd": "mariadb-server-core",
    "mariadb-install-db": "mariadb-server-core",
    "mariadb": "mariadb-client-core",
    "mariadb-dump": "mariadb-client",
    "dpkg-deb": "dpkg",
}
EXTENSIONS = {
    "mysqli": "php-mysql",
    "gd": "php-gd",
    "curl": "php-curl",
    "dom": "php-xml",
    "mbstring": "php-mbstring",
    "intl": "php-intl",
    "zip": "php-zip",
}
# Daemons live in sbin, which a plain user's PATH often leaves out.
SEARCH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin"])


def program(name: str) -> str:
    """The full path of a program of the lab."""
    found = shutil.which(name, path=SEARCH)
    if not found:
        raise LabUnavailable(f"{name} is not installed (package {PROGRAMS.get(name, name)})")
    return found


def missing() -> list[str]:
    """The Debian packages that would have to be installed."""
    packages = {
        package for name, package in PROGRAMS.items() if not shutil.which(name, path=SEARCH)
    }
    loaded: set[str] = set()
    if php := shutil.which("php", path=SEARCH):
        done = subprocess.run([php, "-m"], capture_output=True, text=True, check=False)
        loaded = set(done.stdout.lower().split())
    packages |= {package for name, package in EXTENSIONS.items() if name not in loaded}
    return sorted(packages)


def ensure(say: Callable[[str], None]) -> None:
    """Install what is missing when that is possible without a question, else say what is."""
    if not missing():
        return
    with locked("apt"):
        if packages := missing():
            install(packages, say)
        if left := missing():
            raise LabUnavailable(f"still missing after the installation: {' '.join(left)}")


def install(packages: list[str], say: Callable[[str], None] | None = None) -> None:
    """`apt-get install` that asks nothing and starts no service."""
    names = " ".join(packages)
    apt = shutil.which("apt-get", path=SEARCH)
    if not apt:
        raise LabUnavailable(f"no apt-get here to install {names} with")
    if os.geteuid() != 0:
        raise LabUnavailable(f"not installed: {names} (as root: apt-get install {names})")
    if say:
        say(f"installing {names}")
    # RUNLEVEL=1 makes invoke-rc.d leave freshly installed services alone.
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    command = [apt, "install", "-y", "-qq", "--no-install-recommends", *packages]
    for attempt in (command, [apt, "update", "-qq"], command):
        done = subprocess.run(
            attempt,
            capture_output=True,
            text=True,
            check=False,
            env=environment,
            stdin=subprocess.DEVNULL,
        )
        if attempt is command and done.returncode == 0:
            return
    reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
    raise LabUnavailable(f"apt-get could not install {names}: {reason}")
