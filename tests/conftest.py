"""Real servers for the tests that want them: a lab of WordPress, and PostgreSQL, one a session."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from lab import VERSIONS, Lab, LabUnavailable, Server
from tests import compiled
from tests.needs import lacking

if TYPE_CHECKING:
    from lab.browser import Browser
    from lab.postgresql import PostgreSQL


# Hypothesis takes examples that take long for a mistake; on a busy machine they are none.
settings.register_profile(
    "unhurried",
    parent=settings(),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("unhurried")


_IN_MEMORY = Path("/dev/shm")
_ROOM = 4 << 30  # bytes; a whole run takes about a tenth of it


def pytest_configure() -> None:
    """Compile an archive's statements once a process; let temporary folders be in memory.

    They are where there is room and nobody named another place.
    Archives sync every write before they acknowledge it: thousands of times in these tests, some
    milliseconds each on a disk. That they do is asserted from traces, which see it here as well.
    """
    compiled.share()
    if "TMPDIR" in os.environ or not os.access(_IN_MEMORY, os.W_OK):
        return
    with contextlib.suppress(OSError):
        if shutil.disk_usage(_IN_MEMORY).free > _ROOM:
            os.environ["TMPDIR"] = str(_IN_MEMORY)
            tempfile.tempdir = None


def wanted() -> tuple[str, ...]:
    """The versions to test: all, or those named in WP_SYNC_LAB_VERSIONS (comma separated)."""
    named = os.environ.get("WP_SYNC_LAB_VERSIONS", "")
    return tuple(part for part in named.replace(",", " ").split() if part) or VERSIONS


# The files that take longest begin first, so that two processes end together.
_LONGEST = (
    "faults/test_kill_points.py", "faults/test_machine.py", "live/test_pull.py",
    "unit/test_docs.py", "faults/test_network.py", "faults/test_answers.py",
    "faults/test_planted_secrets.py", "live/test_narrowing.py", "unit/test_packaging.py",
    "contract/test_archive.py", "live/test_moving.py", "fuzz/test_fuzz.py",
    "faults/test_processes.py", "faults/test_postgresql_cuts.py", "live/test_publish_wordpress.py",
    "live/test_generators.py",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything that asks for a server is a live test; what takes long goes first."""
    ranks = {name: number for number, name in enumerate(_LONGEST)}
    items.sort(key=lambda item: ranks.get("/".join(item.path.parts[-2:]), len(ranks)))
    for item in items:
        names = set(getattr(item, "fixturenames", ()))
        if names & {"lab", "server", "fresh_server", "newest", "fresh_newest"}:
            item.add_marker(pytest.mark.live)


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """The running lab; without one, tests are skipped with the reason, or fail on CI."""
    try:
        running = Lab(wanted()).__enter__()
    except LabUnavailable as error:
        lacking(f"the lab is not to be had: {error}")
    with running:
        yield running


@pytest.fixture(params=wanted(), scope="session")
def server(request: pytest.FixtureRequest, lab: Lab) -> Server:
    """Each version's server in turn, for tests that only read."""
    return lab[str(request.param)]


@pytest.fixture
def fresh_server(server: Server) -> Iterator[Server]:
    """Each version's server in turn, put back into its seeded state after the test."""
    yield server
    server.reset()


@pytest.fixture(scope="session")
def newest(lab: Lab) -> Server:
    """The newest version's server, for tests that one version is enough for; reading only."""
    return lab[lab.versions[-1]]


@pytest.fixture
def fresh_newest(newest: Server) -> Iterator[Server]:
    """The newest version's server, put back into its seeded state after the test."""
    yield newest
    newest.reset()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A server of these tests' own. Where none can be had: skipped, and in CI failed."""
    try:
        from lab.errors import LabError
        from lab.postgresql import PostgreSQL
    except ImportError as error:  # not on this system (Windows)
        lacking(f"PostgreSQL can't be started here: {error}")
    server = PostgreSQL()
    try:
        server.__enter__()
    except (LabError, OSError) as error:
        lacking(f"PostgreSQL can't be started here: {error}")
    try:
        yield server
    finally:
        server.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A real Chromium without a window. Where none can be had: skipped, and in CI failed."""
    try:
        from lab.browser import Browser
        from lab.errors import LabError

        running = Browser()
    except (ImportError, LabError, OSError) as error:
        lacking(f"Chromium can't be started here: {error}")
    with running:
        yield running


def pytest_report_header() -> str:
    """Say up front what the live tests will run on."""
    php = shutil.which("php") or "php to be installed"
    return f"lab: WordPress {', '.join(wanted())}; {php}"
