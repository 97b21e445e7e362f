"""The bundled crawl goes through every tier with the real model, and each page meets the fate that was written for it."""

import json
from pathlib import Path

import pyarrow.compute as pc
import pytest
import yaml

from examples.pages import all_pages, false_statements, town_facts
from examples.quiz import COPIED, write_benchmark
from examples.write_crawl import TRUNCATED_URL, write_crawl
from tierline import batch
from tierline.config.bundled import folder
from tierline.lake import Lake
from tierline.lineage import trace, trace_text, verify
from tierline.lineage.verify_shard import payload_mismatch
from tierline.mixes import MixRecipe, PackedMix, export_mix, trace_position
from tierline.sql import Models
from tierline.tables.tiers import Phase

PAGES = all_pages()
ROOT = Path(__file__).parents[2]


def write_fewer(path: Path) -> Path:
    """The bundled recipe with fewer questions to the model."""
    recipe = yaml.safe_load((folder("recipes") / "tiers.yaml").read_text("utf-8"))
    recipe["l2"]["anchors"]["per_set"] = 20
    recipe["l2"]["annotate"]["sample_per_shard"] = 12
    recipe["l3"]["edit"] |= {"edits_per_shard": 8, "questions_per_shard": 4}
    path.write_text(yaml.safe_dump(recipe))
    return path


@pytest.fixture(scope="module")
def flow(tmp_path_factory):
    """(lake, outcomes) after `ingest` of the bundled crawl in several shards."""
    home = tmp_path_factory.mktemp("flow")
    (home / "dagster").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        settings = {
            "DAGSTER_HOME": ROOT,
            "TIERLINE_STATE": home / "dagster",
            "TIERLINE_LAKE": home / "lake",
            "TIERLINE_TABLES": home / "tables",
            "TIERLINE_BENCHMARKS": write_benchmark(home / "quiz.jsonl"),
            "TIERLINE_RECIPE": write_fewer(home / "tiers.yaml"),
        }
        for name, value in settings.items():
            patch.setenv(name, str(value))
        from ingest import ingest

        write_crawl(home / "crawl")
        outcomes = ingest(str(home / "crawl"), 60_000)
        yield Lake(str(home / "lake")), outcomes, lambda: ingest(str(home / "crawl"), 60_000)


@pytest.fixture(scope="module")
def records(flow):
    """URL -> L0 row, of all shards."""
    lake = flow[0]
    rows = [row for manifest in lake.promoted("l0_raw") for row in lake.read("l0_raw", manifest.shard).to_pylist()]
    return {row["url"]: row for row in rows if row["url"]}


@pytest.fixture(scope="module")
def decisions(flow):
    """(ledger, row id) -> decision, of all shards."""
    lake = flow[0]
    found = [
        (stage, row)
        for stage in ("l0_raw", "l1_filtered", "l1_contamination")
        for manifest in lake.promoted(stage)
        for row in lake.decisions(stage, manifest.shard).to_pylist()
    ]
    return {(stage, row["row_id"]): row for stage, row in found}


def test_every_shard_is_promoted_through_every_tier(flow):
    lake, outcomes, _ = flow
    assert len(outcomes) > 3 and [str(outcome) for outcome in outcomes if outcome.failed or outcome.quarantined] == []
    for stage in ("l1_filtered", "l1_contamination", "l2_selected", "l3_refined", "l3_derived", "l4_claims", "l4_manuals"):
        assert len(lake.promoted(stage)) == len(outcomes) - 1


@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: f"{entry.kind} {entry.url.split('//')[1]}")
def test_each_page_meets_its_fate(flow, records, decisions, entry):
    row, fate = records[entry.url], entry.fate
    decision = decisions[fate.stage, row["doc_id"]]
    assert decision["outcome"] == fate.outcome, decision
    assert not fate.rules or decision["rule"].startswith(fate.rules), decision
    if fate.kept_url:
        assert decision["related_id"] == records[fate.kept_url]["doc_id"]
    if fate.outcome == "kept":
        stored = flow[0].read("l1_filtered", row["shard"]).filter(pc_equal("doc_id", row["doc_id"])).to_pylist()[0]
        assert stored["language"] == fate.language and fate.contains in stored["text"]
        assert not fate.lacks or fate.lacks not in stored["text"]


