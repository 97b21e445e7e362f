"""The catalog says what the tables say now: after any writer, in any process, and where the cache is lost, broken or of another lake."""

import contextlib
import multiprocessing
import random
import shutil
import sqlite3
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from tests.conftest import commit_rows
from tierline.errors import NotPromoted
from tierline.lake import Lake, Verdict, Waiver, as_of, catalog
from tierline.lake.catalog import Catalog
from tierline.lake.delta import DeltaFolder
from tierline.sql import register_source
from tierline.tables import TABLES
from tierline.tables.records import VERDICTS

SPAWN = multiprocessing.get_context("spawn")
SCHEMA = pa.schema({"stage": pa.string(), "shard": pa.string(), "digest": pa.string(), "until": pa.date32()})


def rows(shard: str, digest: str, stage: str = "a") -> pa.Table:
    return pa.Table.from_pylist([{"stage": stage, "shard": shard, "digest": digest, "until": date(2030, 1, 1)}], schema=SCHEMA)


def fresh(lake: Lake) -> Catalog:
    """What a process would find that has no cache."""
    return DeltaFolder(lake.root).catalog


def known(catalog: Catalog, lake: Lake) -> list:
    records = [catalog.records(name, schema) for name, schema in (("marks", SCHEMA), ("verdicts", VERDICTS))]
    return [*records, *(catalog.files(name) for name in ("marks", "verdicts", "activities", "l0_raw", "decisions"))]


def judge(lake: Lake, shard: str, passed: bool, digest: str | None = None) -> None:
    digest = digest or lake.manifest("l0_raw", shard).stage_digest
    lake.record(Verdict("l0_raw", shard, digest, "test", "0", passed, "[]", () if passed else ("bad",)))


def test_the_log_that_is_written_here_is_one_that_delta_rs_reads_and_continues(lake):
    where = {"stage": "a b/ü%", "shard": "ß=1"}
    for digest in ("one", "two"):
        lake.delta.replace("marks", rows("ß=1", digest, "a b/ü%"), where)
    lake.delta.append("marks", rows("ß=1", "three", "a b/ü%"), ["stage", "shard"])
    table = DeltaTable(lake.delta.uri("marks"))
    assert sorted(table.to_pyarrow_table()["digest"].to_pylist()) == ["three", "two"]
    write_deltalake(lake.delta.uri("marks"), rows("s", "four"), mode="append", partition_by=["stage", "shard"])
    table.update_incremental()
    table.delete("digest = 'three'")
    assert [row["digest"] for row in lake.delta.records("marks", SCHEMA)] == ["four", "two"]
    lake.delta.replace("marks", rows("ß=1", "five", "a b/ü%"), where)
    assert sorted(DeltaTable(lake.delta.uri("marks")).to_pyarrow_table()["digest"].to_pylist()) == ["five", "four"]
    assert known(lake.delta.catalog, lake) == known(fresh(lake), lake)


def test_only_commits_that_are_new_are_read(lake, monkeypatch):
    for number in range(5):
        lake.delta.replace("marks", rows(f"s{number}", "x"), {"stage": "a", "shard": f"s{number}"})
    assert len(lake.delta.records("marks", SCHEMA)) == 5
    opened = []
    monkeypatch.setattr(DeltaFolder, "read_record", lambda self, name, file, schema: opened.append(file) or rows("s9", "y").to_pylist())
    monkeypatch.setattr(DeltaFolder, "open", lambda self, name: pytest.fail("the whole log was read"))
    again = Catalog(lake.delta, lake.cache_dir)  # as another process has it
    assert len(again.records("marks", SCHEMA)) == 5 and opened == []
    lake.delta.replace("marks", rows("s9", "y"), {"stage": "a", "shard": "s9"})
    assert len(again.records("marks", SCHEMA)) == 6 and len(opened) == 1


