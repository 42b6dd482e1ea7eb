"""The pytest plugin: assertions of the suite told in full, and a fixture for a sample site."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.register_assert_rewrite("wp_sync.testing.suite")


@pytest.fixture
def wp_sync_sample() -> Iterator[object]:
    """A small site in an archive of its own (`wp_sync.testing.Sample`)."""
    from wp_sync.testing.sample import Sample

    with Sample() as sample:
        yield sample
