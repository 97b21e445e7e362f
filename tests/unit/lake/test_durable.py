"""What an activity names is on the disk before the activity is: the order of syncs and commits of one stage."""

import os
from pathlib import Path

import pytest

from tests.conftest import commit_rows
from tierline.lake import Lake


@pytest.fixture
def synced(monkeypatch) -> list[str]:
    """Paths as they are synced."""
    paths: list[str] = []
    sync = os.fsync

    def note(handle: int) -> None:
        paths.append(os.readlink(f"/proc/self/fd/{handle}"))
        sync(handle)

    monkeypatch.setattr(os, "fsync", note)
    return paths


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="names of open files are looked up in /proc")
def test_files_and_their_folders_come_before_the_log_entry_and_the_activity_last(lake, synced, tmp_path):
    manifest = commit_rows(lake, "l0_raw", [{"doc_id": "a"}], promote=False)
    root = str(tmp_path / "lake")
    data = f"{root}/l0_raw/{manifest.files[0]}"
    (activity,) = [f"{root}/activities/{file}" for file in lake.delta.files("activities")]
    order = [data, f"{root}/l0_raw/shard=s", f"{root}/l0_raw/_delta_log/00000000000000000001.json", f"{root}/decisions/_delta_log", activity]
    last = f"{root}/activities/_delta_log/00000000000000000001.json"
    places = [synced.index(path) for path in [*order, last]]
    assert places == sorted(places)
    assert synced[-1] == f"{root}/activities/_delta_log" and {root, f"{root}/l0_raw", str(tmp_path)} <= set(synced)


def test_every_file_of_a_commit_is_synced(lake, synced):
    commit_rows(lake, "l1_filtered", [{"doc_id": "a"}], promote=True)
    lake = Lake(lake.root)
    tables = ("l1_filtered", "l1_signals", "l1_duplicates", "l1_signatures", "activities", "verdicts", "decisions")
    files = {f"{lake.root}/{table}/{file}" for table in tables for file in lake.delta.files(table)}
    logs = {str(path) for path in Path(lake.root).glob("*/_delta_log/*.json")}
    assert files | logs <= set(synced)
