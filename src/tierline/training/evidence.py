"""What a training experiment found its tiers, domains and forms to bring, as `tierline allocate` reads it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from tierline.config.recipe import build
from tierline.errors import BadInput
from tierline.training.rows import REGISTRATION
from tierline.training.statistics import Interval

FILE = "attribution.json"  # beside the registration
POOL, DOMAIN, FORM, ALONE = "pool", "domain", "form", "alone"  # kinds: left out of the tiers, or the only pool in the flat mix's decay
HELPS, HARMS, UNDECIDED = "helps", "harms", "within noise"


@dataclass(frozen=True, slots=True)
class Effect:
    """By how many bits per byte less a held-out text takes with something than without it: above 0 it helps.

    `knowledge` is K, `parts` its parts and the domains of the web. `share` is a pool's of the decay's tokens that are not replayed, a
    domain's of L1's, a form's of its tier's.
    """

    name: str
    kind: str
    share: float
    knowledge: Interval
    web: Interval | None = None
    parts: dict[str, Interval] = field(default_factory=dict[str, Interval])


@dataclass(frozen=True, slots=True)
class Evidence:
    """`tokens` are those of a whole run. `token_values`: tier or form -> how many fresh tokens of the flat mix one of its own replaces."""

    registration: str
    tokens: int
    seeds: int
    effects: tuple[Effect, ...]
    token_values: dict[str, Interval] = field(default_factory=dict[str, Interval])

    def effect(self, name: str, kind: str) -> Effect | None:
        """Of one thing."""
        return next((one for one in self.effects if (one.name, one.kind) == (name, kind)), None)


def verdict(brings: Interval) -> str:
    """Helps, harms, or within noise: what the interval supports."""
    return UNDECIDED if brings.within_noise else HELPS if brings.value > 0 else HARMS


def read_evidence(folder: str | Path) -> Evidence:
    """BadInput where the folder's experiment has no attribution, or one of another registration than the one beside it."""
    path, hint = Path(folder) / FILE, "run benchmarks.training with --step attribute and give its --out"
    try:
        found = build(Evidence, json.loads(path.read_text("utf-8")), str(path))
    except (OSError, ValueError):
        raise BadInput("holds no attribution of a training experiment", str(path), hint) from None
    beside = path.parent / REGISTRATION
    if beside.is_file() and found.registration not in beside.read_text("utf-8", "replace"):  # as its digest
        raise BadInput("is of another registration than the one beside it", str(path), hint)
    return found
