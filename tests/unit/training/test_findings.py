"""The registered tests say what was planted in the runs, in either direction, and the page says it first."""

import numpy as np
import pytest

from tests.unit.training.test_arms import RECIPE
from tierline.training.arms import main_arms
from tierline.training.curation import Curation, curation_of, read_curation
from tierline.training.findings import find, metrics_of
from tierline.training.metric import combined
from tierline.training.report import cost_text, explanation, first_line, render, write_report

SEEDS = 6
SIZES = {name: [100.0] * 8 for name in ("works", "outside", "answers", "web:web")}
REGISTERED = {
    "claim": "Tiers save compute.",
    "tests": {"H1": "first", "H2": "second", "H3": "third"},
    "stopping": "Every seed runs once.",
    "pilot_seeds": [1001, 1002],
    "arms": [{"name": arm.name} for arm in main_arms(RECIPE)],
    "scale": {"tier": {"L1": {"rows": 5, "tokens": 50}}, "domain": {"web": {"rows": 5, "tokens": 50}}, "pool": {}},
    "metric": {"K": {"works": "books"}, "held_out": {"web": ["a", "b", "c", "d"]}, "left_out_for_overlap": {"works": 1}},
    "recipe": {
        "tokens": 1000,
        "model": {"layers": 1, "width": 2, "vocabulary": 3, "context": 4},
        "phases": {"stable": {"L1": 1.0}, "decay": {"L3": 1.0}, "replay": 0.3, "best_share": 0.5},
        "pilot": {"slope_max": 0.15},
        "optimization": {"averaged": 4},
    },
    "pilot": {
        "gain": 0.1,
        "spread": 0.01,
        "slope": 0.1,
        "powered": False,
        "rates": {"rates": {"flat": 0.01}, "floor": 0.05, "decay_share": 0.3},
        "mixes": [{}],
    },
}
DOCUMENT = {"digest": "d" * 64, "registered": REGISTERED}


def planted(tier: float, order: float = 0.0, placebo: float = 0.0, noise: float = 0.002, seeds: int = SEEDS, works_only: bool = False):
    """Runs whose scores are known: seeds differ by a lot, arms by what is planted, in bits per byte; above 0 is better."""
    draw, runs = np.random.default_rng(0), []
    for arm in main_arms(RECIPE):
        for seed in range(seeds):
            gain = {"flat": 0.0, "tier": tier, "order": order, "placebo": placebo, "reversed": 0.0}[arm.name.partition("_")[0]]
            level = 3.0 + 0.1 * seed - 0.2 * np.log(arm.budget) + draw.normal(0, noise)
            bits = {}
            for part, sizes in SIZES.items():
                own = {"works": 3 * gain, "web:web": -gain}.get(part, 0.0) if works_only else (-gain if part == "web:web" else gain)
                bits[part] = [size * (level - own) for size in sizes]
            scores = combined(bits, SIZES) | {"accuracy:arc_easy": 0.25 + 0.1 * (arm.trunk == "tier"), "following": 0.0}
            run = {"arm": arm.name, "seed": seed, "tokens": 1, "scores": scores, "bits": bits, "passes": {"flat": 1.0}, "row_passes_max": 1}
            runs.append(run | {"train_seconds": 10.0})
    return runs


def findings_of(*args, curation=None, **kwargs):
    return find(DOCUMENT, planted(*args, **kwargs), SIZES, {"accuracy:arc_easy": 0.25}, curation)


