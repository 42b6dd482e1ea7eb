"""Bodies as their authors wrote them: core's shortcodes and blank lines become what is shown."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers import SITE, make_identity, make_record, tmp_archive
from wp_sync.model import MediaFile
from wp_sync.normalize.engine import normalize_site
from wp_sync.normalize.rules import Rules
from wp_sync.publish.files.engine import Export
from wp_sync.publish.markdown.convert import to_markdown
from wp_sync.publish.markdown.shortcodes import Filed, shown
from wp_sync.publish.static.exporter import StaticExporter
from wp_sync.publish.static.hugo import Hugo

FILES = {
    6: Filed(6, "/up/knee.jpg", "knee", "A knee", "By <b>us</b>"),
    7: Filed(7, "/up/hip.jpg", "hip", 'A "hip"'),
    8: Filed(8, "/up/talk.mp3", "The talk"),
}


def library(ids: Sequence[int] | None, type_: str) -> list[Filed]:
    if ids is None:
        return [FILES[8]] if type_ == "audio" else [FILES[7], FILES[6]]
    return [FILES[id] for id in ids if id in FILES]


CASES = {
    "a gallery by ids": (
        '[gallery ids="6,7,99" columns="2"]',
        '![A knee](/up/knee.jpg "By us")  \n![A "hip"](/up/hip.jpg)',
    ),
    "a gallery of the post's own, linked to its files": (
        "[gallery link=file exclude='6']",
        '[![A "hip"](/up/hip.jpg)](/up/hip.jpg)',
    ),
    "a caption": (
        'Before\n[caption id="attachment_6" align="alignright" width="300"]<a href="/up/knee.jpg">'
        '<img src="/up/knee-300.jpg" alt="A knee" /></a> By <em>us</em>[/caption]\nAfter',
        "Before\n\n[![A knee](/up/knee-300.jpg)](/up/knee.jpg)  \nBy *us*\n\nAfter",
    ),
    "a caption of the old kind": (
        '[wp_caption caption="By us"]<img src="/a.jpg" alt="a">[/wp_caption]',
        "![a](/a.jpg)  \n*By us*",
    ),
    "audio": (
        '[audio mp3="/up/talk.mp3" ogg="/up/talk.ogg"][/audio]',
        '<audio class="wp-audio-shortcode" controls>'
        '<source type="audio/mpeg" src="/up/talk.mp3"></source>'
        '<source type="audio/ogg" src="/up/talk.ogg"></source>'
        '<a href="/up/talk.mp3">/up/talk.mp3</a></audio>',
    ),
    "video": (
        'See [video width="640" poster="/p.jpg" src="/v.mp4?a=1&amp;b=2" onclick="x()"] it',
        'See\n\n<video class="wp-video-shortcode" controls width="640" poster="/p.jpg">'
        '<source type="video/mp4" src="/v.mp4?a=1&amp;b=2"></source><a href="/v.mp4?a=1&amp;b=2">'
        "/v.mp4?a=1&amp;b=2</a></video>\n\nit",
    ),
    "a playlist": ("[playlist]", "1. [The talk](/up/talk.mp3)"),
    "an embed": (
        '[embed width="500"]https://video.example/1?a&b[/embed]',
        "<https://video.example/1?a&b>",
    ),
    "addresses alone on a line": (
        "One\n  https://video.example/_1?a&b  \ntwo https://x.org/\n\nhttps://x.org/%C3%A4?a&amp;b\n\n"
        "<p>\nhttps://x.org/{c}</p><pre>\nhttps://x.org/d\n</pre><!--\nhttps://x.org/e\n-->"
        '<a href="/f">\nhttps://x.org/f_\n</a>',
        "One  \n<https://video.example/_1?a&b>  \ntwo <https://x.org/>\n\n"
        "<https://x.org/%C3%A4?a&b>\n\n[https://x.org/\\{c}](https://x.org/%7Bc%7D)\n\n"
        "```\nhttps://x.org/d\n```\n\n[https://x.org/f\\_](/f)",
    ),
    "an embed of the block editor": (
        '<!-- wp:embed {"url":"https://video.example/1"} -->\n<figure class="wp-block-embed">'
        '<div class="wp-block-embed__wrapper">\nhttps://video.example/1\n</div>'
        "<figcaption>A film</figcaption></figure>\n<!-- /wp:embed -->",
        "<https://video.example/1>\n\n*A film*",
    ),
    "a sample of one": ("Write [[gallery ids=\"1\"]] there", 'Write \\[gallery ids="1"] there'),
    "blank lines": (
        "One\ntwo\r\n\r\n<h2>Three</h2>\nfour\n<ul>\n<li>five</li>\n</ul>\n<pre>a\n\nb</pre>",
        "One  \ntwo\n\n## Three\n\nfour\n\n- five\n\n```\na\n\nb\n```",
    ),
    "blocks have their paragraphs already": (
        "<!-- wp:paragraph -->\n<p>One\n\ntwo</p>\n<!-- /wp:paragraph -->\n\n"
        "<!-- wp:shortcode -->\n[gallery ids=7]\n<!-- /wp:shortcode -->",
        'One two\n\n![A "hip"](/up/hip.jpg)',
    ),
    "what nobody knows stays": (
        "[map zoom=3] and [box]in[/box]", "\\[map zoom=3] and \\[box]in\\[/box]"
    ),
    "media without a file stays": ("[audio]", "\\[audio]"),
    "one that is not closed takes nothing with it": (
        "[caption]<img src=/a.jpg> a\n\nb", "![](/a.jpg) a\n\nb"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_becomes_of(name: str) -> None:
    body, wanted = CASES[name]
    assert to_markdown(shown(body, library).body).strip() == wanted


def test_what_only_the_source_could_show_is_named() -> None:
    found = shown(
        "[map zoom=3] [box]x[/box] [gallery ids=6] [sic] [1] [[pie a=b]]"
        '<!-- wp:latest-posts {"n":3} /--><!-- wp:spacer /--><!-- wp:acme/tide /-->',
        library,
    )
    assert found.shortcodes == ("map", "box")
    assert found.blocks == ("latest-posts", "acme/tide")


PARTS = st.sampled_from(
    ("[caption]", "[/caption]", "[gallery ids=6]", "[audio src=/a.mp3]", "[video", "[/video]", "[[",
     "]]", "[embed]", "[/embed]", "<p>", "</p>", "<pre>", "</PRE>", "<!--", "-->", "\n\n", "words",
     "<img src=/a>", '"', "<li>", "\u0130")
)  # fmt: skip


@given(st.lists(PARTS, max_size=12).map("".join))
def test_words_stay_whatever_is_broken(body: str) -> None:
    assert shown(body, library).body.count("words") >= body.count("words")


@pytest.mark.parametrize("part", ["[caption]", "[audio ", "<pre>", "<!--", "[[", "[x][/", "<p>\n"])
def test_hostile_bodies_take_no_longer_than_long_ones(part: str) -> None:
    began = time.process_time()
    shown(part * 20_000, library)
    assert time.process_time() - began < 10


def test_a_post_of_which_only_the_source_s_text_is_there(tmp_path: Path) -> None:
    url = f"https://{SITE}/up/knee.jpg"
    with tmp_archive() as archive:
        site = archive.of(SITE)
        site.set_site(replace(make_identity(SITE), home=f"https://{SITE}"))
        run = site.begin_run("pull", "user:1")
        body = {"raw": 'One\n\n[gallery ids="6"]\n\n[map zoom="3"]'}
        records = [
            make_record("posts/post", 5, content=body, title={"raw": "T", "rendered": "T"}),
            make_record("posts/attachment", 6, source_url=url, alt_text="A knee",
                        mime_type="image/jpeg", title={"rendered": "knee"}),
        ]  # fmt: skip
        site.save(run, records)
        file = MediaFile(url, 6, mime="image/jpeg")
        site.want_files([file])
        part = site.incoming(file)
        part.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(b"a knee")
        site.adopt_file(run, file, part)
        normalize_site(site, Rules())
        export = Export(StaticExporter(site, Rules(), Hugo(), helpers=0), tmp_path)
        outcome = export.push()
        (text,) = (tmp_path / "content" / "posts").glob("*/index.md")
        assert text.read_text().split("---\n")[-1] == (
            '\nOne\n\n![A knee](knee.jpg)\n\n\\[map zoom="3"]\n'
        )
        assert (text.parent / "knee.jpg").read_bytes() == b"a knee"
        assert [one.message.partition(": ")[2] for one in outcome.problems] == ["[map]"]
