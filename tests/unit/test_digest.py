"""What a digest must not see, and what it must."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wp_sync.digest import VERSION, content_digest, is_known, is_of, scrub, stamp


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('<blockquote data-secret="Ab3dE">', '<blockquote data-secret="Zz9">'),
        ('<iframe src="/p/embed/#?secret=Ab3dE">', '<iframe src="/p/embed/#?secret=zZ">'),
        ('{"imageId":"6b033758435e1"}', '{"imageId":"6b03375906d53"}'),
        ("{&quot;imageId&quot;:&quot;6b03&quot;}", "{&quot;imageId&quot;:&quot;6b04&quot;}"),
        ('<figure data-wp-key="6b033758435e1">', '<figure data-wp-key="6b03375906d53">'),
        ('<div id="gallery-1" class="gallery">', '<div id="gallery-12" class="gallery">'),
        ('<div class="wp-container-5">', '<div class="wp-container-17">'),
        ("wp-container-core-columns-layout-1", "wp-container-core-columns-layout-2"),
        ('<a id="wp-block-file--media-0a1b-2c">', '<a id="wp-block-file--media-ffff-00">'),
        ('<input id="wp-block-search__input-1">', '<input id="wp-block-search__input-9">'),
        ("/?_wpnonce=0a1b2c3d4e", "/?_wpnonce=ffffffffff"),
        ('<figure id="attachment_20">', '<figure id="attachment_20-2">'),
        (
            'id="attachment_20" aria-describedby="caption-attachment-20"',
            'id="attachment_20-13" aria-describedby="caption-attachment-20-13"',
        ),
        ('<p class="wp-elements-1">', '<p class="wp-elements-23">'),
        (
            '<div class="is-style-dark is-style-dark--2">',
            '<div class="is-style-dark is-style-dark--7">',
        ),
        ("wp-duotone-000000-ffffff-3", "wp-duotone-000000-ffffff-12"),
        ("wp-block-navigation-1", "wp-block-navigation-4"),
        ("wp-block-media-text__media-8", "wp-block-media-text__media-31"),
        ('<h3 id="accordion-item-1">', '<h3 id="accordion-item-5">'),
        ("{&quot;galleryId&quot;:&quot;6b03&quot;}", "{&quot;galleryId&quot;:&quot;6b04&quot;}"),
        (
            '<select id="wp-block-archives-5f1e2d3c4b5a6">',
            '<select id="wp-block-archives-600000000000a">',
        ),
        ('<select id="wp-block-archives-1">', '<select id="wp-block-archives-2">'),
        ('<div id="playlist-1">', '<div id="playlist-2">'),
        ('<button id="tabs_1-tab-0">', '<button id="tabs_12-tab-0">'),
    ],
)
def test_what_wordpress_randomises_is_not_seen(one: str, other: str) -> None:
    assert one != other
    assert scrub(one) == scrub(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('<a href="/gallery-hall/">', '<a href="/gallery-room/">'),
        ('<div class="gallery-columns-3">', '<div class="gallery-columns-4">'),
        ('<p data-wp-key="menu">', '<p data-wp-key="other">'),
        ("The secret is safe", "The secret is out"),
        ('<img class="wp-image-5">', '<img class="wp-image-6">'),
        ('<figure id="attachment_20">', '<figure id="attachment_21">'),
        ('<div class="is-style-dark">', '<div class="is-style-light">'),
        ('<p class="wp-elements-1a2b3c">', '<p class="wp-elements-1a2b3d">'),
        ('<a href="/attachment_20-2/">', '<a href="/attachment_20-3/">'),
    ],
)
def test_what_people_write_is_seen(one: str, other: str) -> None:
    assert scrub(one) != scrub(other)


@given(st.text(max_size=300))
def test_scrubbing_twice_is_scrubbing_once(html: str) -> None:
    assert scrub(scrub(html)) == scrub(html)


def test_order_of_keys_does_not_matter_and_values_do() -> None:
    one = content_digest({"id": 1, "title": {"rendered": "A"}})
    assert one == content_digest({"title": {"rendered": "A"}, "id": 1})
    assert one != content_digest({"id": 1, "title": {"rendered": "B"}})
    assert content_digest({"id": 1, "categories": [2, 1]}) == content_digest(
        {"id": 1, "categories": [1, 2]}
    )


def rendered(html: str) -> dict[str, object]:
    return {"id": 1, "content": {"rendered": html}}


def test_a_paragraph_around_a_shortcode_comes_and_goes_with_a_posts_neighbours() -> None:
    """wpautop() stands behind shortcode_unautop() from an answer's first post with blocks on."""
    alone = content_digest(rendered('<div class="gallery">[x]</div>\n<p>Text</p>\n'))
    assert alone == content_digest(rendered('<p><div class="gallery">[x]</div></p>\n<p>Text</p>\n'))
    assert alone != content_digest(rendered('<div class="gallery">[x]</div>\n<p>Texts</p>\n'))
    assert alone != content_digest(rendered('<div class="gallery">[x]</div>Text</p>\n'))
    assert alone != content_digest(
        rendered('<div class="gallery">[x]</div>\n<p class="a">Text</p>\n')
    )


def test_a_digest_of_earlier_rules_is_still_of_its_record() -> None:
    """So that an archive of an earlier program gets no version that nobody wrote."""
    data = rendered('<p>One</p><figure id="attachment_20"></figure><div id="gallery-1"></div>')
    same = rendered('<p>One</p><figure id="attachment_20"></figure><div id="gallery-9"></div>')
    other = rendered('<p>One</p><figure id="attachment_20-2"></figure><div id="gallery-1"></div>')
    first = content_digest(data, "1")
    assert first.startswith("1:")
    assert is_of(data, first)
    assert is_of(same, first)
    assert not is_of(other, first)
    assert is_of(other, content_digest(data))
    assert content_digest(data).startswith(f"{VERSION}:")


def test_of_a_digest_by_unknown_rules_nothing_is_claimed() -> None:
    later = "99:" + content_digest(rendered("")).partition(":")[2]
    assert not is_known(later)
    assert not is_of(rendered(""), later)


def test_a_taxonomy_without_terms_changes_no_stamp() -> None:
    assert stamp({"id": 1}, ("id", "genre")) == stamp({"id": 1, "genre": []}, ("id", "genre"))
    assert stamp({"id": 1, "genre": [4]}, ("id", "genre")) != stamp({"id": 1}, ("id", "genre"))
