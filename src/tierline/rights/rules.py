"""What a recipe forbids and requires of the statements about a text; reading these rules needs no extra."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from tierline.rights.agents import AI_AGENTS
from tierline.rights.statement import EVERYBODY, RESERVATIONS, Statement, check_terms

RESERVED, NOT_LICENSED = "reserved", "not_permitted"


class Refusal(NamedTuple):
    """Why a text may not be used: the rule, and the statement that decided, or None where a required one is missing."""

    rule: str
    statement: Statement | None


@dataclass(frozen=True, slots=True)
class RightsTerms:
    """Terms that name statements (`noai`, `license:cc-by`): a text with one of `forbid` is refused, and where any is in `require`, one
    without such a statement. The stricter of two that conflict counts: one license of several that is not required is a refusal."""

    forbid: tuple[str, ...] = RESERVATIONS
    require: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """ValueError for a term that names no statement."""
        check_terms(self.forbid, "forbid")
        check_terms(self.require, "require")

    def __bool__(self) -> bool:
        return bool(self.forbid or self.require)

    def refusal(self, statements: Sequence[Statement]) -> Refusal | None:
        """Why a text with these statements is refused; None if it is not."""
        for term in self.forbid:
            for one in statements:
                if one.meets(term):
                    return Refusal(f"{RESERVED}:{term}", one)
        return self._missing(statements) if self.require else None

    def _missing(self, statements: Iterable[Statement]) -> Refusal | None:
        kinds = {term.partition(":")[0] for term in self.require}
        asked = [one for one in statements if one.kind in kinds]
        other = next((one for one in asked if not any(one.meets(term) for term in self.require)), None)
        return None if asked and other is None else Refusal(NOT_LICENSED, other)


@dataclass(frozen=True, slots=True)
class RightsRules:
    """Which reservations L1 honors. By default those that rightholders can make by machine-readable means (Article 4(3) of Directive (EU)
    2019/790): mining a reserved text is not permitted, so no later tier sees it."""

    SECTION: ClassVar[str] = "l1.rights"
    forbid: tuple[str, ...] = RESERVATIONS
    require: tuple[str, ...] = ()
    agents: tuple[str, ...] = AI_AGENTS  # crawlers whose exclusion reserves, beside rules for everybody; by name, in small letters

    def __post_init__(self) -> None:
        """ValueError for a term that names no statement, or a name that is none."""
        check_terms(self.forbid, "forbid")
        check_terms(self.require, "require")
        if wrong := [name for name in self.agents if name != name.strip().lower() or not name or EVERYBODY in name]:
            raise ValueError(f"agents: {wrong[0]!r} is no crawler's name in small letters; rules for everybody always count")

    @property
    def terms(self) -> RightsTerms:
        """What is forbidden and required."""
        return RightsTerms(self.forbid, self.require)

    def addresses(self, statement: Statement) -> bool:
        """Whether a statement is to everybody or to a crawler that counts."""
        return statement.agent == EVERYBODY or statement.agent in self.agents
