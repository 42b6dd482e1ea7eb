"""A normalization killed, or met by a full or failing disk, at calls that change the archive.

Sampled in CI, at every call by `make test-fire`. Normalization derives: whatever a break leaves,
the site's words are as they were, and the next normalization ends in the same tables.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults import syscalls
from tests.faults.points import BROKEN, FULL, KILL
from tests.faults.story import KEY, SMALL, content, opened, pull_act
from tests.fire import FIRE
from wp_sync.archive.schema import DERIVED
from wp_sync.errors import ArchiveError
from wp_sync.normalize.engine import normalize_site
from wp_sync.normalize.mapping_files import load_rules

SAMPLE = 6  # calls of each kind of fault, in CI
_MEMORY = Path("/dev/shm")

pytestmark = pytest.mark.timeout(3600 if FIRE else 1200)

Tables = dict[str, list[tuple[object, ...]]]


def normalize(folder: Path) -> None:
    with opened(folder) as (archive, site), archive.lock():
        normalize_site(site, load_rules(None))


def tables(folder: Path) -> Tables:
    """The derived tables, whole and in a stable order."""
    with opened(folder) as (_, site):
        return {
            table.name: sorted(
                (tuple(row.values()) for row in site.query(f"SELECT * FROM {table.name}")), key=repr
            )
            for table in DERIVED
        }


def telling(folder: Path) -> Callable[[syscalls.Tell], None]:
    def work(tell: syscalls.Tell) -> None:
        try:
            normalize(folder)
        except ArchiveError as error:
            tell("told" if error.hint else f"without a next step: {error}")
        else:
            tell("done")

    return work


@dataclass(frozen=True)
class Stage:
    """An archive before a normalization, what it then holds, and the calls on the way."""

    before: Path
    records: object
    after: Tables
    calls: tuple[syscalls.Call, ...]


@pytest.fixture(scope="module", params=["first", "after an edit"])
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    syscalls.needed()
    place = _MEMORY if os.access(_MEMORY, os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix="wp-sync-normalize-", dir=place))
    try:
        before = folder / "before" / "archive"
        pull_act(before, SMALL, 0, lambda _: None)
        if request.param != "first":
            normalize(before)
            pull_act(before, SMALL, 1, lambda _: None)
        with opened(before) as (_, site):
            records = content(site)
        traced = folder / "traced" / "archive"
        shutil.copytree(before, traced)
        ran = syscalls.run(telling(traced))
        assert ran.told == ("done",), ran.crash
        calls = tuple(call for call in ran.calls if call.changes and call.touches(traced))
        assert len(calls) > 50, "the trace hardly saw anything"
        yield Stage(before, records, tables(traced), calls)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("what", [KILL, FULL, BROKEN], ids=["killed", "disk full", "disk broken"])
def test_the_next_normalization_ends_as_if_nothing_had_happened(stage: Stage, what: str) -> None:
    every = 1 if FIRE else max(1, len(stage.calls) // SAMPLE)
    # Another beginning for each fault, so that the samples are not of the same calls.
    start = 0 if FIRE else [KILL, FULL, BROKEN].index(what) * every // 3
    for call in stage.calls[start::every]:
        with tempfile.TemporaryDirectory(dir=stage.before.parents[1]) as work:
            archive = Path(work) / "archive"
            shutil.copytree(stage.before, archive)
            _ordeal(stage, call, what, archive)


def _ordeal(stage: Stage, call: syscalls.Call, what: str, archive: Path) -> None:
    ran = syscalls.run(telling(archive), [syscalls.Fault(call.name, call.number, what)])
    assert not ran.crash, f"{call}:\n{ran.crash}"
    if what == KILL:
        assert ran.signal == signal.SIGKILL, f"the fault did not fire: {call}"
    else:
        assert any(one.injected for one in ran.calls), f"the fault did not fire: {call}"
        assert ran.told[-1] in ("done", "told"), ran.told
    with opened(archive) as (whole, site):
        damage = [one for one in whole.check(read_data=True) if one.severity == "error"]
        assert not damage, f"{call}: {damage}"
        assert content(site) == stage.records, f"{call}: the site's words are others"
    normalize(archive)
    assert tables(archive) == stage.after, f"{call}"
    with opened(archive) as (whole, _):
        assert whole.of(KEY).site() is not None
        assert not [one for one in whole.check(read_data=True) if one.severity == "error"]
