"""The browser that pages are tried in: it runs scripts, tells of errors, asks nobody outside."""

from __future__ import annotations

from pathlib import Path

from lab import axe
from lab.browser import Browser


def test_a_page_is_run_measured_and_its_errors_are_told(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(
        "<meta name=viewport content=width=device-width><title>A page</title><img src='https://outside.example/x.png'>"
        "<script>document.title = innerWidth; throw new Error('planted')</script>",
        encoding="utf-8",
    )
    page = browser.page(width=400)
    page.open(file)
    assert page.evaluate("document.title") == "400"
    told = page.complaints()
    assert any("planted" in one for one in told)
    assert any("ERR_NAME_NOT_RESOLVED" in one for one in told), "it reached for an outside name"
    assert page.picture()[:4] == b"\x89PNG"


def test_axe_says_what_is_wrong_with_fragments(browser: Browser) -> None:
    told = axe.of_fragments(browser.page(), ["<img src=x>", "<img src=x alt=y>"], ["image-alt"])
    assert list(told[0]["violations"]) == ["image-alt"]
    assert list(told[1]["passes"]) == ["image-alt"]
    assert not told[1]["violations"]
