"""Counts over ranges of dates on real WordPress servers, held against their own databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import Server
from wp_sync.archive import open_archive
from wp_sync.archive.base import SiteArchive
from wp_sync.model import Span, State
from wp_sync.progress import Silent
from wp_sync.pull.narrow import next_second
from wp_sync.pull.options import Narrowing, PullOptions
from wp_sync.run import pull
from wp_sync.source.wordpress import WordPressSource

pytestmark = pytest.mark.live

POST = "posts/post"
PUBLIC = "post_type = 'post' AND post_status = 'publish'"
OURS = "post_type = 'post' AND post_status IN ('publish', 'future', 'draft', 'pending', 'private')"
# Four hundred posts instead of a million: smaller ranges, and no thought of what they cost.
SMALL = Narrowing(ways=4, leaf=25, share=100.0)
# Around the hour that clocks repeat in the site's zone (local, UTC); the fourth is later than the
# third by UTC and earlier by the clock.
REPEATED = (
    ("2019-11-03 00:30:00", "2019-11-03 07:30:00"),
    ("2019-11-03 01:10:00", "2019-11-03 08:10:00"),
    ("2019-11-03 01:40:00", "2019-11-03 08:40:00"),
    ("2019-11-03 01:05:00", "2019-11-03 09:05:00"),
    ("2019-11-03 01:40:00", "2019-11-03 09:40:00"),
    ("2019-11-03 02:30:00", "2019-11-03 10:30:00"),
    ("2019-03-10 01:59:59", "2019-03-10 09:59:59"),
    ("2019-03-10 03:00:00", "2019-03-10 10:00:00"),
)


class Heard(Silent):
    """What a pull had to say."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)


@pytest.fixture
def archive(tmp_path: Path, fresh_server: Server) -> Iterator[SiteArchive]:
    fresh_server.heal()
    with open_archive(tmp_path / "archive") as opened:
        yield opened.of(fresh_server.url.removeprefix("http://"))


def source_of(server: Server, user: str = "") -> WordPressSource:
    login = server.logins[user] if user else None
    return WordPressSource(
        server.url,
        user=login.user if login else "",
        password=login.password if login else "",
    )


def run(server: Server, archive: SiteArchive, user: str = "") -> str:
    """A pull of the posts; its notes."""
    heard = Heard()
    with source_of(server, user) as source:
        options = PullOptions(only=frozenset({POST}), narrowing=SMALL)
        assert pull(source, archive, options, heard).problems == []
    return "; ".join(heard.notes)


def states(archive: SiteArchive) -> dict[int, State]:
    return {one.id: one.state for one in archive.known(POST) if one.state is not State.LIVE}


def assert_mirrors(server: Server, archive: SiteArchive, where: str) -> None:
    live = {one.id: one for one in archive.current(POST) if one.state is State.LIVE}
    rows = server.sql(f"SELECT ID, REPLACE(post_date, ' ', 'T') FROM wp_posts WHERE {where}")
    assert {id: one.data["date"] for id, one in live.items()} == {
        int(id): date for id, date in rows
    }


def posts_in_order(server: Server) -> list[int]:
    rows = server.sql(f"SELECT ID FROM wp_posts WHERE {PUBLIC} ORDER BY post_date, ID")
    return [int(row[0]) for row in rows]


def insert_repeated(server: Server) -> list[int]:
    rows = ", ".join(f"['{local}', '{utc}']" for local, utc in REPEATED)
    made: list[int] = server.php(
        f"$made = []; foreach ([{rows}] as $dates) {{ $made[] = wp_insert_post(["
        "'post_title' => 'Clock', 'post_content' => 'Tick', 'post_status' => 'publish',"
        "'post_date' => $dates[0], 'post_date_gmt' => $dates[1]]); } return $made;"
    )
    return made


