"""All rules there are: every module of `wp_sync.audit.rules`, imported once. Runs none of them."""

from __future__ import annotations

import hashlib
import importlib
import pkgutil
from functools import cache
from importlib import resources
from typing import Any

from wp_sync.audit import rules
from wp_sync.audit.base import REGISTERED, Registered, Rule

# Modules that only run the rules, or write down what they say.
_BESIDE = frozenset(
    ("configured", "engine", "gather", "items", "muting", "origins", "past", "registry", "site",
     "standing")
)  # fmt: skip
# What rules read a page with, and what findings are written down with.
_READ_BY_RULES = ("normalize", "content.py", "entities.py")
_WRITING = ("findings.py", "archive/audits.py", "archive/audit_forms.py", "archive/rows.py")


@cache
def registered() -> Registered:
    """Every rule and fact, their families' modules imported."""
    for module in pkgutil.walk_packages(rules.__path__, f"{rules.__name__}."):
        importlib.import_module(module.name)
    return REGISTERED


@cache
def by_id() -> dict[str, Rule]:
    """Every rule by its id, in order of family and name."""
    found = {rule.id: rule for rule in registered().rules()}
    return dict(sorted(found.items()))


@cache
def code_digest() -> str:
    """A digest of the rules' own code: what another version kept of a post is made anew."""
    total = hashlib.blake2b(digest_size=16)
    package = resources.files("wp_sync.audit")
    for beside in _READ_BY_RULES:
        _add(total, resources.files("wp_sync") / beside)
    for part in sorted(package.iterdir(), key=lambda one: one.name):
        name = part.name.removesuffix(".py")
        if part.name != name and name not in _BESIDE:
            total.update(part.read_bytes())
    _add(total, package / "rules")
    return total.hexdigest()


@cache
def whole_digest() -> str:
    """A digest of all code that has a part in what is written down of a finding."""
    total = hashlib.blake2b(code_digest().encode(), digest_size=16)
    package = resources.files("wp_sync")
    for name in sorted(_BESIDE):
        total.update((package / "audit" / f"{name}.py").read_bytes())
    for name in _WRITING:
        total.update(package.joinpath(*name.split("/")).read_bytes())
    return total.hexdigest()


def _add(total: Any, folder: Any) -> None:
    if folder.is_file():
        total.update(folder.read_bytes())
        return
    for part in sorted(folder.iterdir(), key=lambda one: one.name):
        if part.is_dir():
            _add(total, part)
        elif part.name.endswith(".py"):
            total.update(part.name.encode())
            total.update(part.read_bytes())
