"""Into a WordPress whose plugins let REST write: SEO fields, other meta, new accounts, menus."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lab import Lab
from tests.conftest import wanted
from tests.helpers import SITE, make_record, tmp_archive
from tests.moving import Moving, address, both, post
from wp_sync.publish.apply import Pushed
from wp_sync.publish.base import Held, Payload, Write
from wp_sync.publish.steps import Plan

# What Yoast and Rank Math do where their fields are opened to REST.
PLUGIN = """<?php
add_action( 'init', function () {
	$keys = array( '_yoast_wpseo_title', '_yoast_wpseo_metadesc', '_yoast_wpseo_canonical',
		'rank_math_title', 'rank_math_description' );
	foreach ( $keys as $key ) {
		register_post_meta( 'post', $key, array( 'type' => 'string', 'single' => true,
			'show_in_rest' => true, 'auth_callback' => '__return_true' ) );
	}
	register_taxonomy( 'shelf', 'post', array( 'show_in_rest' => true, 'label' => 'Shelves',
		'default_term' => array( 'name' => 'Unsorted', 'slug' => 'unsorted' ) ) );
} );
foreach ( array( 'pre_wp_mail', 'pre_http_request' ) as $hook ) { // nothing leaves; all is noted
	add_filter( $hook, function ( $_, $what, $url = '' ) use ( $hook ) {
		$left = get_option( 'left_the_house', array() );
		$left[] = $hook . ' ' . ( $url ? $url : $what['subject'] );
		update_option( 'left_the_house', $left );
		return 'pre_wp_mail' === $hook ? true : new WP_Error( 'no', 'no' );
	}, 10, 3 );
}
"""
COUNTS = """<?php
add_filter( 'the_content', function ( $text ) {
	if ( defined( 'REST_REQUEST' ) ) {
		file_put_contents( __DIR__ . '/rendered.txt', '.', FILE_APPEND );
	}
	return $text;
} );
"""
FILLS = """<?php
add_filter( 'wp_insert_post_data', function ( $data ) {
	$data['post_excerpt'] = $data['post_excerpt'] ?: 'Filled in';
	return $data;
} );
add_action( 'save_post_post', function ( $id ) {
	set_post_format( $id, 'aside' );
} );
"""
SEO = {
    "title": "Knees, explained", "description": "What a knee is & does",
    "canonical": address("post-20"), "robots": {"index": "index"},
}  # fmt: skip
RECORDS = [
    make_record("site/site", 0),
    make_record("terms/category", 1, name="Pain", slug="pain"),
    make_record("terms/category", 2, name="Sleep", slug="sleep"),
    make_record("users/user", 1, name="Ilse Brandt, RN", slug="ilse"),
    make_record("users/user", 2, name="Ada Newcomer", slug="ada", description="Writes <b>well</b>"),
    post(20, author=2, categories=[1, 2], yoast_head_json=SEO,
         meta={"reading_minutes": 7, "their_own": "x"}),
    make_record("users/user", 3, name="Somebody Else There", slug="mapped"),
    make_record("users/user", 4, name="痛み 先生", slug="%e7%97%9b%e3%81%bf"),
    post(21, author=1),
    post(23, author=4),
    post(22, author=3),
    make_record("comments/comment", 60, post=20, author_name="Ann", author_email="ann@x.example",
                content=both("Well said.")),
    make_record("comments/comment", 61, post=20, author_name="Bo", author_email="bo@x.example",
                content=both("Yes."), status="hold"),
    make_record("terms/nav_menu", 70, name="Main", slug="main"),
    make_record("posts/nav_menu_item", 71, title=both("A post"), type="post_type", object="post",
                object_id=20, menus=70, menu_order=1, parent=0, status="publish"),
    make_record("posts/nav_menu_item", 72, title=both("Pain"), type="taxonomy", object="category",
                object_id=1, menus=70, menu_order=2, parent=71, status="publish"),
    make_record("posts/nav_menu_item", 73, title=both("There"), type="custom", object="custom",
                url=address("post-21"), menus=70, menu_order=3, parent=0, status="publish",
                target="_blank"),
]  # fmt: skip
VERSIONS = [version for version in wanted() if version in ("5.7", "7.1")]


@pytest.fixture(params=VERSIONS, scope="module")
def moved(request: pytest.FixtureRequest, lab: Lab) -> Iterator[tuple[Moving, Plan, Pushed]]:
    server = lab.variant(str(request.param), empty=True)
    (server.content / "mu-plugins" / "seo.php").write_text(PLUGIN, encoding="utf-8")
    with tmp_archive() as archive:
        moving = Moving(archive.of(SITE), server, records=RECORDS)
        login = server.logins["admin"].user
        if server.version == "5.7":  # menus came to REST with 5.9
            moving.policy(accept=frozenset(("nav_menu", "nav_menu_item")))
        moving.policy(options={"create_users": True, "authors": {"mapped": login}})
        yield moving, moving.plan(), moving.push()
    server.stop()


def meta_of(moving: Moving, key: str) -> dict[str, str]:
    rows = moving.server.sql(
        f"SELECT meta_key, meta_value FROM wp_postmeta WHERE post_id={moving.id_of(key)}"
    )
    return {row[0]: row[1] for row in rows}


def test_an_author_who_is_about_to_be_made_is_no_stranger(
    moved: tuple[Moving, Plan, Pushed],
) -> None:
    moving, plan, pushed = moved
    assert not [one.message for one in plan.problems if "nobody" in one.message]
    assert ("create", "users/user:ada") in [(step.action, step.key) for step in plan.steps]
    assert not [one.message for one in pushed.problems if "nobody" in one.message]
    rows = moving.server.sql(
        "SELECT ID, display_name, user_email FROM wp_users WHERE user_nicename='ada'"
    )
    assert [row[1:] for row in rows] == [["Ada Newcomer", "ada@unknown.invalid"]]
    assert str(moving.held("posts/post:20").fields["author"]) == rows[0][0]
    assert moving.server.php(f"return get_userdata( {rows[0][0]} )->roles;") == ["author"]
    assert str(moving.held("posts/post:21").fields["author"]) != rows[0][0]


def test_an_author_whose_name_is_in_no_latin_letters_gets_an_account(
    moved: tuple[Moving, Plan, Pushed],
) -> None:
    moving, _, _ = moved
    made = "SELECT ID FROM wp_users WHERE display_name='痛み 先生' AND user_login LIKE 'author-%'"
    assert [[str(moving.held("posts/post:23").fields["author"])]] == moving.server.sql(made)


def test_posts_of_an_author_with_an_account_by_the_table_are_that_account_s(
    moved: tuple[Moving, Plan, Pushed],
) -> None:
    moving, _, _ = moved
    login = moving.server.logins["admin"].user
    ((id,),) = moving.server.sql(f"SELECT ID FROM wp_users WHERE user_login='{login}'")
    assert str(moving.held("posts/post:22").fields["author"]) == id
    made = moving.server.sql("SELECT user_login FROM wp_users WHERE display_name LIKE 'Somebody%'")
    assert made == [], "an account was made for somebody who has one"
    verified = moving.verify().differences
    assert {one.state for one in verified if one.kind == "users/user"} <= {"extra"}


def test_seo_plugins_and_other_meta_take_what_they_register(
    moved: tuple[Moving, Plan, Pushed],
) -> None:
    moving, plan, _ = moved
    meta = meta_of(moving, "posts/post:20")
    assert meta["_yoast_wpseo_title"] == meta["rank_math_title"] == SEO["title"]
    assert meta["_yoast_wpseo_metadesc"] == meta["rank_math_description"] == SEO["description"]
    assert meta["_yoast_wpseo_canonical"] == f"{moving.server.url}/post-20/"
    assert meta["reading_minutes"] == "7"
    assert "their_own" not in meta
    assert [one.message for one in plan.problems if "their_own" in one.message]


def test_no_post_lands_under_a_default_term_that_it_does_not_have(
    moved: tuple[Moving, Plan, Pushed],
) -> None:
    moving, _, pushed = moved
    assert not pushed.over
    posts = [moving.held(f"posts/post:{number}") for number in (20, 21, 22)]
    assert [one.fields["shelf"] for one in posts] == [[], [], []]
    assert moving.server.php("return count( get_terms( 'hide_empty=0&taxonomy=shelf' ) );") == 1


def test_nobody_is_mailed_or_pinged(moved: tuple[Moving, Plan, Pushed]) -> None:
    """New accounts, new comments, comments that wait: all of it would be worth a letter."""
    moving, _, _ = moved
    assert moving.id_of("comments/comment:61")
    assert moving.server.php("return get_option( 'left_the_house', array() );") == []
    moving.server.php("return wp_mail( 'x@x.example', 'A letter', 'Dear' );")
    assert moving.server.php("return get_option( 'left_the_house' );") == ["pre_wp_mail A letter"]


def test_a_menu_keeps_its_order_tree_and_links(moved: tuple[Moving, Plan, Pushed]) -> None:
    moving, plan, pushed = moved
    if moving.server.version == "5.7":  # menus came to REST with 5.9; the plan says so
        told = [one.message for one in plan.problems]
        assert "the target takes no posts/nav_menu_item: 3 are left out" in told
        return
    assert not pushed.left, pushed.problems
    found = moving.server.php(
        "return array_map( function ( $one ) { return array( $one->title, $one->url,"
        " (int) $one->menu_item_parent, $one->target, $one->ID ); },"
        " wp_get_nav_menu_items( 'main' ) );"
    )
    home = moving.server.url
    assert [one[:2] for one in found] == [
        ["A post", f"{home}/post-20/"],
        ["Pain", f"{home}/category/pain/"],
        ["There", f"{home}/post-21/"],
    ]
    assert [one[2] for one in found] == [0, found[0][4], 0]
    assert found[2][3] == "_blank"


def test_it_is_done_and_proven(moved: tuple[Moving, Plan, Pushed]) -> None:
    moving, _, pushed = moved
    assert not pushed.over
    again = moving.push()
    assert (again.writes, again.left) == (0, pushed.left)
    parity = moving.verify()
    assert {one.kind for one in parity.differences if one.state == "refused"} == (
        {"terms/nav_menu", "posts/nav_menu_item"} if moving.server.version == "5.7" else set()
    )
    assert parity.clean


def plain(number: int, **fields: str) -> Payload:
    text = f"<p>Words {number}.</p>"
    unset = {"excerpt": "", "format": "standard", "tags": []}
    made = {"title": f"Plain {number}", "content": text, "status": "draft", **unset, **fields}
    return Payload(f"posts/post:{number}", "posts/post", made)


def test_no_post_is_rendered_for_an_excerpt_it_does_not_have(
    moved: tuple[Moving, Plan, Pushed],
) -> None:
    moving, _, _ = moved
    plugins = moving.server.content / "mu-plugins"
    (plugins / "counts.php").write_text(COUNTS, encoding="utf-8")
    publisher = moving.mirror()[1]
    try:
        made = [publisher.create(plain(number)) for number in range(501, 504)]
        made += [
            one
            for one in publisher.write_many([Write(plain(number)) for number in range(504, 507)])
            if isinstance(one, Held)
        ]
        said = publisher.create(plain(507, excerpt="In short"))
    finally:
        publisher.close()
    assert [one.fields["excerpt"] for one in made] == [""] * 6
    assert [one.fields["format"] for one in made] == ["standard"] * 6
    assert said.fields["excerpt"] == "In short"
    assert (plugins / "rendered.txt").read_text() == ".", "once, to see that nothing fills it in"


def test_an_excerpt_that_a_plugin_fills_in_is_seen_in_each_post(
    moved: tuple[Moving, Plan, Pushed],
) -> None:
    moving, _, _ = moved
    (moving.server.content / "mu-plugins" / "fills.php").write_text(FILLS, encoding="utf-8")
    publisher = moving.mirror()[1]
    try:
        made = [publisher.create(plain(number)) for number in (508, 509)]
    finally:
        publisher.close()
    assert [one.fields["excerpt"] for one in made] == ["Filled in"] * 2
    assert [one.fields["format"] for one in made] == ["aside"] * 2
