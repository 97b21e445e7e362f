"""Limits on the cost of model calls, in total or by stage: a run stops before the call that would exceed one."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, ClassVar

import duckdb

from tierline.errors import BudgetReached, LakeUnavailable
from tierline.lake import Lake
from tierline.sql import readable, register_source
from tierline.stages import BY_NAME
from tierline.tables.records import CALLS_TABLE

KEPT = "raise it in the recipe and run again: what was answered is kept and is not asked again"
# Of a lake whose calls were counted by a server that lies: nothing lowers what was spent.
TOKENS = "sum(greatest(prompt_tokens, 0)::hugeint + greatest(output_tokens, 0)::hugeint)"


@dataclass(frozen=True, slots=True)
class Limits:
    """The most of each that may be spent; null: no limit."""

    money: float | None = None  # in the currency of llm.prices
    tokens: int | None = None  # read and written
    calls: int | None = None  # answered or failed; answers from the store are free

    def __post_init__(self) -> None:
        """ValueError if a limit is not valid."""
        _check(self)


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits over everything that a lake was ever asked for, and over single stages."""

    SECTION: ClassVar[str] = "llm.budget"
    money: float | None = None
    tokens: int | None = None
    calls: int | None = None
    stages: dict[str, Limits] = field(default_factory=dict[str, Limits])

    def __post_init__(self) -> None:
        """ValueError if a limit is not valid or names no stage."""
        _check(self)
        known = set(BY_NAME)
        for stage in self.stages:
            if stage not in known:
                raise ValueError(f"stages.{stage} is no stage: known are {', '.join(sorted(known))}")

    @property
    def limits(self) -> dict[str, Limits]:
        """Limits by stage; those of all stages together under ""."""
        return {"": Limits(self.money, self.tokens, self.calls)} | self.stages

    @property
    def given(self) -> bool:
        """Whether anything is limited."""
        return any(value is not None for limits in self.limits.values() for value in asdict(limits).values())


@dataclass(frozen=True, slots=True)
class Spent:
    """Sums over calls."""

    money: float = 0.0
    tokens: int = 0
    calls: int = 0

    def __post_init__(self) -> None:
        """LakeUnavailable if the money is no number, which is below every limit."""
        if not math.isfinite(self.money):
            what = f"calls that cost {self.money} in all are no sum, so no budget can be kept"
            raise LakeUnavailable(what, CALLS_TABLE, "restore this table from the backup")


class BudgetMeter:
    """The rest of a budget while calls are made. Concurrent runs see the others' spending as of their own start."""

    def __init__(self, budget: Budget, spent: Mapping[str, Spent]) -> None:
        """`spent` by stage, as `spent_by_stage` gives it."""
        self._limits, self._spent = budget.limits, {"": _sum(spent.values()), **spent}

    def affordable(self, stage: str, wanted: int) -> int:
        """How many of the wanted calls may be made now, at least one. Raises BudgetReached.

        Calls are counted beforehand. Tokens and money are known afterwards, so they may exceed a limit by at most a batch.
        """
        for name in ("", stage):
            limits, spent = self._limits.get(name, Limits()), self._spent.get(name, Spent())
            for what in ("money", "tokens", "calls"):
                limit, used = getattr(limits, what), getattr(spent, what)
                if limit is not None and used >= limit:
                    where = f"llm.budget.{f'stages.{name}.' if name else ''}{what}"
                    raise BudgetReached(f"the budget is spent: {used:,.6g} of {limit:,.6g} {what}", where, KEPT)
            if limits.calls is not None:
                wanted = min(wanted, limits.calls - spent.calls)
        return wanted

    def spend(self, stage: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Count calls that were made, as `llm_calls` records them."""
        paid = _sum(Spent(row["money"], row["prompt_tokens"] + row["output_tokens"], 1) for row in rows)
        for name in {"", stage}:
            self._spent[name] = _sum((self._spent.get(name, Spent()), paid))


def spent_by_stage(lake: Lake) -> dict[str, Spent]:
    """The cost of the lake's calls, by stage."""
    with duckdb.connect() as database, readable(lake.root):
        register_source(database, lake, CALLS_TABLE)
        found = database.execute(f"select stage, sum(greatest(money, 0)), {TOKENS}, count(*) from {CALLS_TABLE} group by stage").fetchall()
    return {stage: Spent(money, tokens, calls) for stage, money, tokens, calls in found}


def _sum(parts: Iterable[Spent]) -> Spent:
    listed = list(parts)
    return Spent(sum(part.money for part in listed), sum(part.tokens for part in listed), sum(part.calls for part in listed))


def _check(limits: Limits | Budget) -> None:
    for one in fields(Limits):
        value = getattr(limits, one.name)
        if value is not None and not value >= 0:
            raise ValueError(f"{one.name} is {value}: give a limit of at least 0, or null for none")
