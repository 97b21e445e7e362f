"""The asset of derived forms: what it makes of a shard passes its gate, is in the next midtrain mix with its lineage, and asks no model."""

import dagster as dg

from resources import configured_resources
from tests.assets.test_review import out_of_date
from tests.conftest import commit_rows
from tests.unit.derived.test_build import TEXT, TITLE
from tier_assets.l3_derived import l3_derived, l3_derived_gate
from tier_assets.mixes import mix_assets
from tierline.crawl import CrawlRegistry, PackRules
from tierline.lake import WHOLE_LAKE, Lake
from tierline.review.desk import Answer, Desk
from tierline.review.rules import ReviewingRules


def test_forms_of_a_shard_pass_their_gate_and_reach_a_mix(tmp_path, dagster_home, monkeypatch):
    monkeypatch.delenv("TIERLINE_BENCHMARKS", raising=False)
    lake = Lake(str(dagster_home / "lake"))
    (tmp_path / "a.jsonl").write_text('{"text": "a", "url": "https://a.example/"}\n')
    CrawlRegistry(lake).register([str(tmp_path / "a.jsonl")], PackRules())
    (shard,) = CrawlRegistry(lake).shards()
    row = {"doc_id": "doc_1", "parents": ["doc_1"], "text": TEXT, "language": "en", "lane": "prose", "title": TITLE, "tokens": 300}
    page = row | {"url": "https://mora.example/lock", "domain": "mora.example", "usefulness": 0.9, "headings": [{"line": 9, "level": 2}]}
    commit_rows(lake, "l1_filtered", [{name: row[name] for name in ("doc_id", "parents", "text", "language", "tokens")}], shard)
    commit_rows(lake, "l1_contamination", [], shard)
    commit_rows(lake, "l2_selected", [page], shard)
    commit_rows(lake, "l3_refined", [], shard)
    instance = dg.DagsterInstance.get()
    instance.add_dynamic_partitions("crawl_shards", [shard])
    resources = configured_resources()
    result = dg.materialize([l3_derived, l3_derived_gate], partition_key=shard, instance=instance, resources=resources)
    assert result.success and all(check.passed for check in result.get_asset_check_evaluations())
    rows = lake.read_promoted("l3_derived", shard)[0].to_pylist()
    assert {row["kind"] for row in rows} > {"date", "definition", "procedure", "comparison", "tutoring"}
    assert not lake.activity("l3_derived", shard)["model_id"], "nobody is asked, so another model changes nothing"
    table = result.asset_materializations_for_node("l3_derived")[0].metadata["forms"]
    assert sum(record.data["forms"] for record in table.records) == len(rows)
    mix = next(asset for asset in mix_assets if asset.key.path[-1] == "midtrain_mix")
    assert dg.materialize([mix], instance=instance, resources=resources).success
    assert drawn(lake) == {row["derived_id"] for row in rows}

    desk = Desk(lake, ReviewingRules(second_reviewer_share=0.0, second_reviewer_tokens=1e9))
    waiting = {item.row_id: item for item in desk.waiting()}
    number = next(row for row in rows if row["kind"] == "number")
    assert (
        desk.answer(waiting[number["derived_id"]], "ada", Answer("drop"))["effect"]
        == f"dropped with the next run of l3_derived for {shard}"
    )
    assert ("l3_derived", shard) in out_of_date(lake)
    assert dg.materialize([l3_derived, l3_derived_gate], partition_key=shard, instance=instance, resources=resources).success
    assert ("l3_derived", shard) not in out_of_date(lake) and ("mix_midtrain", WHOLE_LAKE) in out_of_date(lake)
    assert dg.materialize([mix], instance=instance, resources=resources).success
    left = {row["derived_id"] for row in lake.read_promoted("l3_derived", shard)[0].to_pylist()}
    assert number["derived_id"] not in left and drawn(lake) == left


def drawn(lake: Lake) -> set[str]:
    return {one["parents"][0] for one in lake.read("mix_midtrain", WHOLE_LAKE).to_pylist() if one["source"] == "derived"}
