"""Frames, films, moving words, and the language that words are in."""

from __future__ import annotations

from collections.abc import Iterator

from wp_sync.audit.base import Hit, Limits, page_rule
from wp_sync.audit.naming import PRESENTATION, seen, spaced, tab_index
from wp_sync.audit.page import Page
from wp_sync.audit.rules.accessibility.languages import known
from wp_sync.audit.rules.accessibility.shared import axe_rule, called, hit
from wp_sync.audit.tree import Node


@page_rule(
    axe_rule(
        "frame-title",
        "serious",
        "A frame without a title is announced as a frame and nothing more.",
        "Give the frame a title that says what is in it.",
        '<iframe src="https://www.youtube.com/embed/abc"></iframe>',
        '<iframe src="https://www.youtube.com/embed/abc" title="A night in our ward"></iframe>',
    )
)
def frame_title(page: Page, limits: Limits) -> Iterator[Hit]:
    naming = page.naming
    for node in seen(naming, "iframe"):
        index = tab_index(node)
        if index is not None and index < 0:
            continue
        role = naming.explicit(node)
        if naming.has_name(node) or (role in PRESENTATION and not node.get("tabindex")):
            continue
        yield hit(page, node, f"the frame {(node.get('src') or '')[:200]} has no title")


@page_rule(
    axe_rule(
        "frame-title-unique",
        "serious",
        "Frames with the same title can't be told apart.",
        "Give each frame a title of its own.",
        '<iframe title="Film" src="/1"></iframe><iframe title="Film" src="/2"></iframe>',
        '<iframe title="Film 1" src="/1"></iframe><iframe title="Film 2" src="/2"></iframe>',
        review=True,
    )
)
def frame_title_unique(page: Page, limits: Limits) -> Iterator[Hit]:
    frames: dict[str, list[Node]] = {}
    for node in seen(page.naming, "iframe"):
        if title := spaced(node.get("title") or "").lower():
            frames.setdefault(title, []).append(node)
    for title, nodes in frames.items():
        if len(nodes) > 1:
            for node in nodes:
                message = f"{len(nodes)} frames have the title {called(title)}"
                yield hit(page, node, message, f"title {title}")


@page_rule(
    axe_rule(
        "video-caption",
        "critical",
        "Who does not hear the film's sound gets nothing of what is said in it.",
        'Add a <track kind="captions">, or make sure that the captions are in the picture.',
        '<video src="/mask.mp4" controls></video>',
        '<video src="/mask.mp4" controls><track kind="captions" src="/mask.vtt"></video>',
        review=True,
    )
)
def video_caption(page: Page, limits: Limits) -> Iterator[Hit]:
    for node in seen(page.naming, "video"):
        tracks = (one for one in node.walk() if one.name == "track")
        if any((one.get("kind") or "").lower() == "captions" for one in tracks):
            continue
        source = next((one.get("src") for one in (node, *node.walk()) if one.get("src")), "")
        yield hit(page, node, f"the film {(source or '')[:200]} has no track of captions")


def _moving(page: Page, name: str) -> Iterator[Hit]:
    for node in page.tree.named(name):
        text = page.naming.shown(node)
        if not page.naming.hidden(node) and (text or any(node.elements())):
            yield hit(page, node, f"<{name}> keeps moving: {called(text)}", f"{name} {text}")


@page_rule(
    axe_rule(
        "marquee",
        "serious",
        "Words that run can't be read at one's own pace.",
        "Let the words stand still.",
        "<marquee>Lecture on Friday</marquee>",
        "<p>Lecture on Friday</p>",
    )
)
def marquee(page: Page, limits: Limits) -> Iterator[Hit]:
    return _moving(page, "marquee")


@page_rule(
    axe_rule(
        "blink",
        "serious",
        "Words that blink can't be read in peace.",
        "Let the words stand still.",
        "<blink>Closed today</blink>",
        "<strong>Closed today</strong>",
    )
)
def blink(page: Page, limits: Limits) -> Iterator[Hit]:
    return _moving(page, "blink")


@page_rule(
    axe_rule(
        "valid-lang",
        "serious",
        "A language that does not exist makes a voice read the words wrongly.",
        "Use a language's code such as de or pt-BR.",
        '<p lang="xx-yy">Guten Abend</p>',
        '<p lang="de">Guten Abend</p>',
    )
)
def valid_lang(page: Page, limits: Limits) -> Iterator[Hit]:
    if page.attribute_names.isdisjoint(("lang", "xml:lang")):
        return
    for node in page.tree.root.walk():
        for name in ("lang", "xml:lang"):
            value = node.attributes.get(name)
            if not value or page.naming.hidden(node):
                continue
            code = value.strip().partition("-")[0].lower()
            if known(code) or (not code and value.strip()):
                continue
            if _has_words(page, node):
                yield hit(page, node, f"there is no language {value[:40]!r}", f"lang {value}")
                break


def _has_words(page: Page, node: Node) -> bool:
    """Whether there are words in it whose language it says."""
    if any(isinstance(child, str) and child.strip() for child in node.children):
        return True
    if node.name in ("img", "svg", "video", "audio", "canvas", "object", "iframe"):
        return bool(page.naming.name(node))
    return any(
        "lang" not in one.attributes and not page.naming.hidden(one) and _has_words(page, one)
        for one in node.elements()
    )