def test_a_site_counts_a_span_by_its_wall_clock_and_strictly(fresh_server: Server) -> None:
    insert_repeated(fresh_server)
    types = {POST: "post", "posts/attachment": "attachment", "posts/page": "page"}
    with source_of(fresh_server) as source:
        listed = {one.kind: one for one in source.collections()[0]}
        for kind in (*types, "comments/comment"):
            seen = "inherit" if kind == "posts/attachment" else "publish"
            column, where = (
                "post_date",
                f"post_type = '{types.get(kind)}' AND post_status = '{seen}'",
            )
            if kind == "comments/comment":
                where = "comment_approved = '1' AND comment_type = 'comment'"
                column = "comment_date"
            table = f"wp_{column.partition('_')[0]}s"
            dates = [
                row[0].replace(" ", "T")
                for row in fresh_server.sql(
                    f"SELECT DISTINCT {column} FROM {table} WHERE {where} ORDER BY 1"
                )
            ]
            chosen = dates[:: max(1, len(dates) // 5)]
            if kind == POST:
                chosen += [local.replace(" ", "T") for local, _ in REPEATED]
            spans = [Span(), *(Span(date, None) for date in chosen)]
            spans += [Span(None, next_second(date)) for date in chosen]
            spans += [Span(chosen[0], next_second(date)) for date in chosen[1:]]
            expected = []
            for span in spans:
                words = [where]
                if span.after:
                    words.append(f"{column} > '{span.after}'")
                if span.before:
                    words.append(f"{column} < '{span.before}'")
                statement = f"SELECT COUNT(*) FROM {table} WHERE {' AND '.join(words)}"
                expected.append(int(fresh_server.sql(statement)[0][0]))
            assert list(source.counted(listed[kind], spans)) == expected, kind


MOVED = (
    "wp_update_post(['ID' => {id}, 'post_date' => '2010-02-03 04:05:06',"
    " 'post_date_gmt' => '2010-02-03 12:05:06', 'edit_date' => true]);"
)


def test_what_an_administrator_loses_is_found_by_counts(
    fresh_server: Server, archive: SiteArchive
) -> None:
    """Deleted, deleted in the database, trashed; published, draft, private and scheduled posts."""
    made: list[int] = fresh_server.php(
        "$made = []; foreach (['draft', 'private', 'future', 'draft', 'private', 'future'] as $n =>"
        " $status) { $date = ($status === 'future' ? 2031 + $n : 2011 + $n) . '-03-07 10:00:00';"
        " $made[] = wp_insert_post(['post_title' => \"Kept $n\", 'post_content' => 'x',"
        " 'post_status' => $status, 'post_date' => $date]); } return $made;"
    )
    run(fresh_server, archive, "admin")
    assert set(made) <= {one.id for one in archive.known(POST)}
    posts = posts_in_order(fresh_server)
    deleted, erased, trashed, moved = (posts[len(posts) * n // 5] for n in range(1, 5))
    ids = ", ".join(map(str, (deleted, *made[:3])))
    fresh_server.php(
        f"foreach ([{ids}] as $id) {{ wp_delete_post($id, true); }} wp_trash_post({trashed});"
        f"{MOVED.format(id=moved)} return 1;"
    )
    fresh_server.sql(f"DELETE FROM wp_posts WHERE ID = {erased}")
    notes = run(fresh_server, archive, "admin")
    assert "counts over ranges of dates led to 6" in notes
    assert "census" not in notes
    assert states(archive) == {
        **dict.fromkeys((deleted, erased, *made[:3]), State.GONE),
        trashed: State.TRASHED,
    }
    assert_mirrors(fresh_server, archive, OURS)
    assert run(fresh_server, archive, "admin") == ""


def test_a_visitor_takes_what_is_hidden_for_withheld(fresh_newest: Server, tmp_path: Path) -> None:
    fresh_newest.heal()
    with open_archive(tmp_path / "archive") as opened:
        archive = opened.of(fresh_newest.url.removeprefix("http://"))
        run(fresh_newest, archive)
        posts = posts_in_order(fresh_newest)
        deleted, trashed, hidden, moved = (posts[len(posts) * n // 5] for n in range(1, 5))
        fresh_newest.php(
            f"wp_delete_post({deleted}, true); wp_trash_post({trashed});"
            f"{MOVED.format(id=moved)} return 1;"
        )
        fresh_newest.sql(f"UPDATE wp_posts SET post_status = 'private' WHERE ID = {hidden}")
        notes = run(fresh_newest, archive)
        assert "counts over ranges of dates led to 3" in notes
        assert "census" not in notes
        assert states(archive) == {
            deleted: State.GONE,
            trashed: State.WITHHELD,
            hidden: State.WITHHELD,
        }
        assert_mirrors(fresh_newest, archive, PUBLIC)


def test_the_hour_that_clocks_repeat(fresh_newest: Server, tmp_path: Path) -> None:
    """Cuts fall into it, and there the site's order is not ours."""
    fresh_newest.heal()
    made = insert_repeated(fresh_newest)
    with open_archive(tmp_path / "archive") as opened:
        archive = opened.of(fresh_newest.url.removeprefix("http://"))
        run(fresh_newest, archive)
        for number, id in enumerate((made[2], made[3]), 1):
            fresh_newest.php(f"wp_delete_post({id}, true); return 1;")
            run(fresh_newest, archive)
            assert len(states(archive)) == number
            assert_mirrors(fresh_newest, archive, PUBLIC)
