"""The accessibility labels are what axe-core says today, in a real Chromium, impacts included."""

from __future__ import annotations

from lab import axe
from lab.browser import Browser
from tests.axe_labels import fragments, labels, of_axe
from wp_sync.audit.rules.accessibility.shared import IMPACTS


def test_axe_still_says_what_is_recorded(browser: Browser) -> None:
    every = fragments()
    told = axe.of_fragments(browser.page(), every, list(IMPACTS))
    assert [(html, of_axe(one)) for html, one in zip(every, told, strict=True)] == labels()


def test_impacts_are_those_of_axe(browser: Browser) -> None:
    page = browser.page()
    axe.load(page)
    theirs = page.evaluate("Object.fromEntries(axe._audit.rules.map((r) => [r.id, r.impact]))")
    assert {name: theirs[name] for name in IMPACTS} == IMPACTS
