"""The scoring benchmark: no text's label decides its own usefulness, and what is reported is what was measured."""

import json
from dataclasses import replace

import numpy as np
import pytest

from benchmarks import scoring
from benchmarks.scoring import Judged, agreement_metrics, combinations, drawn, judged_by_others, language_metrics, main, read, set_metrics
from tests.conftest import rows_of
from tierline.reliability.usefulness import from_json, to_json

SIZE = 240
CHANCE = np.random.default_rng(4)
LABELS = np.tile([0.0, 1.0], SIZE // 2)
SIGNALS = {name: noise * CHANCE.normal(size=SIZE) + LABELS for name, noise in {"student": 0.7, "probe": 0.8}.items()}
SIGNALS |= {"length": CHANCE.normal(size=SIZE), "llm": CHANCE.normal(size=SIZE)}


def judged(known: bool = True, labels: np.ndarray = LABELS) -> Judged:
    names = ["dclm-human"] * (SIZE // 2) + ["hplt-human-inspection"] * (SIZE // 2)
    rows = [
        {"anchor_id": f"a{row}", "text": f"Text {row}", "label": labels[row], "set": name, "group": f"{row // 2}", "language": "fra"}
        for row, name in enumerate(names)
    ]
    set_similarity = {name: np.array([float(one == name) for one in names]) for name in set(names)}
    return Judged(rows_of("l2_anchors", rows), np.full(SIZE, 100.0), dict(SIGNALS), set_similarity, np.full(SIZE, known))


def test_no_label_decides_the_usefulness_of_its_own_group():
    first = judged_by_others(judged())
    turned = LABELS.copy()
    turned[:2] = 1 - turned[:2]
    assert (judged_by_others(judged(labels=turned))[:2] == first[:2]).all()
    one = judged()
    _, test = next(part for part in scoring.folds(one, np.arange(SIZE)) if 0 in part[1])
    assert 1 in test, "a group is in one fold"


def test_texts_that_nothing_learned_from_are_judged_by_the_bundled_weights(tmp_path, monkeypatch):
    weights = tmp_path / "weights.json"
    weights.write_text(to_json(combinations(judged(), np.arange(SIZE))), "utf-8")
    monkeypatch.setattr(scoring, "WEIGHTS", weights)
    assert (judged_by_others(judged(known=False)) == judged_by_others(judged(known=False, labels=1 - LABELS))).all()


def test_signals_at_chance_weigh_nothing_and_together_the_others_beat_each():
    one = judged()
    assert combinations(one, np.arange(SIZE))["dclm-human"].signals == ("probe", "student")
    whole = replace(one, signals=one.signals | {"usefulness": judged_by_others(one)})
    metrics = set_metrics(whole)
    assert metrics["sets_where_usefulness_is_best"] == 2 and metrics["usefulness_above_best_dclm"] > 0
    assert metrics["auc_student_hplt_lo"] < metrics["auc_student_hplt"] < metrics["auc_student_hplt_hi"]
    assert metrics["student_above_probe_dclm"] == pytest.approx(metrics["auc_student_dclm"] - metrics["auc_probe_dclm"])
    few = np.where(np.arange(SIZE) % (SIZE // 2) < 4, LABELS, np.nan)
    assert set_metrics(replace(whole, signals=whole.signals | {"perplexity": few}))["sets_where_usefulness_is_best"] == 2, "four texts"
    lopsided = {name: np.where((LABELS < 0.5) | (np.arange(SIZE) < 20), scores, np.nan) for name, scores in whole.signals.items()}
    assert set_metrics(replace(whole, signals=lopsided))["sets_where_usefulness_is_best"] == 0, "ten good texts measure nothing"
    assert set(language_metrics(whole)) == {f"auc_{name}_hplt_fra" for name in ("usefulness", "probe", "student", "length")}


def test_texts_on_which_raters_were_divided_are_measured_apart(tmp_path):
    quality = tmp_path / "quality"
    quality.mkdir()
    lines = (json.dumps({"text": f"Text {row}", "label_all_agree": LABELS[row] if row < 40 else None}) for row in range(SIZE // 2))
    (quality / "dclm-human.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    one = judged()
    one = replace(one, signals=one.signals | {"usefulness": np.where(np.arange(SIZE) < 40, LABELS, 1 - LABELS)})
    metrics = agreement_metrics(one, tmp_path)
    assert (metrics["n_dclm_agreed"], metrics["n_dclm_divided"]) == (40, SIZE // 2 - 40)
    assert (metrics["auc_usefulness_dclm_agreed"], metrics["auc_usefulness_dclm_divided"]) == (1.0, 0.0)
    (quality / "dclm-human.jsonl").write_text('{"text": "Text 0"}\n', "utf-8")
    assert agreement_metrics(one, tmp_path) == {}, "files that do not say how raters agreed"


def test_what_is_asked_by_prompt_is_drawn_from_each_set_and_label():
    rows = drawn(judged().anchors, 4)
    assert len(rows) == 8 and sorted(LABELS[rows].tolist()) == [0.0] * 4 + [1.0] * 4 and sum(rows < SIZE // 2) == 4


def test_a_folder_without_a_known_set_is_refused_in_one_line(tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["--data", str(tmp_path)])
    assert stopped.value.code == 2 and "labeled texts" in capsys.readouterr().err
    (tmp_path / "labels/quality").mkdir(parents=True)
    (tmp_path / "labels/quality/dclm-human.jsonl").write_text(
        "".join(f'{{"text": "Text {row} of some words.", "label_majority": {row % 2}}}\n' for row in range(30)), "utf-8"
    )
    assert read(tmp_path / "labels", 20).num_rows == 20


def test_the_bundled_weights_are_of_known_sets_and_signals():
    bundled = from_json(scoring.WEIGHTS.read_text("utf-8"))
    assert set(bundled) == set(scoring.SETS)
    assert all(
        set(one.signals) < set(scoring.SIGNALS) - {"usefulness"} and min(part.weight for part in one.parts) > 0 for one in bundled.values()
    )