def pc_equal(column: str, value: str):
    import pyarrow.compute as pc

    return pc.field(column) == value


def test_the_cut_off_record_is_an_error_row(records):
    assert records[TRUNCATED_URL]["status"] == "error" and "truncated" in records[TRUNCATED_URL]["error"]


def test_bytes_spans_digests_and_conservation_hold(flow):
    mismatches, checked = verify(flow[0])
    assert mismatches == [] and checked.rows > 1000 and checked.spans > 100


def test_facts_are_true_and_most_are_found(flow):
    lake = flow[0]
    facts = {(row["subject"], row["predicate"], row["object"].replace(",", "")) for row in lake.read("l4_facts", "all").to_pylist()}
    assert not facts & false_statements()
    found = facts & town_facts()
    assert len(found) / len(town_facts()) > 0.5, len(found)
    about = {("founding date"), ("river"), ("population")}
    towns = {town for town, _, _ in town_facts()}
    assert {fact for fact in facts if fact[1] in about and fact[0] in towns} <= town_facts()


def test_a_fact_is_traced_to_the_bytes_of_two_sites(flow):
    lake = flow[0]
    fact = Models(folder("dbt_like_sql")).run(lake, "l4_fact_sources").to_pylist()[0]
    node = trace(lake, fact["fact_id"])
    sources = {found.row_id: found for found in node.walk() if found.table == "l0_raw"}
    assert len({found.row["domain"] for found in sources.values()}) >= 2
    assert [payload_mismatch(found.row) for found in sources.values()] == [None] * len(sources)
    assert ".warc.gz at " in trace_text(node)


def test_every_mix_holds_its_own_tiers_and_pins_them(flow):
    lake = flow[0]
    for phase, tiers in (("pretrain", {"L1", "L2"}), ("midtrain", {"L2", "L3"}), ("alignment", {"L3", "L4"})):
        rows, manifest = lake.read_promoted(f"mix_{phase}", "all")
        assert set(rows["tier"].to_pylist()) == tiers
        assert all(lake.manifest(*name.rsplit("/", 1)).digest == digest for name, digest in manifest.inputs.items())


