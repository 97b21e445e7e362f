"""What a release says about its content in numbers, all of them from the lake."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tierline.lake import Lake
from tierline.sql import Models

Rows = list[dict[str, Any]]
BY_MODEL = ("model", "page, edited by a model")


@dataclass(frozen=True, slots=True)
class Figures:
    """Rows of the SQL models of the same names, and what follows from them."""

    collected_content: Rows
    mix_composition: Rows
    training_domains: Rows
    training_languages: Rows
    training_origins: Rows
    stated_rights: Rows
    reserved_documents: Rows
    stated_bases: Rows
    tier_flow: Rows

    @property
    def tokens(self) -> int:
        """Of all mixes, repeats counted."""
        return sum(row["tokens"] for row in self.mix_composition)

    @property
    def phases(self) -> dict[str, int]:
        """Phase -> tokens."""
        names = dict.fromkeys(row["phase"] for row in self.mix_composition)
        return {name: sum(row["tokens"] for row in self.mix_composition if row["phase"] == name) for name in names}

    @property
    def languages(self) -> list[tuple[str, int, float]]:
        """(language, tokens, share) of all mixes together, the largest first."""
        tokens: dict[str, int] = {}
        for row in self.training_languages:
            tokens[row["language"]] = tokens.get(row["language"], 0) + row["tokens"]
        whole = max(1, sum(tokens.values()))
        return [(name, count, count / whole) for name, count in sorted(tokens.items(), key=lambda pair: (-pair[1], pair[0]))]

    @property
    def period(self) -> tuple[str | None, str | None]:
        """The first and the last day on which anything was fetched, in UTC; None where no record says when."""
        days = [row[name] for row in self.collected_content for name in ("first_day", "last_day") if row[name]]
        return (min(days), max(days)) if days else (None, None)

    @property
    def by_model_share(self) -> float:
        """Share, in [0, 1], of the tokens of all mixes that a model wrote, or of pages that a model edited."""
        written = sum(row["tokens"] for row in self.training_origins if row["origin"] in BY_MODEL)
        return written / max(1, sum(row["tokens"] for row in self.training_origins))

    @property
    def by_model(self) -> str:
        """The same in words; a small share is not called none."""
        share = self.by_model_share
        return "None" if share == 0 else "Less than 0.1%" if share < 0.001 else f"{share:.1%}"

    @property
    def top_domains(self) -> Rows:
        """The largest tenth of the sites."""
        return [row for row in self.training_domains if row["is_top_tenth"]]


def figures_of(lake: Lake, models: Models) -> Figures:
    """Of the promoted rows."""
    return Figures(**{name: models.run(lake, name).to_pylist() for name in Figures.__dataclass_fields__})
