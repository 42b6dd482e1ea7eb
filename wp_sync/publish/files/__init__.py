"""Files as targets: an engine that writes what exporters yield, and nothing but what it owns.

`base` is the port, `engine` plans, pushes and verifies; `decide` decides, `disk` and `manifest` do.
"""
