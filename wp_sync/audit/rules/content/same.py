"""Texts that stand more than once: whole, nearly, or as blocks that fill up other posts."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from zlib import crc32

from wp_sync.audit.base import (
    OWN,
    Certainty,
    Hit,
    Limits,
    Rule,
    Severity,
    Threshold,
    page_fact,
    site_rule,
)
from wp_sync.audit.likeness import Sketches, shingles
from wp_sync.audit.page import Page, PostFacts
from wp_sync.audit.same import Kinds, Same, number_of
from wp_sync.audit.site import Site
from wp_sync.normalize.boilerplate.passages import Passage, comparable, passages
from wp_sync.normalize.links.scan import scan
from wp_sync.normalize.text import rendered

_MOST_PAIRS = 20_000  # of near duplicates that are looked into; more is no list anybody reads
_DOUBT = 0.12  # how far a sketch's estimate may be below the truth
_SHOWN = 3  # passages that are told of
_LEAST_PASSAGE = 40  # characters of a passage that counts as a block
_BITS = 1 << 24


@site_rule(
    Rule(
        id="content/duplicate",
        reason="The same text under several addresses competes with itself, and one is kept up.",
        severity=Severity.WARNING,
        fix="Keep one, and redirect the others to it.",
        bad="two posts with one text",
        good="one post, and a redirect",
        thresholds=(Threshold("least", 20, OWN, "words of a text that is compared"),),
    )
)
class Duplicate:
    def __init__(self, limits: Limits) -> None:
        self._same = Same()
        self._least = limits.whole("least")

    def add(self, post: PostFacts) -> None:
        if post.words >= self._least and "locked" not in post.more:  # security's, if protected
            self._same.add(number_of(post.body), post)

    def hits(self, site: Site) -> Iterable[Hit]:
        for group in self._same.groups():
            known = self._same.facts(site, group)
            for key, facts in known.items():
                rest = [other.url for number, other in known.items() if number != key]
                more = len(group) - 1 - len(rest[:3])
                others = ", ".join(rest[:3]) + (f" and {more} more" if more > 0 else "")
                data = {"others": rest[:20]}
                yield Hit(
                    f"the same text as {others}", "text", kind=facts.kind, id=facts.id, data=data
                )


@site_rule(
    Rule(
        id="content/near-duplicate",
        reason="Texts that differ in a few words compete with each other, and one is often stale.",
        severity=Severity.WARNING,
        certainty=Certainty.REVIEW,
        fix="Make one of them, or say in each what is different.",
        bad="the same page for two towns, only the town's name changed",
        good="one page for both towns",
        thresholds=(
            Threshold("likeness", 0.9, "Screaming Frog", "share of runs of four words in common"),
            Threshold("least", 50, OWN, "words of a text that is compared"),
        ),
    )
)
class NearDuplicate:
    def __init__(self, limits: Limits) -> None:
        self._likeness = limits.number("likeness")
        self._least = limits.whole("least")
        self._kinds = Kinds()
        self._sketches = Sketches()
        self._bodies: set[int] = set()

    def add(self, post: PostFacts) -> None:
        if post.words < self._least:
            return
        body = number_of(post.body)
        if body not in self._bodies:  # the same text whole is another rule's
            self._bodies.add(body)
            self._sketches.add(self._kinds.key(post.kind, post.id), post.sketch)

    def hits(self, site: Site) -> Iterable[Hit]:
        best: dict[int, tuple[float, int]] = {}
        for number, pair in enumerate(self._sketches.pairs(max(0.0, self._likeness - _DOUBT))):
            if number >= _MOST_PAIRS:
                break
            one, other, estimate = pair
            for key, beside in ((one, other), (other, one)):
                if key not in best or estimate > best[key][0]:
                    best[key] = (estimate, beside)
        told: dict[tuple[int, int], tuple[float, list[str], list[str]]] = {}
        for key, (_, beside) in sorted(best.items()):
            pair_of = (min(key, beside), max(key, beside))
            if pair_of not in told:
                told[pair_of] = self._compare(site, *pair_of)
            like, same, differs = told[pair_of]
            if like < self._likeness:
                continue
            kind, id = self._kinds.post(key)
            other_facts = self._kinds.facts(site, [beside]).get(beside)
            if other_facts is None:
                continue
            message = f"{like:.0%} of it stand in {other_facts.url} too"
            if differs:
                message += f"; different: “{differs[0][:120]}”"
            data = {
                "other": other_facts.url,
                "likeness": round(like, 3),
                "same": same[:_SHOWN],
                "different": differs[:_SHOWN],
            }
            yield Hit(message, f"like {other_facts.url}", kind=kind, id=id, data=data)

    def _compare(self, site: Site, one: int, other: int) -> tuple[float, list[str], list[str]]:
        """How alike two texts are indeed, and passages that they share and don't."""
        bodies = []
        for key in (one, other):
            kind, id = self._kinds.post(key)
            found = next(iter(site.archive.current(kind, ids=[id])), None)
            bodies.append(rendered(found.data.get("content")) if found else "")
        lists = [list(passages(scan(body))) for body in bodies]
        words = [[w for p in each for w in comparable(p.text).split()] for each in lists]
        runs = [shingles(each) for each in words]
        union = len(runs[0] | runs[1])
        like = len(runs[0] & runs[1]) / union if union else 0.0
        known = [{comparable(p.text) for p in each} for each in lists]
        same = [p.text[:200] for p in _longest(lists[0]) if comparable(p.text) in known[1]]
        differs = [p.text[:200] for p in lists[0] if comparable(p.text) not in known[1]]
        differs += [p.text[:200] for p in lists[1] if comparable(p.text) not in known[0]]
        return like, same[:_SHOWN], differs[:_SHOWN]