@pytest.mark.parametrize("phase", list(Phase))
def test_every_position_of_every_mix_comes_from_pages_whose_bytes_are_there(flow, tmp_path, phase):
    lake = flow[0]
    folder_of_mix = export_mix(lake, MixRecipe.load(folder("recipes") / "mixes" / f"{phase}.yaml"), tmp_path).parent
    mix = PackedMix(folder_of_mix)
    for position in (0, len(mix) // 2, len(mix) - 1):
        found = trace_position(lake, folder_of_mix, position)
        sources = {node.row_id: node for node in found.node.walk() if node.table == "l0_raw"}
        assert sources and [payload_mismatch(node.row) for node in sources.values()] == [None] * len(sources)
        assert ".warc.gz at " in trace_text(found.node) and found.document["sha256"] in found.place


def test_pages_that_give_benchmark_questions_away_are_in_no_mix(flow, records):
    lake = flow[0]
    leaking = {row["doc_id"] for url, row in records.items() if "/riddle-" in url}
    assert len(leaking) == len(COPIED)
    matches = [row for manifest in lake.promoted("l1_contamination") for row in lake.read("l1_contamination", manifest.shard).to_pylist()]
    assert {row["doc_id"] for row in matches if row["verdict"] == "leak"} == leaking
    assert {row["verdict"] for row in matches if row["matched_part"] == "passage"} == {"common_text"}
    for phase in ("pretrain", "midtrain", "alignment"):
        rows, manifest = lake.read_promoted(f"mix_{phase}", "all")
        assert not leaking & set(rows["doc_id"].to_pylist())
        assert any(name.startswith("l1_contamination/") for name in manifest.inputs)
    excluded = {row["related_id"] for row in lake.decisions("mix_pretrain", "all").to_pylist() if row["rule"] == "mix:contaminated"}
    assert excluded == leaking


def test_rejected_edits_are_in_the_ledger_with_their_reason(flow):
    lake = flow[0]
    rejected = [
        row
        for manifest in lake.promoted("l3_refined")
        for row in lake.decisions("l3_edits", manifest.shard).to_pylist()
        if row["outcome"] == "dropped"
    ]
    assert {row["rule"].split(":")[0] for row in rejected} >= {"faithfulness", "edit"}
    told = [json.loads(row["detail"]) for row in rejected if row["rule"].startswith("faithfulness:")]
    changes = [change for one in told for change in one["changes"]]
    assert changes and all(change["rule"] and change["source_clause"] + change["edit_clause"] for change in changes)


def test_a_second_ingest_has_nothing_to_do_and_changes_nothing(flow):
    lake, outcomes, again = flow
    before = {manifest.shard: manifest for manifest in lake.manifests("l3_refined")}
    mix = lake.manifest("mix_alignment", "all").digest
    assert [outcome.shard for outcome in outcomes][-1] == "facts and mixes" and again() == []
    assert {manifest.shard: manifest for manifest in lake.manifests("l3_refined")} == before
    assert lake.manifest("mix_alignment", "all").digest == mix


def test_a_replay_asks_the_model_nothing_and_gives_the_same_bytes(flow, monkeypatch):
    import dagster as dg

    from definitions import defs
    from resources import configured_resources

    lake, outcomes, _ = flow
    shard = outcomes[-2].shard
    stages = (
        "l0_raw",
        "l1_filtered",
        "l1_contamination",
        "l2_annotations",
        "l2_scores",
        "l2_selected",
        "l3_refined",
        "l3_derived",
        "l4_claims",
        "l4_manuals",
    )
    before = {stage: lake.manifest(stage, shard).stage_digest for stage in stages}
    monkeypatch.setattr(Lake, "holds", lambda lake, activity: False)  # a run of what is held already would keep it as it is
    with dg.DagsterInstance.get() as instance:
        job = defs.resolve_job_def("run_shard")
        assert job.execute_in_process(instance=instance, partition_key=shard, resources=configured_resources()).success
    assert {stage: lake.manifest(stage, shard).stage_digest for stage in stages} == before
    asked = {row["stage"]: row["model_calls"] for row in lake.activities().to_pylist() if row["shard"] == shard and row["model_id"]}
    assert asked == {"l2_annotations": 0, "l2_scores": 0, "l3_refined": 0}


def test_the_toolkit_gives_the_rows_of_the_lake(flow):
    lake = flow[0]
    scorers = batch.lake_scorers(str(lake.root))
    for shard in [manifest.shard for manifest in lake.promoted("l1_filtered")]:
        raw = lake.read_promoted("l0_raw", shard)[0]
        stored = {table: lake.read_promoted(table, shard)[0] for table in ("l1_filtered", "l1_duplicates", "l2_scores", "l2_annotations")}
        filtered = batch.filter(raw, repeated=batch.repeated_lines([raw.filter(pc.equal(raw["status"], "ok"))]))
        kept = filtered.filter(pc.equal(filtered["l1_outcome"], "kept"))
        unique = kept.filter(pc.invert(pc.is_in(kept["doc_id"], stored["l1_duplicates"]["doc_id"].combine_chunks()))).sort_by("doc_id")
        columns = [name for name in stored["l1_filtered"].column_names if name not in ("parents", "activity_id", "shard")]
        assert unique.select(columns).equals(stored["l1_filtered"].select(columns).sort_by("doc_id"))
        scored = batch.score(unique, scorers=scorers, annotations=stored["l2_annotations"])
        names = [name for name in batch.score.writes.names if name not in ("perplexity", "perplexity_model_id")]
        assert scored.select(names).equals(stored["l2_scores"].sort_by("doc_id").select(names))
