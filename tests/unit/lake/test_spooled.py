"""Rows that come in their order are the same rows, whether they fit in memory or wait on disk, each time that they are read."""

import pyarrow as pa
import pytest

from tierline.lake import external_sort
from tierline.lake.external_sort import scan
from tierline.lake.spooled import SpooledRows, spooled

SCHEMA = pa.schema({"number": pa.int64(), "text": pa.string()})


def parts(count: int = 7):
    yield from (pa.table({"text": [f"text {n}" for n in range(5 * part, 5 * part + 5)], "number": range(5 * part, 5 * part + 5)})
                for part in range(count))  # fmt: skip


@pytest.mark.parametrize(("memory_bytes", "kind"), [(1 << 20, pa.Table), (200, SpooledRows), (0, SpooledRows)])
def test_all_rows_come_back_in_order_as_often_as_they_are_asked_for(monkeypatch, memory_bytes, kind):
    monkeypatch.setattr(external_sort, "BATCH_BYTES", 30)
    rows = spooled(SCHEMA, parts(), memory_bytes)
    expected = pa.concat_tables(parts()).select(SCHEMA.names)
    assert isinstance(rows, kind) and rows.num_rows == 35 and rows.nbytes > 0
    for _ in range(2):
        assert pa.Table.from_batches(rows.to_batches(), rows.schema).equals(expected)
    assert [n for batch in scan(rows, ["number"]) for n in batch["number"].to_pylist()] == list(range(35))
    assert all(batch.schema.names == ["text"] for batch in scan(rows, ["text"]))


def test_nothing_is_no_row():
    assert spooled(SCHEMA, iter(())).equals(SCHEMA.empty_table())
