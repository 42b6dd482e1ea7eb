"""The same archive and rules give the same rows: on every machine, by any Python, in any order.

Whoever runs this compares with what was found where the numbers were written down. Where it fails
because rules were meant to make other rows, raise `DERIVATION` in `wp_sync.normalize.derive`, so
that archives derive anew, and put the numbers of ``python -m tests.same_rows`` here. A letter that
only a newer Unicode knows may still be folded by one Python and not by another; none is in here.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

from tests.cli import ROOT
from tests.same_rows import digests

ROWS = {
    "terms": "41 8513c4614fb9363a",
    "term_sources": "60 afa8c27739ed4715",
    "authors": "5 bcf98c1087ab0006",
    "posts": "715 1e453f10e1a4e329",
    "post_terms": "499 bfd7526368e1b77c",
    "post_authors": "715 b313baf1b96d33d6",
    "links": "954 ea8579dd4e6cc29d",
    "related_posts": "2043 f7d36af793940cb7",
    "media": "13 208d5a1b004ceac9",
    "comments": "20 d2a8f4b5f00ef10a",
    "cleanings": "401 66402b3ff975106f",
    "post_dependencies": "715 b1d007dda8c0f4de",
    "suggested": "d959528f9e96428fab7bb7f0",
}


def test_the_rows_are_those_that_were_written_down() -> None:
    assert digests() == ROWS


def test_another_order_time_zone_language_and_seed_of_hashes_change_no_row() -> None:
    environment = os.environ | {"PYTHONHASHSEED": "77", "TZ": "Asia/Kathmandu", "LC_ALL": "C"}
    command = [sys.executable, "-m", "tests.same_rows", "--backwards"]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, check=True)
    assert json.loads(done.stdout) == ROWS
