"""Which forms of single documents L3 has, and what a model is asked to write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tierline.config.bounds import Count, Natural, Share
from tierline.derived.form import BUILT, WRITTEN, Kind
from tierline.derived.prompting import PROMPTS_SHA256


@dataclass(frozen=True, slots=True)
class DerivedRules:
    """Forms that rules build, of documents in English; and forms that a model writes, which only models are asked for that `writers` names.

    The bundled model of 135M parameters is not one of them: its answers do not follow the form.
    """

    SECTION: ClassVar[str] = "l3.derived"
    kinds: tuple[str, ...] = tuple(map(str, Kind))
    seed: Natural = 17
    kind_max: Count = 6  # forms of a kind, of one document
    writers: tuple[str, ...] = ()  # ids of models as activities record them
    written_per_shard: Natural = 20  # calls; the most useful documents first, each kind in turn
    kept_share_min: Share = 0.5  # of a model's sentences that the judge accepts; with less the text is refused

    def __post_init__(self) -> None:
        unknown = sorted(set(self.kinds) - set(map(str, Kind)))
        if unknown:
            raise ValueError(f"{', '.join(unknown)}: no kind of form; there are {', '.join((*BUILT, *WRITTEN))}")

    @property
    def prompt_sha256(self) -> str:
        """Identity of the prompts; empty if nobody is asked."""
        return PROMPTS_SHA256 if self.writers else ""
