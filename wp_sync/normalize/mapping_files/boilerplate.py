"""``boilerplate.toml`` into `BoilerplateRules`."""

from __future__ import annotations

from wp_sync.normalize.boilerplate.passages import comparable
from wp_sync.normalize.rules.boilerplate import FATES, BoilerplateBlock, BoilerplateRules
from wp_sync.normalize.text import plain
from wp_sync.toml import Table

_SHORTEST = 12  # characters; less than that is like too much


def read_boilerplate(top: Table) -> BoilerplateRules:
    find = top.table("find")
    least = find.integer("least_posts", 5, least=2)
    similarity = _similarity(find, 0.8)
    find.finish()
    blocks: list[BoilerplateBlock] = []
    first: dict[str, str] = {}
    for table in top.tables("block"):
        block = _block(table, similarity)
        for text in block.like:
            same = comparable(plain(text))
            if same in first:
                message = f"this text is claimed by the block at {first[same]} already"
                table.complain(message, key="like", hint="leave it to one of them")
            first.setdefault(same, table.where)
        blocks.append(block)
    return BoilerplateRules(tuple(blocks), least, similarity)


def _similarity(table: Table, default: float) -> float:
    value = table.number("similarity", default)
    if not 0.5 <= value <= 1:
        hint = "1 is the very same text; below 0.5 anything is alike"
        table.complain(
            f"similarity is {value:g}, not between 0.5 and 1", key="similarity", hint=hint
        )
        return default
    return value


def _block(table: Table, similarity: float) -> BoilerplateBlock:
    like = table.texts("like")
    block = BoilerplateBlock(
        name=table.text("name").strip(),
        like=like,
        fate=next(fate for fate in FATES if fate == table.text("do", "keep", choices=FATES)),
        text=table.text("with").strip(),
        similarity=_similarity(table, similarity),
        where=table.where,
    )
    table.finish()
    if not block.name:
        table.complain("the block has no name", hint='name = "our city list"')
    if not like:
        table.complain("the block does not say what it is like", hint='like = "its text"')
    for text in like:
        if len(comparable(plain(text))) < _SHORTEST:
            message = f'"{text[:40]}" is too short to be told from other text'
            table.complain(message, key="like", hint=f"at least {_SHORTEST} letters")
    if block.fate == "replace" and not block.text:
        table.complain("there is nothing to replace it with", key="do", hint='with = "…"')
    if block.fate != "replace" and block.text:
        table.complain(f'"with" has no use for do = "{block.fate}"', key="with")
    return block