def test_an_old_checkpoint_and_a_cleaned_log_lose_nothing(lake, monkeypatch):
    monkeypatch.setattr("tierline.lake.delta.CHECKPOINT_EVERY", 4)
    for number in range(11):
        lake.delta.replace("marks", rows(f"s{number % 3}", f"d{number}"), {"stage": "a", "shard": f"s{number % 3}"})
    log = lake.delta.log("marks")
    assert log.last_checkpoint() == 8
    before = lake.delta.records("marks", SCHEMA)
    assert sorted(row["digest"] for row in before) == ["d10", "d8", "d9"]
    for version in range(8):
        (lake.delta.log("marks")._folder / "_delta_log" / f"{version:020d}.json").unlink()
    assert fresh(lake).records("marks", SCHEMA) == before == lake.delta.records("marks", SCHEMA)


@pytest.mark.parametrize("harm", ["lost", "torn", "other", "read-only"])
def test_a_cache_that_cannot_be_used_is_made_again(lake, harm, monkeypatch):
    commit_rows(lake, "l0_raw", [{"doc_id": "d"}])
    lake.delta.replace("marks", rows("s", "x"), {"stage": "a", "shard": "s"})
    wanted = known(fresh(lake), lake)
    assert known(lake.delta.catalog, lake) == wanted
    path = next(lake.cache_dir.glob("catalog-*.sqlite"))
    if harm == "lost":
        shutil.rmtree(lake.cache_dir)
    elif harm == "torn":
        lake.delta.catalog._database.execute("pragma wal_checkpoint(truncate)")
        path.write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    elif harm == "other":
        path.write_bytes(b"no database at all, and long enough to be read as one" * 40)
    else:
        monkeypatch.setattr(sqlite3, "connect", _refusing(sqlite3.connect))
    assert known(Catalog(lake.delta, lake.cache_dir), lake) == wanted


def _refusing(connect):
    def refuse(path, **options):
        if path != ":memory:":
            raise sqlite3.OperationalError("unable to open database file")
        return connect(path, **options)

    return refuse


def test_a_database_that_breaks_while_it_is_open_is_made_again(lake):
    commit_rows(lake, "l0_raw", [{"doc_id": "d"}])
    wanted = known(lake.delta.catalog, lake)
    catalog = lake.delta.catalog
    catalog._database.execute("pragma wal_checkpoint(truncate)")
    path = next(lake.cache_dir.glob("catalog-*.sqlite"))
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(100)
        file.write(b"\xff" * (size - 100))
    catalog._decoded.clear()
    catalog._database.execute("pragma shrink_memory")
    assert known(catalog, lake) == wanted


def test_a_lake_made_anew_in_the_same_place_is_another_lake(tmp_path):
    root = str(tmp_path / "lake")
    first = Lake(root)
    for number in range(3):
        commit_rows(first, "l0_raw", [{"doc_id": f"d{number}"}], f"s{number}")
    kept = tmp_path / "kept"
    shutil.move(first.cache_dir, kept)
    shutil.rmtree(root)
    second = Lake(root)
    commit_rows(second, "l0_raw", [{"doc_id": "d"}], "t")
    assert [manifest.shard for manifest in first.promoted("l0_raw")] == ["t"]
    assert [manifest.shard for manifest in second.promoted("l0_raw")] == ["t"]
    shutil.move(kept, second.cache_dir)  # the cache of the other lake
    assert known(Catalog(second.delta, second.cache_dir), second) == known(fresh(second), second)


def test_facts_are_found_once(lake):
    commit_rows(lake, "l0_raw", [{"doc_id": "d"}])
    found = []
    for _ in range(2):
        assert lake.fact("key", lambda: found.append(1) or {"n": 3}) == {"n": 3}
    assert Catalog(lake.delta, lake.cache_dir).fact("key", lambda: 1 / 0) == {"n": 3} and found == [1]


def test_a_waiver_counts_until_its_day_is_over_then_and_now(lake):
    manifest = commit_rows(lake, "l0_raw", [{"doc_id": "d"}], promote=False)
    judge(lake, "s", passed=False)
    before = datetime.now(UTC)
    lake.waive(Waiver("l0_raw", "s", manifest.stage_digest, "me", "checked", date.today() + timedelta(days=1)))
    assert lake.read_promoted("l0_raw", "s")[0].num_rows == 1
    with pytest.raises(NotPromoted):
        as_of(lake, before).read_promoted("l0_raw", "s")


