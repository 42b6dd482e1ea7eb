"""The fast answer to "is nothing odd?" is the slow one's."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wp_sync.model import Item, Record
from wp_sync.source.shape import SHAPES, judged

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 10**30) | st.floats(-2, 2) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["rendered", "raw", "x"]), inner, max_size=3)
    ),
    max_leaves=5,
)


@pytest.mark.parametrize("family", SHAPES)
@given(data=st.data())
def test_exactly_the_fields_that_fail_their_check_are_named(
    family: str, data: st.DataObject
) -> None:
    names = sorted([*SHAPES[family], "plugin_field"])
    items: list[Item] = data.draw(
        st.lists(
            st.dictionaries(st.sampled_from(names), _VALUES, max_size=6), min_size=1, max_size=3
        )
    )
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    records = [
        Record(f"{family}/x", number, b"{}", item, "", moment)
        for number, item in enumerate(items, 1)
    ]
    kept, named = judged(records)
    usual = {name for item in items for name in item} & SHAPES[family].keys()
    for record, item in zip(kept, items, strict=True):
        odd = sorted(
            name for name in usual if name not in item or not SHAPES[family][name](item[name])
        )
        assert list(record.lacking) == odd
        assert (record.id in named) == bool(odd)
        assert all(name in named[record.id] for name in odd)
