"""Inputs made from the grammars that our parsers read: JSON, HTML, TOML, addresses, HTTP answers.

Every generator takes a `random.Random` and gives bytes: mostly well-formed, with what servers,
plugins and attackers are known to put into each place. Nothing here is read by the program.
"""

# ruff: noqa: E501 (tables of inputs)
from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

SITE = "blog.example.com"

URLS = (
    "", "/", "#", "#top", "?p=5", "?page_id=3", "?cat=1&amp;x=2", "/hello-world/", "//" + SITE,
    f"https://{SITE}/hello-world/", f"http://www.{SITE}:80/a/../b/./c//d", "mailto:a@b.example",
    "javascript:alert(1)", "data:image/png;base64,AAAA", "http://[::1]/", "http://[::1", "http://]",
    "http://[v1.x]/", "https://user:pass@" + SITE + "/x", f"https://{SITE}:99999/", "http://a:b/",
    f"https://{SITE}:/x", "http:///x", "http:x", "https:/x", "\\\\host\\path", "http:\\\\h\\p",
    "h&#116;tps&#58;//x.example", "https://xn--/", "https://é.example/ü?ß#ñ", "http://127.0.0.1/",
    "http://2130706433/", "http://[::ffff:10.0.0.1]/", "http://169.254.169.254/", "ftp://x/y",
    f"https://{SITE}/wp-content/uploads/2024/01/a-300x200.jpg", "/wp-content/uploads/%2e%2e/x.png",
    f"https://{SITE}/%d1%81%d0%bb/", f"https://{SITE}/%ff%00%", f"https://{SITE}/?p=99999999999999",
    f"https://{SITE}/index.php/2024/01/02/x/feed/amp/page/3", "https://" + "a" * 70 + ".example/",
    "https://a..b/", "https://.", "http://%41/", "http://a b/", "/" * 40, "../" * 20,
    "https://ⅷ.example/", "https://a\u200b.example/", "http://a#@b/", "http://a?@b/",
    "https://i0.wp.com/blog.example.com/wp-content/uploads/a.jpg", "\thttps://x\n.example/",
)  # fmt: skip
WORDS = (
    "Related posts", "Read also:", "You may also like", "Siehe auch", "関連記事", "اقرأ أيضا",
    "Hello", "world", "&amp;", "&#8217;", "&#x110000;", "&#0;", "&copy=3", "&notit;", "&;", "&#;",
    "\u00a0", "\u200b", "\ufeff", "\u202e", "é", "e\u0301", "ﬀ", "İ", "ß", "👩‍👩‍👧", "\0", "\x1b[2J", "\x85",
    "%d0%", "🔗", "a" * 120, "-" * 40, "<", ">", '"', "'", "\\", "{", "}", "--", "-->", "<!--", "]]>",
)  # fmt: skip
NUMBERS = (
    "0", "-0", "1", "-1", "42", "2147483648", "9223372036854775807", "9223372036854775808",
    "18446744073709551616", "1" * 30, "7" * 450, "9" * 4100, "1.5", "1e400", "-1e400", "1e-400",
    "0.1e1", "NaN", "Infinity", "-Infinity", "01", "+1", "1_000", "0x10", "1e", "٣",
)  # fmt: skip
STRINGS = (
    r'"\ud800"', r'"\udc00\ud800"', r'"\ud83d\ude00"', r'"\u0000"', r'"\/"', r'"\x"', r'"\u12"',
    '"', '""', '"\t\n"', '"\\', '"id":7', r'"\"id\":7"', '"trash"', '"publish"', '"spam"',
)  # fmt: skip
DATES = (
    "2024-04-01T08:00:00", "0000-00-00T00:00:00", "2024-02-30T25:61:61", "2024-04-01 08:00:00",
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2024-04-01T08:00:00.123456Z", "",
    "2024-04-01T08:00:00+99:99", "10000-01-01T00:00:00", "now", "Mon, 01 Apr 2024 08:00:00 GMT",
    "Mon, 01 Apr 99999 08:00:00 GMT", "Mon, 01 Apr 2024 08:00:00 -9999", "1 Jan 1 1:1:1 +2400",
    "Mon, 32 Foo 2024 99:99:99 XXX", "Thu, 01 Jan 1970 00:00:00 GMT", "31 Dec 9999 23:59:59 -1200",
)  # fmt: skip
FIELDS = (
    "id", "slug", "link", "title", "content", "excerpt", "date", "date_gmt", "modified_gmt", "name",
    "status", "type", "author", "categories", "tags", "meta", "parent", "featured_media", "sticky",
    "template", "format", "source_url", "media_details", "mime_type", "alt_text", "post", "count",
    "taxonomy", "description", "yoast_head_json", "jetpack-related-posts", "crp", "acf", "guid",
    "menu_order", "class_list", "home", "namespaces", "gmt_offset", "author_name", "author_url", "caption", "_links", "password", "url",
)  # fmt: skip
TAGS = (
    "p", "a", "h2", "h3", "div", "ul", "li", "img", "span", "strong", "b", "script", "style", "svg",
    "title", "math", "iframe", "textarea", "table", "td", "figure", "video", "source", "br", "hr",
    "nav", "footer", "blockquote", "section", "plaintext", "xmp", "noscript", "template", "form",
    "A", "scrİpt", "a:b", "x-y",
)  # fmt: skip
CLASSES = (
    "jp-relatedposts", "yarpp-related", "crp_related", "postTitle", "ctaText", "related-posts",
    "wp-block-query", "elementor-widget-posts", "single-related-posts", "wp-embedded-content",
    "rpbt_x", "x", "", "fusion-related-posts",
)  # fmt: skip
ATTRIBUTES = (
    "href", "src", "class", "id", "style", "srcset", "data-src", "alt", "title", "rel", "poster",
    "HREF", "href2", "=", "'", '"',
)  # fmt: skip
HEADERS = (
    "Link", "Location", "Retry-After", "Date", "Content-Type", "Content-Length", "Content-Range",
    "X-WP-Total", "X-WP-TotalPages", "Age", "ETag", "Last-Modified", "Content-Encoding", "Url",
    "Transfer-Encoding", "Set-Cookie",
)  # fmt: skip
PAGES = (
    "captcha", "wp-login.php", "<title>Just a moment", "there has been a critical error",
    "scheduled maintenance", "wp-admin/install.php", "<b>Fatal error</b>: x in [] on line 3",
    "<!doctype html>", "mod_security", "cf_chl_", "\ufeff", "<!-- cached by [plugin] {x} -->",
    "\n<br />\n<b>Notice</b>: Undefined index: [\"x\"] in {\"y\"} on line <b>3</b>\n",
)  # fmt: skip


