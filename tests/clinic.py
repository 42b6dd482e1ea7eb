"""The clinic's blog as an archive of its own, without a server; with bodies that break builds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.helpers import make_identity, make_record
from wp_sync.archive import open_archive
from wp_sync.archive.base import SiteArchive
from wp_sync.demo.recording import HOST, load
from wp_sync.model import MediaFile
from wp_sync.normalize.engine import normalize_site
from wp_sync.normalize.rules import Rules

HOME = f"http://{HOST}"
_KINDS = {
    "categories": "terms/category", "tags": "terms/post_tag", "conditions": "terms/condition",
    "users": "users/user", "media": "posts/attachment", "pages": "posts/page",
    "posts": "posts/post", "treatments": "posts/treatment",
}  # fmt: skip
_BULK = "Clinic Updates"  # three hundred posts that are much alike; a few are enough
# Each breaks some generator, or is lost by some converter.
NASTY: Mapping[str, Any] = {
    "templates": "<p>{{&lt; evil &gt;}} {{% evil %}} {% include x %} {{ 'a' | b }} {# c #}</p>"
    "<pre><code class='language-go'>{{&lt; evil &gt;}}\n\n{% raw %}{{ . }}{% endfor %}</code></pre>"
    "<p><code>{{% x %}}</code> <code>{% y %}</code> &lt;%= z %&gt; ${w} :smile: {: .a} {#b}</p>",
    "pipes": "<p>a | b</p><p>| c | d |</p><table><thead><tr><th>A|B</th><th>C</th></tr></thead>"
    "<tbody><tr><td>1 | 2</td><td><code>x|y</code></td></tr></tbody></table>",
    "starts": "<p># no heading</p><p>1. no list</p><p>- none</p><p>&gt; no quote</p><p>---</p>"
    "<p>+++</p><p>: no</p><p>    four</p><p>=====</p><p>[^1]: no note</p><p>*[x]: no</p><p>^</p>",
    "markup": "<p>&lt;script&gt;alert(1)&lt;/script&gt; &amp;lt; **x** _y_ `z` [a](b) ![c](d) "
    "$$e$$ ~~f~~</p><p><a href='javascript:alert(1)'>g</a><script>h()</script></p>",
    "signs": "<p>Press <kbd>[*]</kbd> for <u>a *b* <a href='/'>c</a></u> and <mark>d_e</mark> "
    "<samp>|</samp>: https://x.example/~f/_g_ or www.x.example/~h/_i_.</p>"
    "<blockquote><p>One<br>two</p></blockquote>"
    "<ul><li></li><li><pre>\n* j\n1. k</pre></li><li><code> l</code></li></ul>",
    "notes": '<p>Text<sup data-fn="n1" class="fn"><a href="#n1" id="n1-link">1</a></sup></p>'
    '<ol class="wp-block-footnotes"><li id="n1">The note. <a href="#n1-link">↩︎</a></li></ol>',
    "left": "<dl><dt>Term</dt><dd>Words</dd></dl><details><summary>More</summary><p>in\n\nit</p>"
    "</details><table><tr><td colspan=2>wide</td></tr></table>"
    '<figure class="wp-block-video"><video controls src="/v.mp4"></video></figure>'
    '<iframe src="https://video.example/1" width="5" height="5"></iframe>'
    '<pre class="wp-block-verse">a\n\n  b</pre>',
}


def _posts() -> Iterator[tuple[int, dict[str, Any]]]:
    for number, (name, body) in enumerate(NASTY.items()):
        yield 9_000 + number, {
            "slug": f"nasty-{name}", "link": f"{HOME}/nasty-{name}/",
            "title": {"rendered": f"Nasty: {name} &#8220;quoted&#8221; {{% x %}} {{{{ y }}}} #1"},
            "content": {"rendered": body, "protected": False},
        }  # fmt: skip
    lone = "One\nhttps://video.example/_1_?a&b\n\n[embed]https://video.example/2[/embed]"
    block = (
        "<!-- wp:embed --><figure><div>\nhttps://video.example/3\n</div></figure><!-- /wp:embed -->"
    )
    for number, raw in enumerate((lone, block)):
        yield 9_050 + number, {
            "slug": f"raw-{number}", "link": f"{HOME}/nasty-raw-{number}/", "title": {"raw": "Raw"},
            "content": {"raw": raw},
        }  # fmt: skip
    same = {"title": {"rendered": ""}, "content": {"rendered": "<p>Same</p>", "protected": False}}
    yield 9_100, same | {"slug": "twin", "link": f"{HOME}/2019/twin.html"}
    yield 9_101, same | {"slug": "Twin", "link": f"{HOME}/2020/TWIN/"}
    yield 9_102, same | {"slug": "con", "link": f"{HOME}/?p=9102"}
    yield 9_103, same | {"slug": "%e7%97%9b", "link": f"{HOME}/%e7%97%9b/"}
    yield 9_104, same | {"slug": "x" * 200, "link": f"{HOME}/{'x' * 200}/"}
    yield 9_105, same | {"slug": "../../out", "link": f"{HOME}/../../out/", "title": "no: yes"}
    for number, sign in enumerate(("%f0%9f%a6%8a", "%f0%9f%90%bb")):  # no word for Astro's ids
        yield 9_107 + number, same | {"slug": sign, "link": f"{HOME}/{sign}/"}
    yield 9_106, same | {"slug": "secret", "link": f"{HOME}/secret/", "status": "private"}


def moved(**fields: Any) -> Any:
    """A post that had another address in an earlier version."""
    return make_record("posts/post", 9_200, **{"status": "publish", **fields})


@contextmanager
def clinic(folder: Path) -> Iterator[SiteArchive]:
    """The archive, pulled and put in order."""
    recording = load()
    with open_archive(folder) as archive:
        site = archive.of(HOST)
        title = "Stillwater Sleep & Pain\x7f Clinic\u2028{{ x }}"
        site.set_site(replace(make_identity(HOST), home=HOME, name=title))
        run = site.begin_run("test", "anonymous")
        for route, kind in _KINDS.items():
            items = recording.listings[f"/wp/v2/{route}"].items
            wanted = [
                make_record(kind, id, **{name: item[name] for name in item if name != "id"})
                for id, item in items.items()
                if kind != "posts/post" or id < 700
            ]
            site.save(run, wanted)
        common = {"categories": [], "tags": [], "author": 1, "type": "post"}
        site.save(run, [make_record("posts/post", id, **common, **one) for id, one in _posts()])
        old = {
            "slug": "old-name",
            "link": f"{HOME}/old-name/",
            "modified_gmt": "2024-04-02T09:00:00",
        }
        site.save(run, [moved(**common, **old)])
        new = {
            "slug": "new-name",
            "link": f"{HOME}/new-name/",
            "modified_gmt": "2024-04-03T09:00:00",
        }
        site.save(run, [moved(**common, **new)])
        for id, item in recording.listings["/wp/v2/media"].items.items():
            url = str(item["source_url"])
            data = recording.files.get(url.removeprefix(HOME))
            file = MediaFile(url, id, mime=str(item["mime_type"]))
            site.want_files([file])
            if data is not None:
                part = site.incoming(file)
                part.write_bytes(data.data)
                site.adopt_file(run, file, part)
        normalize_site(site, Rules())
        yield site
