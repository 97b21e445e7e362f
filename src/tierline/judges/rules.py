"""Which documents language models judge, and how a probe is trained. Reading these needs no extra."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from tierline.config.bounds import Count, Natural

if TYPE_CHECKING:
    from tierline.judges.judge import Judge

PROBED_MODEL = "SmolLM2-135M-Instruct"  # the model of the bundled probe


@dataclass(frozen=True, slots=True)
class AnnotateRules:
    """Which documents are judged, and by which judges."""

    SECTION: ClassVar[str] = "l2.annotate"
    sample_per_shard: Natural = 40  # enough for a student with a few hundred features over some shards
    scales: tuple[str, ...] = ("usefulness",)  # of src/tierline/judges/prompts; each asks two questions per window
    probe: bool = True  # works with the bundled model only; for any other it gives no score
    tokens: Count = 200  # of each window that a prompt reads
    windows: Count = 1  # of a long document; its quality shows early

    @property
    def judges(self) -> tuple[Judge, ...]:
        """The judges of the recipe, each with its guard. BadInput if a scale is not known.

        The probe reads hidden states and not answers, so it reads a text once, and again only without sentences that address a judge:
        it would not recognize parts of anchors that it learned from, and would judge them by their labels.
        """
        from tierline.judges.guard import MinOverReadings
        from tierline.judges.probe import ProbeJudge, bundled_probe
        from tierline.judges.prompt_judge import PromptJudge
        from tierline.judges.scales import load_scale

        asked = tuple(MinOverReadings(PromptJudge(load_scale(name), self.tokens, self.windows)) for name in self.scales)
        return (*asked, MinOverReadings(ProbeJudge(bundled_probe(), PROBED_MODEL), by_parts=False)) if self.probe else asked

    @property
    def prompt_sha256(self) -> str:
        """Identity of all judges."""
        return hashlib.sha256("\n".join(f"{judge.name} {judge.identity}" for judge in self.judges).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class ProbeRules:
    """How a probe is trained."""

    tokens: int = 512  # of a text's beginning: at 256 the AUC on dclm-human is 0.04 lower, at 2,048 the same
    penalties: tuple[float, ...] = (1e-4, 1e-3, 1e-2)  # inverse L2 strengths that are tried for each head
    gate_penalty: float = 3e-2
    rare: tuple[str, ...] = ("onestop-levels", "sms", "spamassassin")  # sets of texts other than web pages
    rare_odds: float = -3.0  # prior log odds that a text is of such a kind: without them good pages are ranked by their reading level
    folds: int = 5
    repeats: int = 3  # divisions into folds: a held-out score then depends less on one division
    class_size_min: int = 10  # groups of each label that a set must have to get a head
