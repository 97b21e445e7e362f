"""The assets of knowledge bases: named bases are stated, gated and become facts; not naming them withdraws nothing."""

import hashlib

import dagster as dg
import pytest
import yaml

from resources import KnowledgeBases, RecipeFile, ShardWorkers, TierStorage
from tests.conftest import commit_rows
from tier_assets.l4_verified import l4_facts, l4_statements
from tier_assets.refusal import Refusal
from tierline.config.bundled import folder
from tierline.lake import WHOLE_LAKE, Verdict

TEXT = "name,capital\nNorway,Oslo\nSweden,Stockholm\n"


def write(place, predicate: str = "capital", sha256: str = "") -> str:
    (place / "towns.csv").write_text(TEXT)
    file = {"path": "towns.csv", "subject": "name", "columns": {"capital": {"predicate": predicate}}}
    file["sha256"] = sha256 or hashlib.sha256(TEXT.encode()).hexdigest()
    about = {"name": "towns", "version": "1", "license": "CC0-1.0", "retrieved": "2026-02-01", "vouched_by": "data team"}
    (place / "towns.yaml").write_text(yaml.safe_dump(about | {"vouched_on": "2026-02-02", "files": [file]}))
    return str(place / "towns.yaml")


def run(place, *assets, pattern: str = "") -> dict:
    """Metadata by asset."""
    resources = {
        "storage": TierStorage(root=str(place / "lake")),
        "workers": ShardWorkers(),
        "recipe": RecipeFile(path=str(folder("recipes") / "tiers.yaml"), mixes=str(folder("recipes") / "mixes")),
        "knowledge": KnowledgeBases(pattern=pattern),
    }
    done = dg.materialize(list(assets), resources=resources)
    made = {
        event.asset_key.path[-1]: event.step_materialization_data.materialization.metadata
        for event in done.get_asset_materialization_events()
    }
    return {name: {key: value.value for key, value in metadata.items()} for name, metadata in made.items()}


def promote(place, stage: str) -> None:
    lake = TierStorage(root=str(place / "lake")).open()
    lake.record(Verdict(stage, WHOLE_LAKE, lake.manifest(stage, WHOLE_LAKE).stage_digest, "test", "0", True, "[]"))


def facts(place) -> set[str]:
    lake = TierStorage(root=str(place / "lake")).open()
    return {row["object"] for row in lake.read("l4_facts", WHOLE_LAKE).to_pylist()}


def test_a_named_base_becomes_facts_and_stays_where_it_is_not_named(tmp_path, dagster_home):
    pattern = write(tmp_path)
    lake = TierStorage(root=str(tmp_path / "lake")).open()
    commit_rows(lake, "l4_claims", [])
    made = run(tmp_path, l4_statements, pattern=pattern)["l4_statements"]
    assert (made["knowledge_bases"], made["vouched"]) == ("towns 1", "towns 1 (data team)") and "lapsed" not in made
    promote(tmp_path, "l4_statements")
    run(tmp_path, l4_facts)
    assert facts(tmp_path) == {"Oslo", "Stockholm"}
    run(tmp_path, l4_statements)  # of a process in which no base is named
    assert lake.manifest("l4_statements", WHOLE_LAKE).rows == 2
    (tmp_path / "none").mkdir()
    run(tmp_path, l4_statements, pattern=str(tmp_path / "none"))
    assert TierStorage(root=str(tmp_path / "lake")).open().manifest("l4_statements", WHOLE_LAKE).rows == 0


def test_without_a_base_there_are_no_statements_and_no_need_of_any(tmp_path, dagster_home):
    made = run(tmp_path, l4_statements)["l4_statements"]
    assert made["knowledge_bases"] == "none configured"


def test_a_lapsed_vouching_is_told_where_the_asset_ran(tmp_path, dagster_home):
    made = run(tmp_path, l4_statements, pattern=write(tmp_path, sha256="0" * 64))["l4_statements"]
    assert made["lapsed"] == "towns 1: data team vouched on 2026-02-02 for other bytes of towns.csv" and made["vouched"] == "none"


def test_a_fault_of_a_mapping_ends_the_run_in_one_line(tmp_path, dagster_home):
    with pytest.raises(
        Refusal, match=r"towns\.yaml: towns\.csv: columns\.capital: the vocabulary has no property 'captial'; did you mean capital"
    ):
        run(tmp_path, l4_statements, pattern=write(tmp_path, predicate="captial"))
