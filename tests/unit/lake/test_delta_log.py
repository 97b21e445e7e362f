"""Delta's log one commit at a time: written once per number, whole or not at all, and read as other Delta writers write it."""

import json
import os

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from deltalake.transaction import AddAction
from pyarrow.fs import LocalFileSystem, SubTreeFileSystem

from tierline.lake.delta_log import LOG, DeltaLog

ROWS = pa.table({"a": [1, 2], "shard": ["s", "s"]})


@pytest.fixture
def folder(tmp_path):
    """A table that delta-rs wrote: version 0."""
    write_deltalake(str(tmp_path / "t"), ROWS, partition_by=["shard"])
    return tmp_path / "t"


def log_of(folder, local: bool = True) -> DeltaLog:
    return DeltaLog(SubTreeFileSystem(str(folder), LocalFileSystem()), folder if local else None)


def added(path: str) -> AddAction:
    return AddAction(path, 10, {"shard": "s"}, 0, True, json.dumps({"numRecords": 1}))


def test_a_commit_of_delta_rs_is_read_with_its_files_and_schema(folder):
    commit = log_of(folder).read(0)
    assert len(commit.added) == 1 and (folder / commit.added[0]).is_file() and commit.removed == []
    assert [field["name"] for field in json.loads(commit.schema)["fields"]] == ["a", "shard"]
    write_deltalake(str(folder), ROWS, mode="overwrite", partition_by=["shard"])
    again = log_of(folder).read(1)
    assert again.removed == commit.added and len(again.added) == 1


def test_what_is_written_here_is_read_here_and_by_delta_rs(folder):
    log, before = log_of(folder), log_of(folder).read(0).added
    (folder / "shard=s" / "new.parquet").write_bytes((folder / before[0]).read_bytes())
    size = (folder / "shard=s" / "new.parquet").stat().st_size
    action = AddAction("shard=s/new.parquet", size, {"shard": "s"}, 0, True, json.dumps({"numRecords": 2}))
    assert log.write(1, [action], before, {"shard": "s"})
    assert (log.read(1).added, log.read(1).removed, log.read(1).schema) == (["shard=s/new.parquet"], before, None)
    table = DeltaTable(str(folder))
    assert table.version() == 1 and table.to_pyarrow_table()["a"].to_pylist() == [1, 2]


@pytest.mark.parametrize("name", ["shard=a b/x.parquet", "shard=%/x.parquet", "shard=ß%20/x.parquet", "shard=a%2Fb/x.parquet"])
def test_paths_of_any_characters_come_back_as_they_were(folder, name):
    log = log_of(folder)
    assert log.write(1, [added(name)], [name], {})
    assert log.read(1).added == log.read(1).removed == [name]


def test_a_number_is_taken_once_and_the_loser_leaves_nothing(folder):
    log = log_of(folder)
    assert log.write(1, [added("one")], [], {}) and not log.write(1, [added("two")], [], {})
    assert log.read(1).added == ["one"]
    assert sorted(path.name for path in (folder / LOG).iterdir() if not path.name.startswith("_")) == [
        f"{number:020d}.json" for number in (0, 1)
    ]


@pytest.mark.parametrize("moment", ["fsync", "link"])
def test_a_crash_while_writing_leaves_the_number_free(folder, monkeypatch, moment):
    def crash(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(os, moment, crash)
        with pytest.raises(KeyboardInterrupt):
            log_of(folder).write(1, [added("one")], [], {})
    assert log_of(folder).stamp(1) is None and not list((folder / LOG).glob(".unfinished*"))
    assert log_of(folder).write(1, [added("one")], [], {})


@pytest.mark.parametrize("local", [True, False])
def test_a_stamp_tells_two_commits_of_one_number_apart(folder, local):
    log = log_of(folder, local)
    first = log.stamp(0)
    assert first and log.stamp(0) == first and log.stamp(7) is None
    entry = folder / LOG / f"{0:020d}.json"
    entry.write_text(entry.read_text() + "\n")
    assert log.stamp(0) != first


def test_what_exists_and_where_the_last_checkpoint_is(folder, tmp_path):
    (tmp_path / "empty").mkdir()
    assert not log_of(tmp_path / "empty").exists() and log_of(tmp_path / "empty").last_checkpoint() == -1
    log = log_of(folder)
    assert log.exists() and log.last_checkpoint() == -1
    DeltaTable(str(folder)).create_checkpoint()
    assert log.last_checkpoint() == 0
    (folder / LOG / f"{0:020d}.json").unlink()
    assert log.exists(), "the first commits may be cleaned up after a checkpoint"


@pytest.mark.parametrize("content", ["", "{", "[]", '{"version": "x"}', "{}"])
def test_a_damaged_pointer_to_the_checkpoint_counts_as_none(folder, content):
    (folder / LOG / "_last_checkpoint").write_text(content)
    assert log_of(folder).last_checkpoint() == -1


def test_a_commit_that_is_not_there_is_an_os_error(folder):
    with pytest.raises(OSError):
        log_of(folder).read(5)


def test_an_object_store_is_never_written_here(folder):
    with pytest.raises(AssertionError, match="delta-rs"):
        log_of(folder, local=False).write(1, [], [], {})
