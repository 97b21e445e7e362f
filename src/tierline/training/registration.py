"""The registration: claim, arms, seeds, metric and tests as one file with a digest, written before the first run that counts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tierline.config.recipe import build
from tierline.errors import BadInput
from tierline.training.arms import FLAT, ORDER, PLACEBO, TIER, Rates, at, main_arms
from tierline.training.metric import MEANING, PARTS, WEB, K
from tierline.training.pilot import LABEL as PILOT_LABEL
from tierline.training.pilot import PilotResult
from tierline.training.prepare import Prepared
from tierline.training.recipe import TESTED, Phases, TrainingRecipe
from tierline.training.rows import REGISTRATION as FILE

# Files of this package that change no number of the experiment.
UNCOUNTED = (
    "agreement.py",
    "attribution.py",
    "evidence.py",
    "figures.py",
    "forms.py",
    "left_out.py",
    "literature.py",
    "power.py",
    "report.py",
    "scaling.py",
    "scaling_report.py",
    "subsample.py",
    "token_values.py",
)
CLAIM = (
    f"A recipe that uses tiers (selection, then upper tiers with replay while the learning rate decays) reaches, with {TESTED:.0%} of the "
    "training compute, the score that one flat mix of the same admitted documents reaches with 100%."
)
HEADLINE = "H1"
TESTS = {
    HEADLINE: f"K of {at(TIER, TESTED)} is below K of {at(FLAT, 1.0)} in every seed (exact sign test), and the mean gain is above the "
    f"largest difference, of either sign, between {at(PLACEBO, TESTED)} and {at(FLAT, TESTED)}.",
    "H2": f"Only if H1 holds: the same sign, for the mean over seeds, on '{PARTS[1]}' and on '{PARTS[2]}' apart. Without it the gain is a "
    "match of domains and not knowledge.",
    "H3": f"K of {at(TIER, TESTED)} is below K of {at(ORDER, TESTED)} in every seed: order, at equal windows.",
}
STOPPING = "Every seed runs once, in every arm. No seed is added, left out or run again; nothing is looked at before all have run."
Document = dict[str, Any]


def register(prepared: Prepared, pilot: PilotResult, folder: str | Path) -> Document:
    """Writes the registration into a folder and returns it. BadInput if there is another one, or if seeds have run without one: what is
    registered stands, and is written before."""
    target = Path(folder) / FILE
    registered = fixed(prepared.settled(pilot.tokens, pilot.phases), pilot.rates) | {"pilot": asdict(pilot)}
    document: Document = {"digest": digest_of(registered), "registered": json.loads(canonical(registered))}
    if target.exists():
        if read_registration(folder)["digest"] != document["digest"]:
            raise another_registered(folder)
        return document
    if any(not path.name.startswith(PILOT_LABEL) for path in (Path(folder) / "runs").glob("*.json")):
        raise BadInput("seeds have run here by a registration that is gone", str(target), "restore it, or name another folder")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(document, indent=2) + "\n", "utf-8")
    return document


def another_registered(folder: str | Path) -> BadInput:
    """The refusal of a second experiment in a folder."""
    return BadInput("another experiment is registered here", str(Path(folder) / FILE), "name another folder: what is registered stands")


def read_registration(folder: str | Path) -> Document:
    """BadInput if there is none, or if it was changed after it was written."""
    target = Path(folder) / FILE
    try:
        document: Document = json.loads(target.read_text("utf-8"))
        own, digest = document["registered"], document["digest"]
    except (OSError, ValueError, KeyError, TypeError):
        raise BadInput("no registration", str(target), "run the steps `pilot` and `register` first") from None
    if digest_of(own) != digest:
        raise BadInput("was changed after it was written: its digest is another", str(target), "register in another folder")
    return document


def verify(document: Document, prepared: Prepared) -> tuple[Prepared, Rates]:
    """The experiment as it is registered: with its budget, mix and learning rates. BadInput names what differs from the registration."""
    own = document["registered"]
    prepared, rates = settled_as(document, prepared)
    now = json.loads(canonical(fixed(prepared, rates)))
    differing = [name for name in now if now[name] != own.get(name)]
    if differing:
        hint = "restore it, or register another experiment in another folder"
        raise BadInput(f"{', '.join(differing)} differ from what is registered", FILE, hint)
    return prepared, rates


def settled_as(document: Document, prepared: Prepared) -> tuple[Prepared, Rates]:
    """The experiment with the budget and the mix that the pilot settled, and the learning rates. BadInput if the recipe lists no such
    mix."""
    own = document["registered"]
    phases = build(Phases, own["recipe"]["phases"], FILE)
    return prepared.settled(int(own["recipe"]["tokens"]), phases), build(Rates, own["rates"], FILE)


def fixed(prepared: Prepared, rates: Rates) -> Document:
    """Everything that is fixed, and compared before a run."""
    recipe: TrainingRecipe = prepared.recipe
    metric = prepared.metric
    return {
        "claim": CLAIM,
        "headline": HEADLINE,
        "tests": TESTS,
        "stopping": STOPPING,
        "arms": [asdict(arm) for arm in main_arms(recipe)],
        "seeds": list(range(recipe.seeds)),
        "pilot_seeds": list(recipe.pilot.seeds),
        "recipe": asdict(recipe),
        "rates": asdict(rates),
        "metric": {
            "K": {part: MEANING[part] for part in metric.parts},
            "guard": sorted(name for name in metric.texts.parts if name.startswith(WEB)),
            "units": {name: len(own) for name, own in metric.bytes_of_units.items()},
            "held_out": {domain: list(sources) for domain, sources in prepared.sources.items()},
            "left_out_for_overlap": metric.overlapping,
            "unit": f"bits per byte, lower is better; {K} is the mean of its parts",
        },
        "corpus": prepared.digest,
        "scale": prepared.scale,
        "code": code_digest(),
    }


def canonical(document: Mapping[str, Any]) -> str:
    """JSON in one way of writing: sorted names, no spaces, ASCII."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def digest_of(registered: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON."""
    return hashlib.sha256(canonical(registered).encode()).hexdigest()


def code_digest() -> str:
    """SHA-256 of the code that draws, trains, measures and tests."""
    found = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        if path.name not in UNCOUNTED:
            found.update(f"{path.name}\0".encode() + path.read_bytes() + b"\0")
    return found.hexdigest()