def test_a_planted_gain_is_found_with_its_size_and_compute():
    findings = findings_of(0.3, order=0.1)
    assert (findings.h1, findings.h2, findings.h3) == ("holds", "holds", "holds")
    line = first_line(findings)
    assert line.startswith("H1 holds: tiers with 60% of the compute beat the flat mix with 100% in 6 of 6 seeds") and "p = 0.016" in line
    metrics = metrics_of(findings)
    assert metrics["gain_at_60"] == pytest.approx(0.3 + 0.2 * np.log(0.6), abs=0.01)
    assert metrics["gain_at_60_lo"] < metrics["gain_at_60"] < metrics["gain_at_60_hi"]
    assert metrics["compute_ratio"] == pytest.approx(np.exp(-1.5), abs=0.02) and "extrapolated" in explanation(findings)[-2]
    assert metrics["order_gain"] == pytest.approx(0.2, abs=0.01) and metrics["selection_gain"] == pytest.approx(0.1, abs=0.01)
    assert metrics["delta_web"] == pytest.approx(0.3 - 0.2 * np.log(0.6), abs=0.01) and 0 < metrics["mde"] < 0.02
    assert metrics["h1_seeds_won"] == metrics["h1_seeds"] == metrics["seeds"] == 6


def test_a_planted_null_is_not_found_and_is_said_as_loudly():
    findings = findings_of(0.0)
    assert findings.h1 == "fails" and findings.h2 == "is not tested"
    line = first_line(findings)
    assert line.startswith("H1 fails: tiers with 60% of the compute beat the flat mix with 100% in 0 of 6 seeds") and "worse" in line
    page = render(findings, "", "command")
    assert f'<p class="lead">{line}</p>' in page
    assert "match of domains" not in explanation(findings)[1]  # nothing was gained
    assert findings.ratio.value == pytest.approx(1.0, abs=0.05)


def test_a_gain_no_larger_than_the_placebos_is_none():
    assert findings_of(0.3, placebo=-0.25).h1 == "fails" and findings_of(0.3, placebo=0.1).h1 == "holds"


def test_a_gain_on_books_alone_is_a_match_of_domains():
    findings = findings_of(0.3, works_only=True)
    assert (findings.h1, findings.h2) == ("holds", "fails") and "match of domains, and not knowledge" in explanation(findings)[1]


def test_two_seeds_decide_nothing():
    findings = findings_of(0.3, seeds=2)
    assert findings.h1 == "is undecided" and first_line(findings).endswith("Too few seeds for any verdict.")


def test_curation_is_beside_the_ratio_and_says_from_where_it_pays():
    curation = Curation(900.0, 600.0, 100.0)
    assert curation.share == 0.9 and curation.pays_from(0.4) == pytest.approx(15) and curation.pays_from(1.2) is None
    findings = findings_of(0.1, curation=curation)
    assert metrics_of(findings)["curation_compute_share"] == 0.9
    assert "900 s, 600 s of them language models: 90.0%" in cost_text(findings) and "times as dear" in cost_text(findings)
    assert "saves nothing" in cost_text(findings_of(-0.5, curation=curation)) and "not known" in cost_text(findings_of(0.0))


def test_curation_is_what_the_stages_above_l1_took(tmp_path):
    report = tmp_path / "corpus.json"
    stage = '{"seconds": 2.0, "model_seconds": 1.0}'
    report.write_text(f'{{"stages": {{"l1_filtered": {stage}, "l2_scores": {stage}, "l3_refined": {stage}}}}}')
    stages = read_curation(report)
    assert stages == {"seconds": 4.0, "model_seconds": 2.0}
    found = curation_of(stages, planted(0.0))
    assert found and found.training == 10.0 and curation_of({}, planted(0.0)) is None


def test_the_page_has_the_claim_the_registration_and_a_figure(tmp_path):
    page = write_report(findings_of(0.3), tmp_path, "python -m benchmarks.training --data DIR").read_text()
    for words in (
        "Tiers save compute.",
        "d" * 64,
        "H3: third",
        "Every seed runs once.",
        "python -m benchmarks.training --data DIR",
        "a, b, c and 1 more",
    ):
        assert words in page
    assert page.index("H1 holds") < page.index("<table>") and (tmp_path / "report.png").stat().st_size > 20_000
    assert "did not show that this size has power" in page
