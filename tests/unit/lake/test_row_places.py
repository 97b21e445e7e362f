"""Rows are found by their ids without reading others; what the index says is never believed where it is not whole."""

import pytest

from tests.conftest import commit_rows
from tierline.errors import BadInput
from tierline.lake.row_places import FOLDER, RowPlaces
from tierline.lineage import trace
from tierline.tables import TABLES

TABLE = "l1_filtered"


@pytest.fixture
def rows(lake):
    """Three shards of 300 documents, in row groups of 128."""
    for shard in ("s", "t", "u"):
        commit_rows(lake, TABLE, [{"doc_id": f"doc_{shard}{number}", "text": f"{shard} {number}"} for number in range(300)], shard)
    return lake


def found(lake, *ids: str) -> list[str]:
    """Texts of the rows at the places that are found."""
    places = RowPlaces(lake).find(lake.manifests(TABLE), ids)
    columns = TABLES[TABLE].schema
    return [
        row["text"] for manifest, own in places for part in lake.delta.take(TABLE, manifest.files, own, columns) for row in part.to_pylist()
    ]


def test_rows_of_all_shards_are_found_at_their_places(rows):
    assert TABLES[TABLE].group_rows < 300
    assert found(rows, "doc_u299", "doc_s0", "doc_t128", "doc_nowhere", "doc_t127") == ["s 0", "t 127", "t 128", "u 299"]
    assert found(rows, *(f"doc_t{number}" for number in range(300))) == [row["text"] for row in rows.read(TABLE, "t").to_pylist()]


@pytest.mark.parametrize("damage", [lambda data: data[:-1], lambda data: data[:-1] + bytes([data[-1] ^ 1]), lambda data: b""])
def test_an_index_that_is_not_whole_is_made_again(rows, damage):
    found(rows, "doc_t5")
    files = sorted((rows.cache_dir / FOLDER).iterdir())
    whole = [file.read_bytes() for file in files]
    assert len(files) == 3
    for file in files:
        file.write_bytes(damage(file.read_bytes()))
    assert found(rows, "doc_t5", "doc_u7") == ["t 5", "u 7"]
    assert [file.read_bytes() for file in files] == whole


def test_rows_that_were_written_again_are_found_anew_and_old_indexes_go(rows):
    found(rows, "doc_t5")
    commit_rows(rows, TABLE, [{"doc_id": "doc_new", "text": "new", "parents": []}], "t")
    assert found(rows, "doc_t5", "doc_new") == ["new"] and trace(rows, "doc_new").row["text"] == "new"
    with pytest.raises(BadInput):
        trace(rows, "doc_t5")
    assert len(list((rows.cache_dir / FOLDER).iterdir())) == 3


def test_a_cache_that_cannot_be_written_costs_only_time(rows):
    rows.cache_dir.mkdir(exist_ok=True)
    (rows.cache_dir / FOLDER).write_text("a file")
    assert found(rows, "doc_t5") == ["t 5"]
