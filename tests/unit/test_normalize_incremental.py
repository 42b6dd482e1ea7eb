"""A normalization derives only what a change concerns, and ends as one from scratch would."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.helpers import SITE, make_identity, make_record, tmp_archive
from wp_sync.archive.base import SiteArchive
from wp_sync.archive.schema import DERIVED
from wp_sync.model import Record, State
from wp_sync.normalize.dependencies import facts_of, pack, unpack
from wp_sync.normalize.engine import normalize_site
from wp_sync.normalize.rules import (
    AssignRule,
    AuthorRule,
    AuthorRules,
    Condition,
    Match,
    RelatedRules,
    Rules,
    Target,
    TaxonomyRules,
    TermRule,
)


def tables(site: SiteArchive) -> dict[str, list[str]]:
    return {
        table.name: sorted(repr(dict(row)) for row in site.query(f"SELECT * FROM {table.name}"))
        for table in DERIVED
    }


class Watched:
    """An archive that notes which records' contents are read, and which posts are written."""

    def __init__(self, site: SiteArchive) -> None:
        self._site = site
        self.read: set[tuple[str, int]] = set()
        self.writes: list[str] = []

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._site, name)
        if name.startswith(("put_", "set_")):
            self.writes.append(name)
        return found

    def current(self, kind: str, **which: Any) -> Any:
        for one in self._site.current(kind, **which):
            self.read.add((kind, one.id))
            yield one


class Blind(Watched):
    """One of which no address of another record may be read, and no row of all records."""

    def urls(self) -> Any:
        raise AssertionError("addresses were read although none changed")

    def query(self, sql: str, **parameters: Any) -> Any:
        assert "FROM records" not in sql or " id IN (" in sql, "the rows of all records were read"
        return self._site.query(sql, **parameters)


def watched(site: SiteArchive, rules: Rules, by: type[Watched] = Watched) -> Watched:
    seen = by(site)
    normalize_site(seen, rules)
    return seen


def post(id: int, *, to: str = "", **fields: Any) -> Record:
    link = f'<p>Words <a href="{to}">there</a>.</p>' if to else "<p>Words.</p>"
    fields.setdefault("content", {"rendered": link})
    return make_record("posts/post", id, **fields)


def filled(site: SiteArchive) -> None:
    """Posts 100 to 139: in four categories, by two authors, each with a link to the next."""
    site.set_site(make_identity())
    run = site.begin_run("pull", "anonymous")
    made = [make_record("terms/category", id, name=f"C{id}", slug=f"c{id}") for id in range(1, 5)]
    made += [make_record("users/user", id, name=f"Jane {id}", slug=f"jane{id}") for id in (1, 2)]
    made += [make_record("comments/comment", 1, post=100)]
    made += [
        make_record("posts/attachment", id, source_url=f"https://{SITE}/files/{id}.jpg")
        for id in (200, 201)
    ]
    made += [
        post(id, categories=[1 + id % 4], author=1 + id % 2, to=f"/post-{id + 1}/")
        for id in range(100, 140)
    ]
    site.save(run, made)


def rename(id: int, name: str) -> Rules:
    rule = TermRule(Match(ids=(id,)), name=name, slug=f"c{id}")
    return Rules({"category": TaxonomyRules("category", (rule,))})


def merge(id: int, into: str) -> Rules:
    rule = TermRule(Match(ids=(id,)), into=(Target(into),))
    return Rules({"category": TaxonomyRules("category", (rule,))})


def posts_read(seen: Watched) -> set[int]:
    return {id for kind, id in seen.read if kind == "posts/post"}


def test_nothing_changed_reads_no_address_and_writes_nothing() -> None:
    with tmp_archive() as archive:
        site = archive.of(SITE)
        filled(site)
        normalize_site(site, Rules())
        seen = Blind(site)
        assert normalize_site(seen, Rules()).changed == 0
        assert {kind for kind, _ in seen.read} <= {"terms/category", "users/user"}
        assert "put_posts" not in seen.writes
        assert "set_derived_under" not in seen.writes


def test_a_rule_on_a_term_reads_the_posts_under_it_alone() -> None:
    with tmp_archive() as archive:
        site = archive.of(SITE)
        filled(site)
        normalize_site(site, Rules())
        under = {id for id in range(100, 140) if 1 + id % 4 == 3}
        assert posts_read(watched(site, merge(3, "C1"), Blind)) == under
        assert posts_read(watched(site, Rules(), Blind)) == under  # and back
        # A name is the term's own row: posts stay filed where they were.
        assert posts_read(watched(site, rename(3, "Better"), Blind)) == set()