def write_and_judge(root: str, go, turns: int) -> None:
    """Another process: writes the shard again and again, each state first unjudged, then refused, or passed in every third turn."""
    lake = Lake(root)
    go.wait(timeout=60)
    for turn in range(turns):
        good = turn % 3 == 2
        commit_rows(lake, "l0_raw", [{"doc_id": f"{'good' if good else 'bad'}{turn}"}], promote=False)
        judge(lake, "s", passed=good)


def test_what_another_process_writes_is_never_read_unjudged(tmp_path):
    lake, turns = Lake(str(tmp_path / "lake")), 24
    commit_rows(lake, "l0_raw", [{"doc_id": "good"}])
    go = SPAWN.Barrier(2)
    process = SPAWN.Process(target=write_and_judge, args=(lake.root, go, turns))
    process.start()
    go.wait(timeout=60)
    seen, refused = set(), 0
    while process.is_alive():
        try:
            (row,) = lake.read_promoted("l0_raw", "s")[0].to_pylist()
        except NotPromoted:
            refused += 1
        else:
            assert row["doc_id"].startswith("good")
            seen.add(row["doc_id"])
    process.join()
    assert process.exitcode == 0 and refused and f"good{turns - 1}" in seen | {lake.read_promoted("l0_raw", "s")[0]["doc_id"][0].as_py()}
    assert known(lake.delta.catalog, lake) == known(fresh(lake), lake)


def append_marks(root: str, go, name: str, count: int) -> None:
    lake = Lake(root)
    go.wait(timeout=60)
    for number in range(count):
        lake.delta.replace("marks", rows(f"{name}{number}", "x"), {"stage": "a", "shard": f"{name}{number}"})
        lake.delta.replace("marks", rows("shared", f"{name}{number}"), {"stage": "a", "shard": "shared"})


def test_processes_that_commit_to_one_table_at_once_lose_nothing(tmp_path):
    root, count = str(tmp_path / "lake"), 12
    go = SPAWN.Barrier(2)
    processes = [SPAWN.Process(target=append_marks, args=(root, go, name, count)) for name in "pq"]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    lake = Lake(root)
    shards = [row["shard"] for row in lake.delta.records("marks", SCHEMA)]
    assert sorted(shards) == sorted(["shared", *(f"{name}{number}" for name in "pq" for number in range(count))])
    assert len(DeltaTable(lake.delta.uri("marks")).file_uris()) == 2 * count + 1
    assert known(lake.delta.catalog, lake) == known(fresh(lake), lake)


def test_a_catalog_that_another_process_has_just_begun_is_read_on_to_the_newest_commit(lake, tmp_path, monkeypatch):
    """The other process loaded the table before this one's commit and after its look: stopping at what it had loaded hid the commit."""
    lake.delta.replace("marks", rows("s1", "one"), {"stage": "a", "shard": "s1"})
    mine, other = (Catalog(DeltaFolder(lake.root), tmp_path / "cache") for _ in range(2))
    begin = mine._transaction

    def overtaken():
        other.records("marks", SCHEMA)
        lake.delta.replace("marks", rows("s2", "two"), {"stage": "a", "shard": "s2"})
        return begin()

    monkeypatch.setattr(mine, "_transaction", overtaken)
    assert [row["digest"] for row in mine.records("marks", SCHEMA, {"shard": "s2"})] == ["two"]


