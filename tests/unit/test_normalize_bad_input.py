"""Bad input: each kind is told with the post's address, and the rest of the record stays whole."""

from __future__ import annotations

import pytest

from bench.html5_links import links as tree_links
from tests.helpers import SITE, make_identity, make_record, tmp_archive
from wp_sync.model import Record
from wp_sync.normalize.boilerplate.passages import passages
from wp_sync.normalize.clean import Cleaner
from wp_sync.normalize.engine import NormalizeResult, normalize_site
from wp_sync.normalize.links.addresses import find_addresses
from wp_sync.normalize.links.rewrite import rewrite
from wp_sync.normalize.links.scan import scan
from wp_sync.normalize.oddities import oddities
from wp_sync.normalize.rules import CleaningRules, Rules
from wp_sync.normalize.sanitize import sanitize

LINK = '<p>See <a href="/post-2/">two</a>.</p>'
ON = CleaningRules(*["clean"] * 8)


def normalized(content: str) -> tuple[NormalizeResult, list[tuple[str, str]], str]:
    """A site of two posts, one with this content: result, its links, its content in the table."""
    with tmp_archive() as archive:
        site = archive.of(SITE)
        site.set_site(make_identity())
        run = site.begin_run("test", "")
        records: list[Record] = [
            make_record("posts/post", 1, content={"rendered": content}),
            make_record("posts/post", 2, content={"rendered": LINK}),
        ]
        site.save(run, records)
        result = normalize_site(site, Rules(cleaning=ON))
        rows = site.query("SELECT url, state FROM links WHERE post = 1 ORDER BY position")
        links = [(str(row["url"]), str(row["state"])) for row in rows]
        assert site.query("SELECT state FROM links WHERE post = 2") == [{"state": "self"}]
        (post,) = site.query("SELECT content FROM posts WHERE id = 1")
        assert [one for one in archive.check() if one.severity == "error"] == []
        return result, links, str(post["content"])


@pytest.mark.parametrize(
    ("content", "messages"),
    [
        (LINK + "<p>cut in <a href='/x", ["a tag without end: <a"]),
        (LINK + "<p>cut in <!-- wp:x", ["a comment without end"]),
        (LINK + "<script>cut", ["<script> without end"]),
        (LINK + "<div>" * 10_000, ["10,000 levels deep"]),
        (LINK + "one\x00two", ["unreadable characters (U+FFFD)"]),
        (LINK + "one\ufffdtwo", ["unreadable characters (U+FFFD)"]),
        (LINK + "caf\x8e \x07", ["characters of another encoding", "control characters in"]),
        (LINK + '<!-- wp:image {"id":3,} --><!-- wp:x {"a":{} -->',
         ["the attributes of image are no JSON", "the attributes of x are no JSON"]),
        (LINK + '<!-- wp:image {"id":3 -->', ["the attributes of image have no end"]),
        (LINK + '<a href="https://me:secret@h.example/x">x</a>',
         ["a link holds a password: https://…@h.example/x"]),
        (LINK + '<a href=" java&#x0A;script:alert(1)">x</a>', ["a link runs a script"]),
        (LINK + '<a href="/x\x07y\x1b">x</a>',
         ["a link holds control characters: /x\\x07y\\x1b"]),
        ("".join(f'<a href="vbscript:{n}">x</a>' for n in range(90)) + LINK,
         ["a link runs a script: vbscript:0", "85 more like the last"]),
    ],
)  # fmt: skip
def test_each_is_told_with_the_posts_address_and_the_rest_stays_whole(
    content: str, messages: list[str]
) -> None:
    result, links, kept = normalized(content)
    assert ("/post-2/", "resolved") in links
    told = [finding for finding in result.findings if finding.place.id == 1]
    assert len(told) == len(result.findings)
    assert all(finding.place.url == f"https://{SITE}/post-1/" for finding in told)
    assert not any("secret" in finding.message for finding in told)
    for message in messages:
        assert any(message in finding.message for finding in told), message
    assert kept == content.replace("\x00", "\ufffd")


def test_a_body_in_order_is_not_complained_of() -> None:
    content = LINK + '<!-- wp:x {"a":"é--"} /--><p>user@host.example, a:b@c\n\t“x”</p>\x85'
    assert not normalized(content)[0].findings


def test_twenty_million_characters() -> None:
    posts = 50_000
    content = (LINK + "<p>" + "words " * 60 + "</p>") * posts + "<p></p>"
    assert len(content) > 20_000_000
    scanned = scan(content)
    links = list(find_addresses(scanned))
    assert len(links) == posts
    assert content[links[-1].start : links[-1].end] == "/post-2/"
    assert len(rewrite(content, lambda link: "/x/", scanned)) == len(content) - posts * 5
    (empty,) = Cleaner(ON).look(content, "", scanned)
    assert (empty.rule, empty.span_start) == ("empty", len(content) - 7)
    assert sanitize(content).notes == ("more than 5,000,000 characters: given as plain text",)
    assert oddities(scanned, ()) == ["the content has 20 million characters"]


HOSTILE = [
    "<", "<a ", '<a href="', "<a href=x>", "</", "<!--", "<!-- wp:x {", '<!-- wp:x {"a":"//', "<!",
    "<div>", "<script>", "<style>url(", "<textarea>", "<a =", "<img srcset='a,(", "<b style='url(",
    "&", "\\", '"', "<svg>", "[", "[a ", "[a b='", "[[a]", "[/a]", "[a]", "[a b=c]//", "https://",
    "https://h.example/(", "//", "https://h.example/)", "<p>", "<p></p>", "<p><br>", "<h1>x</h1>",
    "<div class=fl-x>", "<span style='font-weight: 400'>", "</span>",
    "<p class=Mso style='mso-a:b'>",
    "<img width=1 height=1 src=x>", "â€™", "Ã", "<pre>", "<code></pre>", "<b><p></b>",
    "<table><b>x",
    "<div data-x='{\"a\":\"//", "<div data-x='<a href=//x>", "<!-- wp:code -->", "<!--[if",
    "[ad x]",
    "<li><ul>", "<font size=1>", "\\u003ca href=", "{\"", "<a href='https://u:p@h/'>",
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_sixty_thousand_characters_of_the_worst(piece: str) -> None:
    """Everything done to a body ends soon: work that grew with the square would take hours."""
    rules = CleaningRules(*["clean"] * 8, remove_shortcodes=("a",), unwrap_shortcodes=("ad",))
    body = piece * (60_000 // len(piece))
    for end in ("", "\"}'> -->"):
        source = body + end
        scanned = scan(source)
        places = [(each.start, each.end) for each in find_addresses(scanned)]
        assert places == sorted(places)
        assert rewrite(source, lambda link: link.url, scanned) == source
        assert sum(passage.end - passage.start for passage in passages(scanned)) <= len(source)
        once = Cleaner(rules).clean(source, "x").body
        assert len(once) <= len(source) + 10 * source.count("â")
        sanitize(source)


@pytest.mark.parametrize("depth", [100, 10_000])
def test_links_at_any_depth(depth: int) -> None:
    source = "<div>" * depth + "<a href=/deep>x</a>" + "</div>" * depth
    assert [each.url for each in find_addresses(scan(source))] == ["/deep"]
    if depth == 100:  # the tree's own parser is quadratic
        assert [place[2] for place in tree_links(source)] == ["/deep"]
