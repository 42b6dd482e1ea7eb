"""The command line: words, tables and exit codes. Everything it does is done elsewhere."""


def main() -> None:
    """Run the command line; ends the process with the command's exit code."""
    from wp_sync.cli.app import build

    build()()
