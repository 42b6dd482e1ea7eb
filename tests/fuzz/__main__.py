"""`python -m tests.fuzz`: a million inputs over all targets, on all cores; failures are saved.

python -m tests.fuzz --runs 1000000           what `make fuzz` does
python -m tests.fuzz --target html --runs 50000 --seed 7
python -m tests.fuzz --target html build/fuzz/html/0123456789abcdef    one input again
python -m tests.fuzz --grow 20000             look for inputs that reach new code
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from tests.fuzz.campaign import BY_NAME, fuzz
from tests.fuzz.driver import judge
from tests.fuzz.targets import Target


def again(target: Target, paths: list[str]) -> int:
    """Single inputs once more, with what is wrong with each."""
    failed = 0
    for path in map(Path, paths):
        found = judge(target, path.read_bytes())
        failed += found is not None
        print(f"{path}: {found.what if found else 'well taken'}")
    return failed


def main() -> int:
    options = argparse.ArgumentParser(
        prog="python -m tests.fuzz", description=__doc__.split("\n")[0]
    )
    options.add_argument("--target", choices=sorted(BY_NAME), action="append")
    options.add_argument("--runs", type=int, default=100_000, help="inputs over all targets")
    options.add_argument("--seed", type=int, default=int(time.time()))
    options.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    options.add_argument(
        "--grow", type=int, default=0, metavar="N", help="N inputs a target, traced"
    )
    options.add_argument("inputs", nargs="*", help="files to feed to the one target")
    given = options.parse_args()
    targets = tuple(BY_NAME[name] for name in given.target or BY_NAME)
    if given.inputs:
        return 1 if again(targets[0], given.inputs) else 0
    if given.grow:
        from tests.fuzz.grow import grow

        for target in targets:
            print(f"{target.name}: {grow(target, given.grow, given.seed)}", flush=True)
        return 0
    return 1 if fuzz(targets, given.runs, given.seed, given.workers) else 0


if __name__ == "__main__":
    sys.exit(main())
