"""Cleaning: what each rule takes out or mends, what it leaves, and that nothing else changes."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bodies import bodies, recorded_bodies
from wp_sync.normalize.clean import Cleaner
from wp_sync.normalize.mapping_files.cleaning import read_cleaning
from wp_sync.normalize.rules.cleaning import CleaningRules, Mode
from wp_sync.toml import parse

MODES = [one.name for one in fields(CleaningRules) if "_" not in one.name]


def rules(mode: Mode, *names: str) -> CleaningRules:
    """The named rules (all, where none is) in a mode, the others off."""
    return CleaningRules(**{name: mode if name in (names or MODES) else "off" for name in MODES})


ALL = replace(
    rules("clean"), remove_shortcodes=("ad_box",), unwrap_shortcodes=("dropcap",),
    keep_shortcodes=("kept",), pixel_hosts=("count.example",), builder_classes=("ourbuilder-",),
)  # fmt: skip
TITLE = "Back pain &amp; sleep: what’s new"
PARAGRAPH = "<!-- wp:paragraph -->\n{}\n<!-- /wp:paragraph -->"
KEEP = "<p>Words that stay &nbsp;<b>bold</B>.</p>"


@pytest.mark.parametrize(
    ("rule", "before", "after"),
    [
        # the title again
        ("title", "<h1 class=x>Back pain &#038; sleep: what&#8217;s  new</h1>@", "@"),
        ("title", "\n<div><h2>BACK PAIN & SLEEP: WHAT'S NEW</h2>\n@</div>", "\n<div>\n@</div>"),
        ("title", "<!-- wp:heading {\"level\":1} -->\n<h1>Back pain & sleep: what's <b>new</b></h1>"
                  "\n<!-- /wp:heading -->\n\n@", "\n\n@"),
        ("title", "<h1>Back pain & sleep</h1>@", None),
        ("title", "@<h2>Back pain & sleep: what’s new</h2>", None),
        ("title", "Words <h2>Back pain & sleep: what’s new</h2>@", None),
        # bylines
        ("byline", "<p>By jroe84 | November 15th, 2017 | Categories: Pain</p>@", "@"),
        ("byline", "<h2>Another line</h2><div><p><span>Von <a href=/a>Jana Roe</a></span>"
                   " | 15. November 2017</p>@</div>", "<h2>Another line</h2><div>@</div>"),
        ("byline", PARAGRAPH.format("<p>By Jane Roe | November 15th, 2017</p>") + "@", "@"),
        ("byline", "<p>By the way, in 2017: nothing happened.</p>@", None),
        # empty paragraphs
        ("empty", "<p></p>@<p>&nbsp;</p>\n<h3><br /> </h3>", "@\n"),
        ("empty", PARAGRAPH.format("<p></p>") + "@", "@"),
        ("empty", "<!-- wp:quote --><blockquote><p></p></blockquote><!-- /wp:quote -->@", None),
        ("empty", "<p id='target'></p><p style='height:3em'></p><p><img src=/x.png></p>@", None),
        ("empty", "<pre>&lt;p>&lt;/p></pre><textarea><p></p></textarea>@", None),
        # word processors
        ("styles", "<p class=\"MsoNormal\" style='mso-x:auto; color:red'>x<o:p></o:p></p>@",
                   "<p style='color:red'>x</p>@"),
        ("styles", "<p class='MsoNormal keep'>x</p>@", "<p class='keep'>x</p>@"),
        ("styles", "<span style=\"font-weight: 400;\">one <b>two</b></span>@", "one <b>two</b>@"),
        ("styles", "<!--[if gte mso 9]><xml>x</xml><![endif]-->@", "@"),
        ("styles", "<span style=\"font-weight: 400; color: red\">x</span>@", None),
        ("styles", "<span style=\"font-weight: 400;\"><i>not nested</span></i>@", None),
        ("styles", "<p style=\"font-size:20px\">x</p>@", None),
        # page builders
        ("builders", "[vc_row a='b'][vc_column]x[/vc_column][/vc_row]@", "x@"),
        ("builders", "<div class=\"elementor-a\"><div class='elementor-b'>x</div></div>@", "x@"),
        ("builders", "<div class=ourbuilder-box>x</div>@", "x@"),
        ("builders", "<div class='fusion-x' id=target>x</div><div class=fusion-y>x @", None),
        ("builders", "<div class='wp-block-group fl-x'>x</div>@", None),
        ("builders", "<code>[vc_row a='b']</code> [[vc_row a='b']]@", None),
        # shortcodes
        ("shortcodes", "[dropcap size=3]W[/dropcap]ords [ad_box id=3][kept x=y]@",
                       "Words [kept x=y]@"),
        ("shortcodes", "a[ad_box]<p>x</p>[/ad_box]b@", "ab@"),
        ("shortcodes", "a[ad_box]<p>[dropcap]x[/dropcap]</p>[/ad_box]b@", "ab@"),
        ("shortcodes", "a<p>[ad_box]x</p><p>y[/ad_box]</p>@", None),
        ("shortcodes", "[gallery ids='1,2'] [1] [sic] [[ad_box]] <pre>[ad_box]</pre>@", None),
        # pixels
        ("pixels", "<p><img src='https://x.example/p.gif' width=1 height='1'/>x</p>@", "<p>x</p>@"),
        ("pixels", "<img src=https://x.example/p style='width:1px;height:0' />@", "@"),
        ("pixels", "<img src='https://pixel.wp.com/b.gif?host=x' alt=''>@", "@"),
        ("pixels", "<img src=//count.example/p>@", "@"),
        ("pixels", "<img src=/line.png width=1 height=100><img src=/a.png>@", None),
        # letters read in the wrong encoding
        ("mojibake", "<p>Itâ€™s cafÃ© â€” â‚¬5, 20Â°</p>@", "<p>It’s café — €5, 20°</p>@"),
        ("mojibake", "Itâ€œ Ã¢â‚¬â„¢twice@", "It“ ’twice@"),
        ("mojibake", "NÃO, MAÇÃ e ÂMBAR, Â» â la carte, pâté <code>â€™</code>@", None),
        ("mojibake", "<a href='/cafÃ©'>x</a>@", None),
    ],
)  # fmt: skip
def test_what_a_rule_takes_out(rule: str, before: str, after: str | None) -> None:
    before = before.replace("@", KEEP)
    expected = before if after is None else after.replace("@", KEEP)
    only = replace(ALL, **{name: "off" for name in MODES if name != rule})
    assert Cleaner(only).clean(before, TITLE).body == expected
    # With all rules on the rule does the same, and cleaning again changes nothing.
    whole = Cleaner(ALL).clean(before, TITLE).body
    assert Cleaner(ALL).clean(whole, TITLE).body == whole
    # Only reported: the same is found, and nothing is done.
    told = Cleaner(replace(only, **{rule: "report"})).clean(before, TITLE)
    assert told.body is before
    assert all(finding.rule == rule and not finding.done for finding in told.findings)
    if after is not None:
        assert told.findings


def test_what_was_found_is_told_with_its_place_and_excerpts() -> None:
    body = "<p>" + "x" * 300 + "</p>\n<p></p>\n<p>Itâ€™s</p>"
    first, second = Cleaner(replace(rules("report"), empty="clean")).look(body, "")
    assert (first.rule, first.done, first.what) == ("empty", True, "an empty <p>")
    assert body[first.span_start :].startswith("<p></p>")
    assert first.before == "x" * 35 + "</p>\n<p></p>\n<p>Itâ€™s</p>"
    assert first.after == "x" * 35 + "</p>\n\n<p>Itâ€™s</p>"
    assert (second.rule, second.done, second.what) == ("mojibake", False, "â€™ for ’")
    assert "It’s" in second.after


def test_thousands_of_one_kind_are_counted_not_listed() -> None:
    found = Cleaner(rules("report")).look("<p></p>" * 5000, "")
    assert len(found) == 21
    assert found[-1].what == "4980 more of this rule"


BLOCK = re.compile(r"<!-- (/?)wp:([a-z/]+)[^>]*?(/?)-->")


def balanced(body: str) -> bool:
    stack: list[str] = []
    for slash, name, void in BLOCK.findall(body):
        if slash:
            if not stack or stack.pop() != name:
                return False
        elif not void:
            stack.append(name)
    return not stack


RESIDUE = st.sampled_from(
    [
        "<p></p>", "<p> &nbsp; <br></p>", PARAGRAPH.format("<p></p>"), "<p>", "</p>", "<div>",
        "</div>", "<div class='fusion-row'>", "[vc_row a='1']", "[/vc_row]", "[ad_box a=b]",
        "[/ad_box]", "[dropcap]", "[/dropcap]", "<span style='font-weight: 400;'>", "</span>",
        "<img width=1 height=1 src='//x.example/'>", "Itâ€™s", "<!-- wp:group -->",
        "<!-- /wp:group -->", "<h1>Back pain</h1>", "<p class=MsoNormal style='mso-x:1'>",
        "<o:p>", "</o:p>", "<!--[if mso]>", "-->", "words ", "\n", "<pre>", "</pre>", "<b>", "</b>",
        "<!-- wp:x {\"a\":\"[ad_box]\"} /-->", "<a href='/x'>", "</a>",
    ]
)  # fmt: skip


@given(st.lists(st.one_of(RESIDUE, bodies().map(lambda made: made[0])), max_size=14).map("".join))
def test_cleaning_twice_is_cleaning_once_and_blocks_stay_whole(body: str) -> None:
    cleaned = Cleaner(ALL).clean(body, "Back pain").body
    assert Cleaner(ALL).clean(cleaned, "Back pain").body == cleaned
    if balanced(body):
        assert balanced(cleaned)
    if "[ad_box" not in body:
        assert cleaned.count("words") == body.count("words")


@given(st.lists(RESIDUE, max_size=14).map("".join), st.sampled_from(MODES))
def test_what_is_only_reported_stays_in_the_body(body: str, rule: str) -> None:
    one = replace(rules("clean", rule), remove_shortcodes=("ad_box",))
    others = {name: "clean" if name == rule else "report" for name in MODES}
    both = replace(one, **others)
    assert Cleaner(both).cleaned(body, "Back pain") == Cleaner(one).cleaned(body, "Back pain")
    assert Cleaner(rules("report")).cleaned(body, "Back pain") == body


def test_recorded_bodies_without_residue_stay_as_they_are() -> None:
    """A clean-up that invents work would be worse than none: few of these have any."""
    changed = [body for body in recorded_bodies() if Cleaner(ALL).clean(body, "x").body != body]
    assert len(changed) < len(recorded_bodies()) / 20


def test_the_file(tmp_path: Path) -> None:
    shipped = Path(__file__).parents[2] / "mappings" / "cleaning.toml"
    file = parse(shipped.read_text(encoding="utf-8"), "cleaning.toml")
    top = file.table()
    top.integer("version")
    assert read_cleaning(top) == CleaningRules()
    top.finish()
    assert not file.problems


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[rules]\ntitle = "yes"', 'title is "yes"'),
        ('[rules]\ntitel = "off"', 'unknown key "titel"'),
        ('[shortcodes]\nremove = ["a"]\nkeep = ["[a]"]', "in remove already"),
        ('[shortcodes]\nremove = ["a b"]', "not the name of a shortcode"),
        ('[builders]\nclasses = ["x"]', "too short"),
    ],
)
def test_mistakes_in_the_file(text: str, message: str) -> None:
    file = parse(text, "cleaning.toml")
    top = file.table()
    read_cleaning(top)
    top.finish()
    assert message in " ".join(problem.message for problem in file.problems)
