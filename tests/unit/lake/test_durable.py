"""What an activity names is on the disk before the activity is: the order of syncs and commits of one stage."""

import os
from pathlib import Path

import pytest

from tests.conftest import commit_rows
from tierline.lake import Lake


@pytest.fixture
def synced(monkeypatch) -> list[int]:
    """Numbers of the files and folders (inodes) as they are synced."""
    numbers: list[int] = []
    sync = os.fsync

    def note(handle: int) -> None:
        numbers.append(os.fstat(handle).st_ino)
        sync(handle)

    monkeypatch.setattr(os, "fsync", note)
    return numbers


def inode(*parts: str) -> int:
    return Path(*parts).stat().st_ino


def test_files_and_their_folders_come_before_the_activity_and_tables_after_the_verdict(lake, synced, tmp_path):
    manifest = commit_rows(lake, "l0_raw", [{"doc_id": "a"}])
    root, entry = str(tmp_path / "lake"), "_delta_log/00000000000000000001.json"
    (activity,), (ledger,) = lake.delta.files("activities"), lake.delta.files("decisions")
    order = [
        inode(root, "l0_raw", manifest.files[0]),
        inode(root, "l0_raw", "_files", "shard=s"),
        inode(root, "decisions", ledger),
        inode(root, "activities", activity),
        inode(root, "activities", entry),
        inode(root, "verdicts", entry),
        inode(root, "l0_raw", entry),
        inode(root, "decisions", entry),
    ]
    last = {number: place for place, number in enumerate(synced)}  # numbers of files that are gone are used again
    assert [last[number] for number in order] == sorted(last[number] for number in order)
    seals = [inode(root, "_seals", name) for name in ("decisions", "lake")]
    assert synced[-3:] == [inode(root, "decisions", "_delta_log"), *seals]
    assert {inode(root), inode(root, "l0_raw"), inode(str(tmp_path))} <= set(synced)


def test_every_file_of_a_commit_is_synced(lake, synced):
    commit_rows(lake, "l1_filtered", [{"doc_id": "a"}], promote=True)
    lake = Lake(lake.root)
    tables = ("l1_filtered", "l1_signals", "l1_duplicates", "l1_signatures", "activities", "verdicts", "decisions")
    files = [inode(lake.root, table, file) for table in tables for file in lake.delta.files(table)]
    logs = [inode(str(path)) for path in Path(lake.root).glob("*/_delta_log/*.json")]
    assert len(files) > 3 and len(logs) > 10 and {*files, *logs} <= set(synced)
