"""What the labelled items can't show: texts that the site did not send, passages of near twins."""

from __future__ import annotations

from tests.audit import findings, found, post
from tests.helpers import make_record
from tests.planted import paragraphs


def test_a_text_that_the_site_could_not_produce_is_not_called_empty() -> None:
    broken = make_record(
        "posts/post", 1, content={"protected": False}, lacking=("content.rendered",)
    )
    assert not found("content/empty", broken, post(2))
    assert found("content/empty", post(1, "<p> </p>"), post(2))


def test_near_twins_are_told_with_what_they_share_and_what_they_do_not() -> None:
    text = paragraphs("twins", 300)
    one = post(1, f"<p>For patients of Port Amity.</p>{text}")
    other = post(2, f"{text}<p>For patients of Larkspur Bay.</p>")
    told = {one.id: one for one in found("content/near-duplicate", one, other, post(3))}
    assert set(told) == {1, 2}
    assert "Port Amity" in told[1].message
    assert told[1].data["likeness"] >= 0.9
    assert any("Larkspur Bay" in words for words in told[1].data["different"])
    assert all(words in text for words in told[1].data["same"])


def test_the_same_text_whole_is_a_duplicate_and_no_near_one() -> None:
    text = paragraphs("same", 300)
    rules = {one.rule for one in findings(post(1, text), post(2, f"<div>{text}</div>"), post(3))}
    assert "content/duplicate" in rules
    assert "content/near-duplicate" not in rules
