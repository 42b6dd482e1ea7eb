"""Related posts: found in every form that is known, and not where there are none."""

# ruff: noqa: E501
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wp_sync.content import Related
from wp_sync.model import State
from wp_sync.normalize.links.scan import scan
from wp_sync.normalize.links.urls import Meaning, UrlIndex
from wp_sync.normalize.related.find import in_fields, in_markup, judged, phrases_of
from wp_sync.normalize.rules import BlockRule, LinkRules, RelatedRules
from wp_sync.normalize.text import fold

HOME = "https://blog.example.com"
INDEX = UrlIndex(HOME, LinkRules())
for number in range(1, 10):
    INDEX.add(
        f"{HOME}/post-{number}/", "posts/post", number, f"post-{number}", State.LIVE, "publish"
    )
INDEX.add(f"{HOME}/draft/", "posts/post", 20, "draft", State.LIVE, "draft")
INDEX.add(f"{HOME}/product/pillow/", "posts/product", 30, "pillow", State.LIVE, "publish")
INDEX.add(f"{HOME}/product/bed/", "posts/product", 31, "bed", State.LIVE, "publish")
INDEX.add(f"{HOME}/about/", "posts/page", 40, "about", State.LIVE, "publish")
INDEX.add(f"{HOME}/category/pain/", "terms/category", 3, "pain", State.LIVE, "")
INDEX.add(f"{HOME}/author/jane/", "users/user", 2, "jane", State.LIVE, "")
INDEX.add_old("old-name", f"{HOME}/old-name/", 4)
BASE = INDEX.base(f"{HOME}/post-1/")
PHRASES = phrases_of(RelatedRules())
PROSE = "<p>" + "A paragraph of plain words about sleep and pain, and nothing else. " * 3 + "</p>"


def mean(url: str) -> Meaning:
    return INDEX.meaning(url, BASE, 1)


def related(
    source: str, where: str = "content", rules: RelatedRules | None = None
) -> list[Related]:
    phrases = phrases_of(rules) if rules else PHRASES
    return judged(in_markup(scan(source), mean, phrases, where=where), mean, 1, 50)


def targets(source: str, where: str = "content") -> list[int]:
    return [each.target for each in related(source, where)]


CARD = (
    '<a href="/post-2/"><img src="x.jpg" alt="picture"></a>'
    '<h4><a href="/post-2/" title="Two">Two</a></h4><p>An excerpt of it …</p>'
    '<a class="more" href="/post-2/">Read more</a>'
    '<a href="/category/pain/" rel="category tag">Pain</a><a href="/author/jane/">Jane</a>'
    '<h4><a href="/post-3/">Three</a></h4>'
)

BLOCKS = {
    "jetpack": f'<div id="jp-relatedposts" class="jp-relatedposts"><h3>Related</h3>{CARD}</div>',
    "yarpp": f"<div class='yarpp yarpp-related yarpp-template-list'><ol>{CARD}</ol></div>",
    "crp": f'<div class="crp_related  "><h3>More</h3><ul>{CARD}</ul></div>',
    "rpbt": f'<div class="rpbt_shortcode"><h3>Related Posts</h3>{CARD}</div>',
    "fusion": f'<section class="related-posts single-related-posts"><div>{CARD}</div></section>',
    "yuzo": f'<div class="yuzo_related_post style-1">{CARD}</div>',
    "zemanta": f'<div class="wp_rp_wrap wp_rp_plain"><h3 class="related_post_title"></h3>{CARD}</div>',
    "newspack": f'<div class="wp-block-newspack-blocks-homepage-articles">{CARD}</div>',
    "elementor": f'<div class="elementor-element elementor-widget elementor-widget-posts">{CARD}</div>',
    "astra": f'<div class="ast-single-related-posts-container">{CARD}</div>',
    "query": f'<div class="wp-block-query"><ul>{CARD}</ul></div>',
    "latest": f'<ul class="wp-block-latest-posts__list wp-block-latest-posts">{CARD}</ul>',
    "theme": f'<aside class="related-posts"><h2>Weiteres</h2>{CARD}</aside>',
}


@pytest.mark.parametrize("origin", BLOCKS)
def test_blocks_of_plugins_and_themes(origin: str) -> None:
    found = related(
        f"{PROSE}<p><a href='/post-9/'>elsewhere</a> {PROSE}</p>{BLOCKS[origin]}{PROSE}"
    )
    assert [(each.origin, each.target, each.title, each.state) for each in found] == [
        (f"content:{origin}", 2, "Two", "resolved"),
        (f"content:{origin}", 3, "Three", "resolved"),
    ]
    assert [each.position for each in found] == [0, 1]


