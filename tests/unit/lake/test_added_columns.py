"""A column that a table gains reads as null in what was written before, everywhere, and no digest changes by it."""

from dataclasses import replace

import pyarrow as pa
import pytest

from tests.conftest import commit_rows
from tierline.config.bundled import folder
from tierline.gates.profile import profile
from tierline.lake import Lake
from tierline.lineage import trace, verify
from tierline.sql import Models, register_source
from tierline.tables import TABLES
from tierline.tables.spec import Column


@pytest.fixture
def grown(lake, monkeypatch):
    """A lake with one shard of documents, and then a table with a column more."""
    commit_rows(lake, "l0_raw", [{"doc_id": "doc_a", "text": "t", "status": "ok"}])
    rows = [{"doc_id": "doc_a", "parents": ["doc_a"], "text": "t", "tokens": 1, "language": "en"}]
    commit_rows(lake, "l1_filtered", rows)
    commit_rows(lake, "l1_filtered", [], "empty")
    spec = TABLES["l1_filtered"]
    fields = {"mood": Column(pa.string(), "A mood."), **spec.fields, "length": Column(pa.int64(), "A length.")}
    monkeypatch.setitem(TABLES, "l1_filtered", replace(spec, fields=fields))
    return Lake(lake.root)


def test_rows_read_as_null_through_every_door(grown):
    rows, manifest = grown.read_promoted("l1_filtered", "s")
    assert rows.to_pylist()[0] | {"doc_id": "doc_a", "length": None, "mood": None, "shard": "s"} == rows.to_pylist()[0]
    assert grown.read_promoted("l1_filtered", "s", ["length"])[0]["length"].to_pylist() == [None]
    assert [batch.to_pylist() for batch in grown.stream(manifest, ["length", "mood"])] == [[{"length": None, "mood": None}]]
    assert list(grown.pick(manifest, [0], "length")) == [None] and list(grown.pick(manifest, [0], "text")) == ["t"]
    assert profile(grown, "l1_filtered", "s")["rows"] == 1
    assert trace(grown, "doc_a").row["length"] is None


def test_sql_models_see_the_column_whether_no_file_or_some_files_have_it(grown):
    import duckdb

    def seen() -> list[tuple]:
        with duckdb.connect() as database:
            register_source(database, grown, "l1_filtered")
            return database.sql("select doc_id, length, shard from l1_filtered order by doc_id").fetchall()

    assert seen() == [("doc_a", None, "s")]
    commit_rows(grown, "l1_filtered", [{"doc_id": "doc_b", "parents": ["doc_b"], "length": 7}], "later")
    assert seen() == [("doc_a", None, "s"), ("doc_b", 7, "later")]
    assert Models(folder("dbt_like_sql")).run(grown, "stg_documents").num_rows == 2


def test_recorded_digests_still_hold_and_a_rerun_that_leaves_the_column_empty_changes_none(grown):
    mismatches, checked = verify(grown)
    assert mismatches == [] and checked.shards > 4
    before = {shard: grown.manifest("l1_filtered", shard).stage_digest for shard in ("s", "empty")}
    commit_rows(grown, "l1_filtered", [{"doc_id": "doc_a", "parents": ["doc_a"], "text": "t", "tokens": 1, "language": "en"}])
    commit_rows(grown, "l1_filtered", [], "empty")
    assert {shard: grown.manifest("l1_filtered", shard).stage_digest for shard in before} == before
    commit_rows(grown, "l1_filtered", [{"doc_id": "doc_a", "parents": ["doc_a"], "text": "t", "tokens": 1, "language": "en", "length": 1}])
    assert grown.manifest("l1_filtered", "s").stage_digest != before["s"]


def test_the_next_write_gives_the_column_to_delta_too(grown):
    table = grown.delta.open("l1_filtered")
    assert "length" not in {field.name for field in table.schema().fields}
    commit_rows(grown, "l1_filtered", [{"doc_id": "doc_b", "length": 7}], "later")
    table = grown.delta.open("l1_filtered")
    assert "length" in {field.name for field in table.schema().fields}
    assert sorted(table.to_pyarrow_dataset().to_table(columns=["length"])["length"].to_pylist(), key=str) == [7, None]


def test_a_column_whose_values_were_taken_out_of_its_file_is_a_mismatch(grown):
    import pyarrow.parquet as pq

    (file,) = grown.files(grown.manifest("l1_filtered", "s"))
    stored = pq.read_table(file, partitioning=None)
    pq.write_table(stored.drop_columns(["tokens"]), file)
    (mismatch,) = verify(grown)[0]
    assert mismatch.where == "l1_filtered/s" and "rows hash to" in mismatch.what
