"""The command line: words, tables and exit codes."""


def main() -> None:
    """Run the command line."""
    raise SystemExit("not built yet")
