"""JSON Lines and CSV: every item, lossless where that is promised, and no formula anywhere."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers import SITE, make_record, tmp_archive
from tests.unit.test_publish_desired import RECORDS, both, filled
from tests.unit.test_wxr import MORE
from wp_sync.archive.base import SiteArchive
from wp_sync.model import MediaFile
from wp_sync.normalize.mapping_sheets.cells import restored
from wp_sync.normalize.rules import Rules
from wp_sync.publish.base import Item
from wp_sync.publish.desired import Desired
from wp_sync.publish.files.engine import Export
from wp_sync.publish.files.whole import WholeFiles
from wp_sync.publish.tables.exporter import csv_exporter, jsonl_exporter, table_of
from wp_sync.publish.tables.lines import SCHEMA, item_of, line_of
from wp_sync.publish.tables.sheets import TABLES, row_of

FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@A1",
    "\t=1",
    "\r=1",
    "'=1",
    "''@x",
    " =1",
    "＝1",
    "-- a dash",
    "x",
]
EVIL = [
    make_record("posts/post", 90 + at, title=both(text), content=both(f"{text}\n\"quoted\", 'x'"))
    for at, text in enumerate(FORMULAS)
]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[SiteArchive]:
    with tmp_archive() as archive:
        found = archive.of(SITE)
        filled(found, [*RECORDS, *MORE, *EVIL], Rules())
        run = found.begin_run("pull", "anonymous")
        url = f"https://{SITE}/wp-content/uploads/2024/04/knee.png"
        file = MediaFile(url, 9, mime="image/png")
        found.want_files([file])
        found.incoming(file).write_bytes(b"bytes of a knee")
        found.adopt_file(run, file, found.incoming(file))
        yield found


def bytes_of(exporter: WholeFiles) -> dict[str, bytes]:
    found = {}
    for made in exporter.made(list(exporter.units())):
        for output in made.files:
            assert isinstance(output.content, Path)
            found[output.path] = output.content.read_bytes()
    return found


def test_every_line_says_all_of_its_item_and_reads_back(site: SiteArchive) -> None:
    files = bytes_of(jsonl_exporter(site, Rules()))
    wanted = {item.key: item for item in Desired(site, Rules()).items()}
    found: dict[str, Item] = {}
    for name, data in files.items():
        for line in data.splitlines(keepends=True) if name.endswith(".jsonl") else ():
            item = item_of(line)
            assert f"{table_of(item.kind)}.jsonl" == name
            assert line_of(item) == line
            found[item.key] = item
    assert found.keys() == wanted.keys()
    for key, item in wanted.items():
        assert found[key].digest == item.digest
        assert found[key].rendered == item.rendered
        assert (found[key].title, found[key].url, found[key].needs) == (
            item.title, item.url, item.needs,
        )  # fmt: skip
    assert found["posts/attachment:9"].file is not None


def test_every_line_is_as_the_schema_says(site: SiteArchive) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    lines = 0
    files = bytes_of(jsonl_exporter(site, Rules()))
    assert json.loads(files["schema.json"]) == schema
    for name, data in files.items():
        for line in data.decode().splitlines() if name.endswith(".jsonl") else ():
            validator.validate(json.loads(line))
            lines += 1
    assert lines > 25
    with pytest.raises(jsonschema.ValidationError):
        validator.validate({"key": "posts/post:1", "kind": "posts/post", "id": 1, "raw": True,
                            "title": "", "fields": {"type": "post", "colour": "red"}})  # fmt: skip


def described(part: Any) -> Iterator[tuple[str, Any]]:
    for name, one in part.get("properties", {}).items():
        yield name, one
        yield from described(one)


def test_every_name_in_the_schema_is_explained_there_and_in_the_docs() -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    docs = (Path(__file__).parents[2] / "docs" / "formats.md").read_text(encoding="utf-8")
    parts = [schema, *schema["$defs"].values()]
    names = [(name, one) for part in parts for name, one in described(part)]
    assert len(names) > 60
    for name, one in names:
        assert one.get("description"), name
        assert f"`{name}`" in docs, name
    for table, columns in TABLES.items():
        assert f"`{table}.csv`" in docs
        for column in columns:
            assert f"`{column}`" in docs, column


def test_no_cell_starts_a_formula_and_each_reads_back(site: SiteArchive) -> None:
    files = bytes_of(csv_exporter(site, Rules()))
    assert set(files) == {f"{table}.csv" for table in TABLES}
    cells = 0
    for name, data in files.items():
        for row in csv.reader(io.StringIO(data.decode(), newline="")):
            assert len(row) == len(TABLES[name.removesuffix(".csv")])
            for cell in row:
                assert not cell.lstrip()[:1] or cell.lstrip()[0] not in "=+-@＝＋－＠", cell
                assert cell[:1] not in ("\t", "\r")
                cells += 1
    assert cells > 200
    rows = {row["id"]: row for row in table(files["posts.csv"])}
    for at, text in enumerate(FORMULAS):
        assert restored(rows[str(90 + at)]["content"]) == f"{text}\n\"quoted\", 'x'"
        assert restored(rows[str(90 + at)]["title"]) == text


def table(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


def test_a_table_says_in_words_where_a_post_stands(site: SiteArchive) -> None:
    rows = {row["id"]: row for row in table(bytes_of(csv_exporter(site, Rules()))["posts.csv"])}
    assert rows["20"]["categories"] == "Body > Pain"
    assert rows["20"]["tags"] == "Sleep"
    assert rows["20"]["authors"] == "jane"
    assert rows["20"]["featured_media"] == "9"
    assert rows["20"]["sticky"] == "yes"
    assert rows["30"]["parent"] == "31"


@given(st.text(st.characters(codec="utf-8"), max_size=40))
def test_any_text_survives_a_cell(text: str) -> None:
    item = Item("posts/post:1", "posts/post", {"content": text, "title": text}, id=1)
    data = row_of("posts", item, {}).decode()
    cells = next(iter(csv.reader(io.StringIO(data, newline=""))))
    assert restored(cells[-1]) == text
    assert cells[0] == "1"


@pytest.mark.parametrize("line", [b"", b"[]", b"{}", b'{"key": 1}', b"x"])
def test_what_is_no_line_is_refused(line: bytes) -> None:
    with pytest.raises(ValueError, match="no line of an export"):
        item_of(line)


@pytest.mark.parametrize("exporter", [jsonl_exporter, csv_exporter])
def test_a_second_export_writes_nothing(site: SiteArchive, exporter: Any, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert Export(exporter(site, Rules()), out).push().written >= 6
    files = {path: path.read_bytes() for path in out.glob("[!.]*")}
    assert Export(exporter(site, Rules()), out).push().written == 0
    assert Export(exporter(site, Rules()), out).verify().clean
    assert {path: path.read_bytes() for path in out.glob("[!.]*")} == files
