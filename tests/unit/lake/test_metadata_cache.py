"""What is remembered of small files is what the table says now, also after replacements and where the memory is broken."""

import pytest

from tierline.lake import Lake, Verdict
from tierline.lake.metadata_cache import read_cached
from tierline.tables.records import VERDICTS

COLUMNS = ["shard", "digest", "passed"]


def verdict(shard, digest, passed=True, stage="l0_raw"):
    return Verdict(stage, shard, digest, "t", "0", passed, "[]")


def both(lake):
    """(remembered, as the table says) for one stage."""
    remembered = read_cached(lake.delta, lake.cache_dir, "verdicts", VERDICTS, "l0_raw", COLUMNS)
    truth = lake.delta.read("verdicts", VERDICTS, {"stage": "l0_raw"}, COLUMNS)
    assert remembered.schema == truth.schema
    return sorted(map(str, remembered.to_pylist())), sorted(map(str, truth.to_pylist()))


def test_nothing_was_written_yet(lake):
    assert both(lake) == ([], [])


def test_rows_follow_the_table_and_each_file_is_read_once(lake, monkeypatch):
    for shard in "abc":
        lake.record(verdict(shard, "1"))
    lake.record(verdict("a", "1", stage="l1_filtered"))
    remembered, truth = both(lake)
    assert remembered == truth and len(truth) == 3
    lake.record(verdict("b", "2", passed=False))
    read = []
    original = lake.delta.read_files
    monkeypatch.setattr(lake.delta, "read_files", lambda name, files, *rest: read.extend(files) or original(name, files, *rest))
    remembered, truth = both(lake)
    assert remembered == truth and len(read) == 1 and "shard=b" in read[0]


@pytest.mark.parametrize("broken", [b"", b"not arrow at all"])
def test_a_broken_memory_is_made_anew(lake, broken):
    lake.record(verdict("a", "1"))
    both(lake)
    (path,) = (lake.cache_dir / "metadata").glob("*.arrow")
    path.write_bytes(broken)
    remembered, truth = both(Lake(lake.root))
    assert remembered == truth and len(truth) == 1 and path.stat().st_size > 100
