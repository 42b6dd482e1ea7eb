"""A plan and a parity report as pages of HTML, and the report as CSV: to read, print, send, sign.

The pages fetch nothing and run nothing. All words of a site are escaped here, only addresses of the
web become links, and no cell of the CSV is a formula.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from html import escape

from wp_sync.cli.plan_text import NOUNS
from wp_sync.cli.text import kind_name, printable
from wp_sync.publish.parity.compare import around
from wp_sync.publish.parity.nouns import STATES, WORDS, Difference, Parity
from wp_sync.publish.steps import ACTIONS, Plan, Step

_MOST = 5_000  # a page of more rows is no page that a browser likes
_STYLE = """
:root { color-scheme: light dark; --ink: #1c1c1e; --paper: #fff; --dim: #5f6368; --line: #d9dce1;
  --bad: #a3341f; --good: #1b6e37; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e8ea; --paper: #17181a; --dim: #9aa0a6;
  --line: #3a3d42; --bad: #f2a08f; --good: #8fd3a5; } }
body { margin: 2rem auto; padding: 0 1rem; max-width: 68rem; color: var(--ink);
  background: var(--paper); font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; margin-bottom: 0; } h2 { font-size: 1.2rem; margin-top: 2.2rem; }
.dim { color: var(--dim); } a { color: inherit; } .bad { color: var(--bad); }
.good { color: var(--good); }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0;
  border-bottom: 1px solid var(--line); }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
