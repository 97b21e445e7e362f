"""Rows of several batches are read back by number, and found by their words."""

import pyarrow as pa

from tierline.checking.rows_on_disk import Numbers, RowsOnDisk

SCHEMA = pa.schema({"name": pa.string(), "size": pa.int64()})


def test_rows_of_several_batches():
    batches = [pa.table({"name": names, "size": sizes}, SCHEMA) for names, sizes in ((["a", None], [1, 2]), ([], []), (["c"], [None]))]
    rows = RowsOnDisk(SCHEMA, iter(batches))
    assert len(rows) == 3 and rows.row(1) == {"name": None, "size": 2} and rows.row(2) == {"name": "c", "size": None}
    assert list(rows.column("name")) == ["a", None, "c"]
    assert len(RowsOnDisk(SCHEMA, [])) == 0


def test_numbers_by_text():
    numbers = Numbers(["oslo", "bergen", "oslo", "\ud800"])
    assert numbers.of("oslo") == [0, 2] and numbers.of("\ud800") == [3] and numbers.of("paris") == []
    assert numbers.holds(["paris", "bergen"]).tolist() == [False, True] and Numbers([]).of("oslo") == []
