"""Fits src/tierline/knowledge/confidence.json: `python -m training_scripts.fit_confidence --data DIR`.

Webs of several kinds are generated about facts of knowledge bases (fact_webs.py), verified as pages of a crawl are, and each value is
compared with what is true. The model learns from some kinds, bases and properties, and is measured on others alone.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from tierline.knowledge import FactRules, verify_facts
from tierline.knowledge.confidence import FEATURES, confidence_of, features_of
from tierline.tables.l4 import VALUE_STATES
from training_scripts.calibration import BINS, measures
from training_scripts.fact_webs import FITTED, HELD, Kind, Reference, Web, references, webs

OUTPUT = Path(__file__).parents[1] / "src/tierline/knowledge/confidence.json"
HELD_PROPERTIES = {
    "population": {"population"},
    "iso-codes": {"currency code", "script code", "three letter language code", "two letter language code"},
    "language-codes": {"two letter language code"},
    "world-cities": {"country"},
}  # of the bases that are held apart; no other base's facts about them are learned from
SEED, WEBS, PROPERTIES = "dev", 24, 120  # of the webs to learn from, how many of each kind, and properties of each web
HELD_WEBS = {"held-dev": 24, "held-again": 12}  # of the webs to be measured on; the second ones were drawn when the model was final
STEPS, EACH_STEP = 12, 40  # of the isotonic regression that are kept, and the fewest values of each
REGULAR = 0.1  # inverse strength of the penalty, on features of unit variance
LEAST = 0.002  # no value is taken to be surer than that
DIGITS = 4
STANDING = VALUE_STATES[:2]  # what is promoted
Sample = tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], np.ndarray[Any, Any], np.ndarray[Any, Any]]


def parted(known: Sequence[Reference]) -> tuple[list[Reference], list[Reference]]:
    """(facts to learn from, facts to be measured on): of other bases, and of properties that the first have not."""
    apart = set[str]().union(*HELD_PROPERTIES.values())
    fitted = [one for one in known if one.base not in HELD_PROPERTIES and one.predicate not in apart]
    return fitted, [one for one in known if one.predicate in HELD_PROPERTIES.get(one.base, ())]


def judged(web: Web) -> Any:
    """Rows of `l4_values` of a web: of the second commit where pages were taken away."""
    claims, statements = web.tables(now=False)
    values = verify_facts(claims, FactRules(), statements).tables["l4_values"]
    if web.gone:
        claims, statements = web.tables()
        values = verify_facts(claims, FactRules(), statements, values.to_batches()).tables["l4_values"]
    return values


def sample(kinds: Mapping[str, Kind], known: Sequence[Reference], each: int, seed: str) -> Sample:
    """(features, whether true, state, kind) of every value of so many webs of each kind."""
    features, truth, states, names = [], list[bool](), list[str](), list[str]()
    for name, web in webs(kinds, known, each, PROPERTIES, seed):
        values = judged(web)
        features.append(features_of(values))
        truth += [web.is_true(row) for row in values.to_pylist()]
        states += values["state"].to_pylist()
        names += [name] * len(values)
    return np.concatenate(features), np.array(truth, float), np.array(states), np.array(names)


def fit(features: Any, truth: Any, states: Any) -> dict[str, Any]:
    """The models as `confidence_of` reads them, one for each state; what is superseded was verified, and is judged as that is."""
    groups = {state: [other for other in STANDING if state in STANDING] or [state] for state in VALUE_STATES}
    return {state: _fit(features[np.isin(states, group)], truth[np.isin(states, group)]) for state, group in groups.items()}


def _fit(features: Any, truth: Any) -> dict[str, Any]:
    if len(np.unique(truth)) < 2:  # of too few values to tell them apart
        share = round((float(truth.sum()) + 1) / (len(truth) + 2), DIGITS)
        return {"intercept": 0.0, "coefficients": {}, "scores": [0.0], "confidence": [share]}
    used = features.std(axis=0) > 1e-9
    scale = np.where(used, features.std(axis=0), 1)
    regression = LogisticRegression(C=REGULAR, solver="newton-cholesky").fit(features / scale, truth)
    coefficients = np.round(np.where(used, regression.coef_[0] / scale, 0), DIGITS)
    intercept = round(float(regression.intercept_[0]), DIGITS)
    scores = features @ coefficients + intercept
    isotonic = IsotonicRegression(y_min=LEAST, y_max=1 - LEAST, out_of_bounds="clip").fit(scores, truth)
    parts = np.array_split(np.sort(scores), max(1, min(STEPS, len(truth) // EACH_STEP)))
    points, first = np.unique(np.round([part.mean() for part in parts], DIGITS), return_index=True)
    named = {name: value for name, value in zip(FEATURES, coefficients.tolist(), strict=True) if value}
    confidence = np.round([isotonic.predict(part).mean() for part in parts], DIGITS)[first].tolist()
    return {"intercept": intercept, "coefficients": named, "scores": points.tolist(), "confidence": confidence}


def measured(models: dict[str, Any], found: Sample) -> dict[str, Any]:
    """Calibration on a sample: of all values, by state, by kind, and of all that is not promoted."""
    features, truth, states, kinds = found
    confidence = confidence_of(features, states, models)
    return {
        "held": measures(confidence, truth),
        "not_promoted": measures(confidence[~np.isin(states, STANDING)], truth[~np.isin(states, STANDING)]),
        "states": {name: measures(confidence[states == name], truth[states == name]) for name in VALUE_STATES},
        "kinds": {name: measures(confidence[kinds == name], truth[kinds == name]) for name in sorted(set(kinds.tolist()))},
    }


def main(arguments: list[str] | None = None) -> int:
    """Writes the file and prints how the model does on what it did not see."""
    parser = argparse.ArgumentParser(prog="training_scripts.fit_confidence", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder with kb/")
    parser.add_argument("--webs", type=int, default=WEBS, help="webs of each kind to learn from")
    parser.add_argument("--out", type=Path, default=OUTPUT)
    options = parser.parse_args(arguments)
    fitted, held = parted(references(options.data / "kb"))
    models = fit(*sample(FITTED, fitted, options.webs, SEED)[:3])
    found = [sample(HELD, held, each, seed) for seed, each in HELD_WEBS.items()]
    features, truth, states, kinds = map(np.concatenate, zip(*found, strict=True))
    return write(models, (features, truth, states, kinds), options.out)


def write(models: dict[str, Any], held: Sample, out: Path) -> int:
    """Write the models with what was measured, and print that."""
    found = measured(models, held)
    for name, own in (("all", found["held"]), ("not promoted", found["not_promoted"]), *found["states"].items(), *found["kinds"].items()):
        print(f"{name:20} ece {own['ece']:.3f}  brier {own['brier']:.3f}  true {own['true']:.3f}  values {own['values']}")
    made = {
        "made_by": "python -m training_scripts.fit_confidence",
        "meaning": f"probability that a value is true of its time; ECE over {BINS} bins of equal mass on webs, bases and properties unseen",
        "models": models,
        "held": found["held"],
        "not_promoted": found["not_promoted"],
        "states": found["states"],
        "kinds": {name: {key: own[key] for key in own if key != "bins"} for name, own in found["kinds"].items()},
    }
    out.write_text(json.dumps(_rounded(made), indent=1) + "\n", "utf-8")
    return 0


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, DIGITS)
    if isinstance(value, dict):
        return {name: _rounded(one) for name, one in value.items()}
    return [_rounded(one) for one in value] if isinstance(value, list) else value


if __name__ == "__main__":
    sys.exit(main())
