"""Mixes: shares, caps and order follow the recipe, nothing unpromoted gets in, and the manifest pins what was read."""

import json
from collections import Counter

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tierline.errors import BadInput
from tierline.filters.benchmark_items import Item
from tierline.filters.decontaminate import DecontaminationRules, build_index, decontaminate
from tierline.lake import ALL, Activity, Verdict
from tierline.mixes import MixRecipe, MixSource, export_mix, read_pools, sample_mix
from tierline.mixes.contamination import read_exclusions
from tierline.mixes.sample import pool_inputs
from tierline.project import folder
from tierline.tiers import Phase


def check(lake, shard, questions=()):
    """Look the shard's L1 documents up in a benchmark, and let the result pass."""
    items = [Item("quiz", str(number), question, "", (answer,), ()) for number, (question, answer) in enumerate(questions)]
    documents, source = lake.read_promoted("l1_filtered", shard)
    result = decontaminate(documents, build_index(items, DecontaminationRules()), DecontaminationRules())
    manifest = lake.commit(Activity.begin("l1_contamination", shard, "1", (), {f"l1_filtered/{shard}": source.digest}), result)
    lake.record(Verdict("l1_contamination", shard, manifest.stage_digest, "test", "0", True, "[]"))


@pytest.fixture
def stocked(lake, commit):
    for shard in ("s1", "s2"):
        commit(
            lake, "l1_filtered", [{"doc_id": f"{shard}_{n}", "text": f"text {n}", "tokens": 10, "language": "en"} for n in range(10)], shard
        )
        check(lake, shard)
    commit(lake, "l2_selected", [{"doc_id": f"sel_{n}", "text": f"chosen {n}", "tokens": 10} for n in range(5)], "s1")
    commit(lake, "l2_selected", [{"doc_id": "unjudged", "text": "no", "tokens": 10}], "s2", promote=False)
    return lake


def sampled(lake, **changes):
    settings = {"phase": "pretrain", "token_budget": 120, "epochs_max": 2, "seed": 1}
    recipe = MixRecipe(**settings | {"sources": (MixSource("l1_filtered", 1.0), MixSource("l2_selected", 2.0))} | changes)
    result = sample_mix(lake, recipe, read_pools(lake, recipe))
    result.check(recipe.stage)
    return recipe, result


def test_weights_share_the_budget_and_sources_interleave(stocked):
    _, result = sampled(stocked)
    rows = result.tables["mix_pretrain"].to_pylist()
    assert Counter(row["source_table"] for row in rows) == {"l1_filtered": 4, "l2_selected": 8}
    assert [row["position"] for row in rows] == list(range(12))
    assert len({row["source_table"] for row in rows[:6]}) == 2
    assert sum(row["weight"] for row in rows) == pytest.approx(1)


def test_a_row_is_repeated_only_after_a_whole_pass_and_never_beyond_the_cap(stocked):
    _, result = sampled(stocked, token_budget=10_000, epochs_max=3)
    counts = Counter(row["doc_id"] for row in result.tables["mix_pretrain"].to_pylist())
    assert set(counts.values()) == {3} and len(counts) == 25
    _, result = sampled(stocked)
    chosen = Counter(row["doc_id"] for row in result.tables["mix_pretrain"].to_pylist() if row["source_table"] == "l2_selected")
    assert sorted(chosen.values()) == [1, 1, 2, 2, 2]


def test_an_unjudged_shard_is_not_in_any_mix(stocked):
    recipe, result = sampled(stocked, token_budget=10_000)
    assert "unjudged" not in result.tables["mix_pretrain"]["doc_id"].to_pylist()
    read = {"l1_filtered/s1", "l1_filtered/s2", "l2_selected/s1"}
    assert set(pool_inputs(read_pools(stocked, recipe))) == read | {"l1_contamination/s1", "l1_contamination/s2"}


def test_the_seed_decides_and_a_rerun_is_identical(stocked):
    first, again, other = (sampled(stocked, seed=seed)[1].tables["mix_pretrain"] for seed in (1, 1, 2))
    assert first == again and first["doc_id"].to_pylist() != other["doc_id"].to_pylist()


def test_questions_stand_before_their_answers(lake, commit):
    rows = [
        {"passage_id": "p1", "kind": "qa", "question": "Why?", "text": "Because.", "tokens": 3},
        {"passage_id": "p2", "kind": "edit", "text": "x", "tokens": 3},
    ]
    commit(lake, "l3_refined", rows)
    _, result = sampled(lake, phase="alignment", sources=(MixSource("l3_refined", 1.0, ("qa",)),), epochs_max=1)
    assert result.tables["mix_alignment"]["text"].to_pylist() == ["Why?\nBecause."]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("phase: pretrain\ntoken_budget: 10\nsources: [{table: l4_facts, weight: 1}]", "pretrain does not draw on l4_facts"),
        ("phase: pretrain\ntoken_budget: 10\nsources: [{table: l9, weight: 1}]", "'l9' is no table of a tier"),
        ("phase: pretrain\ntoken_budget: 10\nsources: [{table: l1_filtered, weight: 0}]", "must be above 0"),
        ("phase: pretrain\ntoken_budget: 0\nsources: [{table: l1_filtered, weight: 1}]", "must be at least 1"),
        ("phase: cooking\ntoken_budget: 10\nsources: [{table: l1_filtered, weight: 1}]", "'cooking' is not a valid Phase"),
        ("phase: pretrain\nbudget: 10", "unknown setting budget"),
        ("phase: pretrain", "missing"),
        ("phase: [", "not valid YAML"),
    ],
)
def test_a_wrong_recipe_is_one_clear_line(tmp_path, text, message):
    path = tmp_path / "mix.yaml"
    path.write_text(text)
    with pytest.raises(BadInput, match=message) as raised:
        MixRecipe.load(path)
    assert str(path) in str(raised.value)


