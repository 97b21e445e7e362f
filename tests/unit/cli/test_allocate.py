"""Weights for a mix from what its tiers cost."""

import json

import pytest

from tests.conftest import rows_of
from tierline.lake import Activity, StageResult, Verdict, decision_table


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
    (tmp_path / "findings.json").write_text('{"metrics": {"token_value_L1": 0.5, "token_value_L2": 3.0, "seeds": 5}}')
    found = json.loads(run("allocate", "pretrain", "--report", str(tmp_path), "--token-value", "L2=2", "--json")[1])
    assert [offer["token_value"] for offer in found["offers"]] == [0.5, 2.0]
    status, _, error = run("allocate", "pretrain", "--report", str(tmp_path / "none"))
    assert status == 2 and "holds no findings of a training experiment" in error