def _bits(chance: Random, parts: Sequence[str], most: int = 4) -> str:
    return " ".join(chance.choice(parts) for _ in range(chance.randrange(most + 1)))


def url(chance: Random) -> str:
    """An address, sane or not."""
    if chance.random() < 0.6:
        return chance.choice(URLS)
    parts = [
        chance.choice(("https:", "http:", "HTTP:", "", "ftp:", "x-y:", ":", "http", "https:https:")),
        chance.choice(("//", "/", "\\\\", "", "///")),
        chance.choice(("", "", "user:pa@", "@", "a@b@", ":@")),
        chance.choice((SITE, "www." + SITE, "[::1]", "[", "é.example", "a_b", ".", "")),
        chance.choice(("", "", ":80", ":443", ":0", ":x", ":70000", ":")),
        "/".join(chance.choice(("", "a", "..", ".", "%2f", "hello-world", "ü", "\\", "x.jpg", "feed"))
                 for _ in range(chance.randrange(6))),
        chance.choice(("", "?p=5", "?p=x", "?utm_source=a&p=5", "?" + "&" * 9, "?a[]=1", "??")),
        chance.choice(("", "#x", "#", "#a#b")),
    ]  # fmt: skip
    return "".join(parts)


def text(chance: Random) -> str:
    return _bits(chance, WORDS, 6)