@pytest.mark.parametrize("phase", list(Phase))
def test_the_recipes_that_ship_are_valid(phase):
    assert MixRecipe.load(folder("recipes") / "mixes" / f"{phase}.yaml").phase == phase


def test_the_export_pins_versions_and_digests(stocked, tmp_path):
    recipe, result = sampled(stocked)
    manifest = stocked.commit(Activity.begin(recipe.stage, ALL, "1", recipe, pool_inputs(read_pools(stocked, recipe))), result)
    stocked.record(Verdict(recipe.stage, ALL, manifest.stage_digest, "t", "0", True, "[]"))
    written = json.loads(export_mix(stocked, recipe, tmp_path / "out").read_text())
    table = pq.read_table(tmp_path / "out" / "pretrain" / "data.parquet")
    assert (written["rows"], written["tokens"]) == (table.num_rows, 120)
    sources = {source["table"]: source for source in written["sources"]}
    assert sources["l1_filtered"]["version"] == stocked.version("l1_filtered")
    assert sources["l1_filtered"]["shards"] == {shard: stocked.manifest("l1_filtered", shard).digest for shard in ("s1", "s2")}
    assert list(sources["l2_selected"]["shards"]) == ["s1"]
    assert sorted(path.name for path in (tmp_path / "out" / "pretrain").iterdir()) == ["data.parquet", "manifest.json"]


QUESTION = "Which bell rings over the harbour of Quellin when the fog comes in from the eastern sea?"


@pytest.fixture
def contaminated(lake, commit):
    """A document that copies a question and its answer, an innocent one, and what was made of both, up to facts."""
    texts = {"doc_bad": f"{QUESTION} The bell of Saint Oda. Anybody may listen.", "doc_good": "The mill grinds rye on Thursdays."}
    commit(lake, "l1_filtered", [{"doc_id": name, "text": text, "tokens": 10} for name, text in texts.items()], "s1")
    check(lake, "s1", [(QUESTION, "the bell of Saint Oda")])
    for table, key in (("l2_selected", "doc_id"), ("l3_refined", "passage_id")):
        rows = [{key: name if key == "doc_id" else f"psg_{name}", "parents": [name], "text": "x", "tokens": 5} for name in texts]
        commit(lake, table, [row | ({"kind": "qa"} if table == "l3_refined" else {}) for row in rows], "s1")
    claims = [
        {"claim_id": f"clm_{name}", "parents": [f"psg_{name}"], "parent_table": "l3_refined", "parent_field": "text"} for name in texts
    ]
    commit(lake, "l4_claims", claims, "s1")
    facts = [{"fact_id": f"fact_{name}", "parents": [f"clm_{name}"], "text": "y", "tokens": 3} for name in texts]
    both = {"fact_id": "fact_both", "parents": [f"clm_{name}" for name in texts], "text": "z", "tokens": 3}
    commit(lake, "l4_facts", [*facts, both], ALL)
    return lake


def test_a_leak_and_everything_made_from_it_stay_out_of_every_mix(contaminated):
    for phase, tables in (("pretrain", ("l1_filtered", "l2_selected")), ("midtrain", ("l3_refined",)), ("alignment", ("l4_facts",))):
        recipe, result = sampled(contaminated, phase=phase, token_budget=1000, sources=tuple(MixSource(table, 1.0) for table in tables))
        drawn = set(result.tables[recipe.stage]["doc_id"].to_pylist())
        assert drawn and all(name.endswith("good") for name in drawn)
        decisions = result.ledgers[recipe.stage][1].to_pylist()
        excluded = {row["related_id"] for row in decisions if row["rule"] == "mix:contaminated"}
        assert excluded and all(name.endswith(("bad", "both")) for name in excluded)


def test_a_recipe_may_draw_contaminated_rows_on_purpose(contaminated):
    recipe, result = sampled(contaminated, token_budget=1000, exclude_contaminated=False)
    assert "doc_bad" in result.tables[recipe.stage]["doc_id"].to_pylist()


def test_documents_that_changed_after_the_check_are_not_drawn(contaminated, commit):
    commit(contaminated, "l1_filtered", [{"doc_id": "doc_new", "text": "Fresh words.", "tokens": 10}], "s1")
    _, result = sampled(contaminated, token_budget=1000, sources=(MixSource("l1_filtered", 1.0),))
    assert [row["rule"] for row in result.ledgers["mix_pretrain"][1].to_pylist()] == ["mix:not_checked_for_contamination"]


def test_the_manifest_says_what_was_excluded_and_pins_the_check(contaminated, tmp_path):
    recipe, result = sampled(contaminated, token_budget=1000)
    inputs = pool_inputs(read_pools(contaminated, recipe))
    manifest = contaminated.commit(Activity.begin(recipe.stage, ALL, "1", recipe, inputs), result)
    contaminated.record(Verdict(recipe.stage, ALL, manifest.stage_digest, "test", "0", True, "[]"))
    found = json.loads(export_mix(contaminated, recipe, tmp_path).read_text())["contamination"]
    assert found["mix:contaminated"] == {"rows": 2, "tokens": 15} and found["mix:not_checked_for_contamination"]["rows"] == 0
    assert found["shards"] == {"s1": contaminated.manifest("l1_contamination", "s1").digest}
    assert found["version"] == contaminated.version("l1_contamination")


def test_a_table_without_rows_has_nothing_to_exclude(lake):
    exclusions = read_exclusions(lake, ["l3_refined"])
    empty = pa.chunked_array([], pa.string())
    assert exclusions.rules("l3_refined", empty, empty).to_pylist() == []