@pytest.mark.parametrize("origin", ["jetpack", "fusion", "astra", "elementor", "yarpp"])
def test_blocks_that_only_the_rendered_page_has(origin: str) -> None:
    page = (
        "<!doctype html><html><head><title>x</title></head><body class='related-posts-on'>"
        "<nav><a href='/post-8/'>Menu</a></nav><main><article><p>Text</p></article>"
        f"{BLOCKS[origin]}</main><aside><ul class='wp-block-latest-posts__list'>"
        "<li><a href='/post-7/'>Newest</a></li></ul></aside></body></html>"
    )
    found = related(page, "page")
    assert [(each.origin, each.target) for each in found] == [
        (f"page:{origin}", 2),
        (f"page:{origin}", 3),
    ]


def test_a_count_of_comments_is_no_title() -> None:
    card = '<a href="/post-2/"><img src="x.jpg" alt="Two"></a><a href="/post-2/#respond">3 Comments</a>'
    (found,) = related(f"<div class='related-posts'>{card}</div>")
    assert (found.target, found.title, found.state) == (2, "Two", "resolved")


def test_a_menu_of_pages_is_no_block_of_a_theme() -> None:
    menu = f'<div class="related-posts"><a href="{HOME}/about/">About</a></div>'
    assert related(menu) == []
    mixed = menu.replace("</div>", '<a href="/post-2/">Two</a></div>')
    assert [each.target for each in related(mixed)] == [40, 2]


def test_an_inline_related_posts_box() -> None:
    box = (
        '<!-- INLINE RELATED POSTS 1/3 //--><style>.u1{}</style><div class="u1">'
        '<a href="/post-2/" class="u1"><div><span class="ctaText">See also</span>&nbsp; '
        '<span class="postTitle">Two &amp; more</span></div></a></div>'
    )
    assert [(each.origin, each.target, each.title) for each in related(PROSE + box + PROSE)] == [
        ("content:inline", 2, "Two & more")
    ]


def test_an_own_post_that_is_embedded_counts_and_a_foreign_one_does_not() -> None:
    embed = (
        '<figure class="wp-block-embed is-type-wp-embed"><div class="wp-block-embed__wrapper">'
        '<blockquote class="wp-embedded-content"><a href="{0}">Two</a></blockquote>'
        '<iframe class="wp-embedded-content" src="{0}embed/"></iframe></div></figure>'
    )
    assert [each.origin for each in related(embed.format(f"{HOME}/post-2/"))] == ["content:embed"]
    assert related(embed.format("https://else.example/post-2/")) == []


HEADINGS = {
    "en": "Related Posts:", "es": "Artículos relacionados", "de": "Das könnte Sie auch interessieren",
    "fr": "À lire aussi :", "pt": "Leia também", "it": "Articoli correlati", "nl": "Lees ook:",
    "pl": "Zobacz także", "ru": "Читайте также", "ja": "関連記事", "tr": "İlgili Yazılar",
    "ar": "مقالات ذات صلة",
}  # fmt: skip
LIST = (
    '<ul>\n<li><a href="/post-2/">Two</a></li>\n<li><a href="/post-3/">Three</a> – a note</li></ul>'
)
FORMS = {
    "heading": "<h3>{0}</h3>{1}",
    "nested heading": "<div><h2><span>{0}</span></h2></div><div>{1}</div>",
    "bold": "<p><strong>{0}</strong></p>{1}",
    "bold with a colon outside": "<p><b>{0}</b>:</p>{1}",
    "plain": "<p>{0}</p>{1}",
    "paragraphs": '<h4>{0}</h4><p><a href="/post-2/">Two</a></p><p>• <a href="/post-3/">Three</a></p>',
    "breaks": '<p><strong>{0}</strong><br><a href="/post-2/">Two</a><br /><a href="/post-3/">'
    "Three</a></p>",
    "cards": '<h3>{0}</h3><div><div><a href="/post-2/"><img src="x.jpg"></a><h4><a href="/post-2/">'
    'Two</a></h4></div><div><h4><a href="/post-3/">Three</a></h4></div></div>',
}


@pytest.mark.parametrize("language", HEADINGS)
@pytest.mark.parametrize("form", FORMS)
def test_lists_by_hand_in_twelve_languages(language: str, form: str) -> None:
    block = FORMS[form].format(HEADINGS[language], LIST)
    found = related(f"{PROSE}{block}{PROSE}<p>More <a href='/post-9/'>here</a> {PROSE}</p>")
    assert [(each.target, each.title) for each in found] == [(2, "Two"), (3, "Three")]


