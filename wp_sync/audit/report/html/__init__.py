"""An audit as one HTML file that an editor forwards: no server, nothing fetched, nothing trusted.

`data` gathers, `charts` draws, `page` puts it together. Decides nothing about findings.
"""
