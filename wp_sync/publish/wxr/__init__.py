"""WXR, the XML that WordPress's importers take: an archive as one file of the format 1.2.

`markup` writes XML that is well-formed whatever stands in a text, `php` what WordPress keeps
serialized, `elements` says how each family of items looks, `document` streams them in order.
"""
