"""Rules on posts: which terms a post is filed under, which is primary, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers import make_record
from wp_sync.archive.base import Current
from wp_sync.content import Post, PostTerm
from wp_sync.model import State
from wp_sync.normalize.authors.authors import SourceAuthor, order_authors
from wp_sync.normalize.decisions import Decision
from wp_sync.normalize.derive import Deriver
from wp_sync.normalize.links.urls import UrlIndex
from wp_sync.normalize.mapping_files import load_rules
from wp_sync.normalize.rules import LinkRules, RelatedRules
from wp_sync.normalize.terms.assign import words_pattern
from wp_sync.normalize.terms.filing import Filing
from wp_sync.normalize.terms.order import order_taxonomies
from wp_sync.normalize.terms.terms import SourceTerm
from wp_sync.normalize.text import fold, folded_words

CATEGORIES = [
    SourceTerm(1, "Ohne Kategorie", "ohne-kategorie"),
    SourceTerm(2, "Pain", "pain"),
    SourceTerm(3, "Back pain", "back-pain", parent=2),
    SourceTerm(4, "News", "news"),
]
TAGS = [SourceTerm(21, "Sleep", "sleep"), SourceTerm(22, "Rest &amp; Care", "rest-care")]
INDEX = UrlIndex("https://blog.example.com", LinkRules())
USERS = [SourceAuthor(7, "jane@dmin", "jane"), SourceAuthor(8, "Bob Roe", "bob")]


class Site:
    """A small site under the given rules."""

    def __init__(self, folder: Path, **files: str) -> None:
        for name, text in files.items():
            (folder / f"{name}.toml").write_text(f"version = 2\n{text}", encoding="utf-8")
        rules = load_rules(folder)
        terms = order_taxonomies({"category": CATEGORIES, "post_tag": TAGS}, rules, default_id=1)
        self.authors = order_authors(USERS, rules.authors)
        self.filing = Filing(terms, rules, self.authors, 1)

    def filed(
        self, *categories: int, tags: tuple[int, ...] = (), trace: list[Decision] | None = None,
        **fields: Any,
    ) -> list[PostTerm]:  # fmt: skip
        told = {"title": "A title", "content": "", "author": "jane", "type": "post"}
        told |= {key: fields.pop(key) for key in list(fields) if key in told}
        post = Post(
            1, told["type"], "publish", "live", "a", told["title"], "", told["author"],
            fields.pop("at", "2019-06-01T00:00:00Z"), "", "", told["content"],
        )  # fmt: skip
        data = {"categories": list(categories), "tags": list(tags), **fields}
        return self.filing.file(post, data, INDEX, trace)

    def slugs(self, *categories: int, **fields: Any) -> list[str]:
        found = self.filed(*categories, **fields)
        return [f"{term.slug}{'*' if term.primary else ''}" for term in found]


MOVE = '[[assign]]\nwhen = { default = true }\nany = { tag = "Sleep", text = "insomnia" }\n'


def test_posts_of_the_default_category_go_where_their_tag_or_words_say(tmp_path: Path) -> None:
    site = Site(tmp_path, categories=MOVE + 'to = "Pain > Sleep"\n')
    assert site.slugs(1, tags=(21,)) == ["sleep", "sleep"]  # the category made, then the tag
    assert site.slugs(1, 4, content="<p>On <b>Insomnia</b>.</p>") == ["news", "sleep"]
    assert site.slugs(1, content="On insomniacs") == ["ohne-kategorie"]
    assert site.slugs(4, content="insomnia") == ["news"]  # not of the default category


@pytest.mark.parametrize(
    ("condition", "meets", "misses"),
    [
        ('when = { category = "Pain > Back pain" }', {"categories": [3]}, {"categories": [2]}),
        ('when = { tag = "rest & care" }', {"tags": [22]}, {"tags": [21]}),
        ('when = { tag = "rest-care" }', {"tags": [22]}, {"tags": [21]}),
        ('when = { title = "migräne" }', {"title": "Die MIGRÄNE"}, {"content": "Migräne"}),
        ('when = { text = "can\'t sleep" }', {"content": "I can’t&nbsp;sleep!"}, {"title": "can"}),
        ('when = { text = "insomni*" }', {"title": "Insomniacs"}, {"title": "in somnia"}),
        ('when = { text = "不眠" }', {"title": "私の不眠症について"}, {"title": "私の"}),
        ('when = { author = "Bob Roe" }', {"author": "bob"}, {"author": "jane"}),
        ('when = { author = "jane@dmin" }', {"author": "jane"}, {"author": "bob"}),
        ("when = { since = 2019-06-01 }", {}, {"at": "2019-05-31T23:59:59Z"}),
        ('when = { before = "2019-06-02" }', {}, {"at": "2019-06-02T00:00:00Z"}),
        ("when = { before = 2019-06-02 }", {}, {"at": ""}),
        ('when = { kind = "post" }', {}, {"type": "page"}),
        (
            'when = { kind = "post" }\nnone = { category = "News" }',
            {"categories": [2]},
            {"categories": [4]},
        ),
        ('when = { tag = "Sleep", title = "a" }', {"tags": [21]}, {"tags": [21], "title": "b"}),
    ],
)
def test_every_kind_of_condition(
    tmp_path: Path, condition: str, meets: dict[str, Any], misses: dict[str, Any]
) -> None:
    site = Site(tmp_path, categories=f'[[assign]]\n{condition}\nto = "Found"\nstay = true\n')
    for fields, expected in ((meets, True), (misses, False)):
        own = {key: value for key, value in fields.items() if key not in ("categories", "tags")}
        found = site.slugs(*fields.get("categories", []), tags=tuple(fields.get("tags", ())), **own)
        assert ("found" in found) is expected, fields


def test_a_condition_may_use_the_names_that_the_rules_make(tmp_path: Path) -> None:
    tags = '[[rule]]\nmatch = { id = 21 }\nname = "Night"\n'
    site = Site(tmp_path, tags=tags, categories='[[assign]]\nwhen = { tag = "Night" }\nto = "N"\n')
    assert site.slugs(4, tags=(21,))[:2] == ["news", "n"]


def test_posts_leave_what_the_rule_names_and_stay_where_told_so(tmp_path: Path) -> None:
    rule = '[[assign]]\nwhen = { category = "News", tag = "Sleep" }\nto = "Rest"\n'
    assert Site(tmp_path, categories=rule).slugs(4, 3, tags=(21,)) == ["back-pain", "rest", "sleep"]
    stays = Site(tmp_path, categories=rule + "stay = true\n")
    assert stays.slugs(4, tags=(21,)) == ["news", "rest", "sleep"]


def test_a_place_that_another_of_the_posts_terms_led_to_is_not_left(tmp_path: Path) -> None:
    rules = (
        '[[rule]]\nmatch = { id = [1, 3] }\ninto = "News"\n'
        '[[assign]]\nwhen = { category = "Ohne Kategorie" }\nto = "Rest"\n'
    )
    site = Site(tmp_path, categories=rules)
    assert site.slugs(1, 3) == ["news", "rest"]
    assert site.slugs(1) == ["rest"]


def test_the_place_that_a_rule_sends_posts_to_is_made_even_if_nothing_goes_there(
    tmp_path: Path,
) -> None:
    site = Site(tmp_path, categories=MOVE + 'to = ["A > B", "News"]\n')
    assert site.slugs(1, tags=(21,)) == ["b", "news", "sleep"]


def test_a_rule_of_the_site_does_not_hide_that_of_the_file_below(tmp_path: Path) -> None:
    both = MOVE + 'to = "A"\n' + '[[assign]]\nwhen = { default = true }\nto = "B"\n'
    assert Site(tmp_path, categories=both).slugs(1, tags=(21,)) == ["a", "b", "sleep"]


def test_split_and_sent_to_another_taxonomy(tmp_path: Path) -> None:
    rules = (
        '[[rule]]\nmatch = { id = 2 }\ninto = ["Pain", "Body"]\n'
        '[[rule]]\nmatch = { id = 4 }\ntaxonomy = "post_tag"\n'
    )
    found = Site(tmp_path, categories=rules).filed(4, 2, tags=(21,))
    assert [(term.taxonomy, term.slug, term.position) for term in found] == [
        ("category", "pain", 0),
        ("category", "body", 1),
        ("post_tag", "sleep", 0),
        ("post_tag", "news", 1),
    ]


# -- the primary term


def test_the_primary_term_is_the_plugins_and_follows_a_merge(tmp_path: Path) -> None:
    site = Site(tmp_path, categories='[[rule]]\nmatch = { id = 4 }\ninto = ["Body", "Pain"]\n')
    meta = {"_yoast_wpseo_primary_category": "4"}
    assert site.slugs(3, 4, meta=meta) == ["back-pain", "body*", "pain"]
    assert site.slugs(3, meta=meta) == ["back-pain"]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("keep", ["news", "back-pain", "pain"]),
        ("first", ["news*", "back-pain", "pain"]),
        ("deepest", ["news", "back-pain*", "pain"]),
    ],
)
def test_where_no_plugin_says_the_policy_does(
    tmp_path: Path, policy: str, expected: list[str]
) -> None:
    site = Site(tmp_path, categories=f'primary = "{policy}"\n')
    assert site.slugs(4, 3, 2) == expected
    assert "pain*" in site.slugs(4, 3, 2, rank_math_primary_category=2)


def test_a_rule_sets_the_primary_term_of_posts_that_are_filed_there(tmp_path: Path) -> None:
    rule = '[[assign]]\nwhen = { category = "Pain" }\nprimary = "Pain > Back pain"\n'
    site = Site(tmp_path, categories=rule)
    assert site.slugs(2, 3, _primary_term_category=2) == ["pain", "back-pain*"]
    assert site.slugs(2, 4, _primary_term_category=2) == ["pain*", "news"]


# -- why


def test_every_decision_can_be_told(tmp_path: Path) -> None:
    rules = (
        'primary = "first"\n[[rule]]\nmatch = { name = "news" }\nname = "Press"\n\n'
        + MOVE
        + 'to = "Night"\n'
    )
    trace: list[Decision] = []
    site = Site(tmp_path, categories=rules)
    site.filed(4, 1, tags=(21,), trace=trace)
    told = [(d.concern, d.action, d.before, d.after, d.why) for d in trace]
    assert told == [
        ("terms/category", "kept", "Ohne Kategorie", "ohne-kategorie",
         "no rule names it, so it stays"),
        ("terms/category", "renamed", "News", "press", 'its name is "news"'),
        ("terms/post_tag", "kept", "Sleep", "sleep", "no rule names it, so it stays"),
        ("terms/category", "assigned", "", "night",
         'it is filed under the default category and it is filed under "sleep"'),
        ("terms/category", "left", "ohne-kategorie", "", "a rule moved the post"),
        ("terms/category", "primary", "", "press", 'primary = "first" where no plugin says'),
    ]  # fmt: skip
    assert [d.rule.rpartition("/")[2] for d in trace] == [
        "", "categories.toml:3", "", "categories.toml:7", "", ""
    ]  # fmt: skip
    assert trace[1].digest
    filed = site.filed(4, 1, tags=(21,))
    assert {term.slug: term.rule for term in filed}["night"] == trace[3].digest


def test_a_posts_decisions_are_those_behind_its_rows(tmp_path: Path) -> None:
    author = '[[rule]]\nmatch = { id = 8 }\nname = "Dr. Roe"\n'
    site = Site(tmp_path, categories=MOVE + 'to = "Night"\n', authors=author)
    deriver = Deriver(INDEX, RelatedRules(), site.filing, site.authors)
    content = {"rendered": "<p>Insomnia</p>"}
    record = make_record("posts/post", 5, author=8, categories=[1], content=content)
    current = Current(record.kind, record.id, State.LIVE, "d", record.data)
    derived, _ = deriver.derive(current)
    told = deriver.decisions(current)
    assert [(one.concern, one.action, one.after) for one in told] == [
        ("authors", "authored", "dr-roe"),
        ("terms/category", "kept", "ohne-kategorie"),
        ("terms/category", "assigned", "night"),
        ("terms/category", "left", ""),
    ]
    assert [row.author for row in derived.authors] == ["dr-roe"]
    assert [row.slug for row in derived.terms] == ["night"]


def test_a_line_more_above_a_rule_changes_no_post(tmp_path: Path) -> None:
    rule = MOVE + 'to = "Night"\n'
    before = Site(tmp_path, categories=rule)
    after = Site(tmp_path, categories="# a word\n\n" + rule)
    assert before.filed(1, tags=(21,)) == after.filed(1, tags=(21,))
    assert before.filing.context == after.filing.context
    other = Site(tmp_path, categories=rule.replace("insomnia", "snoring"))
    assert other.filing.context != before.filing.context


# -- words


@given(st.text("ab*. é眠", min_size=1, max_size=5), st.text("ab. é眠\n", max_size=12))
def test_words_are_found_whole_and_nothing_raises(word: str, text: str) -> None:
    folded = fold(word)
    if not folded.rstrip("*").strip():
        return
    pattern = words_pattern([folded])
    assert pattern.search(f"x {folded.rstrip('*').strip()} x")
    if folded.isascii() and folded.isalnum() and folded not in fold(text):
        assert not pattern.search(fold(text))


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<p>One</p><p>two</p>", "one two"),
        ("a<script>var insomnia</script> b<style>.x{}</style>c", "a b c"),
        ("a<script>never closed", "a"),
        ("a</script>b<STYLE>x</style >c", "a b c"),
        ("<a title='insomnia'>b</a>", "b"),
    ],
)
def test_the_words_of_markup(markup: str, expected: str) -> None:
    assert folded_words(markup) == expected
