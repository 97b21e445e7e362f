"""How much reviewers agree beyond chance, with an interval, and how often they miss a known verdict."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tierline.lake.reviews import Reviewed, Row, replay

NORMAL_95 = 1.959964  # the 97.5% quantile of the normal distribution
TRAPS_MIN = 3  # from which on misses say something of a reviewer


@dataclass(frozen=True, slots=True)
class Kappa:
    """Cohen's kappa of two readings of the same `items`; `low` and `high` bound it with 95% confidence. All are None where one verdict was
    given alone, so that nothing can be agreed on beyond chance; `agreement` is the share of equal verdicts."""

    items: int
    agreement: float | None
    kappa: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Traps:
    """What a reviewer said of items whose verdict was known."""

    answered: int = 0
    missed: int = 0

    def fails(self, misses_max: float) -> bool:
        """Whether more were missed than a share of them may be."""
        return self.answered >= TRAPS_MIN and self.missed > misses_max * self.answered


def kappa_of(pairs: Sequence[tuple[str, str]]) -> Kappa:
    """Cohen's kappa (Cohen 1960, Educational and Psychological Measurement 20) of pairs of verdicts, with the large-sample standard error
    of Fleiss, Cohen and Everitt (1969, Psychological Bulletin 72, formula 13): an interval that is too narrow for few items."""
    if not pairs:
        return Kappa(0, None)
    names = sorted({verdict for pair in pairs for verdict in pair})
    table = np.zeros((len(names), len(names)))
    for first, second in pairs:
        table[names.index(first), names.index(second)] += 1
    return kappa_of_table(table)


def kappa_of_table(counts: npt.NDArray[np.float64]) -> Kappa:
    """The same of a contingency table: rows are verdicts of the first reading, columns those of the second."""
    total = float(counts.sum())
    p = counts / total
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    observed, expected = float(np.trace(p)), float(rows @ columns)
    if expected >= 1.0:
        return Kappa(int(total), observed)
    kappa = (observed - expected) / (1 - expected)
    diagonal = np.diag(p) @ ((1 - (rows + columns) * (1 - kappa)) ** 2)
    weights = (columns[:, None] + rows[None, :]) ** 2 * p
    apart = (1 - kappa) ** 2 * (weights.sum() - np.trace(weights))
    variance = (diagonal + apart - (kappa - expected * (1 - kappa)) ** 2) / (total * (1 - expected) ** 2)
    reach = NORMAL_95 * math.sqrt(max(0.0, float(variance)))
    return Kappa(int(total), observed, kappa, max(-1.0, kappa - reach), min(1.0, kappa + reach))


def double_readings(rows: Iterable[Row]) -> list[tuple[Row, Row]]:
    """The first two reviewers' votes on each row that two have read, in the order of time; known verdicts left out."""
    found = [[vote for vote in standing.votes if not vote["gold"]] for standing in replay(rows).values()]
    return [(votes[0], votes[1]) for votes in found if len(votes) > 1]


def agreement(rows: Iterable[Row]) -> dict[tuple[str, str], Kappa]:
    """Kappa of each pair of reviewers, by their names in order, and of all together under ("", "")."""
    pairs: Mapping[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for one, other in double_readings(rows):
        first, second = sorted((one, other), key=_reviewer)
        for key in (("", ""), (first["reviewer"], second["reviewer"])):
            pairs[key].append((first["verdict"], second["verdict"]))
    return {key: kappa_of(found) for key, found in sorted(pairs.items())} or {("", ""): Kappa(0, None)}


def traps(rows: Iterable[Row]) -> dict[str, Traps]:
    """For each reviewer the items with a known verdict that were answered, and those answered otherwise."""
    return traps_of(replay(rows).values())


def traps_of(standings: Iterable[Reviewed]) -> dict[str, Traps]:
    """The same of a ledger that was replayed."""
    found: dict[str, Traps] = {}
    for standing in standings:
        known = next((vote for vote in reversed(standing.votes) if vote["gold"]), None)
        for vote in standing.votes if known else ():
            if known is not None and not vote["gold"]:
                before, missed = found.get(vote["reviewer"], Traps()), vote["verdict"] != known["verdict"]
                found[vote["reviewer"]] = Traps(before.answered + 1, before.missed + missed)
    return found


def _reviewer(row: Mapping[str, Any]) -> str:
    return str(row["reviewer"])
