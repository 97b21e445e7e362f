"""Pages of clean prose in many languages, put together from sentences: what no filter should drop."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable

from training_scripts.train_language import Labeled

SENTENCES, PER_PARAGRAPH = 12, 3  # four lines: of three, one that trails off would exceed Gopher's bound
LEAST = 5  # sentences; C4 asks for as many


def pages(rows: Iterable[Labeled], count: int, seed: int = 7) -> dict[str, list[str]]:
    """Language -> `count` pages of up to 12 different sentences in paragraphs of three; each page of one variety of the language (the
    declarations hold the same articles in several). A variety with fewer than five sentences has none."""
    by_variety: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        by_variety[row.language][row.variety].append(row.text)
    found: dict[str, list[str]] = {}
    for language, varieties in sorted(by_variety.items()):
        drawn = random.Random(f"{seed} {language}")
        large = [texts for _, texts in sorted(varieties.items()) if len(texts) >= LEAST]
        if large:
            found[language] = [_page(drawn, large[number % len(large)]) for number in range(count)]
    return found


def _page(drawn: random.Random, texts: list[str]) -> str:
    chosen = drawn.sample(texts, min(SENTENCES, len(texts)))
    return "\n\n".join(" ".join(chosen[start : start + PER_PARAGRAPH]) for start in range(0, len(chosen), PER_PARAGRAPH))
