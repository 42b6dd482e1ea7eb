"""HTML of posts as Markdown: what a reader sees stays, what Markdown can't say stays as HTML."""

from __future__ import annotations

import re

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from wp_sync.publish.markdown.convert import addresses, to_markdown
from wp_sync.publish.markdown.dialect import COMMON, ELEVENTY, HUGO

CASES = {
    "a paragraph": ("<p>One\ntwo  three</p>", "One two three"),
    "block comments go": ("<!-- wp:paragraph --><p>x</p><!-- /wp:paragraph -->", "x"),
    "what looks like markup is words": (
        "<p>2 * 3 _a_ snake_case `x` [y] a|b {z} ~s~</p>",
        "2 \\* 3 \\_a\\_ snake_case \\`x\\` \\[y] a\\|b \\{z} \\~s\\~",
    ),
    "escaped text never becomes markup": (
        "<p>&lt;script&gt; &amp;copy; &amp;</p>",
        "&lt;script> &amp;copy; &",
    ),
    "a line that starts like a list is none": (
        "<p>1. a</p><p>- b</p><p># c</p><p>2020) d</p><p>&gt; e</p><p>+ f</p><p>---</p><p>: g</p>",
        "1\\. a\n\n\\- b\n\n\\# c\n\n2020\\) d\n\n\\> e\n\n\\+ f\n\n-\\-\\-\n\n\\: g",
    ),
    "a year in prose is no list": ("<p>2020.5 was warm. 1984.</p>", "2020.5 was warm. 1984."),
    "emphasis": ("<p>a <em>b</em> <strong>c</strong></p>", "a *b* **c**"),
    "spaces stand outside emphasis": ("<p>a<strong> b </strong>c</p>", "a **b** c"),
    "emphasis in a word": ("<p>un<b>frigging</b>real</p>", "un**frigging**real"),
    "emphasis that stars can't mark": ("<p><b>Note:</b>go</p>", "<strong>Note:</strong>go"),
    "both at once": ("<p><em><strong>a</strong></em></p>", "***a***"),
    "empty emphasis is nothing": ("<p>a<b> </b>b<em></em></p>", "a b"),
    "links": (
        '<p><a href="/a b(c)" title=\'say "hi"\'>t [x]</a></p>',
        '[t \\[x\\]](/a%20b%28c%29 "say &quot;hi&quot;")',
    ),
    "a link that runs something is words": ('<a href="java\nscript:alert(1)">x</a>', "x"),
    "an exclamation before a link is no picture": ('<p>hi!<a href="/x">y</a></p>', "hi\\![y](/x)"),
    "bare addresses": (
        "<p>See https://x.org/~u/_a_?b=1&amp;c=2, (https://x.org/a_(b)) or www.x.org/~u. At "
        "https://ü.example/ä and https://x.org/{id}: xhttps://y</p><h2>http://x.org</h2>",
        "See <https://x.org/~u/_a_?b=1&c=2>, (<https://x.org/a_(b)>) or "
        "[www.x.org/\\~u](http://www.x.org/~u). At "
        "[https://ü.example/ä](https://ü.example/ä) and <https://x.org/>\\{id}: xhttps://y\n\n"
        "## <http://x.org>",
    ),
    "an address that looks like it holds an entity": (
        "<p>https://x.org/?a&amp;copy;</p><p>https://x.org/?a&amp;copy;b</p>",
        "<https://x.org/?a&copy>;\n\n[https://x.org/?a&amp;copy;b](https://x.org/?a&amp;copy;b)",
    ),
    "links that say where they lead": (
        '<p><a href="https://x.org/_a">https://x.org/_a</a> <a href="/b">https://x.org/b_</a> '
        '<a href="https://x.org/" title="t">https://x.org/</a> <code>https://x.org/~</code></p>',
        '<https://x.org/_a> [https://x.org/b\\_](/b) [https://x.org/](https://x.org/ "t") '
        "`https://x.org/~`",
    ),
    "a backslash and an exclamation before a link": (
        '<p>\\!<a href="/x">y</a></p>', "\\\\\\![y](/x)"
    ),
    "line breaks": ("<p>a<br>b<br/>1. c</p>", "a  \nb  \n1\\. c"),
    "headings": ("<h2>A <em>b</em></h2><h4>C #</h4>", "## A *b*\n\n#### C \\#"),
    "a heading that is a sign": ("<h3>#</h3>", "### \\#"),
    "emphasis within the same": (
        "<p><b>1<strong>2</strong>&lt;</b> <em>a<i>b</i></em></p>", "**12&lt;** *ab*"
    ),
    "a quote": ("<blockquote><p>a</p><p>b</p></blockquote>", "> a\n>\n> b"),
    "a quote with line breaks": ("<blockquote>a<br>b</blockquote>", "> a  \n> b"),
    "a list below words that does not begin at one": (
        "<ul><li>a<ol start=7><li>b</li></ol></li></ul>"
        "<ul><li>c</li><ol start=2><li>d</li></ol></ul>",
        "- a\n\n  7. b\n\n<!-- -->\n\n- c\n\n  2. d",
    ),
    "a list behind HTML": (
        "<ul><li><dl><dt>a</dt></dl><ul><li>b</li></ul></li></ul>",
        "- <dl><dt>a</dt></dl>\n\n  - b",
    ),
    "an empty entry, and one that is code that looks like a list": (
        "<ul><li></li><li><pre>\n- a</pre></li></ul>",
        "- <!-- -->\n\n- <!-- -->\n\n  ```\n  - a\n  ```",
    ),
    "a tight list": ("<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>", "- a\n- b\n  - c"),
    "a loose list": ("<ol start='3'><li><p>a</p><p>b</p></li><li>c</li></ol>",
                     "3. a\n\n   b\n\n4. c"),
    "two lists stay two": ("<ul><li>a</li></ul><ul><li>b</li></ul>", "- a\n\n<!-- -->\n\n- b"),
    "code keeps its language and its spaces": (
        '<pre class="wp-block-code"><code lang="x" class="language-python">def f():\n    *a*'
        "</code></pre>",
        "```python\ndef f():\n    *a*\n```",
    ),
    "code that holds a fence": ("<pre>```\nx\n```</pre>", "````\n```\nx\n```\n````"),
    "inline code": ("<p><code>a`b*</code> <code> </code></p>", "``a`b*``"),
    "spaces stand outside inline code": ("<p>a<code> b </code>c</p>", "a `b` c"),
    "inline code in a cell that holds its border": (
        "<table><tr><td><code>\\|*a* https://x.org/_</code></td></tr></table>",
        "|  |\n| --- |\n| <code>&#92;&#124;&#42;a&#42; https&#58;//x.org/&#95;</code> |",
    ),
    "a table": (
        "<table><thead><tr><th>A|B</th><th style='text-align:right'>C</th></tr></thead>"
        "<tbody><tr><td>1<br>2</td><td>3</td></tr></tbody></table>",
        "| A\\|B | C |\n| --- | --: |\n| 1<br>2 | 3 |",
    ),
    "a table without a head": ("<table><tr><td>a</td></tr></table>", "|  |\n| --- |\n| a |"),
    "a table that pipes can't say": (
        '<table><tr><td colspan="2">a</td></tr></table>',
        '<table><tr><td colspan="2">a</td></tr></table>',
    ),
    "a figure with its caption": (
        '<figure class="wp-block-image"><img src="a.jpg" alt="b"/><figcaption>C <a href="/d">d</a>'
        "</figcaption></figure>",
        "![b](a.jpg)  \n*C [d](/d)*",
    ),
    "a classic caption": (
        '<div class="wp-caption"><a href="big.jpg"><img src="a.jpg" alt="b"></a>'
        '<p class="wp-caption-text">C</p></div>',
        "[![b](a.jpg)](big.jpg)  \n*C*",
    ),
    "a gallery": (
        '<figure class="wp-block-gallery"><figure><img src="a.jpg" alt=""><figcaption>A'
        '</figcaption></figure><figure><img src="b.jpg" alt="b"></figure>'
        "<figcaption>Both</figcaption></figure>",
        '![](a.jpg "A")  \n![b](b.jpg)\n\n*Both*',
    ),
    "a gallery whose caption has a link": (
        '<figure class="wp-block-gallery"><figure><img src="a.jpg" alt="a"><figcaption>By '
        '<a href="/b">b</a></figcaption></figure><figure><img src="c.jpg" alt="c"></figure>'
        "</figure>",
        "![a](a.jpg)  \n*By [b](/b)*  \n![c](c.jpg)",
    ),
    "a file to download": (
        '<div class="wp-block-file"><a href="/f.pdf">f</a><a href="/f.pdf" '
        'class="wp-block-file__button" download>Download</a></div>',
        "[f](/f.pdf)",
    ),
    "a classic gallery": (
        "<div id='gallery-1' class='gallery'><dl class='gallery-item'><dt><a href='a.jpg'>"
        "<img src='a-150x150.jpg' alt='x'></a></dt><dd>A</dd></dl></div>",
        '[![x](a-150x150.jpg "A")](a.jpg)',
    ),
    "a video with its caption": (
        '<figure class="wp-block-video"><video controls src="v.mp4"></video><figcaption>V'
        "</figcaption></figure>",
        '<video controls src="v.mp4"></video>\n\n*V*',
    ),
    "an embedded frame": (
        '<figure class="wp-block-embed"><div><iframe src="https://v.example/1" onload="x()">'
        "</iframe></div></figure>",
        '<iframe src="https://v.example/1"></iframe>',
    ),
    "footnotes": (
        '<p>a<sup data-fn="f1" class="fn"><a href="#f1" id="f1-link">1</a></sup></p>'
        '<ol class="wp-block-footnotes"><li id="f1">Note. <a href="#f1-link">↩︎</a></li></ol>',
        "a[^1]\n\n[^1]: Note.",
    ),
    "a footnote that is marked where no Markdown is read": (
        '<details><summary>a</summary><p>b<sup data-fn="f1"><a href="#f1" id="f1-link">1</a></sup>'
        '</p></details><ol class="wp-block-footnotes"><li id="f1">N <a href="#f1-link">↩</a></li>'
        "</ol>",
        '<details><summary>a</summary><p>b<sup><a href="#f1" id="f1-link">1</a></sup></p></details>'
        '\n\n<ol class="wp-block-footnotes"><li id="f1">N <a href="#f1-link">↩</a></li></ol>',
    ),
    "small tags stay": ("<p>H<sub>2</sub>O <kbd>K</kbd></p>", "H<sub>2</sub>O <kbd>K</kbd>"),
    "small tags in which not all read Markdown": (
        '<p><kbd>[*]</kbd> <u>a_b <b>c</b> <a href="/d?e=1&amp;f" title="g">h</a><br>'
        '<img src="/i.jpg" alt="j"></u><mark> </mark><var><code>k</code></var></p>',
        "<kbd>&#91;&#42;&#93;</kbd> <u>a&#95;b <b>c</b> "
        '<a href="/d?e=1&amp;f" title="g">h</a><br><img src="/i.jpg" alt="j"></u> '
        "<var><code>k</code></var>",
    ),
    "a place, a note and a frame in a highlight": (
        '<p><a href="#x">go</a> <mark><a id="x"></a>a <iframe src="/f"></iframe></mark> <mark>b'
        '<sup data-fn="n" class="fn"><a href="#n" id="n-link">1</a></sup></mark></p>'
        '<ol class="wp-block-footnotes"><li id="n">N <a href="#n-link">↩︎</a></li></ol>',
        '[go](#x) <mark><a id="x"></a>a <iframe src="/f"></iframe></mark> b[^1]\n\n[^1]: N',
    ),
    "breaks stand outside small tags": (
        "<p><small><br>a<br></small>b</p>", "<small>a</small>  \nb"
    ),
    "a link on code with a bracket": (
        '<p><a href="/x">a] <code>b[0]</code></a></p>', "[a\\] `b[0]`](/x)"
    ),
    "definitions stay": ("<dl><dt>a</dt><dd>b</dd></dl>", "<dl><dt>a</dt><dd>b</dd></dl>"),
    "a place that a link names": (
        '<p><a href="#there">go</a></p><h2 id="there">T</h2><p id="other">x</p>',
        '[go](#there)\n\n<a id="there"></a>\n\n## T\n\nx',
    ),
    "where the rest begins": ('<p>a</p><p><span id="more-7"></span></p><p>b</p>',
                              "a\n\n<!--more-->\n\nb"),
    "emoji": ('<p>Hi <img class="emoji" alt="😀" src="https://s.w.org/1f600.svg"></p>', "Hi 😀"),
    "lazy pictures": ('<img src="data:image/gif;base64,R0" data-src="a.jpg">', "![](a.jpg)"),
    "scripts and styles go": ("<p>a</p><script>x</script><style>y</style>", "a"),
    "a rule": ("<p>a</p><hr><p>b</p>", "a\n\n---\n\nb"),
    "a button": (
        '<div class="wp-block-button"><a class="wp-block-button__link" href="/x">Go</a></div>',
        "[Go](/x)",
    ),
    "nothing": ("<p> </p><!-- x -->", ""),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_a_body_becomes(case: str) -> None:
    body, text = CASES[case]
    assert to_markdown(body).rstrip("\n") == text


def test_what_hugo_would_run_is_said_in_html() -> None:
    text = to_markdown(
        "<p>{{&lt; evil &gt;}} {{% x %}}</p><pre>{{&lt; evil &gt;}}\n\n{{% y %}}</pre>"
        "<p><code>{{&lt; a &gt;}}</code></p><div data-x='{{< b >}}'><dl><dt>{{% c %}}</dt></dl>"
        "</div>",
        HUGO,
    )
    assert not re.search(r"\{\{[<%]", text)
    assert "&#123;&#123;&lt; evil &gt;&#125;&#125;" in text


def test_footnotes_stay_html_where_markdown_has_none() -> None:
    body, _ = CASES["footnotes"]
    text = to_markdown(body, ELEVENTY)
    assert '<a href="#f1" id="f1-link">' in text or 'href="#f1"' in text or "(#f1)" in text
    assert 'id="f1"' in text
    assert "[^1]" not in text


def test_new_addresses_in_every_place() -> None:
    body = (
        '<a href="/old?a=1&amp;b=2">x</a><img src="/p.jpg" srcset="/p.jpg 1x, /q,r.jpg 2x">'
        '<video src="/v.mp4" poster="/p.jpg"></video><iframe src="//f.example/"></iframe>'
    )
    asked: list[str] = []

    def becomes(url: str) -> str | None:
        asked.append(url)
        return f"/new{url}" if url.startswith("/") and not url.startswith("//") else None

    text = to_markdown(body, COMMON, becomes)
    assert "[x](/new/old?a=1&b=2)" in text
    assert "![](/new/p.jpg)" in text
    assert '<video src="/new/v.mp4" poster="/new/p.jpg">' in text
    assert "//f.example/" in text
    assert set(asked) <= set(addresses(body))


@pytest.mark.parametrize(
    "body",
    [
        "<div>" * 5000 + "x",
        "<ul><li>" * 300 + "x",
        "<em>" * 500 + "x",
        "<table><tr><td>" * 100 + "x",
        "<blockquote>" * 200 + "x",
        "a\x00b\x0bc\ud800",
        "<?xml version='1.0' encoding='utf-8'?><p>x",
        "<![CDATA[x]]>c<p",
        "</div></div></p>x",
        "x" * 200_000 + "*" * 10_000,
    ],
)
def test_a_hostile_body_is_converted_all_the_same(body: str) -> None:
    assert "x" in to_markdown(body) or "c" in to_markdown(body)


# -- held against a reader of its own: what it shows is what the HTML showed

_READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
_TEXT = st.text(
    st.sampled_from("ab1 .*_`[]()<>&|~#+-=>!\\{}$:;'\"\n\t2é—"),
    max_size=25,
)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _element(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    tags = st.sampled_from(
        ["em", "strong", "a href='/x'", "b", "i", "sub", "span", "code", "kbd", "u", "small"]
    )
    return st.tuples(tags, inner).map(lambda pair: f"<{pair[0]}>{pair[1]}</{pair[0].split()[0]}>")


_ADDRESSES = st.text(st.sampled_from("ab1_~*()[]&;.?,=\u00e9{"), max_size=12)
_WORDS = st.one_of(
    _TEXT,
    st.tuples(_TEXT, st.sampled_from(["https://a", "www.a", "ftp://x"]), _ADDRESSES).map("".join),
).map(_escaped)
_INLINE = st.recursive(
    _WORDS, lambda inner: st.lists(st.one_of(inner, _element(inner)), max_size=4).map("".join),
    max_leaves=8,
)  # fmt: skip
_BLOCK = st.one_of(
    _INLINE.map(lambda text: f"<p>{text}</p>"),
    _INLINE.map(lambda text: f"<h3>{text}</h3>"),
    st.lists(_INLINE, min_size=1, max_size=3).map(
        lambda items: "<ul>" + "".join(f"<li>{item}</li>" for item in items) + "</ul>"
    ),
    _INLINE.map(lambda text: f"<blockquote><p>{text}</p></blockquote>"),
    st.tuples(_INLINE, _INLINE).map(
        lambda pair: f"<table><tr><th>{pair[0]}</th></tr><tr><td>{pair[1]}</td></tr></table>"
    ),
    _WORDS.map(lambda text: f"<pre>\n{text}</pre>"),
)


def _shown(body: str) -> str:
    tree = html5lib.parseFragment(body, namespaceHTMLElements=False)
    return "".join("".join(tree.itertext()).split())


@given(st.lists(_BLOCK, min_size=1, max_size=4).map("".join))
def test_markdown_shows_what_the_html_showed(body: str) -> None:
    text = to_markdown(body)
    assert _shown(_READER.render(text)) == _shown(body), text
