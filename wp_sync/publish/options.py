"""A target's own options, read with their types; strangers are named with what was meant."""

from __future__ import annotations

from typing import Any

from wp_sync.errors import Place, UsageError
from wp_sync.publish.base import Settings


class Options:
    """Reads `Settings.options`; `finish` complains about what nobody asked for."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._asked: list[str] = []

    def _get(self, name: str, kind: type, default: Any, expected: str) -> Any:
        self._asked.append(name)
        value = self._settings.options.get(name, default)
        if type(value) is not kind:
            raise UsageError(f"{name} must be {expected}", place=Place(site=self._settings.name))
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        return bool(self._get(name, bool, default, "true or false"))

    def text(self, name: str, default: str = "") -> str:
        return str(self._get(name, str, default, "text in quotes"))

    def number(self, name: str, default: int) -> int:
        return int(self._get(name, int, default, "a whole number"))

    def table(self, name: str) -> dict[str, Any]:
        return dict(self._get(name, dict, {}, "a table of its own"))

    def finish(self) -> None:
        """Every option was asked for.

        Raises:
            UsageError: one was not; the likeliest known one is named.
        """
        for name in self._settings.options:
            if name not in self._asked:
                known = ", ".join(sorted(self._asked)) or "none"
                raise UsageError(
                    f"a target of the kind {self._settings.kind} has no option {name!r}",
                    place=Place(site=self._settings.name),
                    hint=f"it has {known}",
                )