LEADS = {
    "en": "Read also", "es": "Lee también", "de": "Lesen Sie auch", "fr": "Lire aussi",
    "pt": "Leia também", "it": "Leggi anche", "nl": "Lees ook", "pl": "Czytaj także",
    "ru": "Читайте также", "ja": "関連記事", "tr": "Ayrıca okuyun", "ar": "اقرأ أيضًا",
}  # fmt: skip


@pytest.mark.parametrize("language", LEADS)
@pytest.mark.parametrize(
    "form",
    [
        '<p>{0}: <a href="/post-2/">Two</a></p>',
        '<p><strong>{0}:</strong> <a href="/post-2/">Two</a>.</p>',
        '<p><em>({0} – <a href="/post-2/"><b>Two</b></a>)</em></p>',
        '<p><a href="/post-2/">{0}: Two</a></p>',
        '<blockquote><p>{0} » <a href="/post-2/">Two</a></p></blockquote>',
    ],
)
def test_read_also_paragraphs_in_twelve_languages(language: str, form: str) -> None:
    found = related(PROSE + form.format(LEADS[language]) + PROSE)
    assert [(each.target, each.title) for each in found] == [(2, "Two")]


def test_several_links_behind_one_lead() -> None:
    source = "<p>See also: <a href='/post-2/'>A</a>, <a href='/post-3/'>B</a> and <a href='/post-4/'>C</a></p>"
    assert targets(source) == [2, 3, 4]


NEGATIVES = {
    "table of contents": "<h2>Related reading</h2><ul><li><a href='#a'>A</a></li><li>"
    "<a href='#b'>B</a></li></ul>",
    "contents heading": "<h2>Contents</h2><ul><li><a href='/post-1/#a'>A</a></li></ul>",
    "navigation": "<nav><h3>Related posts</h3><ul><li><a href='/post-2/'>Two</a></li></ul></nav>",
    "sources": f"<h3>Sources</h3>{LIST}",
    "outside list": "<h3>Further reading</h3><ul><li><a href='https://nih.example/1'>NIH</a></li>"
    "<li><a href='https://who.example/2'>WHO</a></li></ul>",
    "mostly outside": "<h3>See also</h3><ul><li><a href='https://nih.example/1'>NIH</a></li><li>"
    "<a href='https://who.example/2'>WHO</a></li><li><a href='/post-2/'>Two</a></li></ul>",
    "products": "<h2>You may also like</h2><ul class='products'><li><a href='/product/pillow/'>"
    "Pillow</a></li><li><a href='/product/bed/'>Bed</a></li></ul>",
    "related products": "<section class='related products'><h2>Related products</h2>"
    "<a href='/product/pillow/'>Pillow</a></section>",
    "categories": "<h3>Related</h3><ul><li><a href='/category/pain/'>Pain</a></li></ul>",
    "prose": "<p>See also <a href='/post-2/'>our guide to back pain</a> if you want to know what a "
    "doctor asks at the first visit.</p>",
    "prose after heading": "<h3>Related posts</h3><p>We have written about this at length in "
    "<a href='/post-2/'>another place</a> and will write about it again, and again, and again, "
    "until every reader of this clinic's blog has slept well for a whole week or two.</p>",
    "plain link": "<p>Read <a href='/post-2/'>this</a>.</p>",
    "read more": "<p>Read more: <a href='/post-2/'>Two</a></p>",
    "list of services": f"<h3>Our services</h3>{LIST}",
    "word in a heading": f"<h3>How related posts help your blog grow in many small ways</h3>{LIST}",
    "heading then heading": f"<h3>Related posts</h3><h3>Prices</h3>{LIST}",
    "code": "<pre>&lt;div class=&quot;yarpp-related&quot;&gt;</pre><p><a href='/post-2/'>x</a></p>",
    "comment": f"<!-- <div class='yarpp-related'>{LIST}</div> -->",
    "script": f"<script>var x = \"<div class='yarpp-related'>{LIST}</div>\"</script>",
    "media": "<h3>Related</h3><p><a href='/wp-content/uploads/a.pdf'>A form</a></p>",
    "mail": "<h3>Related</h3><p><a href='mailto:a@b.example'>Write</a></p>",
}


@pytest.mark.parametrize("name", NEGATIVES)
def test_what_is_no_related_posts_block(name: str) -> None:
    assert related(PROSE + NEGATIVES[name] + PROSE) == []


