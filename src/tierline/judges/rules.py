"""Which documents language models judge, and how a probe is trained. Reading these needs no extra."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from tierline.judges.judge import Judge

PROBED_MODEL = "SmolLM2-135M-Instruct"  # the model of the bundled probe


@dataclass(frozen=True, slots=True)
class AnnotateRules:
    """Which documents are judged, and by whom."""

    SECTION: ClassVar[str] = "l2.annotate"
    sample_per_shard: int = 40  # enough for a student with a few hundred features over some shards
    scales: tuple[str, ...] = ("usefulness",)  # of src/tierline/judges/prompts; two questions a window each
    probe: bool = True  # of the embedded model; of any other model it has no score to give
    tokens: int = 200  # of each window that a scale is asked about
    windows: int = 1  # of a long document; its quality shows early

    @property
    def judges(self) -> tuple[Judge, ...]:
        """Each behind its guard. BadInput where a scale is not known.

        The probe reads hidden states and no answer, so it reads a text once, and again only without sentences that address a judge:
        parts of anchors that it learned from it would not know again, and judge by their labels.
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
    penalties: tuple[float, ...] = (1e-4, 1e-3, 1e-2)  # inverse strengths of L2 that are tried for each head
    gate_penalty: float = 3e-2
    rare: tuple[str, ...] = ("onestop-levels", "sms", "spamassassin")  # sets of other texts than web pages
    rare_odds: float = -3.0  # log odds that a text is of such a kind before it is read: else good pages go by their reading level
    folds: int = 5
    repeats: int = 3  # of the folds, each time others: a held-out score hangs less on how texts happened to be divided
    class_size_min: int = 10  # groups of each label that a set must have to get a head
