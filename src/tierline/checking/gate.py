"""The gate of texts that are derived from facts: what any promoted fact refutes does not pass."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tierline.checking.check import check
from tierline.checking.evidence import Evidence
from tierline.checking.rules import CheckRules
from tierline.checking.verdict import REFUTED
from tierline.lake import Lake, Manifest

SCORE_MIN = 0.8  # from which a refutation counts: above it no verdict on 4,238 generated claims is wrong (docs/checking.md)
_RULES = CheckRules(score_min=SCORE_MIN, passages=1)


def refuted_by_facts(lake: Lake, manifests: Iterable[Manifest]) -> Callable[[Sequence[str]], list[bool]]:
    """A function that says of each English statement whether facts refute it; see `verdicts_of_facts`."""
    verdicts = verdicts_of_facts(lake, manifests)
    return lambda statements: [row["verdict"] == REFUTED for row in verdicts(statements)]


def verdicts_of_facts(lake: Lake, manifests: Iterable[Manifest]) -> Callable[[Sequence[str]], list[dict[str, Any]]]:
    """A function that gives the verdict on each English statement (rows of `check`), by the rows of `l4_facts` and `l4_sources` among the
    manifests. The evidence is read when it is first asked."""
    read: dict[str, list[Manifest]] = {"l4_facts": [], "l4_sources": []}
    for one in manifests:
        if one.table in read:
            read[one.table].append(one)
    found: list[Evidence] = []

    def verdicts(statements: Sequence[str]) -> list[dict[str, Any]]:
        if not found:
            found.append(Evidence(lambda table, columns: (batch for one in read.get(table, ()) for batch in lake.stream(one, columns))))
        return check(statements, found[0], _RULES).to_pylist()

    return verdicts
