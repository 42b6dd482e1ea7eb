"""axe-core, the accessibility checker, fetched by npm into the lab's folder and run in Chromium.

An oracle for tests: what it says of fragments and pages. The package itself never uses it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from lab import system
from lab.browser import Page
from lab.errors import LabUnavailable
from lab.where import locked, state

VERSION = "4.14.1"


def script() -> Path:
    """The file ``axe.min.js``, fetched when missing.

    Raises:
        LabUnavailable: npm is missing and can't be installed, or does not get it.
    """
    folder = state() / f"axe-{VERSION}"
    file = folder / "node_modules/axe-core/axe.min.js"
    if file.exists():
        return file
    with locked("axe"):
        if file.exists():
            return file
        if not shutil.which("npm"):
            system.install(["npm"])
        done = subprocess.run(
            [
                "npm", "install", "--prefix", str(folder), "--ignore-scripts", "--no-audit",
                "--no-fund", "--no-save", f"axe-core@{VERSION}",
            ],
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        if done.returncode or not file.exists():
            reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise LabUnavailable(f"npm does not get axe-core {VERSION}: {reason}")
    return file


def load(page: Page) -> None:
    """Put axe into a page."""
    page.evaluate(script().read_text(encoding="utf-8") + ";0")


# Standards mode, a language, a title, and a base: what a fragment stands in on a site.
_AROUND = (
    "<!doctype html><html lang=en><head><title>A page</title>"
    "<base href='http://clinic.example/a-post/'></head><body></body></html>"
)
_FRAGMENTS = """
(async () => {
  const told = [];
  for (const fragment of FRAGMENTS) {
    document.body.innerHTML = fragment;
    const rules = Object.fromEntries(RULES.map((id) => [id, {enabled: true}]));
    const options = {runOnly: {type: 'rule', values: RULES}, rules, iframes: false,
                     resultTypes: ['violations', 'incomplete', 'passes']};
    const result = await axe.run(document, options);
    const nodes = (list) => Object.fromEntries(list.map((rule) =>
      [rule.id, rule.nodes.map((node) => [node.html, node.target.join(' ')])]));
    told.push({violations: nodes(result.violations), incomplete: nodes(result.incomplete),
               passes: nodes(result.passes)});
  }
  return told;
})()
"""


def of_fragments(
    page: Page, fragments: Sequence[str], rules: Sequence[str], at_once: int = 25
) -> list[dict[str, dict[str, list[list[str]]]]]:
    """What axe says of each fragment as a page's whole body, by outcome and rule: the nodes."""
    page.open(f"data:text/html,{quote(_AROUND)}")
    load(page)
    told: list[Any] = []
    for start in range(0, len(fragments), at_once):
        source = _FRAGMENTS.replace("FRAGMENTS", json.dumps(fragments[start : start + at_once]))
        told += page.evaluate(source.replace("RULES", json.dumps(list(rules))))
    return told


def of_page(page: Page) -> list[dict[str, Any]]:
    """What axe finds wrong with the page that is open: its violations, with impact and nodes."""
    load(page)
    found = page.evaluate("axe.run(document).then((result) => result.violations)")
    return [dict(one) for one in found]
