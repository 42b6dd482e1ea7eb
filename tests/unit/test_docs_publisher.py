"""docs/writing-a-publisher.md shows a publisher that works: its code is proven with the suite."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import SITE, tmp_archive
from tests.unit.test_publish_push import RECORDS, Bench
from wp_sync.normalize.rules import Rules
from wp_sync.publish.base import Settings
from wp_sync.publish.mirror import Mirror
from wp_sync.publish.parity.verify import Verifier
from wp_sync.publish.targets import target_kind

GUIDE = (Path(__file__).parents[2] / "docs" / "writing-a-publisher.md").read_text(encoding="utf-8")
PYTHON = "\n".join(re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL))
_SHOWN: dict[str, Any] = {"__name__": "shelf_of_the_guide"}
exec(compile(PYTHON, "docs/writing-a-publisher.md", "exec"), _SHOWN)


_Shown: Any = _SHOWN["TestShelf"]


class TestTheGuidesPublisher(_Shown):  # type: ignore[misc]
    """The guide's own test class, run as a reader would."""


def test_the_guides_publisher_mirrors_a_site(tmp_path: Path) -> None:
    with tmp_archive() as archive:
        bench = Bench(archive.of(SITE))
        publisher = _SHOWN["Publisher"](Settings("shelf", "shelf", str(tmp_path / "shelf.json")))
        bench.policy(accept=frozenset(("comment",)))
        mirror = Mirror(bench.site, Rules(), publisher, bench.settings)
        mirror.push()
        assert len(publisher.shelf.things) == len([r for r in RECORDS if r.kind[:4] != "comm"]) - 1
        assert Verifier(mirror).verify().clean


def test_it_is_found_by_its_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib.metadata import EntryPoint

    point = EntryPoint("shelf", "my_shelf:Publisher", "wp_sync.publishers")
    monkeypatch.setattr(EntryPoint, "load", lambda _: _SHOWN["Publisher"])
    monkeypatch.setattr("wp_sync.publish.targets.entry_points", lambda group: [point])
    assert target_kind("shelf").open is _SHOWN["Publisher"]  # type: ignore[union-attr]
