"""The guard of one running lab: waits for its owner's end, then removes what is left of it."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from lab.process import end_run


def main() -> None:
    """Block until the owner's end of the pipe closes (by close, exit or kill -9), then tidy."""
    for sign in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(sign, signal.SIG_IGN)
    sys.stdin.buffer.read()
    run = Path(sys.argv[1])
    if run.exists():
        end_run(run)


if __name__ == "__main__":
    main()
