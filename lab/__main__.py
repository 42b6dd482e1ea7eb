"""`python -m lab`: brings the servers up, prints where they are and how to log in, and waits."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from types import FrameType
from typing import NoReturn

from lab import process
from lab.errors import LabError, LabUnavailable
from lab.servers import Lab
from lab.site import Server
from lab.where import VERSIONS

UNAVAILABLE = 10  # as wp-sync's own "try later"


def main(arguments: list[str] | None = None) -> int:
    """Run until interrupted; the exit code."""
    options = _options(arguments)
    for sign in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, _interrupt)
    try:
        if options.stop_leftovers:
            ended = process.clear_leftovers()
            print(f"{ended} processes of ended labs stopped")
            return 0
        return _serve(options)
    except KeyboardInterrupt:
        return 130
    except LabUnavailable as error:
        print(f"The lab is not to be had here: {error}", file=sys.stderr)
        return UNAVAILABLE
    except LabError as error:
        print(f"The lab failed: {error}", file=sys.stderr)
        return 1
    except OSError as error:  # a full disk, a file of another user
        print(f"The lab failed: {error}", file=sys.stderr)
        return 1


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m lab", description=__doc__)
    parser.add_argument(
        "--version",
        action="append",
        choices=VERSIONS,
        help="only this WordPress version (may be given again); all of them otherwise",
    )
    parser.add_argument(
        "--posts", type=_count, default=0, metavar="N", help="add N posts of 4 to 6 KB to each"
    )
    parser.add_argument("--healed", action="store_true", help="mend the post that answers 500")
    parser.add_argument("--json", action="store_true", help="print one JSON document, then wait")
    parser.add_argument(
        "--stop-leftovers", action="store_true", help="end what killed labs left behind, no more"
    )
    return parser.parse_args(arguments)


def _count(text: str) -> int:
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"not a number of posts: {text}")
    return int(text)


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    del number, frame
    raise KeyboardInterrupt


def _serve(options: argparse.Namespace) -> int:
    began = time.monotonic()
    with Lab(options.version or VERSIONS, say=_say) as lab:
        for server in lab:
            if options.posts:
                server.add_posts(options.posts)
                _say(f"added {options.posts} posts to WordPress {server.version}")
            if options.healed:
                server.heal()
        if options.json:
            print(json.dumps([_described(server) for server in lab], indent=2), flush=True)
        else:
            print(_table(lab), flush=True)
        _say(f"up in {time.monotonic() - began:.1f} s; Ctrl-C ends it")
        while True:
            signal.pause()


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _described(server: Server) -> dict[str, object]:
    return {
        "version": server.version,
        "url": server.url,
        "api": server.api,
        "log": str(server.log),
        "logins": {
            role: {
                "user": login.user,
                "application_password": login.password,
                "password": login.admin_password,
            }
            for role, login in server.logins.items()
        },
    }


def _table(lab: Lab) -> str:
    servers = list(lab)
    lines = ["", f"{'WordPress':<11}{'site':<26}{'log'}"]
    lines += [f"{server.version:<11}{server.url:<26}{server.log}" for server in servers]
    lines += ["", f"{'role':<13}{'user':<13}{'application password':<28}{'at /wp-login.php'}"]
    lines += [
        f"{role:<13}{login.user:<13}{login.password:<28}{login.admin_password}"
        for role, login in servers[0].logins.items()
    ]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    sys.exit(main())
