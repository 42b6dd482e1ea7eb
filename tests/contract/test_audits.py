"""What every archive keeps of audits: findings from one audit to another, facts, checked links."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import pytest

from tests.helpers import SITE, make_identity
from wp_sync.archive.base import Archive, AuditBook
from wp_sync.findings import Audit, Certainty, Excerpt, Finding, LinkCheck, Settled, Severity

KIND = "posts/post"
Tamper = Callable[..., None]


def finding(rule: str, id: int, subject: str = "", **more: object) -> Finding:
    made = Finding(rule, Severity.WARNING, Certainty.CERTAIN, KIND, id, subject, "It is so.")
    return replace(made, **more)  # type: ignore[arg-type]


A = finding(
    "links/missing-target",
    1,
    "/a",
    severity=Severity.ERROR,
    title="A title with “signs”",
    excerpt=Excerpt("see here now", 4, 8),
    data={"url": "/a", "times": 2},
    since="2024-01-01T00:00:00Z",
    by="version 2",
)
B = finding("links/generic-text", 2, "here")
C = finding("content/thin", 3)


@pytest.fixture
def book(archive: Archive) -> AuditBook:
    site = archive.of(SITE)
    site.set_site(make_identity())
    return site.audit_book()


def audit(book: AuditBook, *found: Finding) -> Audit:
    return book.record(Audit(at="2024-05-01T12:00:00Z", rules="r", posts=3), found)


def prints(found: Iterable[Finding]) -> set[str]:
    return {one.fingerprint for one in found}


def test_a_finding_comes_back_as_it_was(book: AuditBook) -> None:
    audit(book, B, A)
    assert list(book.findings(1)) == [A, B]  # the gravest first


def test_an_audit_is_counted(book: AuditBook, archive: Archive) -> None:
    first = audit(book, A, B, replace(C, muted="known"))
    assert (first.number, first.counted, first.muted, first.fresh, first.gone) == (1, 2, 1, 2, 0)
    assert first.tallies["severity"] == {"error": 1, "warning": 1}
    assert first.tallies["rule"] == {"links/generic-text": 1, "links/missing-target": 1}
    second = audit(book, B)
    assert (second.number, second.counted, second.fresh, second.gone) == (2, 1, 0, 1)
    assert book.audits() == [second, first]
    assert list(archive.check(read_data=True)) == []


def test_any_audit_can_be_asked_again(book: AuditBook) -> None:
    audit(book, A, B)
    audit(book, B)
    audit(book, A, C)
    assert [list(book.findings(number)) for number in (1, 2, 3)] == [[A, B], [B], [A, C]]
    assert book.standing() == {A.fingerprint, C.fingerprint}


def test_since_when_stays_what_was_said_first(book: AuditBook) -> None:
    audit(book, A)
    audit(book, replace(A, since="2024-04-04T00:00:00Z", by="audit 2", message="Still there."))
    assert [(one.since, one.by, one.message) for one in book.findings(2)] == [
        (A.since, A.by, "Still there.")
    ]


def test_the_same_findings_again_write_nothing_but_the_audit(
    book: AuditBook, archive: Archive
) -> None:
    audit(book, A, B)
    before = archive.of(SITE).query("SELECT * FROM findings ORDER BY fingerprint")
    audit(book, A, B)
    assert archive.of(SITE).query("SELECT * FROM findings ORDER BY fingerprint") == before


def test_a_finding_that_is_no_longer_muted_counts_as_new(book: AuditBook) -> None:
    audit(book, replace(A, muted="until spring"))
    assert audit(book, A).fresh == 1
    assert audit(book, A).fresh == 0


def test_what_is_settled_stands_and_counts_as_it_did(book: AuditBook, archive: Archive) -> None:
    muted = replace(finding("links/generic-text", 5, "there"), muted="known")
    before = audit(book, A, B, C, muted)
    settled = Settled(frozenset([A.rule, B.rule]), {KIND: {A.id, 5}})
    fresh = finding("content/thin", 9)
    after = book.record(Audit(at="2024-05-02T12:00:00Z"), [fresh], settled)
    assert prints(book.findings(after.number)) == prints([A, muted, fresh])  # not B's: it is gone
    assert (after.counted, after.muted, after.fresh, after.gone) == (2, 1, 1, 2)
    assert after.tallies["rule"] == {A.rule: 1, fresh.rule: 1}
    again = book.record(Audit(at="2024-05-03T12:00:00Z"), (), Settled(everything=True))
    assert again.tallies == after.tallies
    assert (again.counted, again.muted, again.fresh, again.gone) == (2, 1, 0, 0)
    assert list(book.findings(again.number)) == list(book.findings(after.number))
    assert prints(book.findings(before.number)) == prints([A, B, C, muted])
    assert list(archive.check(read_data=True)) == []


def test_whether_all_that_was_counted_stands(
    book: AuditBook, archive: Archive, tamper: Tamper
) -> None:
    assert not book.intact()  # there was no audit
    audit(book, A, B, replace(C, muted="known"))
    assert book.intact()
    assert book.standing(KIND, [A.id, 77]) == {A.fingerprint}
    tamper(archive, "UPDATE findings SET severity = 'notice' WHERE rule = 'links/missing-target'")
    assert not book.intact()


def test_a_finding_twice_counts_once_however_far_apart(book: AuditBook) -> None:
    assert audit(book, A, replace(A, message="Said otherwise.")).counted == 1
    between = [finding("content/thin", id) for id in range(100, 1_200)]
    for _ in range(2):
        told = audit(book, A, B, *between, replace(A, message="Again."), B)
        assert told.counted == len(between) + 2
        assert len(list(book.findings(told.number))) == told.counted
        assert book.intact()


def test_an_audit_that_breaks_off_leaves_nothing(book: AuditBook) -> None:
    audit(book, A)

    def broken() -> Iterator[Finding]:
        yield B
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        book.record(Audit(at="2024-05-02T12:00:00Z"), broken())
    assert book.standing() == {A.fingerprint}
    assert len(book.audits()) == 1


def test_findings_may_read_the_archive_as_they_come(book: AuditBook, archive: Archive) -> None:
    book.put_facts(KIND, [(id, "x", bytes([id])) for id in range(1, 100)])

    def reading() -> Iterator[Finding]:
        for id, _ in book.facts(KIND):
            assert archive.of(SITE).query("SELECT count(*) AS n FROM audit_facts")
            yield finding("content/thin", id)

    assert book.record(Audit(at="x"), reading()).counted == 99


def test_facts_are_kept_by_post_and_replaced(book: AuditBook, archive: Archive) -> None:
    book.put_facts(KIND, [(2, "b", b"two"), (1, "a", b"one")])
    book.put_facts("posts/page", [(1, "p", b"page")])
    book.put_facts(KIND, [(2, "c", b"new")])
    assert list(book.facts(KIND)) == [(1, b"one"), (2, b"new")]
    assert list(book.facts(KIND, [2, 7])) == [(2, b"new")]
    assert list(book.bases(KIND)) == [(1, "a"), (2, "c")]
    book.drop_facts(KIND, [1])
    assert list(book.facts(KIND)) == [(2, b"new")]
    assert list(book.facts("posts/page")) == [(1, b"page")]
    assert list(archive.check(read_data=True)) == []


def test_checked_links_are_kept_whatever_their_length(book: AuditBook) -> None:
    long = "https://elsewhere.example/" + "x" * 5000
    ok = LinkCheck(long, "ok", 200, checked_at="2024-05-01T12:00:00Z")
    gone = LinkCheck("https://gone.example/", "broken", None, "no such host", tries=2)
    book.put_link_checks([ok, gone])
    assert set(book.link_checks()) == {ok, gone}
    assert list(book.link_checks([long, "https://unknown.example/"])) == [ok]
    book.put_link_checks([replace(ok, state="transient", status=503)])
    assert {one.state for one in book.link_checks()} == {"transient", "broken"}


def test_sites_do_not_see_each_others_findings(book: AuditBook, archive: Archive) -> None:
    audit(book, A)
    other = archive.of("other.example.com")
    other.set_site(make_identity("other.example.com"))
    assert audit(other.audit_book(), B).fresh == 1
    assert book.standing() == {A.fingerprint}


def test_a_lost_finding_is_noticed_and_the_next_audit_is_told(
    book: AuditBook, archive: Archive, tamper: Tamper
) -> None:
    audit(book, A, B)
    tamper(archive, "DELETE FROM findings WHERE rule = 'links/generic-text'")
    assert any("table findings" in one.item for one in archive.check())
