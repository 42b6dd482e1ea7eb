"""A real WordPress behind the fault proxy, put back into its seeded state after each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab import Server
from tests.faults.ordeal import Ordeal
from tests.faults.proxy import Proxy

# What stays as it is whatever changes in posts: types, routes, and the first look at kinds that no
# row pulls.
SURVEY = r"^/wp-json/(\?_fields=routes|wp/v2/(?!posts|categories|media|users/me))"
# The post that breaks WordPress leaves, and most of the seed's bulk update: two windows of a
# listing are as good a place for a fault as four, and cost half.
PREPARED = "DELETE FROM wp_posts WHERE ID = 208 OR ID BETWEEN 1041 AND 1300"


@pytest.fixture(scope="session")
def proxy(newest: Server) -> Iterator[Proxy]:
    """One proxy for all: archives of the same address can be compared."""
    with Proxy(newest.address, may_remember=SURVEY) as running:
        yield running


@pytest.fixture(scope="session")
def kept() -> dict[Any, Path]:
    """The archives of pulls that never met a fault."""
    return {}


@pytest.fixture(scope="module")
def prepared(newest: Server, proxy: Proxy) -> Iterator[Server]:
    """The site for tests that only read, put back at the module's end."""
    newest.sql(PREPARED)
    proxy.remembered.clear()
    yield newest
    newest.reset()
    proxy.remembered.clear()


@pytest.fixture
def ordeal(
    prepared: Server, proxy: Proxy, tmp_path: Path, kept: dict[Any, Path], request: Any
) -> Iterator[Ordeal]:
    """The site, the proxy before it, and a folder; nothing may be changed at the site.

    So each question is put to WordPress once, and its answer serves all tests of the module.
    """
    proxy.may_remember = SURVEY if "changing" in request.fixturenames else r"^/wp-json"
    yield Ordeal(prepared, proxy, tmp_path, kept)
    proxy.may_remember = SURVEY


@pytest.fixture
def changing(ordeal: Ordeal) -> Iterator[Ordeal]:
    """The same where the site changes: put back afterwards."""
    yield ordeal
    ordeal.server.reset()
    ordeal.server.sql(PREPARED)
