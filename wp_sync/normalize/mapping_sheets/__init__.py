"""Mapping files as tables for spreadsheet programs, and back, without losing a rule.

`cells` knows how text stands in a cell and a file, `columns` which column means which key,
`toml_text` how decisions are written as TOML; `convert` puts them together. No command line here.
"""

from wp_sync.normalize.mapping_sheets.convert import from_csv, has_sheet, to_csv

__all__ = ["from_csv", "has_sheet", "to_csv"]
