"""A small exporter for tests of the engine: pages by name, which may quote each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wp_sync.publish.files.base import Made, Output, Unit


class Pages:
    """An exporter of pages by name: the text, and the names of pages whose text it quotes."""

    name = "pages"

    def __init__(self, pages: dict[str, str], quotes: dict[str, str] | None = None) -> None:
        self.pages = pages
        self.quotes = quotes or {}
        self.rendered: list[str] = []
        self.paths: dict[str, str] = {}

    @property
    def digest(self) -> str:
        return repr((sorted(self.pages.items()), sorted(self.quotes.items()), self.paths))

    @property
    def facts_digest(self) -> str:
        return repr(sorted(self.pages.items()))

    def units(self) -> Iterator[Unit]:
        for name, text in self.pages.items():
            yield Unit(name, "page", name.title(), text + self.paths.get(name, ""))

    def fact(self, name: str) -> str:
        return self.pages.get(name, "")

    def made(self, units: Sequence[Unit]) -> Iterator[Made]:
        for unit in units:
            self.rendered.append(unit.key)
            text = self.pages[unit.key]
            facts = {}
            if quoted := self.quotes.get(unit.key):
                facts = {quoted: self.fact(quoted)}
                text += f"> {facts[quoted]}"
            folder = self.paths.get(unit.key, unit.key)
            files = [
                Output(f"pages/{folder}/picture.bin", lambda: iter((b"pic", b"ture"))),
                Output(f"pages/{folder}/index.md", text.encode()),
            ]
            yield Made(unit, files, facts)
