"""A small corpus that the project wrote itself: made sentences of two books' worth of subjects and two kinds of sites, in five tiers."""

import random

import pyarrow as pa

from tierline.training.corpus import SCHEMA

WORDS = {
    "river": "the ferry crosses at dawn when mist lies over water and oars knock against slow green stones".split(),
    "forge": "hammers ring while iron glows white then bends under patient hands beside a roaring coal fire".split(),
    "garden": "seeds wake after rain as beans climb poles and bees drift from thyme to clover all summer".split(),
    "archive": "clerks copy letters into ledgers that moths ignore because camphor fills every oak drawer there".split(),
}
DOMAINS = {"river": "web", "forge": "web", "garden": "textbooks", "archive": "textbooks"}
WORKS = 5  # sites or books of a subject


def made_rows(per_tier: int = 60, seed: int = 3) -> pa.Table:
    """Rows of every tier; L1 and L2 are versions of L0 documents, with the same address, and L3 and L4 have passages of the same works."""
    draw = random.Random(seed)
    rows = []
    for number in range(per_tier):
        subject = sorted(WORDS)[number % len(WORDS)]
        text, work = _text(draw, subject, 60), number // len(WORDS) % WORKS
        about = {"domain": DOMAINS[subject], "url": f"https://{subject}-{work}.example/{number}", "source": f"{subject}-{work}"}
        for tier, share in (("L0", 1.0), ("L1", 0.9), ("L2", 0.8)):
            body = text + ("" if tier != "L0" else " click here to accept all cookies and continue")
            if draw.random() < share:
                useful = {"usefulness": draw.random()} if tier == "L2" else {}
                rows.append(about | {"id": f"p{number}", "text": body, "tier": tier} | useful)
        rows.append(about | {"id": f"e{number}", "text": _text(draw, subject, 50), "tier": "L3"})
        rows.append(about | {"id": f"s{number}", "text": _text(draw, subject, 40), "tier": "L4"})
    return pa.Table.from_pylist([{name: row.get(name) for name in SCHEMA.names} for row in rows], schema=SCHEMA)


def _text(draw: random.Random, subject: str, words: int) -> str:
    return " ".join(draw.choice(WORDS[subject]) for _ in range(words)) + "."
