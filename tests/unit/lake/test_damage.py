"""Damage to a committed file is noticed by whoever reads it next, named with what heals it, and never taken for rows."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.conftest import commit_rows
from tierline.config.bundled import folder
from tierline.errors import Damaged
from tierline.gates.profile import profile
from tierline.lake import Activity, Lake, Verdict, catalog
from tierline.sql import Models

DOORS: dict[str, Callable[[Lake], object]] = {
    "read": lambda lake: lake.read("l1_filtered", "s"),
    "read_promoted": lambda lake: lake.read_promoted("l1_filtered", "s", ["doc_id"]),
    "stream_promoted": lambda lake: list(lake.stream_promoted("l1_filtered", "s")[0].to_batches()),
    "promoted_files": lambda lake: lake.promoted_files("l1_filtered"),
    "pick": lambda lake: list(lake.pick(lake.manifest("l1_filtered", "s"), [0], "text")),
    "sql": lambda lake: Models(folder("dbt_like_sql")).run(lake, "stg_documents"),
    "gate": lambda lake: profile(lake, "l1_filtered", "s"),
}
ROWS = [{"doc_id": "doc_a", "text": "A text that is long enough to be told apart."}]


def edit(file: Path) -> None:
    """Another text in a valid Parquet file."""
    rows = pq.read_table(file, partitioning=None)
    pq.write_table(pa.Table.from_pylist([rows.to_pylist()[0] | {"text": "Forged."}], schema=rows.schema), file)


def flip(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 3] ^= 1
    file.write_bytes(data)


def edit_unseen(file: Path) -> None:
    """The same with the size and times that the file had."""
    before = file.stat()
    data = bytearray(file.read_bytes())
    data[10] ^= 1
    file.write_bytes(data)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.fixture
def lake(tmp_path) -> Lake:
    lake = Lake(str(tmp_path / "lake"))
    commit_rows(lake, "l1_filtered", ROWS)
    return Lake(lake.root)  # one that did not write the file itself


def file_of(lake: Lake) -> Path:
    manifest = lake.manifest("l1_filtered", "s")
    return Path(lake.delta.folder or "") / "l1_filtered" / manifest.files[0]


def anew(lake: Lake) -> Lake:
    """The lake in a process that has just started, on a machine that never read it."""
    shutil.rmtree(lake.cache_dir)
    catalog._held.clear()
    return Lake(lake.root)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("damage", [edit, flip, edit_unseen, Path.unlink])
def test_every_door_refuses_a_damaged_file_and_names_it(lake, damage, door):
    file = file_of(lake)
    DOORS[door](lake)
    damage(file)
    with pytest.raises(Damaged) as told:
        DOORS[door](lake)
    assert str(told.value).startswith(f"l1_filtered/s: file {file.name} is damaged") and "`make ingest AGAIN=s`" in str(told.value)


def test_the_bytes_of_a_file_are_read_once_whichever_process_asks(lake, monkeypatch):
    from tierline.lake import file_checks

    hashed: list[Path] = []
    checksum = file_checks.checksum
    monkeypatch.setattr(file_checks, "checksum", lambda path: hashed.append(path) or checksum(path))
    for _ in range(3):
        again = Lake(lake.root)  # as another process has it
        for door in DOORS.values():
            door(again)
    assert hashed.count(file_of(lake)) == 1


def test_files_without_a_checksum_in_their_names_are_read_as_before(lake):
    """As those of lakes that were written before names had one."""
    manifest, root = lake.manifest("l1_filtered", "s"), Path(lake.root) / "l1_filtered"
    plain = manifest.files[0][:-41] + ".parquet"
    (root / manifest.files[0]).rename(root / plain)
    assert lake.delta.read_files("l1_filtered", [plain], pa.schema({"doc_id": pa.string()})).num_rows == 1


def test_a_damaged_file_is_out_of_date_and_the_same_activity_not_held_until_it_is_written_again(lake):
    activity = Activity.begin("l1_filtered", "s", "1", (), {})
    assert lake.holds(activity) and lake.damage("l1_filtered", "s") == []
    before, name = lake.manifest("l1_filtered", "s"), file_of(lake)
    lake.read_promoted("l1_filtered", "s")
    edit(name)
    damaged = [f"l1_filtered/{before.files[0]}"]
    assert lake.damage("l1_filtered", "s") == damaged == Lake(lake.root).damage("l1_filtered", "s") and not lake.holds(activity)
    commit_rows(lake, "l1_filtered", ROWS, promote=False)
    after = lake.manifest("l1_filtered", "s")
    assert after.digest == before.digest and lake.holds(activity) and lake.damage("l1_filtered", "s") == []
    assert lake.read_promoted("l1_filtered", "s")[0]["text"].to_pylist() == [ROWS[0]["text"]]


def test_a_shard_that_is_to_be_written_again_is_not_held(lake):
    mine, other = (Activity.begin("l1_filtered", shard, "1", (), {}) for shard in ("s", "t"))
    commit_rows(lake, "l1_filtered", ROWS, "t")
    again = lake.again("s")
    assert not again.holds(mine) and again.holds(other) and lake.holds(mine)


@pytest.mark.parametrize("record", ["activities", "verdicts"])
def test_a_damaged_record_is_named_and_healed_by_writing_its_stage_again(lake, record):
    commit_rows(lake, "l1_filtered", ROWS, "t")
    (file,) = lake.delta.files(record, {"stage": "l1_filtered", "shard": "s"})
    flip(Path(lake.root) / record / file)
    broken = anew(lake)
    with pytest.raises(Damaged, match=f"^{record}/l1_filtered/s: file "):
        broken.promoted("l1_filtered")
    assert broken.damage("l1_filtered", "s") == [f"{record}/{file}"] and not broken.holds(Activity.begin("l1_filtered", "s", "1", (), {}))
    assert broken.holds(Activity.begin("l1_filtered", "t", "1", (), {}))
    manifest = commit_rows(broken, "l1_filtered", ROWS)
    broken.record(Verdict("l1_filtered", "s", manifest.stage_digest, "t", "0", True, "[]"))
    assert [manifest.shard for manifest in broken.promoted("l1_filtered")] == ["s", "t"]


def test_a_damaged_record_stops_only_those_who_need_its_shard(lake):
    commit_rows(lake, "l1_filtered", ROWS, "t")
    (file,) = lake.delta.files("activities", {"stage": "l1_filtered", "shard": "s"})
    flip(Path(lake.root) / "activities" / file)
    broken = anew(lake)
    broken.refuse_damaged("l1_filtered", ["t"])
    assert [manifest.shard for manifest in broken.readable().promoted("l1_filtered")] == ["t"]
    with pytest.raises(Damaged, match=r"^activities/l1_filtered/s: file "):
        broken.refuse_damaged("l1_filtered", ["s", "t"])


def test_a_record_that_was_restored_is_read_again(lake):
    (name,) = lake.delta.files("activities")
    file = Path(lake.root) / "activities" / name
    data = file.read_bytes()
    flip(file)
    broken = anew(lake)
    with pytest.raises(Damaged):
        broken.manifests("l1_filtered")
    file.write_bytes(data)
    assert [manifest.shard for manifest in broken.manifests("l1_filtered")] == ["s"]
