"""Orders the documents of a stratum for judging: first those of new sites, and those about which the prior is unsure."""

from __future__ import annotations

import hashlib
import math
from collections import Counter

import pyarrow as pa

from tierline.students.prior import bundled_prior

CONFIDENT_CHANCE = 0.2  # sampling weight where the prior is certain (1 if it is uncertain): certain ones must stay in the sample


def preference(documents: pa.Table) -> list[str]:
    """Ids of documents (doc_id, domain, language, text), preferred ones first: one of each domain in turn; within a domain drawn
    without replacement by uncertainty (uncertainty sampling, Lewis and Gale 1994; drawn as Efraimidis and Spirakis 2006 do).

    A hash of the id replaces chance: no seed, and the same in any order of documents. The prior ships with the code, so a
    sample does not change with what a lake learns.
    """
    texts, languages = documents["text"].to_pylist(), documents["language"].to_pylist()
    scores, _ = bundled_prior().read(texts, languages)
    rows = zip(documents["doc_id"].to_pylist(), documents["domain"].to_pylist(), scores.tolist(), strict=True)
    waits = sorted((_wait(doc_id, score), doc_id, domain) for doc_id, domain, score in rows)
    turns: Counter[str] = Counter()
    found: list[tuple[int, float, str]] = []
    for wait, doc_id, domain in waits:
        site = domain or doc_id  # a document without an address is a site of its own
        found.append((turns[site], wait, doc_id))
        turns[site] += 1
    return [doc_id for _, _, doc_id in sorted(found)]


def _wait(doc_id: str, score: float) -> float:
    """Exponentially distributed over ids, shorter where the prior is less certain."""
    chance = (int.from_bytes(hashlib.sha256(doc_id.encode()).digest()[:8], "big") + 1) / (2**64 + 1)
    unsure = 1 - abs(2 * score - 1)
    return -math.log(chance) / (CONFIDENT_CHANCE + (1 - CONFIDENT_CHANCE) * unsure)