def html(chance: Random, depth: int = 0) -> str:
    """A fragment such as editors, plugins and attackers leave in a post."""
    made = []
    for _ in range(chance.randrange(1, 6)):
        pick = chance.random()
        if pick < 0.25:
            made.append(text(chance))
        elif pick < 0.35:
            made.append(_block(chance))
        elif pick < 0.42:
            made.append(
                f"<!--{_bits(chance, WORDS)}{chance.choice(('-->', '--!>', '->', '', '-'))}"
            )
        elif pick < 0.55:
            phrase = chance.choice(WORDS[:6])
            links = "".join(
                f'<li><a href="{url(chance)}">{text(chance)}</a></li>' for _ in range(3)
            )
            made.append(f"<h3>{phrase}</h3><ul>{links}</ul>")
        else:
            made.append(_element(chance, depth))
    return "".join(made)


def _element(chance: Random, depth: int) -> str:
    name = chance.choice(TAGS)
    attributes = "".join(_attribute(chance) for _ in range(chance.randrange(4)))
    inside = html(chance, depth + 1) if depth < 4 and chance.random() < 0.5 else text(chance)
    close = chance.choice((f"</{name}>", f"</{name}>", f"</{name} x=y>", "", "</", f"</{name}"))
    return f"<{name}{attributes}{chance.choice(('>', '>', '/>', ' ', ''))}{inside}{close}"


def _attribute(chance: Random) -> str:
    name = chance.choice(ATTRIBUTES)
    if name == "class":
        value = chance.choice(CLASSES)
    elif name == "style":
        value = f"background:url({chance.choice(('', chr(39), '&quot;'))}{url(chance)})"
    elif name == "srcset":
        value = ", ".join(f"{url(chance)} {chance.choice(('1x', '300w', '(', ''))}" for _ in "ab")
    else:
        value = url(chance)
    quote = chance.choice(('"', '"', "'", ""))
    return f"{chance.choice((' ', '/', chr(10)))}{name}={quote}{value}{quote}"


def _block(chance: Random) -> str:
    inner = json.dumps(
        {"url": url(chance), "id": chance.choice((1, "x")), "a": {"b": text(chance)}}
    )
    escaped = inner.replace("/", r"\/") if chance.random() < 0.5 else inner
    return f"<!-- wp:{chance.choice(('image', 'group', 'core/x'))} {escaped} {chance.choice(('', '/'))}-->"


def _value(chance: Random, depth: int = 0) -> str:
    """A JSON value, as text that need not be valid."""
    pick = chance.random()
    if pick < 0.2:
        return chance.choice(NUMBERS)
    if pick < 0.3:
        return chance.choice(STRINGS)
    if pick < 0.4:
        return chance.choice(("null", "true", "false", "[]", "{}", "nul"))
    if pick < 0.5:
        return json.dumps(chance.choice(DATES))
    if pick < 0.6:
        return json.dumps(url(chance))
    if pick < 0.8 or depth > 3:
        words = html(chance, 3) if chance.random() < 0.5 else text(chance)
        return json.dumps(words, ensure_ascii=chance.random() < 0.5)
    if pick < 0.9:
        return "[" + ",".join(_value(chance, depth + 1) for _ in range(chance.randrange(4))) + "]"
    names = ("rendered", "raw", "protected", "posts", "url", "sizes", "schema", *FIELDS)
    return _object(chance, [(chance.choice(names), _value(chance, depth + 1)) for _ in range(3)])


def _object(chance: Random, pairs: Sequence[tuple[str, str]]) -> str:
    space = chance.choice(("", "", " ", "\n"))
    return "{" + ",".join(f"{json.dumps(name)}:{space}{value}" for name, value in pairs) + "}"


