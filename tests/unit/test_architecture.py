"""Imports point one way: errors ← model ← (normalize, pull, ports) ← adapters ← run ← cli."""

from __future__ import annotations

import ast
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "wp_sync"

# Each part may import the parts named here (and itself); `base` modules are ports.
ALLOWED: dict[str, set[str]] = {
    "errors": set(),
    "model": {"errors"},
    "content": {"errors", "model"},
    "digest": {"errors", "model"},
    "ledger": set(),
    "progress": {"errors"},
    "entities": set(),
    "redaction": set(),
    "paths": set(),
    "toml": {"errors"},
    "source.base": {"errors", "model"},
    "findings": set(),
    "archive.base": {"errors", "ledger", "model", "content", "findings"},
    "normalize": {
        "entities", "errors", "model", "content", "paths", "progress", "toml", "archive.base",
    },
    "pull": {"errors", "model", "progress", "digest", "source.base", "archive.base"},
    "http": {"entities", "errors", "model", "redaction", ""},
    "source": {"entities", "errors", "model", "digest", "redaction", "source.base", "http", ""},
    "archive": {
        "errors", "ledger", "model", "content", "digest", "findings", "paths", "archive.base", "",
    },
    "audit.base": {"findings"},
    "audit": {
        "entities", "errors", "model", "content", "digest", "findings", "paths", "progress", "toml",
        "archive.base", "audit.base", "normalize", "redaction", "",
    },
    "publish.base": {"errors", "model", "content", "archive.base", "normalize"},
    "publish.files.base": {"errors"},
    "publish": {
        "entities", "errors", "ledger", "model", "content", "digest", "progress", "redaction",
        "paths", "archive.base", "publish.base", "publish.files.base", "normalize", "http", "",
    },
    "notify.base": {"errors"},
    "notify": {"errors", "http", "notify.base", "paths", "toml", ""},
    "config_targets": {"errors", "toml", "paths"},
    "config": {
        "audit", "config_targets", "errors", "model", "notify", "paths", "toml", "pull",
        "redaction",
    },
    "linkcheck": {"archive.base", "errors", "findings", "http", "progress", ""},
    "diffing": {"digest", "model"},
    "browse": {"archive", "archive.base", "diffing", "errors", "model", "normalize", "progress"},
    "run": {
        "errors", "model", "content", "progress", "source.base", "archive.base", "pull",
        "normalize", "",
    },
}  # fmt: skip
FREE = {"cli", "demo", "testing", "__main__", ""}


def part_of(module: str) -> str:
    names = module.split(".")[1:]
    if names[-1:] == ["base"]:
        return ".".join(names)
    return names[0] if names else ""


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            base = node.module
            for name in node.names:
                inner = PACKAGE.parent.joinpath(*base.split("."), name.name)
                is_module = inner.is_dir() or inner.with_suffix(".py").exists()
                found.add(f"{base}.{name.name}" if is_module else base)
        elif isinstance(node, ast.Import):
            found.update(name.name for name in node.names)
    return {name for name in found if name.split(".")[0] == "wp_sync"}


def test_imports_point_one_way() -> None:
    wrong: list[str] = []
    for path in sorted(PACKAGE.rglob("*.py")):
        module = ".".join(("wp_sync", *path.relative_to(PACKAGE).with_suffix("").parts))
        module = module.removesuffix(".__init__")
        part = part_of(module)
        if part in FREE:
            continue
        for imported in sorted(imports(path)):
            if part_of(imported) not in {part, part.split(".")[0]} | ALLOWED[part]:
                wrong.append(f"{module} imports {imported}")
    assert not wrong, "\n".join(wrong)


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(PACKAGE))
        for path in sorted(PACKAGE.rglob("*.py"))
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not silent


def test_nothing_but_one_package_speaks_http() -> None:
    """Credentials, limits and retries live in one place; downloads stream through it."""
    guilty = []
    for path in sorted(PACKAGE.rglob("*.py")):
        part = path.relative_to(PACKAGE).parts[0]
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {
            name.name.split(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.Import)
            for name in node.names
        } | {
            (node.module or "").split(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
        }
        if names & {"requests", "urllib3"} and part not in ("http", "source"):
            guilty.append(str(path.relative_to(PACKAGE)))
    assert not guilty
