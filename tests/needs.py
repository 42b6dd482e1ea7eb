"""What a machine may lack: installed where we may, else said and skipped on a person's machine,
and a failure where CI promised it."""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest


def on_ci() -> bool:
    """Whether ``CI`` says that this machine has all that the tests need."""
    return os.environ.get("CI", "").lower() not in ("", "0", "false")


def lacking(why: str) -> NoReturn:
    """End a test or fixture for want of something; a machine that promised it must not go green."""
    if on_ci():
        pytest.fail(f"CI must run this: {why}", pytrace=False)
    pytest.skip(why)


def program(name: str) -> str:
    """A program's path; it comes with the Debian package of its name."""
    if not shutil.which(name) and (why := _installed(name)):
        lacking(why)
    return shutil.which(name) or lacking(f"{name} is not there even after its installation")


def _installed(package: str) -> str:
    """Why a package can't be installed without a question; empty when it was."""
    try:
        from lab import LabUnavailable, system
        from lab.where import locked
    except ImportError as error:  # not on this system (Windows)
        return f"{package} can't be installed here: {error}"
    try:
        with locked("apt"):
            system.install([package])
    except LabUnavailable as error:
        return str(error)
    return ""
