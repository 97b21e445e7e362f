"""Other engines open a lake, in a folder and in a bucket, and read what is promoted and nothing else, by the examples that docs show."""

from importlib import import_module

import pytest

from tests.conftest import commit_rows
from tierline.lake import Lake

pytest.importorskip("pysail", reason="needs the environment of `make engines`")


@pytest.fixture(params=["folder", "s3"])
def lake(request, tmp_path) -> Lake:
    """Two promoted shards, the second of which was written twice, and one that waits for its gate."""
    lake = Lake(str(tmp_path / "lake") if request.param == "folder" else f"s3://{request.getfixturevalue('s3_place')}/lake")
    for shard, count in (("a", 2), ("b", 1), ("b", 3)):
        commit_rows(lake, "l0_raw", [{"doc_id": f"{shard}{number}"} for number in range(count)], shard)
    commit_rows(lake, "l0_raw", [{"doc_id": "waits"}], "c", promote=False)
    return lake


@pytest.mark.parametrize("engine", ["duckdb", "polars", "daft", "spark"])
def test_an_engine_reads_the_promoted_rows_of_a_table(engine, lake):
    assert import_module(f"examples.lake.with_{engine}").main(f"{lake.root}/l0_raw") == {"a": 2, "b": 3}
