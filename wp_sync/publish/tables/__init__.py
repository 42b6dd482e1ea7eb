"""JSON Lines and CSV: an archive's items for programs and spreadsheets (docs/formats.md).

`lines` writes an item as a line of JSON and reads it back, `sheets` as a row of CSV; `exporter`
streams them into files. What an item is says `wp_sync.publish.base`.
"""
