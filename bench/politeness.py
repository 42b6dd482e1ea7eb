"""How a client's concurrency follows a server that slows down, and comes back; draws it.

    python -m bench.politeness [--into docs/img/politeness.svg]

A server on loopback answers in the time that a timetable says, longer when more is asked at once
than it has workers; at two moments it sends everybody away with Retry-After. The client asks for
pages as fast as it may over six connections. The picture shows both: what an answer took, and how
many requests were under way.
"""

from __future__ import annotations

import argparse
import statistics
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bench.big_site.build import made_site
from bench.big_site.rest import Reply, Site
from bench.big_site.server import Server
from bench.steps_svg import Band, Panel, picture
from wp_sync.errors import SourceError
from wp_sync.source.wordpress import WordPressSource

CONNECTIONS = 6
WORKERS = 8
USUAL, SLOW = 0.3, 2.5


@dataclass(frozen=True)
class Spell:
    """Until when (seconds from the start) answers take how long, or are refused."""

    until: float
    service: float
    status: int = 200
    retry_after: int = 0


TIMETABLE = (
    Spell(15, USUAL),
    Spell(40, SLOW),
    Spell(60, USUAL),
    Spell(61, 0.05, 503, 6),
    Spell(80, USUAL),
    Spell(81, 0.05, 429, 4),
    Spell(95, USUAL),
)


@dataclass(frozen=True)
class Seen:
    """One request as the server saw it, in seconds from the start."""

    came: float
    left: float
    status: int


class Weather:
    """What the server does with each request now, and what it did with each so far."""

    def __init__(self, site: Site) -> None:
        self.began = float("inf")
        self.seen: list[Seen] = []
        self._site = site
        self._lock = threading.Lock()
        self._under_way = 0

    def respond(self, method: str, path: str, query: dict[str, str]) -> Reply:
        came = time.monotonic() - self.began
        if not path.startswith("/page/"):
            return self._site.respond(method, path, query)
        spell = next((one for one in TIMETABLE if came < one.until), TIMETABLE[-1])
        with self._lock:
            self._under_way += 1
            load = max(1.0, self._under_way / WORKERS)
        time.sleep(spell.service * load)
        with self._lock:
            self._under_way -= 1
            self.seen.append(Seen(came, time.monotonic() - self.began, spell.status))
        if spell.status != 200:
            return Reply(spell.status, b"", {"Retry-After": str(spell.retry_after)})
        return Reply(200, b"<p>page</p>", {"Content-Type": "text/html; charset=UTF-8"})


class Parallel(Server):
    """The server whose requests do not wait for each other's answers to be made."""

    class _Open:
        def __enter__(self) -> None: ...
        def __exit__(self, *_: object) -> None: ...

    def __init__(self, weather: Weather | None = None) -> None:
        super().__init__(self._answer_of)
        self._lock = self._Open()  # type: ignore[assignment]
        self.weather = weather

    def _answer_of(self, method: str, path: str, query: dict[str, str]) -> Reply:
        assert self.weather is not None
        return self.weather.respond(method, path, query)


def measure() -> list[Seen]:
    server = Parallel()
    weather = server.weather = Weather(made_site(10, server.host).site)
    threading.Thread(target=server.serve, daemon=True).start()
    home = f"http://{server.host}"
    with WordPressSource(home, max_connections=CONNECTIONS) as source:
        source.identify()
        weather.began = time.monotonic()
        end = weather.began + TIMETABLE[-1].until

        def ask(number: int) -> None:
            while time.monotonic() < end:
                with suppress(SourceError):
                    source.page(f"{home}/page/{number}")

        threads = [threading.Thread(target=ask, args=(n,)) for n in range(2 * CONNECTIONS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return sorted(weather.seen, key=lambda one: one.came)


def under_way(seen: list[Seen]) -> list[tuple[float, float]]:
    """Steps: from when on, how many requests were at the server."""
    moments = sorted([(one.came, 1) for one in seen] + [(one.left, -1) for one in seen])
    steps = [(0.0, 0.0)]
    for at, change in moments:
        steps.append((at, steps[-1][1] + change))
    return steps


def mean_between(steps: list[tuple[float, float]], start: float, end: float) -> float:
    """How many were under way on average."""
    total = 0.0
    for (at, count), (following, _) in zip(steps, [*steps[1:], (end, 0.0)], strict=True):
        total += count * max(0.0, min(following, end) - max(at, start))
    return total / (end - start)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--into", type=Path, default=Path("docs/img/politeness.svg"))
    chosen = options.parse_args()
    seen = measure()
    steps = under_way(seen)
    end = TIMETABLE[-1].until
    for name, start, until in (
        ("usual", 5, 15),
        ("slow, its first 10 s", 15, 25),
        ("slow, after that", 25, 40),
        ("10 s after it recovered", 50, 60),
        ("503, Retry-After: 6", 61, 66),
        ("10 s after that", 72, 80),
        ("429, Retry-After: 4", 81, 84),
        ("at the end", 90, 95),
    ):
        took = [one.left - one.came for one in seen if start <= one.came < until]
        middle = statistics.median(took) if took else 0.0
        print(
            f"{name:<26}{mean_between(steps, start, until):5.1f} requests at once "
            f"{len(took):5} asked {middle:7.2f} s each"
        )
    bands = [
        Band(15, 40, "the server is slow"),
        Band(60, 67, "503, Retry-After: 6"),
        Band(80, 85, "429, Retry-After: 4"),
    ]
    means = [
        (half / 2, mean_between(steps, half / 2, half / 2 + 0.5)) for half in range(int(end) * 2)
    ]
    latency = [(one.came, one.left - one.came) for one in seen if one.status == 200]
    chosen.into.parent.mkdir(parents=True, exist_ok=True)
    chosen.into.write_text(
        picture(
            "A server that slows down, and the client's requests",
            end,
            bands,
            (
                Panel("seconds an answer took", latency, dots=True),
                Panel("requests at once (means of half a second)", means),
            ),
        ),
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
