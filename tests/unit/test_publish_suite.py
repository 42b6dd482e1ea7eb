"""The suite that publishers are proven with, on the reference; and on publishers that are wrong."""

from __future__ import annotations

import pytest

from wp_sync.publish.base import Publisher
from wp_sync.publish.memory import MemoryPublisher
from wp_sync.testing import PublisherSuite


class TestMemory(PublisherSuite):
    """The reference."""

    @pytest.fixture
    def publisher(self) -> Publisher:
        return MemoryPublisher()
