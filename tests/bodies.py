"""Bodies for tests of markup: those of the recorded site, and generated ones."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from hypothesis import strategies as st

from wp_sync.demo import recording


@cache
def recorded_bodies() -> tuple[str, ...]:
    """Every distinct piece of HTML in the recorded site, raw and rendered."""
    found = {
        text
        for listing in recording.load().listings.values()
        for item in listing.items.values()
        for text in _texts(item)
    }
    return tuple(sorted(found))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("rendered", "raw") and isinstance(inner, str):
                yield inner
            else:
                yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


_PATHS = ("/one/", "/two/?p=5", "/three,3.jpg", "/d--ash/", "/a/?b=1&c=2&copy=3", "/é/", "/%D0%B1/")
_HOSTS = ("https://h.example", "http://www.h.example:8080", "//cdn.example", "https://é.example")


def _html(address: str) -> str:
    return address.replace("&", "&amp;")


def _json(address: str) -> str:
    return address.replace("--", "\\u002d\\u002d").replace("&", "\\u0026")


def _slashes(address: str) -> str:
    return _json(address).replace("/", "\\/")


def _json_in_json(address: str) -> str:
    return _slashes(address).replace("\\", "\\\\")


def _html_in_json(address: str) -> str:
    return _json(_html(address))


def _as_is(address: str) -> str:
    return address


# What stands around an address (@), and how the address is spelled there.
_PLACES = (
    ('<a href="@">x</a>', _html),
    ("<a class=y href='@' title='a > b'>x</a>", _html),
    ("<A HREF=@ >x</A>", _html),
    ('<img alt="1 < 2" src="@" srcset="@ 1x, @ 2x">', _html),
    ('<img data-src="@"/>', _html),
    ('<div data-settings=\'{"a":"@"}\'>', _slashes),
    ('<div data-settings="{&quot;a&quot;:[&quot;@&quot;]}">', _json),
    ('<p style="color:red;background:url(@)">', _html),
    ("<p style='background: url( \"@\" ) '>", _html),
    ('<p style="background:url(&quot;@&quot;)">', _html),
    ("<style>a { background: url('@') }</style>", _as_is),
    ('<video poster="@"></video>', _html),
    ('<!-- wp:image {"id":3,"url":"@"} -->', _json),
    ('<!-- wp:x/y {"a":{"b":["@",7]},"c":"<b>"} /-->', _slashes),
    ('<!-- wp:x {"html":"\\u003ca href=\\u0022@\\u0022\\u003e"} /-->', _html_in_json),
    ('<!-- wp:x {"deep":"{\\"url\\":\\"@\\"}"} /-->', _json_in_json),
    ('<!-- wp:x {"say":"see @ there"} /-->', _json),
    ('[button url="@" size=3]', _html),
    ("[button size='3' url=&#8221;@&#8221; x]", _html),
    ("see @, or (as in @). ", _html),
    ("<p>@</p>", _html),
)
_IN_WORDS = ("see @, or (as in @). ", "<p>@</p>", '<!-- wp:x {"say":"see @ there"} /-->')
_NOTHING = (
    "words & more &amp; words ", "<p>", "</p>", "\n\n", "&nbsp;", "<br/>", "<b class=x >", "</b>",
    "<pre>https://no.example/ [x url=/no/]</pre>", "<code>http://no.example</code>", "<!-- c -->",
    "<textarea>https://no.example <a href=/no></textarea>",
    "<script>'https://no.example'</script>",
    '<!-- wp:code {"content":"https://no.example"} --><pre>x</pre><!-- /wp:code -->',
    "[[b url='/no/']]", "1 < 2",
    "<i x='\"'>", "<?php echo 'http://no.example' ?>", "<!-- /wp:x -->",
)  # fmt: skip


@st.composite
def bodies(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A generated body, and the addresses in it, in order."""
    parts: list[str] = []
    links: list[str] = []
    for _ in range(draw(st.integers(0, 8))):
        if draw(st.booleans()):
            parts.append(draw(st.sampled_from(_NOTHING)))
            continue
        place, spell = draw(st.sampled_from(_PLACES))
        address = draw(st.sampled_from(_HOSTS)) + draw(st.sampled_from(_PATHS))
        if place in _IN_WORDS and address.startswith("//"):
            address = f"https:{address}"
        parts.append(place.replace("@", spell(address)))
        links += [address] * place.count("@")
    return "".join(parts), links
