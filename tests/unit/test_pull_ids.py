"""The small set of ids."""

from __future__ import annotations

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from wp_sync.pull.ids import Ids

ids = st.lists(st.integers(0, 5_000) | st.integers(0, 2**62), max_size=60)


@given(added=ids, asked=ids)
def test_it_holds_what_was_added_and_says_what_is_new(added: list[int], asked: list[int]) -> None:
    found, plain = Ids(), set[int]()
    for id in added:
        assert found.add(id) is (id not in plain)
        plain.add(id)
    for id in [*asked, *added]:
        assert (id in found) is (id in plain)


def test_a_hundred_thousand_neighbours_take_little_memory() -> None:
    tracemalloc.start()
    found = Ids(range(1_000, 301_000, 3))
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size < 150_000
    assert 300_997 in found
