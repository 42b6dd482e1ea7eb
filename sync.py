#!/usr/bin/env python3
"""The command line without installing: ``python sync.py --help``."""

from wp_sync.cli import main

if __name__ == "__main__":
    main()