def _longest(each: list[Passage]) -> Iterator[Passage]:
    return iter(sorted(each, key=lambda passage: -len(passage.text)))


@page_fact("blocks")
def blocks(page: Page) -> bytes | None:
    """The longer passages, each as a digest and its number of words."""
    found = array("I")
    for passage in page.passages:
        if len(passage.text) >= _LEAST_PASSAGE:
            found.append(crc32(passage.text.lower().encode("utf-8", "surrogatepass")))
            found.append(passage.text.count(" ") + 1)
    return found.tobytes() or None


@site_rule(
    Rule(
        id="content/boilerplate",
        reason="A post that consists mostly of what stands in others too says little of its own.",
        severity=Severity.NOTICE,
        certainty=Certainty.REVIEW,
        fix="Move what is repeated into the theme or a pattern, or write more of the post's own.",
        bad="twenty words of news above a hundred words about the house, as in every post",
        good="the words about the house in the footer",
        thresholds=(
            Threshold("share", 0.5, OWN, "of a post's words that stand in other posts too"),
            Threshold("posts", 3, OWN, "posts in which a passage must stand to be a repeated one"),
        ),
    )
)
class Boilerplate:
    """Counts only passages that came before: the first time sets a bit, which costs no more."""

    def __init__(self, limits: Limits) -> None:
        self._share = limits.number("share")
        self._least = limits.whole("posts")
        self._seen = bytearray(_BITS // 8)
        self._texts = bytearray(_BITS // 8)
        self._again: Counter[int] = Counter()
        self._kinds = Kinds()
        self._posts = array("q")
        self._words = array("I")
        self._blocks = array("I")
        self._ends = array("Q")

    def add(self, post: PostFacts) -> None:
        packed = post.more.get("blocks")
        # The same text whole is another rule's. A bit may be another text's, once in a hundred.
        if not packed or _was(self._texts, number_of(post.body)):
            return
        pairs = _pairs(packed)
        self._posts.append(self._kinds.key(post.kind, post.id))
        self._words.append(post.words)
        self._blocks.extend(pairs)
        self._ends.append(len(self._blocks))
        seen, again = self._seen, self._again
        for digest in set(pairs[::2]):  # `_was`, without a call for each
            place, bit = digest % _BITS >> 3, 1 << (digest & 7)
            if seen[place] & bit:
                again[digest] += 1
            else:
                seen[place] |= bit

    def hits(self, site: Site) -> Iterable[Hit]:
        start = 0
        often = {digest for digest, times in self._again.items() if times + 1 >= self._least}
        for key, words, end in zip(self._posts, self._words, self._ends, strict=True):
            pairs, start = self._blocks[start:end], end
            digests = pairs[::2]
            if self._least > 1 and often.isdisjoint(digests):
                continue
            repeated = sum(
                number
                for digest, number in zip(digests, pairs[1::2], strict=True)
                if self._least <= 1 or digest in often
            )
            if words and repeated > words * self._share:
                kind, id = self._kinds.post(key)
                message = f"{min(repeated, words)} of its {words} words stand in other posts too"
                yield Hit(message, "blocks", kind=kind, id=id)


def _was(bits: bytearray, number: int) -> bool:
    """Whether a number's bit was set; it is from now on."""
    place, bit = divmod(number % _BITS, 8)
    known = bits[place] >> bit & 1
    bits[place] |= 1 << bit
    return bool(known)


def _pairs(packed: bytes) -> array[int]:
    found = array("I")
    found.frombytes(packed)
    return found
