"""Runs the command line inside the test's process and keeps what it said."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from wp_sync.cli.app import build

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def said(self) -> str:
        return self.out + self.err


class Cli:
    """`cli("status", "--json")` runs a command as if it were typed."""

    def __init__(self, capture: pytest.CaptureFixture[str]) -> None:
        self._capture = capture

    def __call__(self, *words: object) -> Done:
        self._capture.readouterr()
        code = 0
        try:
            build()([str(word) for word in words])
        except SystemExit as end:
            code = int(end.code or 0)
        said = self._capture.readouterr()
        return Done(code, said.out, said.err)


def start(*words: object, env: Mapping[str, str] | None = None, cwd: Path) -> subprocess.Popen[str]:
    """The same in a process of its own, for signals and pipes."""
    return subprocess.Popen(
        [sys.executable, str(ROOT / "sync.py"), *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        cwd=cwd,
        env={**os.environ, **(env or {})},
    )
