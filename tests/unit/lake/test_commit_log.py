"""The log of commits: a line for each, in order, whoever commits when."""

import json
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from tests.conftest import commit_rows
from tierline.lake import Lake
from tierline.lake.backup import back_up
from tierline.lake.commit_log import entry_of, extend, logged_versions, read_commits, record_of, sync_commits
from tierline.proof.canonical import canonical
from tierline.proof.merkle import leaf_hash

SHARDS = 6


def commit_many(root: str, worker: int) -> None:
    for number in range(SHARDS):
        commit_rows(Lake(root), "l1_filtered", [{"doc_id": f"doc_{number}"}], f"w{worker}-{number}")


def log_of(lake: Lake) -> Path:
    return Path(lake.root) / "_proof" / "commits"


def test_a_commit_is_a_leaf_with_the_whole_activity(lake):
    commit_rows(lake, "l1_filtered", [{"doc_id": "doc_1"}], "a/b c=ö%")
    (commit,) = read_commits(Path(lake.root))
    row = lake.activity("l1_filtered", "a/b c=ö%")
    assert commit.place == "l1_filtered/a/b c=ö%" and commit.leaf == leaf_hash(entry_of(Path(lake.root), commit.file))
    entry = json.loads(entry_of(Path(lake.root), commit.file))
    assert entry["outputs"] == row["outputs"] and entry["ended_at"] == row["ended_at"].isoformat()
    assert {name: entry[name] for name in ("stage", "shard", "inputs", "digest")} == {
        name: row[name] for name in ("stage", "shard", "inputs", "digest")
    }


def test_writers_in_several_processes_log_every_commit_once_and_in_order(lake):
    commit_rows(lake, "l1_filtered", [], "first")
    with ProcessPoolExecutor(3, get_context("spawn")) as pool:
        list(pool.map(commit_many, [lake.root] * 3, range(3)))
    commits = read_commits(Path(lake.root))
    assert len({commit.file for commit in commits}) == len(commits) == 3 * SHARDS + 1
    assert [commit.version for commit in commits] == sorted(commit.version for commit in commits)
    before = log_of(lake).read_text()
    log_of(lake).unlink()
    sync_commits(Path(lake.root))
    assert log_of(lake).read_text() == before


def test_what_was_logged_is_not_logged_again(lake):
    for name in "abc":
        commit_rows(lake, "l1_filtered", [], name)
    before = log_of(lake).read_text()
    for version in (-1, 0, *logged_versions(Path(lake.root))):
        extend(Path(lake.root), version)
    assert log_of(lake).read_text() == before


@pytest.mark.parametrize("cut", [1, 40, 200, 10_000])
def test_a_log_that_a_crash_cut_off_goes_on_where_it_ended(lake, cut):
    for name in "abcd":
        commit_rows(lake, "l1_filtered", [], name)
    before = log_of(lake).read_bytes()
    log_of(lake).write_bytes(before[: max(0, len(before) - cut)])
    commit_rows(lake, "l1_filtered", [], "e")
    assert log_of(lake).read_bytes().startswith(before) and len(read_commits(Path(lake.root))) == 5


def test_the_leaf_of_an_activity_that_is_gone_is_the_name_of_its_file(lake):
    assert record_of(Path(lake.root), "stage=a/shard=b/part.parquet") is None
    assert entry_of(Path(lake.root), "part.parquet") == canonical({"file": "part.parquet"})


def test_a_backup_has_the_log(lake, tmp_path):
    for name in "ab":
        commit_rows(lake, "l1_filtered", [], name)
        back_up(lake, tmp_path / "copy")
    assert (tmp_path / "copy" / "_proof" / "commits").read_text() == log_of(lake).read_text()