def test_a_rule_on_an_author_reads_the_posts_by_them_alone() -> None:
    with tmp_archive() as archive:
        site = archive.of(SITE)
        filled(site)
        normalize_site(site, Rules())
        rule = AuthorRule(Match(ids=(2,)), name="Joan Doe", slug="joan")
        seen = watched(site, Rules(authors=AuthorRules((rule,))))
        assert posts_read(seen) == {id for id in range(100, 140) if 1 + id % 2 == 2}


@pytest.mark.parametrize(
    "fields",
    [
        {"authors": [{"display_name": "Jane Roe"}]},
        {"content": {"rendered": "<p>By Jane Roe | May 3, 2024</p><p>Words.</p>"}},
    ],
    ids=["a plugin's field", "a byline"],
)
def test_a_rule_on_an_author_reads_the_posts_that_name_them(fields: dict[str, Any]) -> None:
    with tmp_archive() as archive:
        site = archive.of(SITE)
        filled(site)
        jane = make_record("users/user", 3, name="Jane Roe", slug="jane")
        site.save(site.begin_run("pull", "anonymous"), [jane, post(110, author=1, **fields)])
        normalize_site(site, Rules())
        rule = AuthorRule(Match(ids=(3,)), name="Joan Doe", slug="joan")
        assert posts_read(watched(site, Rules(authors=AuthorRules((rule,))))) == {110}


def test_a_person_of_another_name_meets_the_rules_that_ask_for_it() -> None:
    with tmp_archive() as archive:
        site = archive.of(SITE)
        filled(site)
        assign = AssignRule(when=Condition(authors=("joan doe",)), to=("Sleep",))
        asking = Rules({"category": TaxonomyRules("category", assign=(assign,))})
        normalize_site(site, asking)
        named = make_record("users/user", 2, name="Joan Doe", slug="jane2")
        site.save(site.begin_run("pull", "anonymous"), [named])
        normalize_site(site, asking)
        filed = site.query("SELECT post FROM post_terms WHERE slug = 'sleep'")
        assert {row["post"] for row in filed} == {id for id in range(100, 140) if id % 2 == 1}


def test_an_address_between_two_runs_and_a_term_that_moved_are_looked_for_again() -> None:
    with tmp_archive() as archive:
        site = archive.of(SITE)
        filled(site)
        run = site.begin_run("pull", "anonymous")
        term = make_record("terms/category", 4, name="C4", slug="c4", link=f"https://{SITE}/t/c4/")
        site.save(run, [term, post(300, to="/b/"), post(301, to="/t/c4/")])
        normalize_site(site, Rules())
        for slug in ("b", "c"):  # the first of them is no address that any run saw
            site.save(run, [post(120, slug=slug, link=f"https://{SITE}/{slug}/")])
        moved = make_record("terms/category", 4, name="C4", slug="c4", link=f"https://{SITE}/u/c4/")
        site.save(run, [moved])
        normalize_site(site, Rules())
        found = site.query("SELECT post, state, target FROM links WHERE post IN (300, 301)")
        assert {tuple(row.values()) for row in found} == {(300, "moved", 120), (301, "missing", 0)}


def test_a_slug_that_two_posts_shared_is_looked_for_again() -> None:
    """Two posts of one slug: a link by the slug alone means neither, until one of them goes."""
    with tmp_archive() as archive:
        site = archive.of(SITE)
        filled(site)
        run = site.begin_run("pull", "anonymous")
        twins = [
            post(id, slug="twin", link=f"https://{SITE}/{id}/twin/", content={"rendered": ""})
            for id in (301, 302)
        ]
        site.save(run, [*twins, post(300, to="/old/twin/")])
        normalize_site(site, Rules())
        site.vanish(run, "posts/post", {302: State.GONE})
        assert posts_read(watched(site, Rules())) == {300, 302}
        row = site.query("SELECT state, target FROM links WHERE post = 300")[0]
        assert (row["state"], row["target"]) == ("moved", 301)
        site.save(
            run,
            [replace(twins[1]), post(301, status="draft", slug="twin", link=twins[0].data["link"])],
        )
        normalize_site(site, Rules())
        row = site.query("SELECT state, target FROM links WHERE post = 300")[0]
        assert (row["state"], row["target"]) == ("moved", 302)


def test_a_file_that_has_another_name_is_looked_for_again() -> None:
    with tmp_archive() as archive:
        site = archive.of(SITE)
        filled(site)
        run = site.begin_run("pull", "anonymous")
        body = {"rendered": f'<img src="https://{SITE}/files/200-300x200.jpg">'}
        site.save(run, [post(300, content=body)])
        normalize_site(site, Rules())
        other = make_record("posts/attachment", 200, source_url=f"https://{SITE}/files/b.jpg")
        site.save(run, [other])
        assert posts_read(watched(site, Rules())) == {300}
        assert site.query("SELECT state FROM links WHERE post = 300")[0]["state"] == "missing"


