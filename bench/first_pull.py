"""A first pull of a real WordPress, against a bare download and against dlt's REST source.

``python -m bench.first_pull [--posts 10000] [--runs 5] [--apart] [--dlt PYTHON]``: prints medians
and ratios. With ``--apart`` (Linux) the server has one half of the cores and the client the other,
as if each had a machine of its own; without it, they compete for the same ones.
"""

from __future__ import annotations

import argparse
import os
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
    options.add_argument("--apart", action="store_true", help="no core for both server and client")
    chosen = options.parse_args()
    cores = sorted(os.sched_getaffinity(0)) if chosen.apart else []
    if chosen.apart and len(cores) < 2:
        options.error("--apart needs two cores")
    if cores:
        os.sched_setaffinity(0, cores[::2])  # what is started from here on inherits it
    with tempfile.TemporaryDirectory() as folder, Lab(versions=(chosen.version,)) as lab:
        place = Path(folder)
        server = lab[chosen.version]
        server.heal()
        server.add_posts(chosen.posts)
        if cores:
            os.sched_setaffinity(0, cores[1::2])
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
