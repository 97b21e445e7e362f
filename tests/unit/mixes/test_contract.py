"""The contract: every breach stops export and load with one line that names the row and the term."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tierline.config.checksum import file_sha256
from tierline.errors import BadInput, NotPromoted
from tierline.lake import WHOLE_LAKE, Activity, StageResult, Verdict
from tierline.mixes import MixRecipe, MixSource, PackedMix, export_mix, read_pools
from tierline.mixes.packed import stream_digest
from tierline.mixes.pools import pool_inputs
from tierline.mixes.sample import sample_mix

SOURCES = (MixSource("l1_filtered", 1.0, languages=("en",), domains_excluded=("d1.example",)), MixSource("l2_selected", 2.0))


def commit_changed(lake, recipe, change):
    """Draw a mix, change its rows as no stage of the house would, and let them pass."""
    pools = read_pools(lake, recipe)
    result = sample_mix(lake, recipe, pools)
    rows = result.tables[recipe.stage].to_pylist()
    change(rows)
    table = pa.Table.from_pylist(rows, schema=result.tables[recipe.stage].schema)
    activity = Activity.begin(recipe.stage, WHOLE_LAKE, "1", recipe, pool_inputs(pools))
    manifest = lake.commit(activity, StageResult({recipe.stage: table}, result.ledgers))
    lake.record(Verdict(recipe.stage, WHOLE_LAKE, manifest.stage_digest, "test", "0", True, "[]"))


def set_first(source, **values):
    def change(rows):
        next(row for row in rows if row["source"] == source).update(values)

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (set_first("l1_filtered", tier="L0"), r"wrong_tier \(L0\)"),
        (set_first("l1_filtered", language="de"), r"wrong_language \(de\)"),
        (set_first("l1_filtered", domain="d1.example"), r"excluded_domain \(d1.example\)"),
        (set_first("l2_selected", source_table="l0_raw"), r"unknown_source \(l2_selected from l0_raw\)"),
        (set_first("l2_selected", epoch=2), r"over_cap \(3\)"),
        (set_first("l2_selected", tokens=999), "over_budget"),
        (set_first("l2_selected", curriculum="decay"), r"wrong_curriculum \(decay\)"),
        (set_first("l2_selected", text="something else"), "its text hashes to"),
    ],
)
def test_a_row_outside_the_contract_stops_the_export(stocked, tmp_path, change, message):
    recipe = MixRecipe("pretrain", 120, SOURCES, epochs_max=2)
    commit_changed(stocked, recipe, change)
    with pytest.raises(BadInput, match=message) as raised:
        export_mix(stocked, recipe, tmp_path / "new")
    assert "mix_" in str(raised.value) and "\n" not in str(raised.value) and not list((tmp_path / "new").glob("*"))


def test_a_row_outside_the_contract_stops_the_load_even_where_every_hash_fits(exported):
    table = pq.read_table(exported / "documents.parquet")
    rows = [row | ({"tier": "L4"} if row["position"] == 3 else {}) for row in table.to_pylist()]
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), exported / "documents.parquet")
    manifest = json.loads((exported / "manifest.json").read_text())
    manifest["files"]["documents.parquet"]["sha256"] = file_sha256(exported / "documents.parquet")
    manifest["digest"] = stream_digest(manifest["files"])
    (exported / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(BadInput, match=rf"row {rows[3]['row_id']} at 3 breaks the contract: wrong_tier \(L4\)"):
        PackedMix(exported)


def test_a_source_with_no_rows_is_named_unless_it_is_optional(lake, commit, draw, tmp_path):
    commit(lake, "l3_refined", [{"passage_id": "p", "parents": ["d"], "kind": "qa", "question": "Why?", "text": "So.", "tokens": 3}])
    sources = (MixSource("l4_facts", 1.0), MixSource("l3_refined", 1.0))
    recipe = draw(lake, phase="alignment", sources=sources)
    with pytest.raises(BadInput, match="its source l4_facts is empty: no shard of it is promoted; fill L4"):
        export_mix(lake, recipe, tmp_path)
    sources = (MixSource("l3_refined", 1.0, name="edits", kinds=("edit",)), MixSource("l3_refined", 1.0, name="questions", kinds=("qa",)))
    with pytest.raises(BadInput, match="its source edits is empty: none of its rows fits the recipe"):
        export_mix(lake, draw(lake, phase="alignment", sources=sources), tmp_path)
    sources = (MixSource("l4_facts", 1.0, optional=True), MixSource("l3_refined", 1.0))
    assert export_mix(lake, draw(lake, phase="alignment", sources=sources), tmp_path).is_file()


def test_a_shard_quarantined_after_the_draw_stops_the_export(stocked, sampled, tmp_path):
    recipe = sampled(stocked)[0]
    digest = stocked.manifest("l1_filtered", "s1").stage_digest
    stocked.record(Verdict("l1_filtered", "s1", digest, "test", "0", False, "[]", ("too many errors",)))
    with pytest.raises(
        NotPromoted, match="mix_pretrain/all: draws on l1_filtered/s1, which is quarantined; materialize pretrain_mix again"
    ):
        export_mix(stocked, recipe, tmp_path / "new")


def test_a_shard_changed_after_the_draw_stops_the_export(stocked, sampled, commit, tmp_path):
    recipe = sampled(stocked)[0]
    commit(stocked, "l2_selected", [{"doc_id": "sel_1", "text": "chosen otherwise", "tokens": 10}], "s1")
    with pytest.raises(NotPromoted, match="draws on an earlier state of l2_selected/s1"):
        export_mix(stocked, recipe, tmp_path / "new")


def test_a_mix_drawn_by_another_recipe_is_not_exported_by_this_one(stocked, sampled, tmp_path):
    recipe = sampled(stocked, seed=2)[0]
    with pytest.raises(BadInput, match="was drawn by another recipe"):
        export_mix(stocked, recipe, tmp_path / "new")


def test_a_contaminated_row_that_got_into_a_mix_stops_the_export(contaminated, tmp_path):
    recipe = MixRecipe("midtrain", 100, (MixSource("l3_refined", 1.0),))
    leaking = {"doc_id": "psg_doc_bad", "parents": ["psg_doc_bad"]}
    commit_changed(contaminated, recipe, set_first("l3_refined", **leaking))
    with pytest.raises(BadInput, match=r"breaks the contract: mix:contaminated \(psg_doc_bad of l3_refined\)"):
        export_mix(contaminated, recipe, tmp_path / "new")


def test_an_unjudged_mix_is_not_exported(stocked, sampled, tmp_path):
    recipe, result = sampled(stocked, seed=3)
    manifest = stocked.commit(Activity.begin(recipe.stage, WHOLE_LAKE, "1", recipe, pool_inputs(read_pools(stocked, recipe))), result)
    with pytest.raises(NotPromoted, match="its rows have not been judged"):
        export_mix(stocked, recipe, tmp_path / "new")
    stocked.record(Verdict(recipe.stage, WHOLE_LAKE, manifest.stage_digest, "test", "0", True, "[]"))
    assert export_mix(stocked, recipe, tmp_path / "new").is_file()


def test_a_folder_is_held_against_the_lake_as_it_is_when_it_is_loaded(stocked, exported):
    assert len(PackedMix(exported, lake=stocked)) == len(PackedMix(exported))
    digest = stocked.manifest("l2_selected", "s1").stage_digest
    stocked.record(Verdict("l2_selected", "s1", digest, "test", "0", False, "[]", ("too few rows",)))
    with pytest.raises(NotPromoted, match=r"documents.parquet: draws on l2_selected/s1, which is quarantined; .* export it"):
        PackedMix(exported, lake=stocked)


def test_a_folder_whose_rows_copy_a_newer_benchmark_is_not_loaded(contaminated, draw, tmp_path):
    sources = (MixSource("l1_filtered", 1.0),)
    recipe = draw(contaminated, phase="pretrain", token_budget=1000, sources=sources, exclude_contaminated=False)
    exported = export_mix(contaminated, recipe, tmp_path).parent
    assert PackedMix(exported, lake=contaminated).documents > 0
    manifest = json.loads((exported / "manifest.json").read_text())
    manifest["contract"]["exclude_contaminated"] = True
    (exported / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(BadInput, match=r"breaks the contract: mix:contaminated \(doc_bad of l1_filtered\)"):
        PackedMix(exported, lake=contaminated)
