"""What reviews taught: how often the judge erred by kind, what a kept token cost in hours, and which threshold people would have set."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np

from tierline.display import TextTable, duration
from tierline.lake import Lake
from tierline.lake.reviews import DROP, EDIT, KEEP, SETTLING, UNDO, Row, replay, took_back
from tierline.review.agreement import NORMAL_95, Kappa, Traps, agreement, traps
from tierline.review.stored import rows_of

THRESHOLD_MIN = 20  # documents on each side from which on a threshold is proposed
LONGEST_SECONDS = 900.0  # beyond it a reviewer was away, and the median of the others stands for the time


@dataclass(frozen=True, slots=True)
class Errors:
    """How often people decided otherwise than the pipeline, where it had decided this; `low` and `high`: 95% interval (Wilson 1927)."""

    kind: str
    judged: str
    reviewed: int
    overturned: int

    @property
    def share(self) -> float:
        """Of those that were reviewed."""
        return self.overturned / self.reviewed

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's score interval (1927, Journal of the American Statistical Association 22)."""
        n, p, z = self.reviewed, self.share, NORMAL_95
        middle, reach = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return max(0.0, (middle - reach) / (1 + z * z / n)), min(1.0, (middle + reach) / (1 + z * z / n))


@dataclass(frozen=True, slots=True)
class ReviewerLine:
    """One reviewer: answers that count, skips, the median seconds of an answer, and traps."""

    reviewer: str
    answers: int
    skips: int
    seconds: float | None
    traps: Traps


@dataclass(frozen=True, slots=True)
class Threshold:
    """The least usefulness at which people and the threshold disagree least: the largest Youden's J (Youden 1950, Cancer 3)."""

    documents: int
    proposed: float
    youden: float


@dataclass(frozen=True, slots=True)
class Taught:
    """Everything that the ledger says about people and about the pipeline. `hours` of all answers; None where none was measured."""

    items: int
    settled: int
    conflicts: int
    hours: float | None
    kept_tokens: int
    dropped_tokens: int
    errors: tuple[Errors, ...]
    reviewers: tuple[ReviewerLine, ...]
    agreement: Mapping[tuple[str, str], Kappa]
    threshold: Threshold | None

    @property
    def hours_per_million_kept_tokens(self) -> float | None:
        """The cost of human oversight; None while nothing is kept or no time was measured."""
        return self.hours * 1e6 / self.kept_tokens if self.hours is not None and self.kept_tokens else None


def overturned(rows: Iterable[Row]) -> dict[tuple[str, str], float]:
    """(kind, what the pipeline had decided) -> how likely a person decides otherwise: the mean of a Beta distribution that begins uniform
    (Laplace's rule of succession), so 1/2 before anything was reviewed."""
    counted = error_counts(rows)
    return {(one.kind, one.judged): (one.overturned + 1) / (one.reviewed + 2) for one in counted}


def error_counts(rows: Iterable[Row]) -> list[Errors]:
    """By kind and what had been decided; of rows that are settled, known verdicts left out."""
    reviewed: Counter[tuple[str, str]] = Counter()
    wrong: Counter[tuple[str, str]] = Counter()
    for standing in replay(rows).values():
        votes = [vote for vote in standing.votes if not vote["gold"]]
        if standing.settled is None or not votes or votes[0]["judged"].partition(" ")[2].startswith("review:"):
            continue
        key = votes[0]["kind"], votes[0]["judged"]
        reviewed[key] += 1
        kept = key[1].partition(" ")[0] == "kept"
        wrong[key] += standing.settled.verdict == EDIT or (standing.settled.verdict == KEEP) != kept
    return [Errors(*key, count, wrong[key]) for key, count in sorted(reviewed.items())]


def taught(lake: Lake, rows: Sequence[Row]) -> Taught:
    """From the ledger alone, but for the threshold, which needs the scores of the documents that were reviewed."""
    standings = replay(rows)
    undone = took_back(rows)
    counted = [row for row in rows if row["verdict"] != UNDO and row["review_id"] not in undone and not row["gold"]]
    settled = [(standing, standing.settled) for standing in standings.values() if standing.settled]
    tokens: dict[bool, int] = defaultdict(int)
    for standing, one in settled:
        if not any(vote["gold"] for vote in standing.votes):
            tokens[one.verdict != DROP] += max(vote["tokens"] for vote in standing.votes)
    times = [_seconds(row) for row in rows if row["seconds"] is not None and not row["gold"]]
    return Taught(
        items=len(standings),
        settled=len(settled),
        conflicts=sum(standing.is_conflict for standing in standings.values()),
        hours=sum(times) / 3600 if times else None,
        kept_tokens=tokens[True],
        dropped_tokens=tokens[False],
        errors=tuple(error_counts(rows)),
        reviewers=tuple(_reviewers(counted, traps(rows))),
        agreement=agreement(rows),
        threshold=_threshold(lake, rows),
    )


def _seconds(row: Row) -> float:
    return min(float(row["seconds"]), LONGEST_SECONDS)


def _reviewers(counted: Sequence[Row], caught: Mapping[str, Traps]) -> list[ReviewerLine]:
    lines: list[ReviewerLine] = []
    for name in sorted({row["reviewer"] for row in counted}):
        own = [row for row in counted if row["reviewer"] == name]
        answers = [row for row in own if row["verdict"] in SETTLING]
        times = [_seconds(row) for row in answers if row["seconds"] is not None]
        skips = sum(row["verdict"] == "skip" for row in own)
        lines.append(ReviewerLine(name, len(answers), skips, median(times) if times else None, caught.get(name, Traps())))
    return lines


