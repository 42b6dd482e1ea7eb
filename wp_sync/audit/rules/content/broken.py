"""Words that are broken or were never meant to stay: misread signs, samples, notes to oneself."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wp_sync.audit.base import Certainty, Hit, Limits, Rule, Severity, page_rule
from wp_sync.audit.page import Page
from wp_sync.normalize.clean.body import Body
from wp_sync.normalize.clean.mojibake import mojibake as misread
from wp_sync.normalize.clean.top import byline as find_byline
from wp_sync.normalize.clean.top import repeated_title
from wp_sync.normalize.links.scan import scan
from wp_sync.normalize.rules.cleaning import CleaningRules

_RULES = CleaningRules()
_LATIN = (
    "lorem ipsum dolor", "dolor sit amet", "consectetur adipiscing", "consectetur adipisicing",
    "sed do eiusmod", "ut enim ad minim", "quis nostrud exercitation", "duis aute irure",
    "excepteur sint occaecat", "donec id elit", "vestibulum id ligula", "aenean lacinia bibendum",
    "curabitur blandit tempus",
)  # fmt: skip
_WORDS = (
    "your text here", "your content here", "insert text here", "text goes here",
    "content goes here", "placeholder text", "replace this text", "enter your text here",
    "click edit button to change this text", "add your heading text here", "edit this text",
    "this is a text block", "i am text block", "i am a promo text", "hier steht ihr text",
    "hier steht ein beispieltext", "tu texto aquí", "votre texte ici", "write something here",
    "description goes here", "title goes here", "sample text here",
)  # fmt: skip
_SAMPLES = tuple((words, frozenset(words.split())) for words in (*_LATIN, *_WORDS))
_NOTES = re.compile(
    r"\[(?:insert|your|add|enter|fill in|placeholder)\b[^\]\n=]{0,60}\]", re.IGNORECASE
)
_LOUD = re.compile(r"\b(?:TODO|FIXME|TBD|TBA|TBC|TKTK|XXXX+)\b(?![-_])")
_ASKING = frozenset(("insert", "your", "add", "enter", "fill", "placeholder"))
_SHOUTED = frozenset(("todo", "fixme", "tbd", "tba", "tbc", "tktk", "xxxx", "xxxxx", "xxxxxx"))


def body_of(page: Page) -> Body:
    """The page for the rules of cleaning, made once."""
    found = page.__dict__.get("_body")
    if found is None:
        found = page.__dict__["_body"] = Body(page.scan, page.post.title, _RULES)
    assert isinstance(found, Body)
    return found


@page_rule(
    Rule(
        id="content/mojibake",
        reason="Letters that were read in the wrong encoding look careless and are not searchable.",
        severity=Severity.WARNING,
        fix="Put the right signs in; `cleaning.toml` can do it for all posts.",
        bad="<p>We donâ€™t know.</p>",
        good="<p>We don’t know.</p>",
        sample=True,
        unpublished=True,
    )
)
def mojibake(page: Page, limits: Limits) -> Iterator[Hit]:
    for edit in misread(body_of(page)):
        around = _word(page.html, edit.start, edit.end)
        message = f"{page.html[edit.start : edit.end]} stands for {edit.new} in “{around}”"
        yield Hit(message, f"misread {around}", (edit.start, edit.end))
    title = page.post.title
    if not title.isascii() and any(misread(Body(scan(title), "", _RULES))):
        yield Hit(f"letters of the title were read in the wrong encoding: {title}", "title")


def _word(source: str, start: int, end: int) -> str:
    """The word around a place, no tags in it."""
    while start and source[start - 1] not in " \n\t<>":
        start -= 1
        if end - start > 60:
            break
    while end < len(source) and source[end] not in " \n\t<>" and end - start < 80:
        end += 1
    return source[start:end]


@page_rule(
    Rule(
        id="content/replacement-character",
        reason="A letter was lost for good when the text was read in the wrong encoding.",
        severity=Severity.ERROR,
        fix="Write the letter again.",
        bad="<p>The d\ufffdcor is new.</p>",
        good="<p>The décor is new.</p>",
        sample=True,
        unpublished=True,
    )
)
def replacement_character(page: Page, limits: Limits) -> Iterator[Hit]:
    source = page.html
    at = source.find("\ufffd")
    while at >= 0:
        around = _word(source, at, at + 1)
        yield Hit(f"a letter is lost in “{around}”", f"lost {around}", (at, at + 1))
        at = source.find("\ufffd", at + max(1, len(around)))
    if "\ufffd" in page.post.title:
        yield Hit(f"a letter of the title is lost: {page.post.title}", "title")


@page_rule(
    Rule(
        id="content/placeholder",
        reason="Text that was to be replaced is still there for visitors to read.",
        severity=Severity.WARNING,
        fix="Write what was meant to stand there, or take it out.",
        bad="<p>Lorem ipsum dolor sit amet.</p>",
        good="<p>We open at seven.</p>",
        sample=True,
    )
)
def placeholder(page: Page, limits: Limits) -> Iterator[Hit]:
    known, prose = page.vocabulary, page.prose
    low = ""
    for words, parts in _SAMPLES:
        if not parts <= known:
            continue
        low = low or prose.text.lower()
        at = low.find(words)
        if at >= 0 and len(low) == len(prose.text):
            place = prose.place(at, at + len(words))
            said = prose.text[at : at + len(words)]
            yield Hit(f"placeholder text: “{said}”", "placeholder", place)
            break  # the rest of a sample is the same trouble
    found: list[re.Match[str]] = []
    if "[" in prose.text and not _ASKING.isdisjoint(known):
        found += _NOTES.finditer(prose.text)
    if not _SHOUTED.isdisjoint(known):
        found += _LOUD.finditer(prose.text)
    for match in found:
        message = f"a note for later: “{match[0]}”"
        place = prose.place(*match.span())
        yield Hit(message, f"note {match[0]}", place, certainty=Certainty.REVIEW)


@page_rule(
    Rule(
        id="content/title-repeated",
        reason="The theme prints the title already; visitors read it twice.",
        severity=Severity.WARNING,
        fix="Take the title out of the text; `cleaning.toml` can do it for all posts.",
        bad="<h2>Post 1</h2><p>Words.</p>",
        good="<p>Words.</p>",
    )
)
def title_repeated(page: Page, limits: Limits) -> Iterator[Hit]:
    for edit in repeated_title(body_of(page)):
        message = f"the text begins with the title again: “{page.post.title[:120]}”"
        yield Hit(message, "title", (edit.start, edit.end))
        break


@page_rule(
    Rule(
        id="content/byline",
        reason="Author, date and categories stand in the text, where no edit will keep them right.",
        severity=Severity.WARNING,
        fix="Take the line out; `cleaning.toml` can do it for all posts.",
        bad="<p>By Ilse Brandt | August 21st, 2012 | Categories: Sleep</p><p>Words.</p>",
        good="<p>By the third night most people have forgotten the belt.</p>",
        sample=True,
    )
)
def byline(page: Page, limits: Limits) -> Iterator[Hit]:
    for edit in find_byline(body_of(page)):
        words = edit.what.removeprefix("a byline: ")
        yield Hit(f"a byline in the text: “{words}”", "byline", (edit.start, edit.end))
