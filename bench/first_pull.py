"""A first pull of a real WordPress, against a bare download and against dlt's REST source.

``python -m bench.first_pull [--posts 10000] [--runs 5] [--dlt PYTHON]``: prints medians and ratios.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from bench.measure import in_turn, table
from lab import Lab

HERE = Path(__file__).parent


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--posts", type=int, default=10_000)
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--version", default="7.1")
    options.add_argument("--dlt", help="a Python that has dlt[sqlalchemy]")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder, Lab(versions=(chosen.version,)) as lab:
        place = Path(folder)
        server = lab[chosen.version]
        server.heal()
        server.add_posts(chosen.posts)
        log = place / "requests.json"
        pull = [sys.executable, "-m", "bench.pull_once", server.url, str(place / "ours")]

        def fresh(command: list[str], target: Path) -> list[str]:
            shutil.rmtree(target, ignore_errors=True)
            return command

        print(f"WordPress {chosen.version}, {chosen.posts:,} posts added; warming up", flush=True)
        in_turn({"warm-up": lambda: fresh([*pull, str(log)], place / "ours")}, 1)
        commands = {
            "wp-sync": lambda: fresh(pull, place / "ours"),
            "bare": lambda: [sys.executable, "-m", "bench.bare_download", str(log), "4"],
        }
        if chosen.dlt:
            walk = [chosen.dlt, str(HERE / "dlt_walk.py"), server.url, str(place / "dlt")]
            commands["dlt"] = lambda: fresh(walk, place / "dlt")
        print(table(in_turn(commands, chosen.runs), "wp-sync"))


if __name__ == "__main__":
    main()
