"""What a machine lacks: installed where that is possible, and never passed over on CI."""

from __future__ import annotations

import shutil

import pytest

from lab import LabUnavailable, system
from tests.needs import program


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The programs of a machine that has none yet."""
    found: dict[str, str] = {}
    monkeypatch.setattr(shutil, "which", lambda name, **_: found.get(name))
    return found


def test_a_missing_program_is_installed(
    there: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def install(names: list[str]) -> None:
        there[names[0]] = f"/usr/bin/{names[0]}"

    monkeypatch.setattr(system, "install", install)
    assert program("tool") == "/usr/bin/tool"


@pytest.mark.parametrize(("ci", "end"), [("", pytest.skip), ("true", pytest.fail)])
def test_what_can_t_be_installed_fails_where_ci_promised_it(
    there: dict[str, str], monkeypatch: pytest.MonkeyPatch, ci: str, end: object
) -> None:
    def install(names: list[str]) -> None:
        raise LabUnavailable("not installed: tool")

    monkeypatch.setattr(system, "install", install)
    monkeypatch.setenv("CI", ci)
    with pytest.raises(end.Exception, match="not installed: tool"):  # type: ignore[attr-defined]
        program("tool")
