"""The gate of texts that are derived from facts: what any promoted fact refutes does not pass."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any

from tierline.checking.check import verdict_on
from tierline.checking.evidence import Facts, FactsOnDisk
from tierline.checking.stated import StatedFacts
from tierline.checking.verdict import REFUTED
from tierline.lake import Lake, Manifest

SCORE_MIN = 0.8  # from which a refutation counts: above it no verdict on 4,238 generated claims is wrong (docs/checking.md)


class PromotedFacts:
    """`Facts` of the states of `l4_facts` among some manifests. They are read when they are first asked for."""

    def __init__(self, lake: Lake, manifests: Iterable[Manifest]) -> None:
        self._lake, self._manifests = lake, [one for one in manifests if one.table == "l4_facts"]

    def are_known(self, forms: Sequence[str]) -> list[bool]:
        """As of Facts."""
        return self._on_disk.are_known(forms)

    def about(self, form: str) -> list[dict[str, Any]]:
        """As of Facts."""
        return self._on_disk.about(form)

    @cached_property
    def _on_disk(self) -> FactsOnDisk:
        return FactsOnDisk(lambda _, columns: (batch for one in self._manifests for batch in self._lake.stream(one, columns)))


def refuted(statements: Iterable[str], facts: Facts) -> list[bool]:
    """Whether facts refute each English statement."""
    stated = StatedFacts(facts)
    return [verdict_on(statement, stated, SCORE_MIN).outcome == REFUTED for statement in statements]


def verdicts_of_facts(lake: Lake, manifests: Iterable[Manifest]) -> Callable[[Sequence[str]], list[dict[str, Any]]]:
    """A function that gives `verdict` and `fact_id` of each English statement, by the rows of `l4_facts` among the manifests."""
    facts = StatedFacts(PromotedFacts(lake, manifests))

    def verdicts(statements: Sequence[str]) -> list[dict[str, Any]]:
        found = (verdict_on(statement, facts, SCORE_MIN) for statement in statements)
        return [{"verdict": one.outcome, "fact_id": one.fact_id} for one in found]

    return verdicts
