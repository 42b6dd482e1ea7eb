"""Draws the README's picture of an audit from a real one: ``make picture``.

The sample site is copied and audited into a folder that is thrown away; the page that this leaves
is opened in the lab's Chromium.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from lab.browser import Browser
from wp_sync.cli.app import build

PICTURE = Path(__file__).resolve().parent / "img" / "audit.png"
SIZE = (1120, 1010)  # pixels: the overview down to the first rules


def main() -> None:
    """Run, open, draw."""
    with tempfile.TemporaryDirectory() as folder:
        here = Path.cwd()
        os.chdir(folder)
        try:
            build()(["demo", "--quiet"])
        except SystemExit as end:
            if end.code:
                sys.exit(f"the run ended with {end.code}; no picture was drawn")
        finally:
            os.chdir(here)
        with Browser() as browser:
            page = browser.page(*SIZE)
            page.open(Path(folder) / "demo-archive" / "audit" / "audit.html")
            PICTURE.write_bytes(page.picture())


if __name__ == "__main__":
    main()