def test_a_rule_on_posts_reads_those_under_the_terms_it_names() -> None:
    with tmp_archive() as archive:
        site = archive.of(SITE)
        filled(site)
        normalize_site(site, Rules())
        when = Condition(terms=(("category", "c2"),))
        rule = AssignRule(when=when, to=("C1",))
        seen = watched(site, Rules({"category": TaxonomyRules("category", assign=(rule,))}))
        assert posts_read(seen) == {id for id in range(100, 140) if 1 + id % 4 == 2}


@pytest.mark.parametrize(
    ("change", "concerned"),
    [
        (post(110, slug="elsewhere", link=f"https://{SITE}/elsewhere/"), {109, 110}),
        (post(110, status="draft"), {109, 110}),
        (post(500, slug="post-140", link=f"https://{SITE}/2024/post-140/"), {139, 500}),
        (post(110, title={"rendered": "New"}), {110}),
        (make_record("comments/comment", 2, post=100), set()),
    ],
    ids=["moved", "hidden", "new, by its slug", "edited", "a comment"],
)
def test_a_changed_address_reads_the_posts_that_link_to_it(
    change: Record, concerned: set[int]
) -> None:
    with tmp_archive() as archive:
        site = archive.of(SITE)
        filled(site)
        normalize_site(site, Rules())
        site.save(site.begin_run("pull", "anonymous"), [change])
        seen = watched(site, Rules())
        assert posts_read(seen) == concerned
        assert not any(kind == "posts/attachment" for kind, _ in seen.read)


def test_a_run_that_broke_off_is_made_up_for() -> None:
    with tmp_archive() as archive, tmp_archive() as other:
        site, fresh = archive.of(SITE), other.of(SITE)
        for one in (site, fresh):
            filled(one)
        normalize_site(site, Rules())

        class Breaking(Watched):
            def put_posts(self, _: Sequence[Any]) -> int:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            normalize_site(Breaking(site), merge(3, "C1"))
        normalize_site(site, merge(3, "C1"))
        normalize_site(fresh, merge(3, "C1"))
        assert tables(site) == tables(fresh)


@dataclass(frozen=True)
class Edit:
    """One step of a site's life, for a title that Hypothesis can print."""

    name: str
    records: tuple[Record, ...] = ()
    gone: tuple[str, int] | None = None
    rules: Rules | None = None

    def __repr__(self) -> str:
        return self.name


SLUGS = ("alpha", "beta", "gamma", "alpha-2")
TARGETS = (
    "/alpha/", "/beta/feed/", "/2024/gamma/", "/?p=2", "/?cat=1", "/category/c2/", "/nowhere/",
    "/files/a-300x200.jpg", "/author/jane/", "/?attachment_id=7", "https://other.example/",
)  # fmt: skip


@st.composite
def posts(draw: st.DrawFn) -> Edit:
    id = draw(st.integers(1, 4))
    slug = draw(st.sampled_from(SLUGS))
    folder = draw(st.sampled_from(("", "2024/")))
    body = "".join(
        f'<p><a href="{to}">x</a></p>' for to in draw(st.lists(st.sampled_from(TARGETS)))
    )
    body = draw(st.sampled_from(("", "<p>By Joan Doe | May 3, 2024</p>", "<p>insomnia</p>"))) + body
    if draw(st.booleans()):
        body += '<h3>Related posts</h3><ul><li><a href="/alpha/">A</a></li></ul>'
    fields: dict[str, Any] = {
        "slug": slug,
        "link": f"https://{SITE}/{folder}{slug}/",
        "status": draw(st.sampled_from(("publish", "publish", "draft"))),
        "categories": draw(st.lists(st.integers(1, 3), unique=True, max_size=2)),
        "tags": draw(st.lists(st.integers(1, 2), unique=True, max_size=2)),
        "author": draw(st.integers(0, 3)),
        "content": {"rendered": body},
    }
    if draw(st.integers(0, 3)) == 0:
        crumbs = [
            {"item": f"https://{SITE}{to}"} for to in draw(st.lists(st.sampled_from(TARGETS)))
        ]
        graph = [{"@type": "BreadcrumbList", "itemListElement": crumbs}]
        fields["yoast_head_json"] = {"schema": {"@graph": graph}}
    if draw(st.integers(0, 3)) == 0:
        fields["authors"] = [{"display_name": draw(st.sampled_from(("Joan Doe", "Jane")))}]
    return Edit(f"post {id}: {fields}", (make_record("posts/post", id, **fields),))


