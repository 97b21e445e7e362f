"""Weights for a mix from what its tiers cost."""

import json
from dataclasses import asdict

import pytest

from tests.conftest import rows_of
from tierline.lake import Activity, StageResult, Verdict, decision_table
from tierline.training.evidence import FILE, Effect, Evidence
from tierline.training.statistics import Interval


def test_allocate_proposes_weights_and_draws_the_frontier(lake, commit, run, tmp_path):
    commit(lake, "l1_filtered", [{"doc_id": f"d{n}", "text": "x", "tokens": 1000} for n in range(40)])
    commit(lake, "l2_selected", [{"doc_id": f"d{n}", "text": "x", "tokens": 1000} for n in range(20)])
    documents = lake.manifest("l1_filtered", "s").digest
    tables = {"l1_contamination": rows_of("l1_contamination", [])}
    checked = lake.commit(
        Activity.begin("l1_contamination", "s", "1", (), {"l1_filtered/s": documents}),
        StageResult(tables, {"l1_contamination": (0, decision_table([]))}),
    )
    lake.record(Verdict("l1_contamination", "s", checked.stage_digest, "test", "0", True, "[]"))
    plot = tmp_path / "frontier.png"
    status, out, _ = run("allocate", "pretrain", "--token-value", "L2=2", "--plot", str(plot))
    assert status == 0 and plot.read_bytes().startswith(b"\x89PNG")
    drawn = {line.split()[0]: float(line.split()[6].replace(",", "")) for line in out.splitlines()[1:3]}
    assert drawn == {"l1_filtered": 80_000, "l2_selected": 40_000}  # both twice, as the recipe allows: the budget is larger
    found = json.loads(run("allocate", "pretrain", "--json")[1])
    assert len(found["offers"]) == 2 and found["proposed"]["token_value"] == pytest.approx(found["frontier"][-1]["token_value"])
    values = {"L1": Interval(0.5, 0.3, 0.8, 5), "L2": Interval(3.0, 2.0, 4.0, 5), "L3": Interval(3.0, 0.9, 4.0, 5)}
    write_evidence(tmp_path, (), values)
    found = json.loads(run("allocate", "pretrain", "--report", str(tmp_path), "--token-value", "L2=2", "--json")[1])
    assert [offer["token_value"] for offer in found["offers"]] == [0.5, 2.0]
    status, _, error = run("allocate", "pretrain", "--report", str(tmp_path / "none"))
    assert status == 2 and "holds no attribution of a training experiment" in error
    status, _, error = run("allocate", "pretrain", "--token-value", "L7=2")
    assert status == 2 and "not a tier or form" in error


def test_todays_weights_stand_beside_those_that_the_evidence_supports(run, tmp_path):
    helps, noise = Interval(0.02, 0.01, 0.03, 5), Interval(0.01, -0.01, 0.03, 5)
    write_evidence(tmp_path, (Effect("edits", "form", 0.4, helps, noise), Effect("best", "pool", 0.3, noise)), {})
    status, out, _ = run("allocate", "midtrain", "--report", str(tmp_path), "--propose")
    lines = [line.split() for line in out.splitlines()]
    assert status == 0 and lines[1][:5] == ["l3_refined", "3", "6", "form", "edits"] and lines[2][:3] == ["l2_selected", "1", "1"]
    assert out.splitlines()[-1] == "midtrain: 1 of 5 weights move, by 5 seeds of 1,000 tokens a whole run"
    found = json.loads(run("allocate", "midtrain", "--report", str(tmp_path), "--propose", "--json")[1])
    assert [one["weight"] for one in found["sources"]] == [6, 1, 1, 0.3, 0.1] and found["sources"][2]["why"] == "not measured"
    status, _, error = run("allocate", "midtrain", "--propose")
    assert status == 2 and "give a training experiment with --report FOLDER" in error


def write_evidence(folder, effects, values):
    (folder / FILE).write_text(json.dumps(asdict(Evidence("x", 1_000, 5, effects, values))))
