"""Static site generators as targets: Hugo, Jekyll, Eleventy and Astro from one exporter.

`exporter` makes units out of an archive's items, `places` says where everything will stand; a
`layout` per generator says how it wants its files. The engine is `wp_sync.publish.files`.
"""
