"""A forecast is the lake's own rates times tokens, but for stages that grow by a power; it says what it assumes and lacks."""

from dataclasses import replace

import pytest
import yaml

from benchmarks.scaling import ASSUMED, MARK, draw, page, read_basis
from tests.conftest import rows_of, tables_of
from tierline.crawl import CrawlRegistry, PackRules
from tierline.lake import WHOLE_LAKE, Activity, StageResult, Verdict, decision_table
from tierline.tables import TABLES

FACTS = "l4_facts"


def commit(lake, stage, shard):
    """One row, of which the ledger counts 1,000 tokens."""
    row = rows_of(stage, [{TABLES[stage].key: "a"}])
    decisions = decision_table([{"row_id": "a", "outcome": "kept", "tokens": 1_000}])
    manifest = lake.commit(
        Activity.begin(stage, shard, "1", (), {}), StageResult(tables_of(stage, **{stage: row}), {stage: (1, decisions)})
    )
    lake.record(Verdict(stage, shard, manifest.stage_digest, "test", "0", True, "[]"))


@pytest.fixture
def basis(lake, tmp_path):
    """Of a lake of one shard, whose L1 was given 1,000 tokens, and facts."""
    (tmp_path / "a.jsonl").write_text('{"text": "a", "url": "https://a.example/"}\n')
    (shard,) = CrawlRegistry(lake).register([str(tmp_path / "a.jsonl")], PackRules())
    commit(lake, "l0_raw", shard)
    commit(lake, "l1_filtered", shard)
    commit(lake, FACTS, WHOLE_LAKE)
    return read_basis(lake, yaml.safe_load(ASSUMED.read_text("utf-8")))


def test_what_shards_do_side_by_side_grows_with_the_text_and_facts_by_their_power(basis):
    basis = replace(basis, assumed=basis.assumed | {"kept_shares": {}, "powers": {FACTS: 1.2}})
    one, ten = basis.forecast(1), basis.forecast(10)
    assert ten.core_hours == pytest.approx(10 * one.core_hours) and one.core_hours > 0
    assert ten.alone_hours == pytest.approx(10**1.2 * one.alone_hours)
    assert ten.lake_terabytes == pytest.approx(10 * one.lake_terabytes)


def test_nodes_share_what_a_stage_of_all_shards_does_not_keep(basis):
    alone, shared = (replace(basis, assumed=basis.assumed | {"kept_shares": kept}).forecast(1) for kept in ({}, {FACTS: 0.25}))
    assert shared.alone_hours == pytest.approx(alone.alone_hours / 4) and alone.alone_hours > 0
    assert shared.core_hours - alone.core_hours == pytest.approx(alone.alone_hours * 3 / 4)


def test_a_fleet_divides_what_runs_side_by_side_and_not_what_runs_alone(basis):
    one = replace(basis.forecast(1), core_hours=480.0, alone_hours=24.0, gpu_hours=0.0)
    assert one.days(10, 1) == pytest.approx(3) and one.days(20, 1) == pytest.approx(2)


def test_money_is_by_what_it_is_for(basis):
    one = replace(basis.forecast(1), core_hours=10.0, alone_hours=2.0, gpu_hours=3.0, crawl_terabytes=1.0, lake_terabytes=1.0)
    prices = {"core_hour": 0.5, "gigabyte_month": 0.01, "months": 2}
    assert one.money(prices, 4.0) == {"cores": 6.0, "GPUs": 12.0, "storage": pytest.approx(40.0)}


def test_bytes_are_those_of_the_files_on_the_disk(basis, lake):
    (row,) = lake.activity_rows("l0_raw")
    files = [(output["table"].partition("/")[0], file) for output in row["outputs"] for file in output["files"]]
    size = sum((lake.delta.folder / table / file).stat().st_size for table, file in files)
    (raw,) = (stage for stage in basis.stages if stage.stage == "l0_raw")
    assert raw.bytes_per_row == size and raw.stored == pytest.approx(size / 1_000)


def test_the_page_says_what_is_assumed_and_what_the_lake_lacks(basis, tmp_path):
    text = "\n".join(page(basis, [basis.forecast(10), basis.forecast(300)]))
    assert text.startswith(MARK) and "Not in this lake" in text and "`l3_refined`" in text
    prices = basis.assumed["prices"]
    assert f"Prices: {prices['currency']}, {prices['date']}; " in text
    assert "| 10B | 300B |" in text
    draw(basis, tmp_path / "plot.svg")
    assert "billions of tokens" in (tmp_path / "plot.svg").read_text("utf-8")
