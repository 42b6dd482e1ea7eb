"""Units rendered while the disk is waited for come in their order, and fail in their turn."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future

import pytest

from wp_sync.publish.files.ahead import Ahead
from wp_sync.publish.files.base import Made, Unit


def rendered(count: int, done: Future[None], *, fails: bool = False) -> Iterator[Made]:
    """Units; with the third one the disk is done."""
    for number in range(count):
        if number == 2:
            done.set_result(None)
        yield Made(Unit(str(number), "post", "", ""), ())
    if fails:
        raise ValueError("damaged")


@pytest.mark.parametrize("count", [0, 2, 5])
def test_none_is_lost_or_told_twice(count: int) -> None:
    done: Future[None] = Future()
    coming = Ahead(rendered(count, done))
    coming.one()
    coming.until(done)
    assert done.done() == (count > 2)
    assert [made.unit.key for made in coming] == [str(number) for number in range(count)]


def test_what_fails_ahead_fails_after_those_before_it() -> None:
    coming = Ahead(rendered(2, Future(), fails=True))
    coming.until(Future())
    assert [next(coming).unit.key, next(coming).unit.key] == ["0", "1"]
    with pytest.raises(ValueError, match="damaged"):
        next(coming)
