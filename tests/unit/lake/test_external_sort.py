"""Rows that wait on disk come back whole and in order, however they arrived, and their digest is the table's."""

import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import tables_of
from tierline.errors import LawBroken
from tierline.lake import Activity, Lake, SortingBuffer, StageResult, Verdict, decision_table
from tierline.lake.digest import ContentDigest, content_digest
from tierline.lake.external_sort import SortedRuns, pick, scan, without
from tierline.lake.result import check_conservation
from tierline.tables import DECISION_COLUMNS, TABLES

SCHEMA = pa.schema({"id": pa.string(), "number": pa.int64(), "tags": pa.list_(pa.string())})


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.text("ab", max_size=2), st.integers(0, 3)), max_size=60), st.integers(1, 9), st.integers(1, 500))
def test_runs_on_disk_give_what_a_sort_in_memory_gives(keys, batch_rows, memory_bytes):
    table = pa.table({"id": [a for a, _ in keys], "number": [b for _, b in keys], "tags": [[a, a] for a, _ in keys]}, schema=SCHEMA)
    buffer = SortingBuffer(SCHEMA, ["id", "number"], memory_bytes)
    for start in range(0, len(keys), batch_rows):
        buffer.append(table.slice(start, batch_rows))
    rows = buffer.rows()
    found = pa.Table.from_batches(rows.to_batches(), schema=SCHEMA)
    assert found.equals(table.sort_by([("id", "ascending"), ("number", "ascending")]))
    assert found.equals(pa.Table.from_batches(rows.to_batches(), schema=SCHEMA)), "a second pass reads the same"
    digest = ContentDigest(SCHEMA)
    for batch in rows.to_batches():
        digest.update(batch)
    assert digest.hexdigest() == content_digest(found)


@pytest.mark.parametrize("memory_bytes", [1, 1 << 30])
def test_a_spooled_shard_is_committed_like_one_from_memory(lake: Lake, make_rows, memory_bytes):
    ids = [f"{number:03}" for number in range(200)]
    random.Random(1).shuffle(ids)
    table = make_rows("l0_raw", [{"doc_id": name, "source_offset": int(name), "text": name * 9} for name in ids])
    buffer = SortingBuffer(table.schema, TABLES["l0_raw"].order, memory_bytes)
    for start in range(0, 200, 30):
        buffer.append(table.slice(start, 30))
    rows = buffer.rows()
    assert isinstance(rows, SortedRuns) == (memory_bytes == 1)
    decisions = decision_table({"row_id": name, "outcome": "kept"} for name in ids)
    plain = lake.commit(
        Activity.begin("l0_raw", "s", "1", (), {}), StageResult(tables_of("l0_raw", l0_raw=table), {"l0_raw": (200, decisions)})
    )
    spooled = lake.commit(
        Activity.begin("l0_raw", "s", "1", (), {}), StageResult(tables_of("l0_raw", l0_raw=rows), {"l0_raw": (200, decisions)})
    )
    assert spooled.digest == plain.digest
    lake.record(Verdict("l0_raw", "s", spooled.stage_digest, "test", "0", True, "[]"))
    stored, manifest = lake.stream_promoted("l0_raw", "s", ["doc_id"])
    assert sorted(name for batch in stored.to_batches() for name in batch["doc_id"].to_pylist()) == sorted(ids)
    digest = ContentDigest(TABLES["l0_raw"].content)
    for batch in lake.stream(manifest):
        digest.update(batch)
    assert digest.hexdigest() == manifest.digest


READ_AND_COMMIT = """
import sys
from benchmarks.peak_memory import peak_mb
from tierline.crawl import ReadRules
from tierline.crawl.read import read_shard
from tierline.gates.profile import profile
from tierline.lake import Activity, Lake
lake = Lake(sys.argv[2])
before = peak_mb()
lake.commit(Activity.begin("l0_raw", "s", "1", (), {}), read_shard([sys.argv[1]], ReadRules()))
profile(lake, "l0_raw", "s")
print(peak_mb() - before, lake.manifest("l0_raw", "s").rows)
"""


