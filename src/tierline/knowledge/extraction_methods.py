"""Knows the measured precision of every method of extraction, by predicate, and which methods may state claims of which."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import sqrt
from typing import ClassVar, NamedTuple

from tierline.config.bounds import Count, PositiveShare
from tierline.knowledge.vocabulary import VOCABULARY

METHODS = ("jsonld", "microdata", "rdfa", "property_value", "table", "infobox", "definition", "label", "text", "prompt")
MEASURED = "extraction_methods.csv"  # beside this file; `python -m benchmarks.extraction_methods` writes it
REAL, GENERATED = "real", "generated"  # claims of crawled pages that a person read; claims of pages that a program wrote from known facts
KNOWN, OTHER = "*known", "*other"  # in place of a predicate: all that the vocabulary has, and all others
WHERE = frozenset(("contained in place", "contained in"))  # beside the vocabulary: by these contexts.py tells things of one name apart
_SHOWN = {KNOWN: "(known)", OTHER: "(other)"}
UNPROVEN = "claims:unproven_method"
_Z = 1.959964  # of a two-sided interval of 95%


@dataclass(frozen=True, slots=True)
class MethodRules:
    """When a method states claims of a predicate."""

    SECTION: ClassVar[str] = "l4.methods"
    precision_min: PositiveShare = 0.95  # of its claims that were read
    labels_min: Count = 20  # claims read, below which a measured precision says nothing
    always: frozenset[str] = frozenset()  # METHOD or METHOD/PREDICATE that is on whatever was measured
    never: frozenset[str] = frozenset()  # or off; the longer name counts


class Measured(NamedTuple):
    """`right` of `read` claims of a method and predicate said what their pages say; `source` is REAL or GENERATED."""

    method: str
    predicate: str
    source: str
    right: int
    read: int

    @property
    def precision(self) -> float:
        """Share that was right."""
        return self.right / self.read if self.read else 0.0

    @property
    def lower(self) -> float:
        """The lower end of its interval of 95% (Wilson 1927)."""
        return wilson(self.right, self.read)[0]


class Proof(NamedTuple):
    """Whether a method states claims of a predicate, and what decides: a measurement, the recipe, or neither."""

    is_on: bool
    by: Measured | None
    why: str  # `cell` | `generated cell` | `pool` | `generated pool` | `recipe` | `unread`


def wilson(right: int, read: int) -> tuple[float, float]:
    """The interval of 95% of a share (Wilson 1927, JASA 22: 209-212); (0, 1) of nothing."""
    if not read:
        return 0.0, 1.0
    share, square = right / read, _Z * _Z
    middle, half = share + square / (2 * read), _Z * sqrt(share * (1 - share) / read + square / (4 * read * read))
    return max(0.0, (middle - half) / (1 + square / read)), min(1.0, (middle + half) / (1 + square / read))


@cache
def measured() -> tuple[Measured, ...]:
    """The rows of the table that ships with the code."""
    lines = (files("tierline.knowledge") / MEASURED).read_text("utf-8").splitlines()
    return tuple(
        Measured(row["method"], row["predicate"], row["source"], int(row["right"]), int(row["read"])) for row in csv.DictReader(lines)
    )


class Methods:
    """The measured methods under the rules of a recipe."""

    def __init__(self, rules: MethodRules, rows: Iterable[Measured] | None = None) -> None:
        self.rules = rules
        self._rows: Mapping[tuple[str, str, str], Measured] = {
            (row.method, row.predicate, row.source): row for row in (measured() if rows is None else rows)
        }
        self._proofs: dict[tuple[str, str], Proof] = {}

    def proof(self, method: str, predicate: str) -> Proof:
        """Whether a method is on for a predicate, or for those of a pool that were not measured by themselves: where enough of its claims
        were read, by their precision.

        That is, of the first of these with `labels_min` claims: the method's real claims of the predicate; its claims of the predicate
        on generated pages; its real claims of all predicates of the vocabulary, or of all others; the same of generated pages. Those of
        generated pages do not count where the few real ones of the same rule them out: where the upper end of their interval is below
        `precision_min`. A method of which so few were read is off.
        """
        if (method, predicate) not in self._proofs:
            self._proofs[method, predicate] = self._proof(method, predicate)
        return self._proofs[method, predicate]

    def _proof(self, method: str, predicate: str) -> Proof:
        for name in (f"{method}/{predicate}", method):
            if name in self.rules.always or name in self.rules.never:
                return Proof(name in self.rules.always, None, "recipe")
        pool = predicate if predicate in (KNOWN, OTHER) else pool_of(predicate)
        own = ((predicate, REAL, "cell"), (predicate, GENERATED, "generated cell")) if predicate != pool else ()
        for name, source, why in (*own, (pool, REAL, "pool"), (pool, GENERATED, "generated pool")):
            row = self._rows.get((method, name, source))
            read = self._rows.get((method, name, REAL))
            if source == GENERATED and read is not None and wilson(read.right, read.read)[1] < self.rules.precision_min:
                return Proof(False, read, why.removeprefix("generated "))
            if row is not None and row.read >= self.rules.labels_min:
                return Proof(row.precision >= self.rules.precision_min, row, why)
        return Proof(False, None, "unread")


def pool_of(predicate: str) -> str:
    """KNOWN for a predicate of the vocabulary and for what says where a thing is, else OTHER."""
    return KNOWN if predicate in VOCABULARY or predicate in WHERE else OTHER


def pooled(cells: Iterable[Measured]) -> list[Measured]:
    """The cells with, for each method and source, the sums over the predicates of the vocabulary and over all others, in order."""
    found = list(cells)
    sums: dict[tuple[str, str, str], list[int]] = {}
    for cell in found:
        name = pool_of(cell.predicate)
        total = sums.setdefault((cell.method, name, cell.source), [0, 0])
        total[0] += cell.right
        total[1] += cell.read
    found += [Measured(method, name, source, *total) for (method, name, source), total in sums.items()]
    return sorted(found, key=lambda row: (METHODS.index(row.method), row.predicate, row.source))


def method_rows(methods: Methods, rows: Iterable[Measured] | None = None) -> list[dict[str, object]]:
    """What people are shown of every measured method and predicate: counts, precision, interval, and whether the recipe lets it state
    claims. `known` and `other` in brackets are the sums over the predicates of the vocabulary and over all others."""
    found: list[dict[str, object]] = []
    for row in measured() if rows is None else rows:
        proof = methods.proof(row.method, row.predicate)
        low, high = wilson(row.right, row.read)
        found.append(
            {
                "method": row.method, "predicate": _SHOWN.get(row.predicate, row.predicate), "pages": row.source, "right": row.right,
                "read": row.read, "precision": round(row.precision, 3), "lower": round(low, 3), "upper": round(high, 3),
                "on": proof.is_on, "decided_by": proof.why,
            }
        )  # fmt: skip
    return found