.sign { margin-top: 4rem; display: grid; grid-template-columns: 1fr 1fr; gap: 3rem; }
.sign div { border-top: 1px solid var(--ink); padding-top: .3rem; }
@media print { :root { --ink: #000; --paper: #fff; --dim: #444; --line: #bbb; --bad: #000;
  --good: #000; } body { margin: 0; max-width: none; font-size: 10pt; }
  tr { break-inside: avoid; } h2 { break-after: avoid; } }
"""
_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
"""


def plan_page(plan: Plan) -> bytes:
    """What a push would do, as a page."""
    title = f"Plan: {_safe(plan.site)} to {_safe(plan.target)}"
    parts = [_start(title), f"<p class='dim'>Digest {plan.digest}. Nothing has been written.</p>\n"]
    if plan.refused:
        parts.append(
            f"<p class='bad'><strong>Refused:</strong> {_safe(plan.refused.message)}</p>\n"
        )
    rows = [
        (
            kind_name(kind),
            *(_number(plan.counts.get((kind, action), 0)) for action in ACTIONS),
        )
        for kind in plan.kinds
    ]
    parts += _table(("what", *(NOUNS[action] for action in ACTIONS)), rows, numbers=True)
    shown = plan.steps[:_MOST]
    for action in ACTIONS:
        steps = [step for step in shown if step.action == action]
        if steps:
            parts.append(f"<h2>{len(steps):,} {NOUNS[action]}</h2>\n")
            parts += _conflicts(steps) if action == "conflict" else _steps(steps)
    if len(plan.steps) > len(shown):
        parts.append(f"<p class='dim'>and {len(plan.steps) - len(shown):,} more</p>\n")
    if plan.problems:
        parts.append("<h2>What you should know</h2>\n")
        told = [(str(one.place), one.message, one.hint) for one in plan.problems[:_MOST]]
        parts += _table(("where", "what", "next"), told)
    return _whole(parts)


def _steps(steps: Iterable[Step]) -> Iterator[str]:
    yield from _table(
        ("kind", "title", "why"),
        ((kind_name(step.kind), step.title or step.key, step.reason) for step in steps),
    )


def _conflicts(steps: Iterable[Step]) -> Iterator[str]:
    rows = []
    for step in steps:
        rows.append((step.title or step.key, "", step.reason, "", ""))
        for change in step.changes:
            ours, theirs = around(change.ours, change.theirs)
            base, _ = around(change.base, change.theirs)
            rows.append(("", change.field, base, ours, theirs))
    yield from _table(("title", "field", "pushed last", "here", "at the target"), rows)


def parity_page(parity: Parity) -> bytes:
    """A parity report as a page with a place to sign."""
    title = f"Parity: {_safe(parity.site)} and {_safe(parity.target)}"
    style = "good" if parity.clean else "bad"
    same = f"{parity.count('same'):,} {'files' if parity.files else 'things'}"
    parts = [
        _start(title),
        f"<p class='{style}'><strong>They are {parity.verdict}.</strong> "
        f"{same} were found to be as they should be; "
        f"{parity.bytes_compared:,} files were compared byte by byte.</p>\n",
    ]
    rows = [
        (
            kind_name(kind),
            _number(here),
            _number(there),
            *(_number(parity.counts.get((kind, state), 0)) for state in STATES),
        )
        for kind, (here, there) in parity.items.items()
    ]
    parts += _table(("what", "here", "there", *STATES), rows, numbers=True)
    for state in STATES[:-1]:
        found = [one for one in parity.differences if one.state == state]
        if found:
            parts.append(f"<h2>{WORDS[state].capitalize()}</h2>\n")
            parts += _differences(found[:_MOST])
            if len(found) > _MOST:
                parts.append(f"<p class='dim'>and {len(found) - _MOST:,} more</p>\n")
    if parity.left_out:
        parts.append(f"<p class='dim'>{parity.left_out:,} more are only counted</p>\n")
    parts += [f"<p>{_safe(note)}</p>\n" for note in parity.notes]
    parts.append("<div class='sign'><div>Date, name</div><div>Signature</div></div>\n")
    return _whole(parts)


def _differences(found: Iterable[Difference]) -> Iterator[str]:
    yield "<table>\n<tr><th>what</th><th>field</th><th>here</th><th>there</th></tr>\n"
    for one in found:
        name = one.title or one.key or one.target_id
        here = _linked(one.source_url, name)
        there = _linked(one.target_url, one.theirs or one.target_url)
        yield f"<tr><td>{here}</td><td>{_safe(one.field)}</td><td>{_safe(one.ours)}</td>"
        yield f"<td>{there}</td></tr>\n"
    yield "</table>\n"


def parity_csv(parity: Parity) -> bytes:
    """Every difference as a row, for a spreadsheet; UTF-8 with a mark, as Excel wants it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    names = (
        "state", "kind", "key", "title", "field", "ours", "theirs", "source_url", "target_url",
        "target_id",
    )  # fmt: skip
    writer.writerow(names)
    for one in parity.differences:
        writer.writerow([_cell(getattr(one, name)) for name in names])
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8", "replace")


def _cell(value: object) -> str:
    """Text that no spreadsheet takes for a formula."""
    text = printable(value, one_line=True)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _start(title: str) -> str:
    return (
        f"{_HEAD}<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"<h1>{title}</h1>\n"
    )


def _whole(parts: Iterable[str]) -> bytes:
    return ("".join(parts) + "</body>\n</html>\n").encode("utf-8", "replace")


def _number(number: int) -> str:
    return f"{number:,}" if number else ""


def _table(
    heads: Iterable[str], rows: Iterable[Iterable[str]], *, numbers: bool = False
) -> Iterator[str]:
    def style(at: int) -> str:
        return " class=n" if numbers and at else ""

    cells = "".join(f"<th{style(n)}>{_safe(one)}</th>" for n, one in enumerate(heads))
    yield f"<table>\n<tr>{cells}</tr>\n"
    for row in rows:
        inner = (f"<td{style(n)}>{_safe(one)}</td>" for n, one in enumerate(row))
        yield f"<tr>{''.join(inner)}</tr>\n"
    yield "</table>\n"


def _linked(url: str, words: str) -> str:
    shown = _safe(words)
    if not url.lower().startswith(("http://", "https://")):
        return shown
    return f'<a href="{_safe(url)}" rel="noreferrer">{shown}</a>'


def _safe(words: str) -> str:
    return escape(printable(words, one_line=True))
