"""Posts that are made when somebody asks for them: nothing of a post is kept but its number.

Ids are three apart from 1,000 on, as on a site whose attachments and revisions share the table;
dates are some minutes apart, in a zone with daylight saving time.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bench.big_site.text import Prose

FIRST_ID, STEP = 1_000, 3
FIRST_DAY = datetime(2009, 1, 5, 17, 0, tzinfo=UTC)
LAST_DAY = datetime(2024, 12, 30, tzinfo=UTC)
_LIGHT = (
    "id", "date", "date_gmt", "guid", "modified", "modified_gmt", "slug", "status", "type", "link",
    "title",
)  # fmt: skip
_HEAVY = ("content", "excerpt")
_REST = (
    "author", "featured_media", "comment_status", "ping_status", "sticky", "template", "format",
    "meta", "categories", "tags", "class_list",
)  # fmt: skip
NAMES = (*_LIGHT, *_HEAVY, *_REST)


class Clock:
    """Wall-clock seconds of a zone, faster than a conversion for each date."""

    def __init__(self, zone: ZoneInfo, years: range = range(2000, 2045)) -> None:
        moments = [datetime(years.start, 1, 1, tzinfo=UTC).timestamp()]
        offsets = [_offset(zone, moments[0])]
        for hour in range(
            int(moments[0]), int(datetime(years.stop, 1, 1, tzinfo=UTC).timestamp()), 86_400
        ):
            after = hour + 86_400
            if _offset(zone, after) != offsets[-1]:
                low, high = hour, after
                while high - low > 1:
                    middle = (low + high) // 2
                    low, high = (
                        (middle, high) if _offset(zone, middle) == offsets[-1] else (low, middle)
                    )
                moments.append(high)
                offsets.append(_offset(zone, high))
        self._moments, self._offsets = moments, offsets

    def wall(self, gmt: int) -> int:
        return gmt + self._offsets[max(0, bisect_right(self._moments, gmt) - 1)]


def _offset(zone: ZoneInfo, moment: float) -> int:
    offset = datetime.fromtimestamp(moment, zone).utcoffset() or timedelta()
    return int(offset.total_seconds())


class Made:
    """The bodies of ``count`` posts and of those added later (see `shelf.Bodies`)."""

    def __init__(
        self, count: int, home: str, zone: ZoneInfo, categories: Sequence[int], tags: Sequence[int]
    ) -> None:
        self.count = count
        self.clock = Clock(zone)
        self._home = home.replace("/", "\\/").encode()
        self._categories, self._tags = categories, tags
        self._prose = Prose()
        self._first = int(FIRST_DAY.timestamp())
        self._apart = max(1, min(97 * 60, int((LAST_DAY - FIRST_DAY).total_seconds()) // count))
        self.revisions: dict[int, tuple[int, int]] = {}
        self.added: dict[int, int] = {}
        self._days: dict[int, bytes] = {}
        self._plans: dict[Sequence[str] | None, tuple[bool, bool, list[int]]] = {}

    @property
    def ids(self) -> range:
        return range(FIRST_ID, FIRST_ID + STEP * self.count, STEP)

    def gmt(self, id: int) -> int:
        """When a post is dated, in seconds since 1970."""
        if id in self.added:
            return self.added[id]
        return self._first + (id - FIRST_ID) // STEP * self._apart

    def date(self, id: int) -> int:
        return self.clock.wall(self.gmt(id))

    def edit(self, id: int, moment: int) -> int:
        """The next revision; returns the wall-clock time of the edit."""
        self.revisions[id] = (self.revisions.get(id, (0, 0))[0] + 1, moment)
        return self.clock.wall(moment)

    def terms(self, id: int) -> tuple[list[int], list[int]]:
        """The categories and tags of a post."""
        number = (id - FIRST_ID) // STEP
        first = self._categories[number % len(self._categories)]
        second = self._categories[number // 7 % len(self._categories)]
        tags = [self._tags[(number * 5 + each) % len(self._tags)] for each in range(number % 4)]
        return sorted({first, second}), sorted(set(tags))

    def item(self, id: int, fields: Sequence[str] | None) -> bytes:
        plan = self._plans.get(fields)
        if plan is None:
            wanted = NAMES if fields is None else [name for name in NAMES if name in fields]
            places = [NAMES.index(name) for name in wanted]
            plan = (not set(wanted).isdisjoint(_HEAVY), set(wanted) == set(NAMES), places)
            self._plans[fields] = plan
        heavy, everything, places = plan
        pieces = self._pieces(id, heavy)
        if not everything:
            pieces = [pieces[place] for place in places]
        return b"{" + b",".join(pieces) + b"}"

    def _pieces(self, id: int, heavy: bool) -> list[bytes]:
        gmt = self.gmt(id)
        revision, modified = self.revisions.get(id, (0, gmt))
        local = self._when(self.clock.wall(gmt))
        utc = self._when(gmt)
        if revision:
            changed, changed_utc = self._when(self.clock.wall(modified)), self._when(modified)
        else:
            changed, changed_utc = local, utc
        slug = b"note-%d" % id
        link = b"%b\\/%b\\/" % (self._home, slug)
        categories, tags = self.terms(id)
        number = (id - FIRST_ID) // STEP
        title = self._prose.headings[number % len(self._prose.headings)][4:-8]
        content = excerpt = b""
        if heavy:
            earlier = b"%b\\/note-%d\\/" % (self._home, max(FIRST_ID, id - STEP * (number % 50)))
            content = self._prose.content(id, revision, earlier)
            excerpt = (
                b'"excerpt":{"rendered":"%b [&hellip;]<\\/p>\\n","protected":false}'
                % (content[23:323].rpartition(b" ")[0])
            )
        return [
            b'"id":%d' % id,
            b'"date":"%b"' % local,
            b'"date_gmt":"%b"' % utc,
            b'"guid":{"rendered":"%b\\/?p=%d"}' % (self._home, id),
            b'"modified":"%b"' % changed,
            b'"modified_gmt":"%b"' % changed_utc,
            b'"slug":"%b"' % slug,
            b'"status":"publish"',
            b'"type":"post"',
            b'"link":"%b"' % link,
            b'"title":{"rendered":"%b (%d)"}' % (title, id),
            content,
            excerpt,
            b'"author":%d' % (1 + number % 5),
            b'"featured_media":0',
            b'"comment_status":"open"',
            b'"ping_status":"open"',
            b'"sticky":false',
            b'"template":""',
            b'"format":"standard"',
            b'"meta":{"footnotes":""}',
            b'"categories":[%b]' % b",".join(b"%d" % each for each in categories),
            b'"tags":[%b]' % b",".join(b"%d" % each for each in tags),
            b'"class_list":["post-%d","post","type-post","status-publish","format-standard",'
            b'"hentry"]' % id,
        ]

    def _when(self, seconds: int) -> bytes:
        day, rest = divmod(seconds, 86_400)
        date = self._days.get(day)
        if date is None:
            moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)
            date = self._days[day] = moment.strftime("%Y-%m-%dT").encode()
        minutes, second = divmod(rest, 60)
        return b"%b%02d:%02d:%02d" % (date, *divmod(minutes, 60), second)