def item(chance: Random) -> str:
    """A record as the REST API sends it, some fields replaced by what does not belong there."""
    sane: dict[str, Callable[[], str]] = {
        "id": lambda: chance.choice(("1", "2", "3", "7", chance.choice(NUMBERS))),
        "content": lambda: _object(chance, [("rendered", json.dumps(html(chance))),
                                            ("protected", "false")]),
        "title": lambda: _object(chance, [("rendered", json.dumps(text(chance)))]),
        "link": lambda: json.dumps(url(chance)),
        "source_url": lambda: json.dumps(url(chance)),
        "slug": lambda: json.dumps(chance.choice(("hello-world", "%d1%81", "x__trashed", "", "é"))),
        "date_gmt": lambda: json.dumps(chance.choice(DATES)),
        "modified_gmt": lambda: json.dumps(chance.choice(DATES)),
        "categories": lambda: chance.choice(("[1,2]", "[]", '["1"]', "[99999999999999999999]")),
        "media_details": lambda: _object(
            chance,
            [("sizes", _object(chance, [("full", _object(chance, [("source_url",
              json.dumps(url(chance)))]))])), ("original_image", json.dumps(url(chance))),
             ("width", chance.choice(NUMBERS)), ("filesize", chance.choice(NUMBERS))],
        ),
        "jetpack-related-posts": lambda: "[" + _object(chance, [("id", chance.choice(NUMBERS)),
            ("url", json.dumps(url(chance))), ("title", json.dumps(text(chance)))]) + "]",
        "yoast_head_json": lambda: '{"schema":{"@graph":[{"@type":"BreadcrumbList",'
            '"itemListElement":[{"item":' + json.dumps(url(chance)) + '},{"item":{"@id":"/x"}}]}]}}',
    }  # fmt: skip
    names = ["id", *chance.sample(FIELDS[1:], chance.randrange(1, 9))]
    pairs = [
        (name, sane[name]() if name in sane and chance.random() < 0.8 else _value(chance))
        for name in names
    ]
    return _object(chance, pairs)


def _noisy(chance: Random, body: str) -> str:
    if chance.random() < 0.25:
        body = chance.choice(PAGES) + body
    if chance.random() < 0.15:
        body += chance.choice(PAGES)
    return body


def listing(chance: Random) -> bytes:
    """A page of items, with what servers print before and after it."""
    body = "[" + ",".join(item(chance) for _ in range(chance.randrange(4))) + "]"
    return encoded(chance, _noisy(chance, body))


def record(chance: Random) -> bytes:
    return encoded(chance, item(chance))


def document(chance: Random) -> bytes:
    """A JSON object: an index, an error, a user, an envelope."""
    pick = chance.random()
    if pick < 0.15:
        body = _object(chance, [("namespaces", '["wp/v2"]'), ("home", json.dumps(url(chance)))])
    elif pick < 0.3:
        body = _object(
            chance,
            [
                ("code", json.dumps(chance.choice(("rest_forbidden", "x", "")))),
                ("message", json.dumps(html(chance, 3))),
                ("data", chance.choice(('{"status":401,"params":{"a":1}}', "7"))),
            ],
        )
    elif pick < 0.6:
        body = _object(
            chance,
            [
                ("body", "[" + item(chance) + "]"),
                ("status", chance.choice(("200", "500", "null", "1e9"))),
                ("headers", chance.choice(('{"X-WP-Total":3}', "[]", "null", "7"))),
            ],
        )
    else:
        body = item(chance)  # fmt: skip
    return encoded(chance, _noisy(chance, body))


