"""A tiny benchmark whose questions two pages of the bundled crawl copy; all written for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from examples.features import FEATURES

# (question, answer) of questions that pages copy, and of one that none does.
COPIED = (
    (
        "A miller grinds six sacks of rye before noon and four sacks after it, but sells only seven. How many sacks are left in the evening?",
        "three sacks",
    ),
    (
        "Which of the three bridges over the Ammer was carried away twice before anybody thought of building it in stone?",
        "the ferry bridge",
    ),
)
UNSEEN = ("How many lanterns does the harbour master of Tolvenes light on the first evening after the ice has gone?", "eleven")


def items() -> list[dict[str, str]]:
    """Questions with answers, and one about a passage that pages of the crawl hold as well: having that is no leak."""
    asked = [{"question": question, "answer": answer} for question, answer in (*COPIED, UNSEEN)]
    return [
        *asked,
        {"passage": FEATURES["peat"], "question": "What did the cutters of the moor take home in the autumn?", "answer": "dry turf"},
    ]


def riddles() -> Iterator[list[str]]:
    """The paragraphs of each page that copies a question."""
    for (question, answer), feature in zip(COPIED, ("owls", "clock"), strict=True):
        yield [
            "Readers have asked for a riddle again, so here is one from the school paper. The solution stands right below it.",
            question,
            f"The right answer is {answer}. Whoever knew it may keep the secret until next week.",
            FEATURES[feature],
        ]


def write_benchmark(path: Path) -> Path:
    """The benchmark as JSON lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(item) + "\n" for item in items()), "utf-8")
    return path
