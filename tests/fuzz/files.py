"""Feeds for what lies on this machine or is typed: TOML, mapping files, archives, recordings."""

# ruff: noqa: PT017 (a feed judges errors and passes them on)
from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus, urlsplit

import zstandard

from wp_sync import config, toml
from wp_sync.archive import addresses, codec
from wp_sync.cli.secrets import Redactor
from wp_sync.cli.text import printable
from wp_sync.demo.recording import load
from wp_sync.errors import ConfigError, UsageError
from wp_sync.http.discover import clean_address
from wp_sync.normalize.links.redirects import redirects_of
from wp_sync.normalize.links.urls import UrlIndex
from wp_sync.normalize.mapping_files import load_rules
from wp_sync.normalize.mapping_sheets import from_csv, to_csv
from wp_sync.normalize.related.find import phrases_of


def typed_text(data: bytes) -> str:
    """Text as a shell hands it over: what is not UTF-8 comes as lone surrogates."""
    return data.decode("utf-8", "surrogateescape").replace("\0", "")


@cache
def folder() -> Path:
    made = Path(tempfile.mkdtemp(prefix="wp-sync-fuzz-"))
    (made / "mappings").mkdir()
    return made


# -- TOML ------------------------------------------------------------------------------------


def any_toml(data: bytes) -> None:
    """Every key of a valid file has its line."""
    path = folder() / "any.toml"
    path.write_bytes(data)
    read = toml.read(path)
    if read.problems:
        assert read.problems[0].place.line
        return
    most = data.count(b"\n") + 1
    assert all(1 <= line <= most for line in read.lines.values())
    _lined(read, (), read.data)


def _lined(read: toml.TomlFile, path: toml.KeyPath, value: Any) -> None:
    assert path in read.lines, path
    if isinstance(value, dict):
        for key, inner in value.items():
            _lined(read, (*path, key), inner)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            _lined(read, (*path, number), inner)


def configuration(data: bytes) -> None:
    """What a configuration says can be written down again and means the same."""
    path = folder() / "wp-sync.toml"
    path.write_bytes(data)
    try:
        read = config.load_config(path)
    except ConfigError as error:
        assert all(problem.place.line for problem in error.problems)
        raise
    path.write_bytes(config.template(read).encode())
    again = config.load_config(path)
    for name in ("url", "user", "password_command", "insecure_http"):
        assert getattr(again, name) == getattr(read, name)


def mappings(data: bytes) -> None:
    name, _, content = data.partition(b"\n")
    known = ("categories", "authors", "links", "related", "tags")
    stem = name.decode("latin-1") if name.decode("latin-1") in known else "product_cat"
    path = folder() / "mappings" / f"{stem}.toml"
    path.write_bytes(content)
    try:
        rules = load_rules(folder() / "mappings")
    finally:
        path.unlink()
    assert len(rules.digest) == 24
    UrlIndex("https://blog.example.com", rules.links)
    phrases_of(rules.related)


def sheet(data: bytes) -> None:
    """A spreadsheet as a mapping file, which is then without mistakes, and a sheet again."""
    name, _, content = data.partition(b"\n")
    stem = name.decode("latin-1") if name in (b"authors", b"tags") else "categories"
    text = from_csv(content, f"{stem}.csv")
    assert not toml.parse(text, f"{stem}.toml").problems
    from_csv(to_csv(text, f"{stem}.toml"), f"{stem}.csv")


def redirects(data: bytes) -> None:
    """An export of another program: JSON or CSV."""
    for one in redirects_of(data.decode("utf-8", "replace")):
        assert one


# -- the archive's own bytes -----------------------------------------------------------------


@cache
def codecs() -> tuple[codec.Codec, codec.Codec]:
    samples = [b'{"id":%d,"slug":"post-%d","content":{"rendered":"<p>x%d</p>"}}' % (n, n, n * n)
               for n in range(400)]  # fmt: skip
    return codec.Codec(), codec.Codec(1, codec.train(samples))


def version(data: bytes) -> None:
    """Damaged bytes of a version are told, sound ones come back."""
    if len(data) < 2:
        return
    plain, trained = codecs()
    body = data[2:]
    kept = trained.compress(body)
    assert trained.restore(kept, len(body)) == body
    at = data[0] % len(kept)
    hurt = kept[:at] + bytes([kept[at] ^ (data[1] | 1)]) + kept[at + 1 :]
    for engine, bytes_, size in (
        (trained, hurt, len(body)),
        (plain, kept, len(body)),
        (plain, body, data[1] * 257),
        (trained, kept, len(body) + 1),
    ):
        try:
            engine.restore(bytes_, size)
        except ValueError:
            continue  # fmt: skip


def version_json(data: bytes) -> None:
    codec.parse(data)


def recording(data: bytes) -> None:
    path = folder() / "site.zst"
    damaged = data[:1] == b"!"
    path.write_bytes(data[1:] if damaged else zstandard.compress(data, 1))
    load(path)


# -- what is typed ---------------------------------------------------------------------------


def typed(data: bytes) -> None:
    text = typed_text(data).partition("\n")[0]
    for reading in (config.check_url, clean_address, config.parse_duration):
        try:
            found: Any = reading(text)
        except (UsageError, ValueError) as error:
            # `ValueError` is said with the option's name by who calls `parse_duration`.
            assert isinstance(error, UsageError) or reading is config.parse_duration
        else:
            if reading is config.check_url:
                assert "@" not in urlsplit(found).netloc
    addresses.wanted(text, "https://blog.example.com/news")


def shown(data: bytes) -> None:
    """No control character reaches a terminal, and no secret in any of its forms."""
    secret, _, text = typed_text(data).partition("\n")
    one_line = printable(text, one_line=True)
    assert not set(one_line) & {"\n", "\x1b", "\x9b", "\r", "\u202e"}
    one_line.encode()
    secret = secret[:64].encode("utf-8", "replace").decode().strip()
    if len(secret.replace(" ", "")) < 8:
        return
    redact = Redactor()
    redact.add(secret, user="ed")
    said = f"{text} {secret} {quote(secret)} {quote_plus(secret)} {secret!r} {text}"
    assert secret not in redact(said).replace("••••••", "\n")
