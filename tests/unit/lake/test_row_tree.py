"""The tree over rows: what its leaves cover, that it does not depend on batches, and how an older activity gets one."""

import json

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.lineage.signed_lake import SHARD, Signed, build, sign
from tierline.cli.main import main
from tierline.errors import BadInput, Damaged
from tierline.lake import Lake, store
from tierline.lake.row_roots import add_row_roots, without_roots
from tierline.lake.row_tree import RowTree, row_hashes
from tierline.lineage.bundle import export_bundle
from tierline.lineage.verify import verify
from tierline.proof.merkle import inclusion_path, inclusion_paths, leaf_hash, root_hash
from tierline.tables.records import ACTIVITIES

NUMBER = (3).to_bytes(8, "little")
# Columns of one row, and the bytes that its leaf is the hash of.
VECTORS = {
    "text": ({"a": pa.array(["xyz"])}, NUMBER[:0] + b"\x08" + bytes(7) + b"a:string" + NUMBER + b"xyz"),
    "no value": ({"a": pa.array([None], pa.string())}, b""),
    "a column without values beside one": ({"b": pa.array([None], pa.int64()), "a": pa.array(["xyz"])},
        b"\x08" + bytes(7) + b"a:string" + NUMBER + b"xyz"),
    "a number": ({"n": pa.array([3], pa.int32())}, b"\x07" + bytes(7) + b"n:int32" + b"\x08" + bytes(7) + NUMBER),
    "columns by name": ({"b": pa.array([True]), "a": pa.array([-0.0])},
        b"\x08" + bytes(7) + b"a:double" + b"\x08" + bytes(15) + b"\x06" + bytes(7) + b"b:bool" + b"\x08" + bytes(7) + b"\x01" + bytes(7)),
    "a list": ({"l": pa.array([["xyz", None]])},
        b"\x14" + bytes(7) + b"l:list<item: string>" + b"\x15" + bytes(7) + b"\x02" + bytes(7) + b"\x01" + NUMBER + b"xyz" + b"\x00"),
}  # fmt: skip


@pytest.mark.parametrize(("columns", "expected"), VECTORS.values(), ids=VECTORS)
def test_a_leaf_covers_exactly_the_values_of_its_row(columns, expected):
    assert list(row_hashes(pa.record_batch(columns))) == [leaf_hash(expected)]


@given(st.lists(st.none() | st.text(max_size=3), min_size=1, max_size=20), st.integers(1, 7))
def test_a_root_does_not_depend_on_batches(texts, size):
    table = pa.table(
        {"a": pa.array(texts, pa.string()), "l": pa.array([[text] if text else None for text in texts], pa.list_(pa.string()))}
    )
    tree = RowTree(table.schema)
    for batch in table.to_batches(max_chunksize=size):
        tree.update(batch)
    (whole,) = table.combine_chunks().to_batches()
    assert tree.hexdigest() == root_hash(list(row_hashes(whole))).hex()


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 21])
def test_paths_of_many_leaves_are_those_of_each(size):
    leaves = [leaf_hash(bytes([number])) for number in range(size)]
    assert inclusion_paths(leaves, range(size)) == [inclusion_path(leaves, index) for index in range(size)]


def age(lake: Lake, stage: str, shard: str) -> None:
    """Write a stage's activity as code from before there were trees would have: its file has no such column."""
    where, row = {"stage": stage, "shard": shard}, lake.activity(stage, shard)
    files = lake.delta.files("activities", where)
    schema = pa.schema([field for field in ACTIVITIES if field.name != "row_roots"])
    before = {"activity": files, "verdict": lake.delta.files("verdicts", where)}
    assert lake.delta.replace_if("activities", pa.Table.from_pylist([row | {"before": before}], schema=schema), where, files)


@pytest.fixture
def aged(tmp_path) -> Signed:
    """A lake with an activity from before."""
    signed = build(tmp_path)
    age(signed.lake, "l2_selected", SHARD)
    sign(signed)
    return signed


def test_rows_from_before_are_shown_once_their_tree_is_made(aged, tmp_path, capsys):
    lake = Lake(aged.lake.root)
    assert verify(lake)[0] == [] and without_roots(lake) == [("l2_selected", SHARD)]
    with pytest.raises(BadInput, match="before there was a tree over its rows"):
        export_bundle(lake, ["fact_town"], tmp_path / "one")
    before = lake.manifest("l2_selected", SHARD)
    assert main(["--lake", lake.root, "log", "rows"]) == 0 and capsys.readouterr().out.startswith("1 commits have a tree")
    assert main(["--lake", lake.root, "log", "rows"]) == 0 and capsys.readouterr().out == "all have one\n"
    after = lake.manifest("l2_selected", SHARD)
    assert after.row_root and (after.digest, after.activity_id, after.files) == (before.digest, before.activity_id, before.files)
    assert lake.is_promoted("l2_selected", SHARD) and verify(lake)[0] == []
    sign(aged)
    assert export_bundle(lake, ["fact_town"], tmp_path / "two").rows == 5


def test_rows_that_are_not_those_of_the_digest_get_no_tree(aged, monkeypatch):
    monkeypatch.setattr("tierline.lake.row_roots.ContentDigest.hexdigest", lambda _: "other")
    with pytest.raises(Damaged, match="not those that were recorded"):
        add_row_roots(aged.lake, "l2_selected", SHARD)
    assert without_roots(aged.lake) == [("l2_selected", SHARD)]


def test_a_root_that_is_not_that_of_the_rows_is_named(tmp_path, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(store.RowTree, "hexdigest", lambda _: "0" * 64)
        signed = build(tmp_path)
    assert json.loads(signed.lake.activity("l0_raw", SHARD)["row_roots"])["l0_raw"] == "0" * 64
    found, _ = verify(signed.lake)
    assert "l0_raw/s: the tree over its rows has another root than the activity recorded" in list(map(str, found))
    with pytest.raises(BadInput, match="not those that were committed"):
        export_bundle(signed.lake, ["fact_town"], tmp_path / "bundle")
