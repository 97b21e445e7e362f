"""A mix's recipe: sources, weights, token budget, repetition caps, curriculum and seed, checked against the phase it is for."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from tierline.config.recipe import load_recipe
from tierline.rights.rules import RightsTerms
from tierline.tables import TABLES
from tierline.tables.tiers import PHASE_TIERS, Phase

CURRICULUM = ("warm", "stable", "decay")  # the parts of a warmup-stable-decay schedule (Hu et al. 2024, arXiv 2404.06395, section 4)


@dataclass(frozen=True, slots=True)
class MixSource:
    """One table's share of the token budget; filters that are not empty narrow it to some of the table's rows.

    `name` distinguishes two sources on one table; `kinds` narrows l3_refined to edits or questions; `domains` are registrable ones.
    A source that has no rows stops the export unless it is `optional`.
    """

    table: str
    weight: float
    name: str = ""
    kinds: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    domains_excluded: tuple[str, ...] = ()
    epochs_max: int | None = None  # absent: the recipe's
    optional: bool = False

    def __post_init__(self) -> None:
        spec = TABLES.get(self.table)
        if spec is None or spec.tier is None:
            raise ValueError(f"{self.table!r} is no table of a tier")
        if self.weight <= 0:
            raise ValueError(f"the weight of {self.table} must be above 0")
        if self.epochs_max is not None and self.epochs_max < 1:
            raise ValueError(f"epochs_max of {self.table} must be at least 1")
        given = {"kind": self.kinds, "language": self.languages, "domain": self.domains + self.domains_excluded}
        absent = [column for column, values in given.items() if values and column not in spec.columns]
        if absent:
            raise ValueError(f"{self.table} has no {' and no '.join(absent)} to choose by")

    @property
    def has_answers(self) -> bool:
        """Whether it may draw what models answered."""
        return self.table == "l3_feedback" and (not self.kinds or "answer" in self.kinds)

    @property
    def is_derived(self) -> bool:
        """Whether it draws questions, exercises and dialogues that were made of documents: many are alike."""
        return self.table == "l3_derived"

    @property
    def label(self) -> str:
        """Its name in the recipe's curriculum and in the mix's rows."""
        return self.name or self.table


@dataclass(frozen=True, slots=True)
class CurriculumPart:
    """A part of the mix, in training order: its share of the budget, and other weights (0 too) for some of the sources."""

    part: str
    share: float
    weights: dict[str, float] = field(default_factory=dict[str, float])

    def __post_init__(self) -> None:
        if self.part not in CURRICULUM:
            raise ValueError(f"a curriculum has the parts {', '.join(CURRICULUM)}, not {self.part!r}")
        if self.share <= 0 or min(self.weights.values(), default=0) < 0:
            raise ValueError(f"{self.part}: the share must be above 0 and no weight below 0")


@dataclass(frozen=True, slots=True)
class MixRecipe:
    """The rows that one phase trains on. Weights and shares need not add up to one.

    Repeating data more than about four times stops helping (Muennighoff et al. 2023, arXiv 2305.16264, section 6): hence the
    default cap.
    """

    phase: str
    token_budget: int
    sources: tuple[MixSource, ...]
    epochs_max: int = 4
    seed: int = 0
    exclude_edited: bool = True  # documents of L1 and L2 that the mix's own sources offer as L3 edits of them
    exclude_contaminated: bool = True  # rows with an ancestor that copies a benchmark, and documents not checked for it
    rights: RightsTerms = field(default_factory=RightsTerms)  # statements about the documents that rows rest on; by default no reserved one
    answers_share_max: float = 0.1  # of the budget that answers of models in `l3_feedback` may take
    derived_share_max: float = 0.3  # of the budget that forms of `l3_derived` may take: rules make them, so many are worded alike
    curriculum: tuple[CurriculumPart, ...] = (CurriculumPart("stable", 1.0),)

    def __post_init__(self) -> None:
        phase = Phase(self.phase)
        if self.token_budget < 1 or self.epochs_max < 1 or not self.sources:
            raise ValueError("token_budget and epochs_max must be at least 1, and there must be a source")
        foreign = [source.table for source in self.sources if TABLES[source.table].tier not in PHASE_TIERS[phase]]
        if foreign:
            raise ValueError(f"{phase} does not draw on {', '.join(foreign)}; its tiers are {', '.join(sorted(PHASE_TIERS[phase]))}")
        whole = sum(source.weight for source in self.sources)
        answers = sum(source.weight for source in self.sources if source.has_answers) / whole
        if answers > self.answers_share_max:
            raise ValueError(f"answers of models have {answers:.0%} of the budget: answers_share_max is {self.answers_share_max:.0%}")
        derived = sum(source.weight for source in self.sources if source.is_derived) / whole
        if derived > self.derived_share_max:
            raise ValueError(f"derived forms have {derived:.0%} of the budget: derived_share_max is {self.derived_share_max:.0%}")
        labels = [source.label for source in self.sources]
        if len(set(labels)) < len(labels):
            raise ValueError("two sources bear the same name: give one of them another by `name`")
        parts = [part.part for part in self.curriculum]
        if parts != [part for part in CURRICULUM if part in parts]:
            raise ValueError(f"the parts of a curriculum come once each, in the order {', '.join(CURRICULUM)}")
        unknown = sorted({name for part in self.curriculum for name in part.weights} - set(labels))
        if unknown:
            raise ValueError(f"the curriculum weighs {', '.join(unknown)}, which is no source")
        if not all(sum(weights) > 0 for weights in self._weights()):
            raise ValueError("a part of the curriculum gives every source the weight 0")
        if not all(sum(weights) > 0 for weights in zip(*self._weights(), strict=True)):
            raise ValueError("a source has the weight 0 in every part of the curriculum: leave it out")

    @classmethod
    def load(cls, path: str | Path) -> MixRecipe:
        """From a YAML file; BadInput if a setting is missing, unknown or not allowed in the phase."""
        return load_recipe(cls, path, "mix recipe")

    @property
    def stage(self) -> str:
        """The lake's table of this mix."""
        return f"mix_{self.phase}"

    def cap(self, source: MixSource) -> int:
        """How often a row of this source may be in the mix."""
        return source.epochs_max or self.epochs_max

    def budgets(self) -> list[list[float]]:
        """Tokens of each part of the curriculum from each source; shape (parts, sources)."""
        shares = sum(part.share for part in self.curriculum)
        return [
            [self.token_budget * part.share / shares * weight / sum(weights) for weight in weights]
            for part, weights in zip(self.curriculum, self._weights(), strict=True)
        ]

    def _weights(self) -> list[list[float]]:
        return [[part.weights.get(source.label, source.weight) for source in self.sources] for part in self.curriculum]
