"""A backup is a lake of one moment, whatever is written meanwhile; a copy that is brought up to date copies only what is new."""

import multiprocessing
import shutil
import time
from pathlib import Path

import pytest

from tests.conftest import commit_rows
from tierline.errors import BadInput
from tierline.lake import Lake
from tierline.lake.backup import back_up
from tierline.lineage import verify

SPAWN = multiprocessing.get_context("spawn")


def write(root: str, shards: int) -> None:
    """Commit and judge shard after shard, each several times."""
    lake = Lake(root)
    for number in range(shards):
        commit_rows(lake, "l1_filtered", [{"doc_id": f"doc_{number}", "text": "t"}], f"s{number % 3}")


def promoted(root: str) -> list[tuple[str, str]]:
    return [(manifest.shard, manifest.digest) for manifest in Lake(root).promoted("l1_filtered")]


def test_a_copy_taken_while_a_run_writes_is_a_sound_lake(tmp_path):
    root = str(tmp_path / "lake")
    write(root, 3)
    writer = SPAWN.Process(target=write, args=(root, 30))
    writer.start()
    copies: list[Path] = []
    try:
        while writer.is_alive() or not copies:
            copies.append(tmp_path / f"copy{len(copies)}")
            back_up(Lake(root), copies[-1])
            time.sleep(0.01)
    finally:
        writer.join()
    assert writer.exitcode == 0 and len(copies) > 1
    for copy in [*copies[:2], *copies[-2:]]:
        assert verify(Lake(str(copy)))[0] == []
        assert Lake(str(copy)).manifests("l1_filtered")


def test_what_was_lost_is_restored_and_written_on(tmp_path):
    root = str(tmp_path / "lake")
    write(root, 4)
    before = promoted(root)
    back_up(Lake(root), tmp_path / "copy")
    shutil.rmtree(root)
    shutil.copytree(tmp_path / "copy", root)
    assert promoted(root) == before and verify(Lake(root))[0] == []
    write(root, 2)
    assert verify(Lake(root))[0] == []


def test_a_second_backup_copies_what_is_new(tmp_path):
    root = str(tmp_path / "lake")
    write(root, 3)
    assert back_up(Lake(root), tmp_path / "copy") > 20
    assert not list((tmp_path / "copy").rglob(".copying-*")) and not (tmp_path / "copy" / "_derived").exists()
    data = set((tmp_path / "copy").rglob("part-*.parquet"))
    commit_rows(Lake(root), "l0_raw", [{"doc_id": "doc_a"}], "new")
    assert back_up(Lake(root), tmp_path / "copy") > 0
    assert len(set((tmp_path / "copy").rglob("part-*.parquet")) - data) == 4  # rows, decisions, activity, verdict
    assert [manifest.shard for manifest in Lake(str(tmp_path / "copy")).promoted("l0_raw")] == ["new"]
    assert verify(Lake(str(tmp_path / "copy")))[0] == []


def test_what_cannot_be_backed_up_is_refused_in_one_line(tmp_path):
    lake = Lake(str(tmp_path / "lake"))
    with pytest.raises(BadInput, match="holds nothing yet"):
        back_up(lake, tmp_path / "copy")
    write(lake.root, 1)
    with pytest.raises(BadInput, match="is inside the lake"):
        back_up(lake, tmp_path / "lake" / "copy")
    with pytest.raises(BadInput, match="is not on a local disk"):
        back_up(Lake("s3://bucket/lake"), tmp_path / "copy")


def test_a_copy_of_another_lake_or_of_a_later_state_is_not_written_over(tmp_path):
    one, other, copy = (str(tmp_path / name) for name in ("one", "other", "copy"))
    write(one, 2)
    back_up(Lake(one), tmp_path / "early")
    write(one, 3)
    write(other, 4)
    back_up(Lake(one), Path(copy))
    before = promoted(copy)
    shutil.copytree(tmp_path / "early", tmp_path / "restored")
    for lake in (other, str(tmp_path / "restored")):
        with pytest.raises(BadInput, match=r"copy: holds a copy of another lake, or of a later state of this one; name another folder"):
            back_up(Lake(lake), Path(copy))
    assert promoted(copy) == before and verify(Lake(copy))[0] == []
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("mine")
    with pytest.raises(BadInput, match=r"full: is not empty, and no copy of a lake"):
        back_up(Lake(one), tmp_path / "full")


@pytest.mark.parametrize("files", [0, 3, 20, 999])
def test_an_interrupted_copy_is_named_and_goes_on(tmp_path, monkeypatch, files):
    root, copy = str(tmp_path / "lake"), tmp_path / "copy"
    write(root, 1)
    (Path(root) / "_journal").mkdir()
    (Path(root) / "_journal" / "answers").write_text("{}")
    every = back_up(Lake(root), tmp_path / "whole")
    copied: list[str] = []

    def interrupt(file: str) -> None:
        copied.append(file)
        if len(copied) > min(files, every - 2):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        back_up(Lake(root), copy, interrupt)
    with pytest.raises(BadInput, match="is not empty, and no copy of a lake" if files < 20 else "copy of another lake"):
        write(str(tmp_path / "other"), 1)
        back_up(Lake(str(tmp_path / "other")), copy)
    if files > 20:
        assert any("not whole" in str(mismatch) for mismatch in verify(Lake(str(copy)))[0])
    back_up(Lake(root), copy)
    assert verify(Lake(str(copy)))[0] == [] and promoted(str(copy)) == promoted(root)


def test_a_link_to_the_lake_is_the_lake(tmp_path):
    write(str(tmp_path / "lake"), 1)
    (tmp_path / "link").symlink_to(tmp_path / "lake")
    for lake, target in (("lake", "link"), ("link", "lake"), ("lake", "link/copy")):
        with pytest.raises(BadInput, match="is inside the lake"):
            back_up(Lake(str(tmp_path / lake)), tmp_path / target)


def test_what_is_committed_while_logs_are_copied_is_sealed_in_the_copy(tmp_path):
    root, copy, written = str(tmp_path / "lake"), tmp_path / "copy", list[int]()
    write(root, 1)

    def write_on(file: str) -> None:
        if file == "_seals/verdicts" and not written:
            written.append(1)
            write(root, 12)

    back_up(Lake(root), copy, write_on)
    assert verify(Lake(str(copy)))[0] == []
    back_up(Lake(root), copy)
    assert verify(Lake(str(copy)))[0] == []
