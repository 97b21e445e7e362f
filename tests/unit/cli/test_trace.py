"""A row, a position of a mix and a token of a run, traced to bytes."""

import json

from tierline.gates import judge_stage
from tierline.lake import WHOLE_LAKE, Activity
from tierline.mixes import MixRecipe, MixSource, PackedMix, export_mix, read_pools, sample_mix
from tierline.mixes.pools import pool_inputs
from tierline.training.arms import Rates
from tierline.training.recipe import ModelShape, Phases, TrainingRecipe
from tierline.training.rows import TrainingRows


def test_trace_ends_at_the_bytes_in_text_json_and_html(crawled, run, tmp_path):
    lake, shard, file = crawled
    doc_id = lake.read("l0_raw", shard)["doc_id"][0].as_py()
    status, out, _ = run("trace", doc_id)
    assert status == 0 and f"{file} at 0" in out and "payload sha256" in out
    status, out, _ = run("trace", doc_id, "--json")
    assert json.loads(out)["row"]["source_uri"] == str(file) and json.loads(out)["made_by"]["stage"] == "l0_raw"
    status, out, _ = run("trace", doc_id, "--html", str(tmp_path / "t.html"))
    assert status == 0 and doc_id in (tmp_path / "t.html").read_text()


def test_a_trainers_position_is_traced_to_the_bytes_of_its_page(crawled, commit, run, tmp_path):
    lake, shard, file = crawled
    pages = lake.read("l0_raw", shard).to_pylist()
    document_rows = [
        {"doc_id": page["doc_id"], "parents": [page["doc_id"]], "text": page["text"], "tokens": 50, "url": page["url"]} for page in pages
    ]
    commit(lake, "l1_filtered", document_rows, shard)
    sources = (MixSource("l1_filtered", 1.0),)
    recipe = MixRecipe("pretrain", 100, sources, exclude_contaminated=False)
    pools = read_pools(lake, recipe)
    lake.commit(Activity.begin("mix_pretrain", WHOLE_LAKE, "1", recipe, pool_inputs(pools)), sample_mix(lake, recipe, pools))
    judge_stage(lake, "mix_pretrain", WHOLE_LAKE)
    folder = export_mix(lake, recipe, tmp_path / "out").parent
    last = PackedMix(folder).document_at(len(PackedMix(folder)) - 1)
    status, out, _ = run("trace", "--mix", str(folder), "--position", str(last["start_token"] + 2))
    (page,) = [page for page in pages if page["doc_id"] == last["doc_id"]]
    assert status == 0 and out.startswith(f"position {last['start_token'] + 2} of the pretrain mix")
    assert f"is token 3 of {last['n_tokens']} of {last['row_id']}" in out
    assert f"{file} at {page['source_offset']}" in out and page["payload_sha256"] in out
    commit(lake, "mix_pretrain", [], WHOLE_LAKE)  # drawn anew: the row is gone, what it was drawn from is not
    status, out, _ = run("trace", "--mix", str(folder), "--position", "0", "--json")
    assert json.loads(out)["trace"]["parents"][0]["row"]["source_uri"] == str(file)


def test_a_token_that_a_run_saw_is_traced_to_the_bytes_of_its_page(crawled, run, tmp_path):
    lake, shard, file = crawled
    page = lake.read("l0_raw", shard).to_pylist()[0]
    recipe = TrainingRecipe(Phases({"L1": 1.0}, {"L3": 1.0}), tokens=16 * 16 * 10, model=ModelShape(context=16))
    TrainingRows((page["doc_id"], "c"), ("L1", "L3"), ("web",) * 2, (2_000, 2_000), (None, None)).save(tmp_path, recipe, Rates())
    status, out, _ = run("trace", "--run", str(tmp_path), "--position", "259")
    assert status == 0 and out.startswith(f"position 259 of tier_60, seed 0: step 1, window 0, token 3, is of {page['doc_id']} (L1)")
    assert f"{file} at {page['source_offset']}" in out and page["payload_sha256"] in out
    found = json.loads(run("trace", "--run", str(tmp_path), "--position", "259", "--arm", "flat_100", "--json")[1])
    assert found["row_id"] == page["doc_id"] and found["trace"]["row"]["source_uri"] == str(file)


def test_html_escapes_what_pages_say(lake, commit, run, tmp_path):
    commit(lake, "l0_raw", [{"doc_id": "doc_x", "title": "<script>alert(1)</script>", "text": "<b>", "source_uri": "u", "parents": []}])
    run("trace", "doc_x", "--html", str(tmp_path / "t.html"))
    assert "<script>" not in (tmp_path / "t.html").read_text()