def test_an_object_store_is_queried_without_reading_whole_tables(lake):
    """A file:// lake goes the way of object stores: delta-rs commits, Arrow reads."""
    for name in ("l0_raw", "decisions", "activities", "verdicts"):
        Path(lake.root, name).mkdir(parents=True)
    remote = Lake(f"file://{lake.root}")
    for shard in ("a b", "c/ü"):
        commit_rows(remote, "l0_raw", [{"doc_id": f"{shard} {number}", "text": "x"} for number in range(3)], shard)
    assert [manifest.shard for manifest in remote.promoted("l0_raw")] == ["a b", "c/ü"]
    with duckdb.connect() as database:
        register_source(database, remote, "l0_raw")
        register_source(database, remote, "decisions")
        found = database.sql("select doc_id, text, shard from l0_raw where shard = 'c/ü' order by doc_id").fetchall()
        assert found == [(f"c/ü {number}", "x", "c/ü") for number in range(3)]
        assert database.sql("select stage, shard, count(*) from decisions group by all order by all").fetchall() == [
            ("l0_raw", "a b", 3),
            ("l0_raw", "c/ü", 3),
        ]
    assert not isinstance(remote.delta.dataset("l0_raw", remote.delta.files("l0_raw"), TABLES["l0_raw"].schema), pa.Table)


def settled(root: str) -> Path:
    """The database of a lake, complete in one file."""
    catalog._held.clear()
    (path,) = (Path(root) / "_derived").glob("*.sqlite")
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("pragma wal_checkpoint(truncate)")
    return path


def answers(root: str) -> object:
    """What a new process is told."""
    catalog._held.clear()
    lake = Lake(root)
    shards = [(manifest.shard, manifest.digest, manifest.files) for manifest in lake.promoted("l0_raw")]
    return shards, lake.activities().to_pylist(), lake.verdict("l0_raw", "b"), lake.delta.files("l0_raw"), lake.fact("k", lambda: 7)


@pytest.mark.parametrize(
    "wrong",
    [
        "update records set digest = 'x' || substr(digest, 2) where name = 'verdicts'",
        "update records set passed = 0",
        "update records set shard = 'z' where shard = 'b'",
        "update records set stage = 'l0_rau' where name = 'activities'",
        "update records set row = replace(row, 'l0_raw', 'l0_rau')",
        "update records set path = 'p' where shard = 'a'",
        "delete from records where shard = 'b'",
        "update files set path = replace(path, 'part', 'parz')",
        "update files set shard = 'z' where shard = 'b'",
        "delete from files where shard = 'a'",
        "update sums set rows = rows + 1",
        "update sums set total = total + 1",
        "update followed set version = version - 1",
        "update followed set schema = 'x'",
        "update facts set value = 8",
    ],
)
def test_a_wrong_value_in_the_database_changes_no_answer(lake, wrong):
    for shard in "abc":
        commit_rows(lake, "l0_raw", [{"doc_id": shard}], shard)
    before = answers(lake.root)
    path = settled(lake.root)
    with contextlib.closing(sqlite3.connect(path)) as database:
        assert database.execute(wrong).rowcount
        database.commit()
    assert answers(lake.root) == before
    commit_rows(Lake(lake.root), "l0_raw", [], "b")
    assert [manifest.rows for manifest in Lake(lake.root).promoted("l0_raw")] == [1, 0, 1]


def test_a_wrong_byte_anywhere_in_the_database_changes_no_answer(lake):
    for shard in "abc":
        commit_rows(lake, "l0_raw", [{"doc_id": shard}], shard)
    before = answers(lake.root)
    whole = settled(lake.root).read_bytes()
    places = random.Random(7).sample(range(len(whole)), 60)
    for place in places:
        settled(lake.root)
        path = next((Path(lake.root) / "_derived").glob("*.sqlite"))
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        assert answers(lake.root) == before, place


def test_a_database_of_another_lake_changes_no_answer(tmp_path):
    first, second = Lake(str(tmp_path / "first")), Lake(str(tmp_path / "second"))
    for lake, names in ((first, "abc"), (second, "ab")):
        for shard in names:
            commit_rows(lake, "l0_raw", [{"doc_id": f"{names}{shard}"}], shard)
    before = answers(second.root)
    answers(first.root)
    shutil.copyfile(settled(first.root), settled(second.root))
    assert answers(second.root) == before
