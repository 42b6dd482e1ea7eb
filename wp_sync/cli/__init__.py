"""The command line: words, tables and exit codes. Everything it does is done elsewhere."""

import gc


def main() -> None:
    """Run the command line; ends the process with the command's exit code."""
    from wp_sync.cli.app import build

    menu = build()
    # A pull makes and drops hundreds of thousands of small values that no cycle holds. Looking for
    # cycles less often, and never among what was loaded, saves a tenth of its time.
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    try:
        menu()
    finally:
        gc.freeze()  # the end of the process needs no last look either
