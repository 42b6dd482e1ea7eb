"""HTML of posts as Markdown that reads well; what Markdown can't say stays as HTML.

`convert` is the entry; `front_matter` writes the YAML above it. Values in, values out: no archive,
no files, no addresses but those in the text.
"""
