"""Fitting confidences: errors of calibration are what they are said to be, and what is fitted does on other webs what it promises."""

import json
from pathlib import Path

import numpy as np
import pytest

from tierline.knowledge.confidence import FEATURES, confidence_of
from tierline.tables.l4 import VALUE_STATES
from training_scripts import fit_confidence
from training_scripts.calibration import bins_of, measures
from training_scripts.fact_webs import FITTED, HELD, Kind, Reference, web_of


def test_confidence_that_is_right_on_average_has_no_error_and_one_that_is_not_has_its_distance():
    truth = np.tile([1.0, 0.0, 1.0, 1.0], 100)
    assert measures(np.full(400, 0.75), truth)["ece"] == pytest.approx(0)
    assert measures(np.full(400, 0.95), truth)["ece"] == pytest.approx(0.2)
    assert measures(truth, truth) | {"bins": []} == {"ece": 0, "brier": 0, "true": 0.75, "values": 400, "bins": []}


def test_bins_have_equal_mass_and_never_part_equal_confidences():
    confidence = np.repeat([0.1, 0.5, 0.9], [500, 100, 200])
    bins = bins_of(confidence, np.zeros(800), 8)
    assert [(one["confidence"], one["values"]) for one in bins] == [
        (pytest.approx(0.1), 500),
        (pytest.approx(0.5), 100),
        (pytest.approx(0.9), 200),
    ]
    assert [one["values"] for one in bins_of(np.linspace(0, 1, 1200), np.zeros(1200))] == pytest.approx([100] * 12, abs=1)
    assert bins_of(np.empty(0), np.empty(0)) == []


def test_no_error_hides_because_errors_of_both_signs_meet_in_one_bin():
    confidence = np.repeat([0.2, 0.8], 300)
    truth = np.tile([1.0, 0.0], 300)
    assert measures(confidence, truth)["ece"] == pytest.approx(0.3)


def reference(number: int, predicate: str = "capital", years: dict | None = None) -> Reference:
    statement = {"statement_id": f"stm_{number}{predicate}", "base": "atlas", "base_version": "1", "retrieved": "2026-01-01", "parents": []}
    said = {"subject": f"Land {number}", "subject_key": f"land {number}", "predicate": predicate, "object": f"Town {number}"}
    more = {
        "source_value": f"Town {number}",
        "language": "en",
        "derived_from": [],
        "subject_shared": False,
        "subject_ids": [],
        "aliases": [],
    }
    return Reference(
        "atlas", f"Land {number}", predicate, (years or {}).get("2020", f"Town {number}"), years or {}, statement | said | more
    )


KNOWN = [reference(number) for number in range(60)]


def test_no_kind_of_web_that_is_measured_is_learned_from():
    assert not set(FITTED) & set(HELD)
    others = (("world-cities", "country"), ("world-cities", "capital"), ("factbook", "population"), ("population", "population"))
    known = [*KNOWN, *(Reference(base, "A", predicate, "B", {}, {}) for base, predicate in others)]
    fitted, held = fit_confidence.parted(known)
    assert fitted == KNOWN, "neither a base nor a property is on both sides"
    assert [(one.base, one.predicate) for one in held] == [others[0], others[3]]


def test_a_web_of_sites_that_are_always_right_has_true_values_alone():
    kind = Kind(right=(1.0, 1.0), sentences=(0.0, 0.0), listed=(0.0, 0.0), old=(0.0, 0.0), vague=(0.0, 0.0))
    web = web_of(kind, KNOWN, 40, "right")
    rows = fit_confidence.judged(web).to_pylist()
    assert rows and all(map(web.is_true, rows)) and {row["state"] for row in rows} <= {"verified", "single_source"}


def test_a_web_is_the_same_whenever_it_is_made_and_its_errors_are_known():
    kind = Kind(right=(0.3, 0.5))
    one, other = (web_of(kind, KNOWN, 40, "wrong") for _ in range(2))
    assert one.claims == other.claims and one.claims != web_of(kind, KNOWN, 40, "else").claims
    rows = fit_confidence.judged(one).to_pylist()
    right = {row["object"] for row in rows if one.is_true(row)}
    assert right and all(
        row["subject"].rpartition(" ")[2] == row["object"].rpartition(" ")[2] for row in rows if row["object"] in right and one.is_true(row)
    )
    assert any(not one.is_true(row) for row in rows)


def test_a_value_of_an_earlier_year_is_true_of_that_year_alone():
    known = reference(1, "population", {"2000": "1000000", "2020": "2000000"})
    web = web_of(Kind(), [known], 1, "dated")
    row = {"subject": "Land 1", "predicate": "population", "object": "1000000", "language": "en", "methods": [], "valid_until": None}
    assert (
        web.is_true(row | {"valid_from": "2000"})
        and not web.is_true(row | {"valid_from": "2020"})
        and not web.is_true(row | {"valid_from": None})
    )
    assert web.is_true(row | {"valid_from": None, "valid_until": "2020"})


def test_what_is_fitted_is_written_with_how_it_did(tmp_path: Path, monkeypatch, capsys):
    sample = fit_confidence.sample({"plain": Kind(gone=(0.2, 0.5))}, KNOWN, 4, "fit")
    models = fit_confidence.fit(*sample[:3])
    features, truth, states, _ = sample
    found = confidence_of(features, states, models)
    assert set(models) == set(VALUE_STATES) and not np.isnan(found).any() and found.min() >= 0 and found.max() <= 1
    assert all(set(model["coefficients"]) <= set(FEATURES) for model in models.values())
    for state in {"verified", "single_source"}:
        assert found[states == state].mean() == pytest.approx(truth[states == state].mean(), abs=0.1)
    out = tmp_path / "confidence.json"
    fit_confidence.write(models, fit_confidence.sample({"other": Kind()}, KNOWN, 2, "held"), out)
    made = json.loads(out.read_text("utf-8"))
    assert {"made_by", "meaning", "models", "held", "not_promoted", "states", "kinds"} == set(made)
    assert "not promoted" in capsys.readouterr().out and made["held"]["values"] > 0
