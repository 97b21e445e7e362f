"""Fills the review queue: documents that address their judge, or on which the scorers disagree most."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tierline.lake import StageResult, decision_table
from tierline.selection.rules import ReviewRules
from tierline.tables import TABLES

Floats = npt.NDArray[np.float64]


def queue(documents: pa.Table, scores: Mapping[str, Floats], rules: ReviewRules, addressing: Collection[str] = ()) -> StageResult:
    """`review_queue` for the shard's documents (doc_id, text, tokens): those in `addressing` (ids), then the largest rank gaps between
    two scorers.

    `scores` maps each scorer with weight to its scores in the order of the documents, higher is better, NaN if it gave
    none. Ranks are shares of the shard's scored documents, ties share one; a constant scorer gives no ranks.
    """
    ranks = {name: _ranks(values) for name, values in scores.items()}
    ids, texts, tokens = (documents[name].to_pylist() for name in ("doc_id", "text", "tokens"))
    gaps = _widest_gaps(ranks, documents.num_rows) | {row: ADDRESSES for row, doc_id in enumerate(ids) if doc_id in addressing}
    order = sorted((row for row in gaps if gaps[row].gap >= rules.rank_gap_min), key=lambda row: (-gaps[row].gap, row))
    chosen = set(order[: rules.per_shard])
    rows = [_row(ids[row], texts[row], gaps[row], _seen(scores, ranks, row), rules) for row in sorted(chosen)]
    table = pa.Table.from_pylist(rows, schema=pa.schema(TABLES["review_queue"].columns))
    left_out = dict.fromkeys(order[rules.per_shard :], "review:queue_is_full")
    decisions = decision_table(
        {"row_id": doc_id, "outcome": "kept" if row in chosen else "dropped", "tokens": count}
        | ({} if row in chosen else {"rule": left_out.get(row, "review:scorers_agree")})
        for row, (doc_id, count) in enumerate(zip(ids, tokens, strict=True))
    )
    return StageResult({"review_queue": table}, {"review_queue": (documents.num_rows, decisions)})


def opinions(scores: pa.Table, documents: pa.Table, weighty: Collection[str]) -> dict[str, Floats]:
    """The score of each of the `weighty` scorers for the documents, from rows of `l2_scores`: higher is better, NaN for none.

    Disagreement of a scorer without weight is not worth a person's time.
    """
    said = dict(zip(scores["doc_id"].to_pylist(), scores["signals"].to_pylist(), strict=True))
    found = {name: np.full(documents.num_rows, np.nan) for name in sorted(weighty)}
    for row, doc_id in enumerate(documents["doc_id"].to_pylist()):
        for signal in said.get(doc_id) or ():
            if signal["signal"] in found:
                found[signal["signal"]][row] = signal["score"]
    return found


def excerpt(text: str, characters: int) -> tuple[int, int]:
    """Span of the text's beginning, without surrounding white space, that ends between words if possible."""
    start = len(text) - len(text.lstrip())
    end = min(len(text), start + characters)
    if end < len(text) and (space := text.rfind(" ", start + characters // 2, end)) > 0:
        end = space
    return start, start + len(text[start:end].rstrip())


@dataclass(frozen=True, slots=True)
class _Gap:
    gap: float
    reason: str


ADDRESSES = _Gap(1.0, "addresses_judge")  # selection quarantines it (`l2:addresses_judge`) until a person has looked


def _ranks(values: Floats) -> Floats:
    from scipy.stats import rankdata

    known = ~np.isnan(values)
    ranks = np.full(len(values), np.nan)
    if known.sum() >= 2 and np.ptp(values[known]) > 0:
        ranks[known] = (rankdata(values[known]) - 0.5) / known.sum()
    return ranks


def _widest_gaps(ranks: Mapping[str, Floats], rows: int) -> dict[int, _Gap]:
    names = sorted(ranks)
    gaps: dict[int, _Gap] = {}
    for row in range(rows):
        known = [(float(ranks[name][row]), name) for name in names if not np.isnan(ranks[name][row])]
        if len(known) >= 2:
            (low, lowest), (high, highest) = min(known), max(known)
            gaps[row] = _Gap(high - low, f"disagreement:{highest}>{lowest}")
    return gaps


def _seen(scores: Mapping[str, Floats], ranks: Mapping[str, Floats], row: int) -> list[dict[str, Any]]:
    known = [name for name in sorted(scores) if not np.isnan(scores[name][row])]
    places = {name: float(ranks[name][row]) for name in known}
    return [
        {"signal": name, "score": float(scores[name][row]), "rank": None if np.isnan(place) else place} for name, place in places.items()
    ]


def _row(doc_id: str, text: str, gap: _Gap, seen: list[dict[str, Any]], rules: ReviewRules) -> dict[str, Any]:
    start, end = _addressing_excerpt(text, rules) if gap is ADDRESSES else excerpt(text, rules.excerpt_characters)
    return {
        "doc_id": doc_id,
        "parents": [doc_id],
        "priority": gap.gap,
        "reasons": [gap.reason],
        "scores": seen,
        "excerpt_start": start,
        "excerpt_end": end,
    }


def _addressing_excerpt(text: str, rules: ReviewRules) -> tuple[int, int]:
    """From the first sentence that addresses a judge, if it occurs in the text as shown; else the beginning."""
    from tierline.judges.injection import suspicious_spans, visible  # needs compiled kernels; the queue is read without them

    seen, spans = visible(text), suspicious_spans(text)
    found = text.find(seen[spans[0][0] : spans[0][1]]) if spans else -1
    start, end = excerpt(text[max(found, 0) :], rules.excerpt_characters)
    return start + max(found, 0), end + max(found, 0)
