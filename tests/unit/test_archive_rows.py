"""Small structures as JSON text in a column: the same whatever way a value comes in."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from wp_sync.archive import rows

_TEXT = st.text(max_size=6) | st.sampled_from(("\0", "a\0b", "\ud800", "\\u0000", "é\udc00"))
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | _TEXT,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner)
        | st.dictionaries(_TEXT | st.integers(), inner, max_size=3)
    ),
    max_leaves=8,
)


def tidied(value: object) -> object:
    if isinstance(value, str):
        return rows.clean(value)
    if isinstance(value, dict):
        return {rows.clean(str(key)): tidied(part) for key, part in value.items()}
    return [tidied(part) for part in value] if isinstance(value, (list, tuple)) else value


@given(_VALUES)
def test_a_structure_is_written_with_clean_texts_and_read_back(value: object) -> None:
    written = rows.dump(value)
    assert msgspec.json.decode(written) == tidied(value)
    assert "\0" not in written
    assert written.encode().decode() == written
    assert rows.dump(rows.load(written)) == written
