"""Media files into an archive, against a bare concurrent download of the same files to disk.

    python -m bench.media [--files 5000] [--runs 5] [--connections 4] [--rate 0]

Files of 10 KB to 5 MB (log-distributed) from a server on loopback; ``--rate``: its bytes a second
for all connections together. Ours finds each file's digest, checks its length and type, syncs it,
and keeps its row; the bare one writes the bytes into files and does nothing else. Prints medians,
ratios, and the peak memory at a tenth of the files beside that at all of them.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import requests

from bench.measure import Sample, in_turn, once, table
from bench.uploads import Uploads, path_of, size_of

KEY = "uploads.example.com"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--files", type=int, default=5_000)
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--connections", type=int, default=4)
    options.add_argument("--rate", type=float, default=0.0)
    options.add_argument("--only", choices=("wp-sync", "bare"), help=argparse.SUPPRESS)
    options.add_argument("--url", default="", help=argparse.SUPPRESS)
    options.add_argument("--into", type=Path, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.only:
        one = ours if chosen.only == "wp-sync" else bare
        one(chosen.url, chosen.files, chosen.connections, chosen.into)
        return
    size = sum(size_of(number) for number in range(chosen.files))
    print(f"{chosen.files:,} files, {size / 1e6:,.0f} MB, {chosen.connections} connections")
    with tempfile.TemporaryDirectory() as folder, Uploads(chosen.rate) as server:

        def command(name: str, files: int) -> Sequence[str]:
            shutil.rmtree(Path(folder) / "into", ignore_errors=True)
            here = [sys.executable, "-m", "bench.media", "--only", name, "--url", server.url]
            here += ["--into", str(Path(folder) / "into"), "--files", str(files)]
            return [*here, "--connections", str(chosen.connections)]

        samples = in_turn(
            {name: lambda name=name: command(name, chosen.files) for name in ("wp-sync", "bare")},  # type: ignore[misc]
            chosen.runs,
        )
        few: list[Sample] = [once(command("wp-sync", chosen.files // 10)) for _ in range(3)]
    print(table(samples, "wp-sync"))
    small = statistics.median(sample.memory for sample in few)
    large = statistics.median(sample.memory for sample in samples["wp-sync"])
    print(
        f"peak memory: {small:.1f} MiB at {chosen.files // 10:,} files, {large:.1f} at all of them"
    )


def ours(url: str, files: int, connections: int, into: Path) -> None:
    from wp_sync.archive import open_archive
    from wp_sync.model import Identity, Login, MediaFile
    from wp_sync.progress import Silent, Stop
    from wp_sync.pull import media
    from wp_sync.pull.context import Pull
    from wp_sync.pull.options import PullOptions
    from wp_sync.source.wordpress import WordPressSource

    with WordPressSource(url, max_connections=connections) as source, open_archive(into) as archive:
        site = archive.of(KEY)
        now = datetime.now(UTC)
        identity = Identity(KEY, url, f"{url}/wp-json/", "Uploads", Login(), now)
        site.set_site(identity)
        for start in range(0, files, 100):
            numbers = range(start, min(start + 100, files))
            site.want_files(
                MediaFile(url + path_of(n), n + 1, mime="image/jpeg", size=size_of(n))
                for n in numbers
            )
        run = site.begin_run("pull", identity.view)
        chosen = PullOptions(connections=connections)
        pull = Pull(source, site, chosen, Silent(), Stop(), identity, now, run)
        media.download(pull)
        if pull.tallies[media.KIND].new != files:
            raise SystemExit(f"{pull.tallies[media.KIND]} {pull.problems[:3]}")


def bare(url: str, files: int, connections: int, into: Path) -> None:
    into.mkdir()
    session = requests.Session()
    session.trust_env = False
    adapter = requests.adapters.HTTPAdapter(pool_maxsize=connections, pool_block=True)
    session.mount("http://", adapter)

    def fetch(number: int) -> None:
        with (
            session.get(url + path_of(number), stream=True) as response,
            (into / f"{number}.jpg").open("wb") as file,
        ):
            response.raise_for_status()
            for chunk in response.iter_content(1 << 16):
                file.write(chunk)

    with ThreadPoolExecutor(connections) as pool:
        for _ in pool.map(fetch, range(files)):
            pass


if __name__ == "__main__":
    main()