def test_every_state_of_an_entry() -> None:
    source = (
        "<h3>Related posts</h3><ul><li><a href='/post-2/'>A</a></li><li><a href='/nope/'>B</a></li>"
        "<li><a href='/post-1/'>C</a></li><li><a href='http://www.blog.example.com/post-2'>D</a></li>"
        "<li><a href='https://else.example/'>E</a></li><li><a href='/draft/'>F</a></li>"
        "<li><a href='/old-name/'>G</a></li></ul>"
    )
    assert [(each.title, each.state, each.target) for each in related(source)] == [
        ("A", "resolved", 2),
        ("B", "missing", 0),
        ("C", "self", 1),
        ("D", "duplicate", 2),
        ("E", "outside", 0),
        ("F", "unpublished", 20),
        ("G", "moved", 4),
    ]


def test_the_same_post_in_two_items_of_a_list_is_a_duplicate_and_within_one_is_not() -> None:
    card = "<li><a href='/post-2/'><img src='a.png' alt='A'></a> <a href='/post-2/'>Two</a></li>"
    assert [each.state for each in related(f"<h3>Related posts</h3><ul>{card}</ul>")] == [
        "resolved"
    ]
    twice = related(f"<h3>Related posts</h3><ul>{card}{card}</ul>")
    assert [(each.title, each.state) for each in twice] == [
        ("Two", "resolved"),
        ("Two", "duplicate"),
    ]


@pytest.mark.parametrize(
    ("field", "value", "origin"),
    [
        ("jetpack-related-posts", [{"id": 2, "url": f"{HOME}/post-2/", "title": "Two"}], "jetpack"),
        ("yarpp", [{"id": 2, "link": f"{HOME}/post-2/", "title": {"rendered": "Two"}}], "yarpp"),
        ("crp_related", {"posts": [{"ID": 2, "post_title": "Two"}]}, "crp"),
        ("related-posts-by-taxonomy", {"posts": [{"ID": "2", "post_title": "Two"}]}, "rpbt"),
    ],
)
def test_fields_of_the_rest_api(field: str, value: object, origin: str) -> None:
    (found,) = judged(in_fields({field: value}), mean, 1, 50)
    assert (found.origin, found.title, found.target, found.state) == (
        f"rest:{origin}",
        "Two",
        2,
        "resolved",
    )


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["id", "url", "title", "posts", "rendered"]), inner),
    ),
    max_leaves=8,
)


@given(JSON)
def test_fields_of_any_shape(value: object) -> None:
    judged(in_fields({"jetpack-related-posts": value, "crp": value}), mean, 1, 50)


def test_the_owners_words_and_blocks() -> None:
    rules = RelatedRules(
        headings=(fold("Lesa meira um þetta"),),
        leads=(fold("Lesa líka"),),
        blocks=(
            BlockRule("mine", classes=("my-cards",)),
            BlockRule("picked", selector="section[data-x] > a.card"),
        ),
    )
    source = (
        f"<h3>Lesa meira um þetta</h3>{LIST}{PROSE}<p>Lesa líka: <a href='/post-4/'>Four</a></p>"
        "<div class='my-cards'><a href='/post-5/'>Five</a></div>"
        "<section data-x><a class='card' href='/post-6/'>Six</a></section>"
    )
    found = related(source, rules=rules)
    assert [(each.origin.partition(":")[2], each.target) for each in found] == [
        ("heading", 2),
        ("heading", 3),
        ("lead", 4),
        ("mine", 5),
        ("picked", 6),
    ]
    assert targets(source) == []


@pytest.mark.parametrize(
    "piece",
    ["<b>Related</b><a>", "<h2>Related posts</h2>", "<p>See also: <a href=/post-2/>",
     "<div class=yarpp-related>", "<div>", "<a href=/post-2/><span class=postTitle>",
     "<h2>Related posts</h2><ul>", "<li><b>Related</b>"],
)  # fmt: skip
def test_half_a_megabyte_of_announcements_comes_to_an_end(piece: str) -> None:
    """Ends: a reading that walked on from every announcement would take hours."""
    assert len(related(piece * (500_000 // len(piece)))) <= 50


@given(
    st.lists(
        st.sampled_from(
            ["<h3>", "</h3>", "Related posts", "<ul>", "<li>", "</ul>", "<a href='/post-2/'>", "</a>",
             "<p>", "</p>", "See also: ", "<div class='yarpp'>", "</div>", "<br>", "<nav>", "<b>",
             "<script>", "<!--", "x" * 90, "<strong>", "<span class='postTitle'>"]
        ),
        max_size=25,
    )
)  # fmt: skip
def test_no_markup_is_too_broken(pieces: list[str]) -> None:
    source = "".join(pieces)
    assert related(source) == related(source)
