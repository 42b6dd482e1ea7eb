"""Fragments with what axe-core says of each, and what our rules say of them.

The labels are axe's own, recorded: ``python -m tests.axe_labels`` runs axe in Chromium over the
fragments, says how far our rules agree, and with ``--write`` records what it said.
"""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

from wp_sync.audit.base import Limits
from wp_sync.audit.page import Page, Setting
from wp_sync.audit.registry import registered
from wp_sync.audit.rules.accessibility.shared import IMPACTS
from wp_sync.content import Post

FOLDER = Path(__file__).parent / "labelled" / "audit"
LABELS = FOLDER / "fragments" / "axe.json"
DIFFERENCES = FOLDER / "fragments" / "differences.toml"
HOME = "http://clinic.example"

registered()  # so that every rule has told its impact

# Of each rule how many elements it names, and whether all of them are certain.
Said = dict[str, list[int | str]]


def fragments() -> list[str]:
    """Those written for this, one a line, and the bodies of the planted troubles."""
    lines = (FOLDER / "fragments" / "fragments.txt").read_text(encoding="utf-8").splitlines()
    planted = tomllib.loads((FOLDER / "planted" / "accessibility.toml").read_text(encoding="utf-8"))
    bodies = [item["body"] for item in planted["item"] if "body" in item]
    return [line for line in lines if line and not line.startswith("#")] + bodies


def page_of(html: str) -> Page:
    post = Post(
        1, "post", "publish", "live", "a-post", "A post", f"{HOME}/a-post/", "", "", "", "", html
    )
    return Page(post, {}, Setting(HOME))


def ours(html: str) -> Said:
    """What our rules say of a fragment."""
    page = page_of(html)
    said: Said = {}
    for name in IMPACTS:
        rule, check = registered().page[f"accessibility/{name}"]
        if number := len(list(check(page, Limits(rule)))):
            said[name] = [number, str(rule.certainty)]
    return dict(sorted(said.items()))


def of_axe(told: dict[str, dict[str, list[list[str]]]]) -> Said:
    """What axe said in our words: violations are certain, what is incomplete needs review."""
    said: Said = {name: [len(nodes), "certain"] for name, nodes in told["violations"].items()}
    for name, nodes in told["incomplete"].items():
        said[name] = [len(nodes), "review"] if name not in said else said[name]
    return dict(sorted(said.items()))


def labels() -> list[tuple[str, Said]]:
    """Every fragment with what axe said of it when it was recorded."""
    return [(html, said) for html, said in json.loads(LABELS.read_text(encoding="utf-8"))]


def differences() -> dict[str, str]:
    """The fragments where we know to differ from axe, each with the reason."""
    listed = tomllib.loads(DIFFERENCES.read_text(encoding="utf-8"))["difference"]
    return {one["fragment"]: one["why"] for one in listed}


def disagreements(labelled: Sequence[tuple[str, Said]]) -> list[tuple[str, Said, Said]]:
    """Where our rules say anything else than axe: the fragment, axe's words, ours."""
    return [(html, said, our) for html, said in labelled if (our := ours(html)) != said]


def main() -> None:
    from lab import axe
    from lab.browser import Browser

    every = fragments()
    with Browser() as browser:
        told = axe.of_fragments(browser.page(), every, list(IMPACTS))
    labelled = [(html, of_axe(one)) for html, one in zip(every, told, strict=True)]
    apart = disagreements(labelled)
    for html, said, our in apart:
        print(f"{html[:200]}\n  axe:  {said}\n  ours: {our}")
    share = 100 * (1 - len(apart) / len(labelled))
    print(f"{len(labelled)} fragments, {len(apart)} differ: {share:.1f} % agree on every rule")
    if "--write" in sys.argv:
        rows = ",\n".join(json.dumps(one, ensure_ascii=False) for one in labelled)
        LABELS.write_text(f"[\n{rows}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