def site(chance: Random) -> bytes:
    """What a whole site answers: a document with one answer for each of our questions."""

    def maybe(value: str, odds: float = 0.85) -> str:
        return value if chance.random() < odds else _value(chance)

    home = json.dumps(chance.choice((f"https://{SITE}", url(chance))))
    name = chance.choice(("post", "page", "attachment", "x"))
    kind = _object(
        chance,
        [
            ("rest_base", maybe(json.dumps(f"{name}s"))),
            ("rest_namespace", maybe('"wp/v2"')),
            ("taxonomies", maybe('["category"]')),
            ("capabilities", maybe('{"edit_others_posts":"edit_others_posts"}')),
        ],
    )
    arguments = '{"status":{"items":{"enum":["publish","private","trash"]},"default":"publish"}}'
    endpoint = '{"methods":["GET"],"args":' + maybe(arguments) + "}"
    routes = _object(
        chance,
        [
            ("/wp/v2/posts", maybe('{"endpoints":[' + maybe(endpoint) + "]}")),
            (r"/wp/v2/posts/(?P<id>[\\d]+)", "{}"),
        ],
    )
    return encoded(chance, _object(chance, [
        ("index", maybe(_object(chance, [("name", maybe('"A &amp; B"')), ("home", maybe(home)),
                                         ("namespaces", maybe('["wp/v2","yoast/v1"]')),
                                         ("gmt_offset", maybe(chance.choice(NUMBERS))),
                                         ("routes", maybe(routes))]))),
        ("types", maybe(_object(chance, [(name, maybe(kind))]))),
        ("taxonomies", maybe('{"category":{"rest_base":"categories","types":["post"]}}')),
        ("me", maybe('{"id":7,"roles":["editor"],"capabilities":{"edit_others_posts":true}}')),
        ("items", maybe("[" + ",".join(item(chance) for _ in range(chance.randrange(3))) + "]")),
        ("total", chance.choice(("0", "1", "2", "500", "null"))),
    ]))  # fmt: skip


def answer(chance: Random) -> bytes:
    """Status, headers and body of an HTTP answer, in lines."""
    status = chance.choice((200, 200, 202, 206, 301, 302, 304, 400, 401, 403, 404, 406, 410, 416,
                            429, 500, 502, 503, 520))  # fmt: skip
    lines = [str(status)]
    lines += [f"{name}: {_header(chance, name)}" for name in chance.sample(HEADERS, 3)]
    body = chance.choice((page, document, listing))(chance)
    return encoded(chance, "\n".join(lines) + "\n\n") + body


def _header(chance: Random, name: str) -> str:
    if name == "Link":
        rel = chance.choice(('rel="https://api.w.org/"', "rel=next", 'rel="', "rel"))
        return ", ".join(f"<{url(chance)}>; {rel}" for _ in range(chance.randrange(1, 3)))
    if name in ("Location", "Url"):
        return url(chance)
    if name in ("Retry-After", "Date", "Last-Modified"):
        return chance.choice((*DATES, *NUMBERS[:12], "-5", "1.5", "soon"))
    if name == "Content-Range":
        return chance.choice(("bytes 0-4/5", "bytes 5-2/*", "bytes */5", "bytes 0-0/" + "9" * 30))
    if name == "Content-Encoding":
        return chance.choice(("gzip", "deflate", "br", "identity"))
    return chance.choice((*NUMBERS, "text/html", "chunked", '"etag"', "W/x", "²"))


def headers(chance: Random) -> bytes:
    lines = ["200", *(f"{name}: {_header(chance, name)}" for name in chance.sample(HEADERS, 8))]
    return encoded(chance, "\n".join(lines) + "\n\n")


def page(chance: Random) -> bytes:
    """A whole page, with what discovery looks for in its head."""
    head = f'<link rel="https://api.w.org/" href="{url(chance)}" />' * chance.randrange(3)
    meta = f'<meta name="generator" content="WordPress {chance.choice(NUMBERS)[:9]}">'
    return encoded(chance, f"<html><head>{meta}{head}</head><body>{html(chance)}</body></html>")


def fragment(chance: Random) -> bytes:
    return encoded(chance, html(chance))


def address(chance: Random) -> bytes:
    return encoded(chance, "\n".join(url(chance) for _ in range(chance.randrange(1, 4))))


def words(chance: Random) -> bytes:
    return encoded(chance, text(chance) + html(chance, 4))


