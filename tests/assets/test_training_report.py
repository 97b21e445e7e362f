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
phases:
  stable: {L1: 1, L2: 1, best: 1}
  decay: {best: 1, L3: 1, L4: 1}
model: {width: 16, layers: 1, heads: 2, hidden: 40, vocabulary: 400, context: 16}
optimization: {windows: 4}
measuring: {works: [textbooks], tokens_per_part: 300, questions: []}
pilot: {learning_rates: [1.0e-2], floors: [0.05]}
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
    made = made_rows(80).to_pylist()
    for row in made:
        if row["tier"] in PHASES:
            rows = found[PHASES[row["tier"]]]
            vetted = row["tier"] == "L4" and row["domain"] == "textbooks"
            named = {"row_id": f"{row['tier']}-{row['id']}", "doc_id": row["id"], "position": len(rows)}
            rows.append(
                named | {"source_table": "l4_manuals" if vetted else "made"} | {name: row[name] for name in ("tier", "text", "url")}
            )
    commit_rows(lake, "l1_filtered", [{"doc_id": row["id"], "text": row["text"], "url": row["url"]} for row in made if row["tier"] == "L1"])
    for phase, rows in found.items():
        commit_rows(lake, f"mix_{phase}", rows, shard=WHOLE_LAKE, promote=promote)


def materialize(raise_on_error: bool = True) -> dg.ExecuteInProcessResult:
    return dg.materialize([training_report], resources=configured_resources(), raise_on_error=raise_on_error)


def test_the_report_is_made_of_promoted_mixes(lake, dagster_home):
    fill(lake, promote=True)
    (event,) = materialize().get_asset_materialization_events()
    metadata = {name: value.value for name, value in event.materialization.metadata.items()}
    assert metadata["finding"].startswith("H1 is undecided:") and len(metadata["registration"]) == 64
    assert metadata["seeds"] == 2 and metadata["figure"].startswith("![") and "| knowledge (K)" in metadata["gains"]
    assert metadata["report"] == str(dagster_home / "training/report.html")


def test_a_mix_that_did_not_pass_its_gate_is_not_trained_on(lake):
    fill(lake, promote=False)
    with pytest.raises(Refusal, match="mix_pretrain/all: has not passed its gate"):
        materialize()
