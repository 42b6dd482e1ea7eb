"""Markup of plugins and themes that print related posts: class or id → origin.

Data only; ``[[block]]`` tables of ``mappings/related.toml`` add to it. Names are those that the
plugins and themes themselves print.
"""

from __future__ import annotations

import re

CLASSES = {
    # Plugins
    "jp-relatedposts": "jetpack",
    "jp-relatedposts-i2": "jetpack",
    "wp-block-jetpack-related-posts": "jetpack",
    "yarpp": "yarpp",
    "yarpp-related": "yarpp",
    "yarpp-related-shortcode": "yarpp",
    "yarpp-related-widget": "yarpp",
    "yarpp-thumbnails-horizontal": "yarpp",
    "yarpp-thumbnail": "yarpp",
    "crp_related": "crp",
    "crp-related": "crp",
    "related-gallery": "rpbt",
    "relpost-thumb-wrapper": "relpost",
    "relpost-block-container": "relpost",
    "yuzo_related_post": "yuzo",
    "wp-yuzo": "yuzo",
    "yuzo-related": "yuzo",
    "wp_rp_wrap": "zemanta",
    "wp_rp_content": "zemanta",
    "wp_rp": "zemanta",
    "related_post": "zemanta",
    "rp4wp-related-posts": "rp4wp",
    "yoast-seo-related-links": "yoast",
    "wp-block-yoast-seo-related-links": "yoast",
    "wp-block-newspack-blocks-homepage-articles": "newspack",
    "wp-block-newspack-blocks-carousel": "newspack",
    # Page builders
    "single-related-posts": "fusion",
    "fusion-related-posts": "fusion",
    "elementor-widget-posts": "elementor",
    "elementor-widget-loop-grid": "elementor",
    "elementor-widget-loop-carousel": "elementor",
    "et_pb_posts": "divi",
    "et_pb_blog_grid_wrapper": "divi",
    "et_pb_post_slider": "divi",
    "et_pb_fullwidth_post_slider": "divi",
    # WordPress itself
    "wp-block-query": "query",
    "wp-block-latest-posts__list": "latest",
    "wp-block-latest-posts": "latest",
    "wp-embedded-content": "embed",
    "is-type-wp-embed": "embed",
    # Themes
    "ast-single-related-posts-container": "astra",
    "internal-blogcard-wrap": "blogcard",
    "internal-blogcard": "blogcard",
    "p-blogCard": "blogcard",
    "entry-related": "theme",
    "relates": "theme",
    "relatedposts": "theme",
    "relatedpost": "theme",
    "post-related": "theme",
    "penci-post-related": "theme",
    "tdb_single_related": "theme",
    "jnews_related_post_container": "theme",
}
PREFIXES = (("rpbt_", "rpbt"), ("crp_related", "crp"), ("yarpp-template", "yarpp"))
# Classes of themes that are not named above, as most of them are spelled: related-posts,
# mytheme__related-articles-wrapper, td_block_related_posts, related-entries.
THEME = re.compile(
    r"(?:[a-zA-Z0-9]+[-_]{1,2}){0,3}(?:related|similar)[-_]{0,2}"
    r"(?:posts?|articles?|entry|entries|stories|blogs?)"
    r"(?:[-_]{1,2}(?:wrap|wrapper|container|section|box|area|list|grid|inner|block|outer|holder))?"
)
HINTS = (
    "relat", "similar", "yarpp", "crp_", "rpbt_", "yuzo", "wp_rp", "relpost", "newspack-blocks",
    "elementor-widget", "et_pb_", "wp-block-query", "latest-posts", "wp-embed", "blogcard",
    "p-blogCard", "postTitle",
)  # fmt: skip
# A shop's related products share the classes of related posts.
GOODS = frozenset(("products", "wc-block-product-template"))
# On a whole page these are side bars and footers, the same on every page.
NOT_ON_PAGES = frozenset(("query", "latest", "embed"))
# An anchor that is a block itself; all others stand around anchors.
ANCHORS = frozenset(("blogcard", "yarpp"))
# Places that the plugin itself fills: without any link in it the block is an empty one.
PLACES = frozenset(("jetpack", "yarpp", "crp", "rpbt", "relpost", "yuzo", "zemanta", "rp4wp"))


def origin_of(words: list[str], classes: dict[str, str]) -> str:
    """The origin that a tag's classes and id stand for, or empty; a plugin's name wins."""
    theme = ""
    for word in words:
        found = classes.get(word, "")
        if found and found != "theme":
            return found
        for prefix, origin in PREFIXES:
            if word.startswith(prefix):
                return origin
        if found or THEME.fullmatch(word):
            theme = "theme"
    return theme
