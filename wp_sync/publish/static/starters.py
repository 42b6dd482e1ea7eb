"""The few files that make an empty folder a site which its generator builds without a warning.

Written once and a person's from then on: an honest beginning, not a theme.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from wp_sync.publish.files.base import Output

_HEAD = '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
_VIEWPORT = '<meta name="viewport" content="width=device-width">\n'


def _once(path: str, text: str) -> Output:
    return Output(path, text.encode(), once=True)


def hugo(title: str, taxonomies: Sequence[str]) -> list[Output]:
    names = {"categories": "category", "tags": "tag"}
    named = {names.get(one, one): one for one in taxonomies} | {"author": "authors"}
    lines = "\n".join(f"{json.dumps(one)} = {json.dumps(many)}" for one, many in named.items())
    config = f"""baseURL = "http://localhost:1313/"
title = {json.dumps(title, ensure_ascii=False)}

[taxonomies]
{lines}

# What Markdown can't say is HTML in the texts; quotes and dashes are as the authors set them.
[markup.goldmark.renderer]
unsafe = true
[markup.goldmark.extensions.typographer]
disable = true
"""
    base = (
        f"{_HEAD}{_VIEWPORT}<title>{{{{ .Title }}}}</title>\n</head>\n<body>\n"
        '<a href="{{ "/" | relURL }}">{{ site.Title }}</a>\n<main>\n<h1>{{ .Title }}</h1>\n'
        '{{ block "main" . }}{{ end }}\n</main>\n</body>\n</html>\n'
    )
    single = (
        '{{ define "main" }}{{ .Content }}\n{{ with .Params.related }}<ul>{{ range . }}'
        '<li><a href="{{ .url }}">{{ .title }}</a></li>{{ end }}</ul>{{ end }}{{ end }}\n'
    )
    many = (
        '{{ define "main" }}{{ .Content }}\n<ul>{{ range .Pages }}'
        '<li><a href="{{ .RelPermalink }}">{{ .LinkTitle }}</a></li>{{ end }}</ul>{{ end }}\n'
    )
    return [
        _once("hugo.toml", config),
        _once("layouts/_default/baseof.html", base),
        _once("layouts/_default/single.html", single),
        _once("layouts/_default/list.html", many),
    ]


def jekyll(title: str, has_home: bool) -> list[Output]:
    config = f"""title: {json.dumps(title, ensure_ascii=False)}
markdown: kramdown
# Quotes and dashes are as the authors set them.
kramdown:
  smart_quotes: ["apos", "apos", "quot", "quot"]
  typographic_symbols: {{hellip: "...", mdash: "---", ndash: "--", laquo: "<<", raquo: ">>",
    laquo_space: "<< ", raquo_space: " >>"}}
  syntax_highlighter: null
exclude: [".wp-sync"]
defaults:
  - scope: {{path: ""}}
    values: {{layout: default}}
"""
    layout = (
        f"{_HEAD}{_VIEWPORT}<title>{{{{ page.title | escape }}}}</title>\n</head>\n<body>\n"
        '<a href="{{ "/" | relative_url }}">{{ site.title | escape }}</a>\n<main>\n'
        "<h1>{{ page.title | escape }}</h1>\n{{ content }}\n</main>\n</body>\n</html>\n"
    )
    home = (
        "---\ntitle: Home\n---\n<ul>{% for post in site.posts %}\n"
        '<li><a href="{{ post.url | relative_url | uri_escape }}">'
        "{{ post.title | escape }}</a></li>{% endfor %}\n</ul>\n"
    )
    return [
        _once("_config.yml", config),
        _once("_layouts/default.html", layout),
        *([] if has_home else [_once("index.html", home)]),
    ]


def eleventy(title: str, has_home: bool) -> list[Output]:
    config = """export default function (config) {
  config.addPassthroughCopy({ public: "/" });
}

export const config = { dir: { input: "content", includes: "../_includes", output: "_site" } };
"""
    layout = (
        f"{_HEAD}{_VIEWPORT}<title>{{{{ title }}}}</title>\n</head>\n<body>\n"
        f'<a href="/">{_html(title)}</a>\n<main>\n<h1>{{{{ title }}}}</h1>\n'
        "{{ content | safe }}\n</main>\n</body>\n</html>\n"
    )
    home = (
        "---\ntitle: Home\npermalink: /index.html\neleventyExcludeFromCollections: true\n---\n"
        "<ul>{% for post in collections.all %}\n"
        '<li><a href="{{ post.url }}">{{ post.data.title }}</a></li>{% endfor %}\n</ul>\n'
    )
    return [
        _once("eleventy.config.js", config),
        _once("_includes/page.njk", layout),
        _once("content/content.json", '{"layout": "page.njk"}\n'),
        *([] if has_home else [_once("content/index.njk", home)]),
        _once(
            "package.json",
            '{\n  "private": true,\n  "type": "module",\n  "scripts": {"build": "eleventy"}\n}\n',
        ),
    ]


def astro(title: str) -> list[Output]:
    content = """import { defineCollection } from "astro:content";
import { glob } from "astro/loaders";
import { z } from "astro/zod";

const entries = defineCollection({
  // Astro's own ids are words without signs, which are not always different.
  loader: glob({ base: "./src/content", pattern: "**/*.md", generateId: ({ entry }) => entry }),
  schema: z
    .object({
      title: z.coerce.string(),
      permalink: z.string(),
      date: z.coerce.date().optional(),
      modified: z.coerce.date().optional(),
      draft: z.boolean().default(false),
    })
    .passthrough(),
});

export const collections = { entries };
"""
    page = f"""---
import {{ getCollection, render }} from "astro:content";

export async function getStaticPaths() {{
  const entries = await getCollection("entries", (entry) => !entry.data.draft);
  const pages = entries.map((entry) => ({{
    params: {{ path: entry.data.permalink.replace(/^\\/|\\/$/g, "") || undefined }},
    props: {{ entry, entries: [] }},
  }}));
  if (pages.some((page) => page.params.path === undefined)) return pages;
  return [...pages, {{ params: {{ path: undefined }}, props: {{ entry: null, entries }} }}];
}}

const {{ entry, entries }} = Astro.props;
const {{ Content }} = entry ? await render(entry) : {{ Content: null }};
const title = entry ? entry.data.title : {json.dumps(title, ensure_ascii=False)};
---
{_HEAD}{_VIEWPORT}<title>{{title}}</title>
</head>
<body>
<a href="/">{_braced(title)}</a>
<main>
<h1>{{title}}</h1>
{{Content && <Content />}}
<ul>{{entries.map((one) => <li><a href={{one.data.permalink}}>{{one.data.title}}</a></li>)}}</ul>
</main>
</body>
</html>
"""
    return [
        _once("astro.config.mjs", 'import { defineConfig } from "astro/config";\n\nexport default '
              'defineConfig({ trailingSlash: "always", markdown: { syntaxHighlight: false } });\n'),
        _once("src/content.config.ts", content),
        _once("src/pages/[...path].astro", page),
        _once(
            "package.json",
            '{\n  "private": true,\n  "type": "module",\n'
            '  "scripts": {"build": "astro build"}\n}\n',
        ),
    ]  # fmt: skip


def _html(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("{", "&#123;")


def _braced(text: str) -> str:
    return "{" + json.dumps(text, ensure_ascii=False) + "}"
