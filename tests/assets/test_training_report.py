"""The training report in the graph: made of promoted mixes, refused where one has not passed its gate."""

import dagster as dg
import pytest

from resources import configured_resources
from tests.conftest import commit_rows
from tests.unit.training.corpus_rows import made_rows
from tier_assets.refusal import Refusal
from tier_assets.training import training_report
from tierline.lake import WHOLE_LAKE, Lake

PHASES = {"L1": "pretrain", "L2": "pretrain", "L3": "midtrain", "L4": "alignment"}
RECIPE = """
tokens: 1280
seeds: 2
budgets: [0.5]
leave_out_domains: 0
phases:
  - {phase: pretrain, share: 0.7, tiers: {L1: 1, L2: 2}}
  - {phase: midtrain, share: 0.2, tiers: {L3: 3, L2: 1}}
  - {phase: alignment, share: 0.1, tiers: {L4: 3, L3: 1}}
model: {width: 16, layers: 1, heads: 2, hidden: 40, vocabulary: 400, context: 16}
optimization: {windows: 4}
measuring: {tokens_per_part: 300, curve_points: 2}
characters_per_token: 100.0
"""


@pytest.fixture
def lake(dagster_home, monkeypatch):
    (dagster_home / "training.yaml").write_text(RECIPE)
    monkeypatch.setenv("TIERLINE_TRAINING_RECIPE", str(dagster_home / "training.yaml"))
    monkeypatch.setenv("TIERLINE_TRAINING", str(dagster_home / "training"))
    monkeypatch.setenv("TIERLINE_TRAINING_WORKERS", "1")
    return Lake(str(dagster_home / "lake"))


def fill(lake: Lake, promote: bool) -> None:
    found: dict[str, list[dict]] = {phase: [] for phase in PHASES.values()}
    for row in made_rows(80).to_pylist():
        if row["tier"] in PHASES:
            rows = found[PHASES[row["tier"]]]
            named = {"row_id": f"{row['tier']}-{row['id']}", "doc_id": row["id"], "position": len(rows), "source_table": "made"}
            rows.append(named | {name: row[name] for name in ("tier", "text", "domain", "url")})
    for phase, rows in found.items():
        commit_rows(lake, f"mix_{phase}", rows, shard=WHOLE_LAKE, promote=promote)


def materialize(raise_on_error: bool = True) -> dg.ExecuteInProcessResult:
    return dg.materialize([training_report], resources=configured_resources(), raise_on_error=raise_on_error)


def test_the_report_is_made_of_promoted_mixes(lake, dagster_home):
    fill(lake, promote=True)
    (event,) = materialize().get_asset_materialization_events()
    metadata = {name: value.value for name, value in event.materialization.metadata.items()}
    assert metadata["finding"].startswith("Within noise:")
    assert metadata["seeds"] == 2 and metadata["curves"].startswith("![") and "| compute to flat" in metadata["flat_and_tiered"]
    assert metadata["report"] == str(dagster_home / "training/report.html")


def test_a_mix_that_did_not_pass_its_gate_is_not_trained_on(lake):
    fill(lake, promote=False)
    with pytest.raises(Refusal, match="mix_pretrain/all: has not passed its gate"):
        materialize()