_CONFIG = (
    "version = 1", "version = 2", "[site]", "[archive]", "[pull]", "[normalize]", "[run]", "[[x]]",
    'url = "https://blog.example.com"', 'url = "http://u:p@x"', 'user = "ed"', "[site.x]",
    'password_command = "pass show x"', 'password = "x"', "max_connections = 99", 'location = ""',
    'location = "postgresql://u:p@[h/d"', 'media = "all"', 'full_every = "7d"', 'full_every = "0d"',
    "guard_percent = nan", "guard_percent = -1e400", "guard_items = 99999999999999999999",
    'only = ["posts", 1]', "stages = []", 'stages = ["pul"]', 'mappings = "\\u0000"', "pages = 1",
    'location = "~nobody/x"', "guard_percent = 1e999", 'url = "https://[::1"',
)  # fmt: skip
_RULES = (
    "version = 1", 'unmapped = "report"', "[[rule]]", 'match = { name = ["A", "b"], id = 4 }',
    'into = "Pain > Back"', "drop = true", "keep = false", 'under = ""', 'name = "News"',
    'match = { pattern = "(a+)+$" }', 'match = { pattern = "(?P<x" }', "[slugs]", "max_length = 9",
    'replacements = ["ä => ae", "x"]', "house = true", "[house]", 'login_like = "house"',
    'aliases = ["old.example.com/blog", "[", "http://[::1]:x"]', "[tracking]", 'add = ["x"]',
    'keep = ["x"]', "[look]", "page = true", "most = 0", "[headings]", 'en = ["More"]', "[leads]",
    'x_y = "z"', "[[block]]", 'class = "a b"', 'selector = ".x > a"', 'selector = ":is((("',
    'match = { path = "A > B", slug = "%ff" }', 'slug = "a b/c"', 'taxonomy = "category"',
    'match = { pattern = "[[:x" }', 'selector = "a:nth-child(999999999999n)"', 'id = ["#x"]',
)  # fmt: skip


def _toml(chance: Random, lines: Sequence[str]) -> str:
    made = list(chance.choices(lines, k=chance.randrange(1, 12)))
    if chance.random() < 0.4:
        literals = (
            *NUMBERS,
            *STRINGS,
            '"""a\nb"""',
            "'''\n'''",
            "2024-01-01",
            "[1, [2], {a=1}]",
            "{ a = { b = 1 }, c.d = [ ] }",
            "1979-05-27T07:32:00Z",
            '"\\U0001F600"',
        )
        key = chance.choice(
            ("a", '"b c"', "'x.y'", "a.b", "ʎ", '"\\u00e9"', "rule.match", "version")
        )
        made.insert(chance.randrange(len(made) + 1), f"{key} = {chance.choice(literals)}")  # fmt: skip
    return chance.choice(("", "", "\ufeff")) + chance.choice(("\n", "\r\n")).join(made)


def config(chance: Random) -> bytes:
    return encoded(chance, _toml(chance, _CONFIG))


def mapping(chance: Random) -> bytes:
    """A mapping file behind a line with its name."""
    name = chance.choice(("categories", "authors", "links", "related", "tags", "x"))
    return encoded(chance, f"{name}\nversion = 1\n" + _toml(chance, _RULES))


_CELLS = (
    "rule", "assign", "setting", "A", "Pain > Back", "a | b", "\\|", "'=1+1", "=cmd()", "", "true",
    "7", "-7", "ja", "x" * 300, '"', '""', "\n", "ä => ae", "version", "unmapped", "report", "#",
)  # fmt: skip
_COLUMNS = (
    "type", "match id", "match slug", "match name", "match path", "match pattern", "into", "drop",
    "keep", "name", "slug", "under", "setting", "value", "comment", "house", "source", "target",
    "regex", "code",
)  # fmt: skip


