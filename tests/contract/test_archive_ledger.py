"""What every archive remembers of a target: receipts, intents, versions saved before a write."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.helpers import SITE, make_identity
from wp_sync.archive.archive import SqlArchive
from wp_sync.archive.aside import Aside
from wp_sync.archive.base import Archive, SiteArchive
from wp_sync.archive.repair import mend
from wp_sync.ledger import Intent, Ledger, Receipt, SavedVersion

Reopen = Callable[..., Archive]
Tamper = Callable[..., None]
EACH = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def site(archive: Archive) -> SiteArchive:
    part = archive.of(SITE)
    part.set_site(make_identity())
    return part


@pytest.fixture
def run(site: SiteArchive) -> int:
    return site.begin_run("push", "anonymous")


@pytest.fixture
def ledger(site: SiteArchive) -> Ledger:
    return site.ledger("new")


def receipt(number: int, **fields: object) -> Receipt:
    found = Receipt(
        f"posts/post:{number}",
        str(number + 100),
        f"https://new.example.com/{number}/",
        source="s",
        stamp="2024",
        sent={"title": "t"},
        base={"title": "Ein Titel", "categories": [1, 2], "sticky": False, "date": None},
        facts={"sizes": {"full": "x"}},
        kept=("title",),
        missing=("posts/post:9",),
        past=("old",),
    )
    return replace(found, **fields)  # type: ignore[arg-type]


def plain(one: Receipt) -> Receipt:
    return replace(one, run=0, at="")


def test_receipts_come_back_as_they_were(ledger: Ledger, run: int) -> None:
    ledger.settle(run, [receipt(2), receipt(1)])
    assert [plain(one) for one in ledger.receipts()] == [receipt(1), receipt(2)]
    found = ledger.of(["posts/post:2", "posts/post:3"])
    assert {key: plain(one) for key, one in found.items()} == {"posts/post:2": receipt(2)}
    assert found["posts/post:2"].run == run
    assert found["posts/post:2"].at.endswith("Z")
    assert ledger.items_at("posts/post", ["101", "999"]) == {"101": "posts/post:1"}
    assert ledger.items_at("posts/page", ["101"]) == {}


def test_a_receipt_is_replaced_and_removed(ledger: Ledger, run: int) -> None:
    ledger.settle(run, [receipt(1), receipt(2)])
    ledger.settle(run, [receipt(1, stamp="2025")], gone=["posts/post:2"])
    assert [plain(one) for one in ledger.receipts()] == [receipt(1, stamp="2025")]


def test_receipts_of_a_kind(ledger: Ledger, run: int) -> None:
    ledger.settle(run, [receipt(1), receipt(1, item="terms/category:a")])
    assert [one.item for one in ledger.receipts("terms/category")] == ["terms/category:a"]


def test_targets_and_sites_are_apart(archive: Archive, site: SiteArchive, run: int) -> None:
    site.ledger("one").settle(run, [receipt(1)])
    site.ledger("one").begin(run, [Intent("posts/post:1", "create")])
    other = archive.of("other.example.com")
    other.set_site(make_identity("other.example.com"))
    for ledger in (site.ledger("two"), other.ledger("one")):
        assert not list(ledger.receipts())
        assert not ledger.intents()
        ledger.settle(run, [], ended=[1], gone=["posts/post:1"])
    assert list(site.ledger("one").receipts())
    assert site.ledger("one").intents()


def test_intents_stay_until_they_are_ended_with_their_receipt(ledger: Ledger, run: int) -> None:
    intent = Intent("posts/post:1", "create", "a-slug", ("slug:x", "title:y"), "", {"title": "t"})
    first, second = ledger.begin(run, [intent, replace(intent, item="posts/post:2")])
    assert [replace(one, number=0, run=0, at="") for one in ledger.intents()] == [
        intent,
        replace(intent, item="posts/post:2"),
    ]
    ledger.settle(run, [receipt(1)], ended=[first])
    assert [one.number for one in ledger.intents()] == [second]
    (third,) = ledger.begin(run, [intent])
    assert third > second


def test_an_intent_is_there_after_the_archive_was_opened_anew(
    reopen: Reopen, archive: Archive, ledger: Ledger, run: int
) -> None:
    ledger.begin(run, [Intent("posts/post:1", "update", target_id="7")])
    again = reopen().of(SITE).ledger("new").intents()
    assert [(one.item, one.target_id) for one in again] == [("posts/post:1", "7")]


def test_nothing_is_settled_by_halves(ledger: Ledger, run: int) -> None:
    (number,) = ledger.begin(run, [Intent("posts/post:1", "create")])
    with pytest.raises(TypeError):
        ledger.settle(run, [receipt(1, base={"title": object()})], ended=[number])
    assert not list(ledger.receipts())
    assert ledger.intents()


def test_what_the_target_held_is_kept_version_by_version(ledger: Ledger, run: int) -> None:
    for title in ("One", "Two"):
        ledger.save_version(run, SavedVersion("posts/post:1", "7", {"title": title}))
    found = ledger.versions("posts/post:1")
    assert [(one.number, one.fields["title"]) for one in found] == [(1, "One"), (2, "Two")]
    assert not ledger.versions("posts/post:2")


@EACH
@given(
    texts=st.dictionaries(st.text(max_size=20), st.text(max_size=50), max_size=4),
    item=st.text(min_size=1, max_size=30),
)
def test_any_words_are_kept(archive: Archive, texts: dict[str, str], item: str) -> None:
    site = archive.of(SITE)
    ledger = site.ledger(item)
    ledger.settle(1, [receipt(1, item=item, base=texts, facts=texts)])
    ledger.settle(1, [receipt(1, item=item, base=texts, facts=texts)])
    (found,) = ledger.of([item]).values()
    assert dict(found.facts) == dict(found.base)
    ledger.settle(1, gone=[item])
    assert not list(ledger.receipts())


def test_a_repair_takes_out_a_damaged_receipt_and_tells_what_is_next(
    archive: Archive, ledger: Ledger, run: int, tamper: Tamper
) -> None:
    ledger.settle(run, [receipt(1), receipt(2)])
    ledger.save_version(run, SavedVersion("posts/post:1", "7", {"title": "One"}))
    tamper(archive, "UPDATE receipts SET url = 'another', stamp = 'x' WHERE item = 'posts/post:1'")
    tamper(archive, "UPDATE target_versions SET target_id = 'another'")
    assert isinstance(archive, SqlArchive)
    aside = Aside(archive.blobs.root.parent, rehearsal=False)
    done = mend(archive.database, archive.blobs, aside, lambda _: None, dry_run=False)
    told = {(one.item, one.end) for one in done}
    assert (f"{SITE}: table receipts", "push") in told
    assert (f"{SITE}: table target_versions", "lost") in told
    assert [one.item for one in ledger.receipts()] == ["posts/post:2"]
    assert not [one for one in archive.check(read_data=True) if one.severity == "error"]
