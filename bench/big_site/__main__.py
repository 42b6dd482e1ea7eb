"""Serves a fake site until its input ends: ``python -m bench.big_site --posts 1000000``."""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
import time
from pathlib import Path

from bench.big_site.build import Edited, copied_site, made_site
from bench.big_site.rest import Reply, Site
from bench.big_site.server import Server


class Served:
    """A site with its control routes below ``/-/``: edit, delete, add, stats."""

    def __init__(self) -> None:
        self.site: Site | None = None
        self.edited: Edited | None = None
        self.requests = 0

    def respond(self, method: str, path: str, query: dict[str, str]) -> Reply:
        if path.startswith("/-/"):
            return Reply(200, json.dumps(self._control(path[3:], query)).encode())
        self.requests += 1
        assert self.site is not None
        return self.site.respond(method, path, query)

    def _control(self, word: str, query: dict[str, str]) -> object:
        ids = [int(each) for each in query.get("ids", "").split(",") if each]
        if word == "stats":
            return {"cpu": time.process_time(), "requests": self.requests}
        assert self.edited is not None, "a copied site can't be edited"
        if word == "edit":
            self.edited.edit(ids)
            return None
        if word == "delete":
            self.edited.delete(ids)
            return None
        if word == "add":
            return self.edited.add(int(query["count"]))
        raise ValueError(word)


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m bench.big_site", description=__doc__)
    options.add_argument("--posts", type=int, default=10_000)
    options.add_argument("--copy", type=Path, help="serve what a real site answered instead")
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--close", action="store_true", help="close every connection, as PHP does")
    options.add_argument("--gzip", action="store_true", help="compress answers")
    chosen = options.parse_args()
    served = Served()
    server = Server(served.respond, chosen.port, keep_alive=not chosen.close, gzip=chosen.gzip)
    if chosen.copy:
        served.site = copied_site(chosen.copy, server.host)
    else:
        served.edited = made_site(chosen.posts, server.host)
        served.site = served.edited.site
    threading.Thread(target=server.serve, daemon=True).start()
    print(f"http://{server.host}", flush=True)
    sys.stdin.read()
    os._exit(0)  # connections in their threads have nothing to finish


if __name__ == "__main__":
    main()
