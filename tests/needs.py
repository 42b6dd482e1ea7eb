"""What a machine may lack: said and skipped on a person's, a failure where CI promised it."""

from __future__ import annotations

import os
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