def _threshold(lake: Lake, rows: Sequence[Row]) -> Threshold | None:
    """Over the documents that people kept or dropped, of those that have a usefulness."""
    verdicts: dict[str, dict[str, bool]] = defaultdict(dict)
    documents = [row for row in rows if row["kind"] == "document"]
    for (row_id, _), standing in replay(documents).items():
        if standing.settled:
            verdicts[standing.votes[0]["shard"]][row_id] = standing.settled.verdict == KEEP
    pairs: list[tuple[float, bool]] = []
    for shard, said in sorted(verdicts.items()):
        scores = rows_of(lake, "l2_scores", shard, set(said), ("usefulness",))
        pairs += [(row["usefulness"], said[doc_id]) for doc_id, row in scores.items() if row["usefulness"] is not None]
    kept = np.array([score for score, keep in pairs if keep])
    dropped = np.array([score for score, keep in pairs if not keep])
    if min(len(kept), len(dropped)) < THRESHOLD_MIN:
        return None
    candidates = np.unique(np.concatenate([kept, dropped]))
    youden = [float((kept >= one).mean() - (dropped >= one).mean()) for one in candidates]
    best = int(np.argmax(youden))
    return Threshold(len(pairs), float(candidates[best]), youden[best])


def summary(found: Taught) -> list[tuple[str, str]]:
    """For people, each line with its name."""
    everyone = found.agreement.get(("", ""), Kappa(0, None))
    cost = found.hours_per_million_kept_tokens
    return [
        ("rows reviewed", f"{found.items:,}, {found.settled:,} settled, {found.conflicts:,} in conflict"),
        ("tokens", f"{found.kept_tokens:,} kept, {found.dropped_tokens:,} dropped"),
        ("time of reviewers", "not measured" if found.hours is None else duration(found.hours * 3600)),
        ("hours per million kept tokens", "not known" if cost is None else f"{cost:,.1f}"),
        ("Cohen's kappa", kappa_text(everyone)),
        ("usefulness threshold", _threshold_text(found.threshold)),
    ]


def _threshold_text(found: Threshold | None) -> str:
    if found is None:
        return f"not known: needs {THRESHOLD_MIN} documents kept and as many dropped"
    return (
        f"{found.proposed:.2f} fits people best, of {found.documents:,} documents (Youden's J {found.youden:.2f}); set l2.select to follow"
    )


def kappa_text(found: Kappa) -> str:
    """Kappa, its interval, and on how many items it rests."""
    if found.kappa is None or found.low is None or found.high is None:
        return f"not known: {found.items:,} items read twice" + (", all with one verdict" if found.agreement == 1 else "")
    return f"{found.kappa:.2f} (95% interval {found.low:.2f} to {found.high:.2f}) on {found.items:,} items read twice"


def error_table(found: Taught) -> TextTable:
    """The judge's errors by kind."""
    rows = [
        (one.kind, one.judged, f"{one.reviewed:,}", f"{one.overturned:,}", f"{one.share:.2f}", "{:.2f} to {:.2f}".format(*one.interval))
        for one in found.errors
    ]
    return TextTable(("kind", "pipeline decided", "reviewed", "overturned", "share", "95% interval"), rows, frozenset({1, 5}))


def reviewer_table(found: Taught) -> TextTable:
    """Reviewers, their time and their traps."""
    rows = [
        (one.reviewer, f"{one.answers:,}", f"{one.skips:,}", "" if one.seconds is None else f"{one.seconds:.1f}",
         f"{one.traps.answered:,}", f"{one.traps.missed:,}")
        for one in found.reviewers
    ]  # fmt: skip
    return TextTable(("reviewer", "answers", "skips", "median seconds", "traps", "missed"), rows)


def agreement_table(found: Taught) -> TextTable:
    """Kappa of each pair of reviewers."""
    rows = [(" and ".join(pair), f"{one.items:,}", kappa_text(one)) for pair, one in found.agreement.items() if pair != ("", "")]
    return TextTable(("reviewers", "items", "Cohen's kappa"), rows, frozenset({2}))


def as_row(found: Taught) -> dict[str, Any]:
    """The figures as one JSON object."""
    everyone = found.agreement.get(("", ""), Kappa(0, None))
    threshold = found.threshold
    return {
        "items": found.items,
        "settled": found.settled,
        "conflicts": found.conflicts,
        "hours": found.hours,
        "kept_tokens": found.kept_tokens,
        "dropped_tokens": found.dropped_tokens,
        "hours_per_million_kept_tokens": found.hours_per_million_kept_tokens,
        "kappa": everyone.kappa,
        "kappa_low": everyone.low,
        "kappa_high": everyone.high,
        "read_twice": everyone.items,
        "usefulness_threshold": threshold.proposed if threshold else None,
        "errors": [
            {"kind": one.kind, "judged": one.judged, "reviewed": one.reviewed, "overturned": one.overturned, "interval": one.interval}
            for one in found.errors
        ],
        "reviewers": [
            {
                "reviewer": one.reviewer,
                "answers": one.answers,
                "skips": one.skips,
                "median_seconds": one.seconds,
                "traps": one.traps.answered,
                "traps_missed": one.traps.missed,
            }
            for one in found.reviewers
        ],
    }
