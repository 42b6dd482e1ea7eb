"""Adds thousands of posts of real-looking text to a lab server by SQL, the same every time."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

Run = Callable[[str], list[list[str]]]

BATCH = 250
FIRST_DAY = datetime(2009, 1, 5, 17, 0, tzinfo=UTC)
ZONE = ZoneInfo("America/Los_Angeles")  # the seeded site's

WHO = (
    "a patient from the valley",
    "our night nurse",
    "the physiotherapist",
    "one retired teacher",
    "a young carpenter",
    "the family doctor",
    "a shift worker",
    "her partner",
    "the pharmacist",
    "a new mother",
    "the sleep technician",
    "an anxious runner",
    "the referring surgeon",
)
SAID = (
    "noticed",
    "wrote in the diary",
    "told us",
    "found",
    "remembered",
    "explained",
    "admitted",
    "learned",
    "discovered",
    "reported",
    "suspected",
    "repeated",
)
WHAT = (
    "that the ache returned after midnight",
    "how quickly a warm room ruins deep rest",
    "that two short walks beat one long one",
    "why the second coffee costs an hour of sleep",
    "that numb fingers come from the neck",
    "how a firm pillow eased the morning headache",
    "that the new tablet needs three weeks",
    "why resting all day made the back stiffer",
    "that breathing slowly calms a flare",
    "how the mask stopped the snoring at last",
    "that worry about sleep is the worst thief of it",
    "why the clinic asks for a fortnight's notes",
)
WHEN = (
    "on the third visit",
    "after the holidays",
    "during a bad week in {month}",
    "last {month}",
    "before the infusion",
    "once the swelling had gone",
    "with the help of the group",
    "while waiting for the scan",
    "at the follow-up call",
    "in the year {year}",
)
THEN = (
    "We changed one thing at a time and kept the rest as it was",
    "Nothing about this replaces a talk with your own doctor",
    "The scale went from {high} to {low} within {weeks} weeks",
    "In our small survey {count} of {total} people said the same",
    "A plain chart on the fridge did more than any device",
    "The team met twice and agreed on a slower plan",
    "It took {weeks} weeks, and nobody pretends that this is quick",
    "Such days come back, and a written plan makes them shorter",
)
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
TOPICS = (
    "Night Pain",
    "Stiff Mornings",
    "Early Waking",
    "Nerve Flares",
    "Snoring",
    "Neck Tension",
    "Pacing",
    "Naps",
    "Jaw Pain",
    "Restless Legs",
    "Travel",
    "Shift Work",
    "Posture",
    "Worry",
)
ANGLES = (
    "What Helped",
    "Questions From the Waiting Room",
    "A Slower Plan",
    "Notes From {month}",
    "Three Small Changes",
    "Before Your First Visit",
    "Looking Back at {year}",
    "The Second Opinion",
)


def _sentence(dice: random.Random) -> str:
    slots = {
        "month": dice.choice(MONTHS),
        "year": dice.randint(2008, 2024),
        "high": dice.randint(6, 9),
        "low": dice.randint(1, 5),
        "weeks": dice.randint(2, 19),
        "count": dice.randint(3, 60),
        "total": dice.randint(61, 240),
    }
    if dice.random() < 0.35:
        return dice.choice(THEN).format(**slots) + "."
    who, said = dice.choice(WHO), dice.choice(SAID)
    tail = dice.choice(WHEN).format(**slots)
    return f"{who[0].upper()}{who[1:]} {said} {tail} {dice.choice(WHAT)}."


def _text(dice: random.Random, url: str, earlier: str) -> str:
    """Between 4 and 6 KB of block markup with a heading or two and a link to another post."""
    goal = dice.randint(4100, 5700)
    parts: list[str] = []
    size = 0
    while size < goal:
        if parts and len(parts) % 5 == 0:
            part = f"<!-- wp:heading -->\n<h2>{dice.choice(TOPICS)}</h2>\n<!-- /wp:heading -->"
        else:
            body = " ".join(_sentence(dice) for _ in range(dice.randint(3, 6)))
            if len(parts) == 2 and earlier:
                body += f' More in <a href="{url}/{earlier}/">an earlier note</a>.'
            part = f"<!-- wp:paragraph -->\n<p>{body}</p>\n<!-- /wp:paragraph -->"
        parts.append(part)
        size += len(part) + 2
    return "\n\n".join(parts)


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _rows(dice: random.Random, first: int, count: int, url: str) -> Iterator[str]:
    earlier = ""
    for number in range(count):
        post = first + number
        slots = {"month": dice.choice(MONTHS), "year": dice.randint(2008, 2024)}
        title = f"{dice.choice(TOPICS)}: {dice.choice(ANGLES).format(**slots)} ({post})"
        slug = f"note-{post}"
        # 97 minutes apart: no two share a date, and years of them end before the seed's newest.
        moment = FIRST_DAY + timedelta(minutes=97 * number % (15 * 525_600))
        local = f"'{moment.astimezone(ZONE):%Y-%m-%d %H:%M:%S}'"
        gmt = f"'{moment:%Y-%m-%d %H:%M:%S}'"
        text = _quoted(_text(dice, url, earlier))
        yield (
            f"({post},1,{local},{gmt},{text},{_quoted(title)},'','publish','open','open','{slug}',"
            f"'','',{local},{gmt},'',0,'{url}/?p={post}',0,'post','',0)"
        )
        earlier = slug


def add_posts(sql: Run, url: str, count: int, seed: int) -> list[int]:
    """Write the posts and their terms in batches; the ids."""
    dice = random.Random(f"{seed} {count}")
    first = int(sql("SELECT MAX(ID) + 1 FROM wp_posts")[0][0])
    terms = {
        name: [
            int(row[0])
            for row in sql(
                f"SELECT term_taxonomy_id FROM wp_term_taxonomy WHERE taxonomy = '{name}' "
                "ORDER BY term_taxonomy_id"
            )
        ]
        for name in ("category", "post_tag")
    }
    columns = (
        "ID,post_author,post_date,post_date_gmt,post_content,post_title,post_excerpt,post_status,"
        "comment_status,ping_status,post_name,to_ping,pinged,post_modified,post_modified_gmt,"
        "post_content_filtered,post_parent,guid,menu_order,post_type,post_mime_type,comment_count"
    )
    batch: list[str] = []
    links: list[str] = []
    for post, row in zip(range(first, first + count), _rows(dice, first, count, url), strict=True):
        batch.append(row)
        chosen = dice.sample(terms["category"], min(len(terms["category"]), dice.randint(1, 2)))
        chosen += dice.sample(terms["post_tag"], min(len(terms["post_tag"]), dice.randint(0, 3)))
        links += [f"({post},{term},0)" for term in chosen]
        if len(batch) == BATCH or post == first + count - 1:
            sql(
                f"INSERT INTO wp_posts ({columns}) VALUES {','.join(batch)}; "
                f"INSERT INTO wp_term_relationships VALUES {','.join(links)};"
            )
            batch, links = [], []
    sql(
        "UPDATE wp_term_taxonomy t SET count = (SELECT COUNT(*) FROM wp_term_relationships r "
        "JOIN wp_posts p ON p.ID = r.object_id WHERE r.term_taxonomy_id = t.term_taxonomy_id "
        "AND p.post_status = 'publish') WHERE t.taxonomy IN ('category', 'post_tag')"
    )
    return list(range(first, first + count))