def table(chance: Random) -> bytes:
    """A sheet behind a line with its name."""
    comma = chance.choice((",", ",", ";", "\t"))
    columns = chance.sample(_COLUMNS, chance.randrange(1, 9))
    rows = [columns, *([chance.choice((*_CELLS, *WORDS)) for _ in columns] for _ in range(3))]
    quoted = [[f'"{cell}"' if chance.random() < 0.3 else cell for cell in row] for row in rows]
    name = chance.choice(("categories", "authors", "tags"))
    made = chance.choice(("\n", "\r\n")).join(comma.join(row) for row in quoted)
    return encoded(chance, f"{name}\n" + chance.choice(("", "\ufeff", f"sep={comma}\n")) + made)


def export(chance: Random) -> bytes:
    """Redirects as a plugin exports them."""
    if chance.random() < 0.5:
        return table(chance).partition(b"\n")[2]
    action = _object(chance, [("url", json.dumps(url(chance)))])
    one = _object(chance, [("url", json.dumps(url(chance))), ("action_data", action),
                           ("regex", _value(chance)), ("status", _value(chance))])  # fmt: skip
    return encoded(chance, chance.choice(('{"redirects":[%s]}', "[%s]")) % one)


def recording(chance: Random) -> bytes:
    made: dict[str, Any] = {
        "format": 1, "made_with": "x", "index": {"gmt_offset": 1}, "answers": {"/a": [200, {}]},
        "listings": {"/p": {"options": {}, "items": [{"id": 1}], "order": "date",
                            "gone_code": "x", "strict_pages": True}},
        "hidden": {"/p": {"2": [401, {}]}}, "pages": {"/": "x"},
        "files": {"/f": {"data": "AAAA", "mime": "x", "modified": "y"}},
    }  # fmt: skip
    for _ in range(chance.randrange(3)):
        name = chance.choice(sorted(made))
        made[name] = chance.choice((None, 7, "x", [], {}, [[]], {"x": 1}, {"/p": [1]}, {"/p": {}}))
    return encoded(chance, chance.choice(("", "", "!")) + json.dumps(made))


def typed(chance: Random) -> bytes:
    """What a person may type where an address, an item, or a length of time is asked for."""
    forms = ("7d", "99999w", "0d", "12 h", "page/42", "#7", "post 7", "hello-world", "?p=5", "٣d")
    return encoded(chance, chance.choice((url(chance), chance.choice(forms), text(chance))))


def blob(chance: Random) -> bytes:
    return chance.randbytes(chance.randrange(1, 4)) + record(chance)


def squeezed(chance: Random) -> bytes:
    """A compressed body behind a byte that chooses its encoding; sound, or damaged later."""
    plain = record(chance) * chance.choice((1, 1, 30))
    first = chance.randrange(256)
    if first % 3 == 1:
        made = zlib.compress(plain, wbits=chance.choice((15, -15)))
    else:
        made = gzip.compress(plain, mtime=0) * chance.choice((1, 2))
    return bytes([first]) + made + b"\0" * chance.choice((0, 0, 4))


def encoded(chance: Random, made: str) -> bytes:
    """UTF-8, now and then damaged or of another time."""
    data = made.encode("utf-8", "surrogatepass")
    if chance.random() < 0.05:
        at = chance.randrange(len(data) + 1)
        data = data[:at] + chance.choice((b"\xff", b"\xc3", b"\xed\xa0\x80", b"\0")) + data[at:]
    return data


TOKENS: tuple[bytes, ...] = tuple(
    token.encode("utf-8", "surrogatepass")
    for token in (*URLS, *WORDS, *NUMBERS, *STRINGS, *DATES, *FIELDS, *PAGES,
                  *(f"<{tag}>" for tag in TAGS), *(f' {name}="' for name in ATTRIBUTES),
                  *CLASSES, "[", "]", "[[", "]]", ",", ":", "=", "[{", '{"', "\n", "\r", "#", "\\u",
                  "'''", '"""', "\\", " > ", "@", "%")
    if token
)  # fmt: skip
