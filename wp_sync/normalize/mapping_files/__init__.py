"""Mapping files into `Rules`: one module a kind of file, `folder` for all of them together.

Decides only whether the files make sense by themselves; whether a rule meets a term of the site
is seen when the rules are applied.
"""

from wp_sync.normalize.mapping_files.folder import load_rules

__all__ = ["load_rules"]