def test_memory_stays_bounded_while_a_large_file_is_read(tmp_path: Path):
    """340 MB of text; held in memory even once, it would break the bound, which is that of a buffer and two batches."""
    crawl = tmp_path / "large.jsonl"
    text = "A plain sentence about the harbour, the boats and the weather of the day. " * 80
    with crawl.open("w") as file:
        for number in range(60_000):
            file.write(f'{{"id": "{number}", "text": "{text}"}}\n')
    done = subprocess.run(
        [sys.executable, "-c", READ_AND_COMMIT, str(crawl), str(tmp_path / "lake")], capture_output=True, text=True, check=True
    )
    grown, rows = done.stdout.split()
    assert int(rows) == 60_000 and float(grown) < 400


def test_shards_committed_at_the_same_time_all_arrive(lake: Lake, commit):
    shards = [f"s{number}" for number in range(12)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda shard: commit(lake, "l0_raw", [{"doc_id": shard}], shard), shards))
    assert [manifest.shard for manifest in lake.promoted("l0_raw")] == sorted(shards)
    assert sorted(lake.delta.read("l0_raw", TABLES["l0_raw"].schema)["doc_id"].to_pylist()) == sorted(shards)


def test_single_rows_are_picked_and_removed_rows_left_out_of_runs_on_disk():
    table = pa.table({"id": [f"{number:03}" for number in range(300)], "number": list(range(300)), "tags": [[]] * 300}, schema=SCHEMA)
    shuffled = table.take(random.Random(2).sample(range(300), 300))
    for memory_bytes in (700, 1 << 30):
        buffer = SortingBuffer(SCHEMA, ["id"], memory_bytes)
        for start in range(0, 300, 40):
            buffer.append(shuffled.slice(start, 40))
        rows = buffer.rows()
        assert pick(rows, "id", ["250", "003", "003", "299"], "number") == [250, 3, 3, 299]
        left = without(rows, "id", {"000": "why", "299": "why"})
        assert [number for batch in left.to_batches() for number in batch.column("number").to_pylist()] == list(range(1, 299))
        assert left.num_rows == 298
        scanned = [batch.to_pydict() for batch in scan(left, ["number"])]
        assert sorted(number for batch in scanned for number in batch["number"]) == list(range(1, 299))
        assert {tuple(batch) for batch in scanned} == {("number",)}


def test_a_ledger_on_disk_is_checked_and_written_like_one_in_memory(lake: Lake, make_rows):
    ids = [f"{number:03}" for number in range(300)]
    rows = [
        {"row_id": name, "outcome": "kept" if number else "dropped", "rule": None if number else "odd"} for number, name in enumerate(ids)
    ]
    buffer = SortingBuffer(pa.schema(DECISION_COLUMNS), ["row_id"], 1000)
    for start in range(0, 300, 40):
        buffer.append(decision_table(rows[start : start + 40]))
    decisions = buffer.rows()
    assert isinstance(decisions, SortedRuns)
    tables = tables_of("l0_raw", l0_raw=make_rows("l0_raw", [{"doc_id": name} for name in ids]))
    digests = []
    for ledger in (decision_table(rows), decisions):
        lake.commit(Activity.begin("l0_raw", "s", "1", (), {}), StageResult(tables, {"l0_raw": (300, ledger)}))
        (activity,) = lake.activities("l0_raw").to_pylist()
        digests.append(activity["outputs"][-1]["digest"])
        assert lake.decisions("l0_raw", "s")["row_id"].to_pylist() == ids
    assert digests[0] == digests[1]
    with pytest.raises(LawBroken, match="301 rows went in, 300 were decided"):
        check_conservation("l0_raw", 301, decisions)
    buffer = SortingBuffer(pa.schema(DECISION_COLUMNS), ["row_id"], 1)
    for row in (rows[0], rows[0]):
        buffer.append(decision_table([row]))
    with pytest.raises(LawBroken, match="decided twice"):
        check_conservation("l0_raw", 2, buffer.rows())