@st.composite
def others(draw: st.DrawFn) -> Edit:
    kind = draw(
        st.sampled_from(("terms/category", "terms/post_tag", "users/user", "posts/attachment"))
    )
    id = draw(st.integers(1, 3))
    word = draw(st.sampled_from(("c1", "c2", "jane", "joan-doe")))
    fields: dict[str, Any] = {
        "slug": word,
        "name": word.upper(),
        "link": f"https://{SITE}/{kind}/{word}/",
    }
    if kind == "terms/category":
        fields |= {"parent": draw(st.integers(0, 3)), "link": f"https://{SITE}/category/{word}/"}
    if kind == "users/user":
        fields["link"] = f"https://{SITE}/author/{word}/"
    if kind == "posts/attachment":
        id += 5
        name = draw(st.sampled_from(("a.jpg", "a-scaled.jpg", "b.jpg")))
        fields |= {"source_url": f"https://{SITE}/files/{name}", "status": "inherit"}
    return Edit(f"{kind} {id}: {fields}", (make_record(kind, id, **fields),))


@st.composite
def losses(draw: st.DrawFn) -> Edit:
    kind = draw(st.sampled_from(("posts/post", "terms/category", "users/user", "posts/attachment")))
    id = draw(st.integers(1, 4)) + (5 if kind == "posts/attachment" else 0)
    return Edit(f"{kind} {id} is gone", gone=(kind, id))


_TERM_RULES: tuple[tuple[TermRule, ...], ...] = (
    (),
    (TermRule(Match(ids=(2,)), into=(Target("C1"),)),),
    (TermRule(Match(ids=(1,)), under="New > Deep"),),
    (TermRule(Match(ids=(3,)), drop=True),),
    (TermRule(Match(ids=(1,)), name="Other", slug="other"),),
    (TermRule(Match(ids=(2,)), into=(Target("C1", "post_tag"),)),),
)
_ASSIGN: tuple[tuple[AssignRule, ...], ...] = (
    (),
    (AssignRule(when=Condition(terms=(("post_tag", "c1"),)), to=("Sleep",)),),
    (AssignRule(when=Condition(text=("insomnia",)), to=("Sleep",)),),
    (AssignRule(when=Condition(authors=("joan doe",)), to=("Sleep",)),),
    (AssignRule(when=Condition(terms=(("category", "c1"),)), primary="c2"),),
)
_AUTHOR_RULES = (
    AuthorRules(),
    AuthorRules((AuthorRule(Match(ids=(1,)), name="Joan Doe"),)),
    AuthorRules((AuthorRule(Match(names=("joan doe",)), house=True),)),
    AuthorRules(bylines="trust"),
)


@st.composite
def rules(draw: st.DrawFn) -> Edit:
    of = TaxonomyRules("category", draw(st.sampled_from(_TERM_RULES)))
    of = replace(
        of,
        assign=draw(st.sampled_from(_ASSIGN)),
        primary=draw(st.sampled_from(("keep", "first", "deepest"))),
    )
    made = Rules(
        {"category": of},
        authors=draw(st.sampled_from(_AUTHOR_RULES)),
        related=draw(st.sampled_from((RelatedRules(), RelatedRules(fallback="computed")))),
    )
    return Edit(f"rules: {made}", rules=made)


STEPS = st.lists(st.lists(st.one_of(posts(), others(), losses(), rules()), max_size=4), max_size=5)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
def test_step_by_step_comes_to_the_same_rows_as_all_at_once(steps: list[list[Edit]]) -> None:
    with tmp_archive() as archive, tmp_archive() as other:
        site, fresh = archive.of(SITE), other.of(SITE)
        held = Rules()
        for one in (site, fresh):
            one.set_site(make_identity())
        first = [make_record("terms/category", id, name=f"C{id}", slug=f"c{id}") for id in (1, 2)]
        first += [post(id, slug=SLUGS[id], to="/alpha/") for id in (1, 2)]
        for step in [[Edit("first", tuple(first))], *steps]:
            for edit in step:
                held = edit.rules or held
                for one in (site, fresh):
                    run = one.begin_run("pull", "anonymous")
                    one.save(run, edit.records)
                    if edit.gone:
                        one.vanish(run, edit.gone[0], {edit.gone[1]: State.GONE})
            normalize_site(site, held)
        normalize_site(fresh, held)
        assert tables(site) == tables(fresh)
        assert watched(site, held).writes.count("put_posts") == 0


@given(st.lists(st.integers(0, 2**64 - 1)))
def test_keys_come_back_as_32_bits(keys: list[int]) -> None:
    assert unpack(pack(keys)) == tuple(sorted({key % 2**32 for key in keys}))


@pytest.mark.parametrize("text", ["", "ctx", "{}", '{"base": 1}', "[]"])
def test_what_another_version_kept_counts_as_nothing(text: str) -> None:
    assert facts_of(text) is None
