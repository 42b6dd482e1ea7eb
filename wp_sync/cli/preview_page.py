"""A preview as one page of HTML: fetches nothing, runs nothing, prints well, light or dark.

All words of a site are escaped here, and only addresses of the web become links.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from wp_sync.cli.preview_words import CONCERNS, told
from wp_sync.cli.text import count, kind_name, printable
from wp_sync.normalize.preview import Branch, PostChange, Preview, Tree

_MOST_POSTS = 5_000  # a page of more is no page that a browser likes
_STYLE = """
:root { color-scheme: light dark; --ink: #1c1c1e; --paper: #fff; --dim: #5f6368; --line: #d9dce1;
  --gone: #a3341f; --new: #1b6e37; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e8ea; --paper: #17181a; --dim: #9aa0a6;
  --line: #3a3d42; --gone: #f2a08f; --new: #8fd3a5; } }
body { margin: 2rem auto; padding: 0 1rem; max-width: 68rem; color: var(--ink);
  background: var(--paper); font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; margin-bottom: 0; } h2 { font-size: 1.2rem; margin-top: 2.2rem; }
.dim { color: var(--dim); } a { color: inherit; }
.trees { display: grid; grid-template-columns: 1fr 1fr; gap: 2rem; }
.trees ul { list-style: none; margin: 0; padding: 0; }
.trees h3 { font-size: 1rem; margin: 0 0 .3rem; border-bottom: 1px solid var(--line); }
.gone { color: var(--gone); } .new { color: var(--new); }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0;
  border-bottom: 1px solid var(--line); }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
td ul { margin: 0; padding-left: 1rem; }
@media (max-width: 40rem) { .trees { grid-template-columns: 1fr; } }
@media print { :root { --ink: #000; --paper: #fff; --dim: #444; --line: #bbb; --gone: #000;
  --new: #000; } body { margin: 0; max-width: none; font-size: 10pt; }
  tr, li { break-inside: avoid; } h2, h3 { break-after: avoid; } }
"""
_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
"""


def page(found: Preview, name: str, home: str) -> str:
    """The whole page; ``name`` and ``home`` are the site's own words."""
    title = f"What the rules would change: {_safe(name)}"
    parts = [
        _HEAD,
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n",
        f"<h1>{title}</h1>\n<p class='dim'>{_linked(home, home)}</p>\n",
        f"<p><strong>{found.changed:,} of {count(found.posts, 'post')}</strong>"
        " would differ from the site. Nothing has been written.</p>\n",
    ]
    if found.by_concern:
        rows = [(CONCERNS[key], f"{number:,}") for key, number in found.by_concern.items()]
        rows += [(f"cleaned: {key}", f"{n:,} places") for key, n in found.cleaned.items()]
        parts += _table(("what", "posts"), rows)
    for tree in found.trees:
        parts += _tree(tree)
    people = [
        (name, f"{before:,}", f"{after:,}")
        for name, before, after in found.people
        if before != after
    ]
    if people:
        parts.append("<h2>Authors</h2>\n")
        parts += _table(("who", "posts before", "after"), people)
    parts += _posts(found)
    parts.append("</body>\n</html>\n")
    return "".join(parts)


def _tree(tree: Tree) -> Iterator[str]:
    head = _safe(kind_name(f"terms/{tree.taxonomy}").capitalize())
    yield f"<h2>{head}</h2>\n"
    if not tree.changed:
        yield f"<p class='dim'>{len(tree.after):,}, as they are</p>\n"
        return
    yield "<div class='trees'>\n"
    for side, branches, arrow in (("Before", tree.before, "→"), ("After", tree.after, "←")):
        yield f"<div><h3>{side}</h3><ul>\n"
        for one in branches:
            yield _branch(one, arrow)
        yield "</ul></div>\n"
    yield "</div>\n"


def _branch(one: Branch, arrow: str) -> str:
    fate = ""
    if one.fate:
        sign = "" if one.fate in ("new", "dropped", "refused") else f"{arrow} "
        style = "gone" if arrow == "→" else "new"
        fate = f" <span class='{style}'>{sign}{_safe(one.fate)}</span>"
    indent = f" style='padding-left:{min(one.depth, 20) * 1.4:.1f}rem'" if one.depth else ""
    return f"<li{indent}>{_safe(one.name)} <span class='dim'>{one.posts:,}</span>{fate}</li>\n"


def _posts(found: Preview) -> Iterator[str]:
    if not found.changes:
        return
    shown = found.changes[:_MOST_POSTS]
    yield "<h2>Posts</h2>\n<table>\n<tr><th>post</th><th>what changes</th></tr>\n"
    for one in shown:
        yield _post(one)
    yield "</table>\n"
    if found.changed > len(shown):
        yield f"<p class='dim'>and {count(found.changed - len(shown), 'other')}</p>\n"


def _post(one: PostChange) -> str:
    what = "".join(f"<li>{_safe(words)}</li>" for words in told(one))
    title = one.title or f"{one.kind.partition('/')[2]} {one.id}"
    return f"<tr><td>{_linked(one.link, title)}</td><td><ul>{what}</ul></td></tr>\n"


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    cells = "".join(
        f"<th{' class=n' if n else ''}>{_safe(one)}</th>" for n, one in enumerate(heads)
    )
    yield f"<table>\n<tr>{cells}</tr>\n"
    for row in rows:
        inner = (f"<td{' class=n' if n else ''}>{_safe(one)}</td>" for n, one in enumerate(row))
        yield f"<tr>{''.join(inner)}</tr>\n"
    yield "</table>\n"


def _linked(url: str, words: str) -> str:
    shown = _safe(words)
    if not url.lower().startswith(("http://", "https://")):
        return shown
    return f'<a href="{_safe(url)}" rel="noreferrer">{shown}</a>'


def _safe(words: str) -> str:
    return escape(printable(words, one_line=True))
