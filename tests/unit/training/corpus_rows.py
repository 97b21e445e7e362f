"""A small corpus that the project wrote itself: made sentences of four domains in five tiers, with facts."""

import random

import pyarrow as pa

from tierline.training.corpus import SCHEMA

WORDS = {
    "river": "the ferry crosses at dawn when mist lies over water and oars knock against slow green stones".split(),
    "forge": "hammers ring while iron glows white then bends under patient hands beside a roaring coal fire".split(),
    "garden": "seeds wake after rain as beans climb poles and bees drift from thyme to clover all summer".split(),
    "archive": "clerks copy letters into ledgers that moths ignore because camphor fills every oak drawer there".split(),
}
METALS = "iron copper tin silver gold lead zinc nickel cobalt chromium".split()


def made_rows(per_tier: int = 60, seed: int = 3) -> pa.Table:
    """Rows of every tier; L1 and L2 are versions of L0 documents, with the same address."""
    draw = random.Random(seed)
    rows = []
    for number in range(per_tier):
        domain = sorted(WORDS)[number % len(WORDS)]
        text = _text(draw, domain, 60)
        for tier, share in (("L0", 1.0), ("L1", 0.9), ("L2", 0.8)):
            body = text + ("" if tier != "L0" else " click here to accept all cookies and continue")
            if draw.random() < share:
                rows.append({"id": f"p{number}", "text": body, "tier": tier, "domain": domain, "url": f"https://{domain}.example/{number}"})
        rows.append(
            {
                "id": f"e{number}",
                "text": _text(draw, domain, 50),
                "tier": "L3",
                "domain": domain,
                "url": f"https://{domain}.example/e{number}",
            }
        )
        metal = METALS[number % len(METALS)]
        holder = f"the {draw.choice(WORDS['forge'])} {draw.choice(WORDS['river'])} of house {number}"
        fact = {"predicate": "is made of", "object": metal, "text": f"{holder} is made of {metal}."}
        rows.append({"id": f"f{number}", "tier": "L4", "domain": "facts", **fact})
    return pa.Table.from_pylist([{name: row.get(name) for name in SCHEMA.names} for row in rows], schema=SCHEMA)


def _text(draw: random.Random, domain: str, words: int) -> str:
    return " ".join(draw.choice(WORDS[domain]) for _ in range(words)) + "."
