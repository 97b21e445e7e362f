"""A lake written by the code of format 1: refused in one line, upgraded, and then everything it held is there, whatever the upgrade met."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.upgrade.make_old_lake import unpack
from tierline.crawl import CrawlRegistry
from tierline.dedup.prior_shards import LakeDocuments
from tierline.errors import LakeUnavailable
from tierline.lake import Lake, as_of, history
from tierline.lake.delta import DeltaFolder
from tierline.lake.format import FORMAT, lake_format
from tierline.lake.locks import only_upgrade
from tierline.lake.upgrade import upgrade
from tierline.lake.upgrade.records import read_records
from tierline.lineage import trace, verify
from tierline.selection.selected_vectors import SelectedVectors
from tierline.tables import TABLES

NEW_NAMES = {"l2_moved": "l2_selection_diff", "l2_moved_shards": "l2_selection_diff_shards"}

# Ends itself before the Nth step: one that syncs something, reports progress or removes an old file. Prints how many there were.
KILLED = """
import os, signal, sys
at, count = int(sys.argv[2]), 0
def step(*_):
    global count
    count += 1
    if count == at:
        os.kill(os.getpid(), signal.SIGKILL)
sync = os.fsync
os.fsync = lambda handle: (step(), sync(handle))[1]
from tierline.lake.upgrade import upgrade
upgrade(sys.argv[1], advance=step)
print(count)
"""


@pytest.fixture(scope="module")
def old(tmp_path_factory) -> Path:
    """The folder of the old lake and its crawl; not to be changed."""
    folder = tmp_path_factory.mktemp("old")
    unpack(folder)
    return folder


@pytest.fixture(scope="module")
def said(old) -> dict[str, Any]:
    """What the code of then said about it."""
    return json.loads((old / "said.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def upgraded(old, tmp_path_factory) -> Lake:
    """A copy, upgraded, in the working directory that names of crawl files are relative to."""
    home = tmp_path_factory.mktemp("upgraded")
    shutil.copytree(old, home, dirs_exist_ok=True)
    before = Path.cwd()
    os.chdir(home)
    try:
        assert upgrade("lake").wrong == ()
        yield Lake("lake")
    finally:
        os.chdir(before)


def promoted(lake: Lake) -> list[tuple[str, str, int]]:
    return sorted((found.table, found.shard, found.rows) for table in TABLES for found in lake.promoted(table))


def renamed(rows: list[list[Any]]) -> list[tuple[str, str, int]]:
    return sorted((NEW_NAMES.get(table, table), shard, count) for table, shard, count, _ in rows)


def contents(root: Path) -> dict[str, str]:
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in root.rglob("*") if path.is_file()}


def state(root: Path) -> list[tuple[str, ...]]:
    """Everything that is promoted: what it is, what it came from."""
    found = [manifest for table in TABLES for manifest in Lake(str(root)).promoted(table)]
    return sorted((one.table, one.shard, one.digest, one.stage_digest, str(one.rows), json.dumps(one.inputs)) for one in found)


def test_the_old_lake_is_refused_in_one_line(old):
    with pytest.raises(LakeUnavailable, match=r"has format 1, .*run `tierline upgrade`") as raised:
        Lake(str(old / "lake")).promoted("l0_raw")
    assert "\n" not in str(raised.value)


def test_what_was_promoted_is_promoted_and_what_was_refused_is_refused(upgraded, said):
    assert promoted(upgraded) == renamed(said["promoted"])
    refused = [found for found in upgraded.manifests("l4_manuals") if found not in upgraded.promoted("l4_manuals")]
    assert len(refused) == 1, "one shard's manuals were waived, the other's were not"


def test_every_byte_span_and_digest_is_verified(upgraded, said):
    mismatches, checked = verify(upgraded)
    assert [str(found) for found in mismatches] == []
    assert (checked.rows, checked.spans, checked.shards) == (said["rows"], said["spans"], said["shards"])


def test_a_fact_is_traced_to_the_same_rows_and_bytes(upgraded, said):
    def ids(node: dict[str, Any]) -> list[tuple[str, str]]:
        return [(node["table"], node["id"]), *(found for parent in node["parents"] for found in ids(parent))]

    found = trace(upgraded, said["fact"]["id"])
    assert [(node.table, node.row_id) for node in found.walk()] == ids(said["fact"])
    assert found.activity["activity_id"] == said["fact"]["made_by"]["activity_id"], "names stay as they were recorded"


def test_the_states_before_are_there(upgraded, said):
    past = as_of(upgraded, datetime.fromisoformat(said["moment"]))
    assert promoted(past) == renamed(said["promoted_then"]) != promoted(upgraded)
    for manifest in past.promoted("l0_raw"):
        assert past.read("l0_raw", manifest.shard, ["license"]).num_rows == manifest.rows
    (shard,) = [found.shard for found in upgraded.promoted("l0_raw") if "b-second" in found.shard]
    assert [state.promoted for state in history(upgraded, "l2_selected", shard)] == [True, True]


def test_inputs_look_changed_where_they_did_before_and_nowhere_else(upgraded, old, said):
    """Every input is compared with what is promoted of that table and shard."""

    def changed(inputs: dict[tuple[str, str], dict[str, str]], digests: dict[str, str]) -> set[tuple[str, str, str]]:
        return {(*place, name) for place, found in inputs.items() for name, digest in found.items() if digests.get(name, digest) != digest}

    records = read_records(DeltaFolder(str(old / "lake"), any_format=True))
    before = {chain[0].place: json.loads(chain[0].row["inputs"]) for chain in records}
    after = {(row["stage"], row["shard"]): json.loads(row["inputs"]) for row in upgraded.activities().to_pylist()}
    assert {(NEW_NAMES.get(stage, stage), shard): sorted(inputs) for (stage, shard), inputs in before.items()} == {
        place: sorted(inputs) for place, inputs in after.items()
    }
    current = {f"{found.table}/{found.shard}": found.digest for table in TABLES for found in upgraded.promoted(table)}
    found = changed(before, {f"{table}/{shard}": digest for table, shard, _, digest in said["promoted"]})
    assert changed(after, current) == {(NEW_NAMES.get(stage, stage), shard, name) for stage, shard, name in found}
    first, second = CrawlRegistry(upgraded).shards()
    assert LakeDocuments(upgraded, [first]).inputs.items() <= after["l1_filtered", second].items(), "of all shards before it"
    assert SelectedVectors(upgraded, [first, second]).inputs.items() <= after["l3_refined", second].items()


def test_renamed_columns_hold_what_they_held_and_are_renamed_for_other_readers_too(upgraded):
    student = upgraded.read("l2_student", "all").to_pylist()[0]
    assert student["calibration_error_lo95"] is not None and all("lo95" in domain for domain in student["calibration"])
    assert any(row["license"] for found in upgraded.manifests("l4_manuals") for row in upgraded.read("l4_manuals", found.shard).to_pylist())
    for table in ("l0_raw", "l4_manuals"):
        dataset = upgraded.delta.open(table).to_pyarrow_dataset()
        assert "license" in dataset.schema.names and "licence" not in dataset.schema.names
        assert dataset.count_rows() == sum(found.rows for found in upgraded.manifests(table))
    (activity,) = upgraded.activities("l4_manuals", upgraded.promoted("l4_manuals")[0].shard).to_pylist()
    assert "licence" not in activity["parameters"] and "license" in activity["parameters"]


def test_nothing_old_is_left_and_a_second_upgrade_does_nothing(upgraded):
    root = Path(upgraded.root)
    assert not [name for name in contents(root) if "l2_moved" in name or name.startswith("_upgrade")]
    before = {name: digest for name, digest in contents(root).items() if not name.startswith("_derived")}
    assert (upgrade(upgraded.root).before, FORMAT) == (FORMAT, FORMAT)
    assert {name: digest for name, digest in contents(root).items() if not name.startswith("_derived")} == before


@pytest.mark.parametrize("reads", [1, 2], ids=["before it waits for the lock", "where nothing locks"])
def test_an_upgrade_that_read_the_format_before_another_one_ended_harms_nothing(old, tmp_path, monkeypatch, reads):
    """The second case is that of an object store: what is known of the lake is old in spite of the lock."""
    root, stale = str(tmp_path / "lake"), list[int]()
    shutil.copytree(old / "lake", root)

    def overtaken(delta: DeltaFolder) -> int | None:
        if len(stale) == reads:
            return lake_format(delta)
        stale.append(lake_format(delta) or 0)
        if len(stale) == 1:
            with monkeypatch.context() as other:
                other.setattr("tierline.lake.upgrade.run.lake_format", lake_format)
                upgrade(root)
        return stale[0]

    monkeypatch.setattr("tierline.lake.upgrade.run.lake_format", overtaken)
    if reads == 1:
        assert upgrade(root).before == FORMAT
    else:
        with pytest.raises(LakeUnavailable, match="was upgraded by another process meanwhile"):
            upgrade(root)
    monkeypatch.undo()
    lake = Lake(root)
    assert state(tmp_path / "lake") and all(lake.read_promoted(table, one.shard) for table in TABLES for one in lake.promoted(table))
    assert len(list(history(lake, "l2_selected", lake.promoted("l2_selected")[-1].shard))) == 2, "earlier states are there too"
    assert upgrade(root).before == FORMAT and state(tmp_path / "lake")


def test_one_upgrade_at_a_time(old, tmp_path):
    shutil.copytree(old / "lake", tmp_path / "lake")
    root = str(tmp_path / "lake")
    with only_upgrade(Lake(root)), pytest.raises(LakeUnavailable, match="is being upgraded by another process; wait for it"):
        upgrade(root)
    assert not (tmp_path / "lake" / "_upgrade").exists()


def test_rows_that_are_not_those_recorded_stay_a_mismatch(old, tmp_path):
    """An upgrade that recomputed digests of whatever it found would hide what verify is for."""
    import pyarrow.parquet as pq

    shutil.copytree(old, tmp_path / "tampered")
    file = next(iter(sorted((tmp_path / "tampered" / "lake" / "l1_filtered").rglob("*.parquet"), key=lambda path: path.stat().st_size)))
    rows = pq.read_table(file, partitioning=None)
    place = rows.schema.get_field_index("text")
    pq.write_table(rows.set_column(place, "text", [["tampered"] * rows.num_rows]), file)
    gone = next(iter((tmp_path / "tampered" / "lake" / "l1_signals").rglob("*.parquet")))
    gone.unlink()
    done = upgrade(str(tmp_path / "tampered" / "lake"))
    wrong = {str(found.where) for found in verify(Lake(str(tmp_path / "tampered" / "lake")))[0] if "l1_" in found.where}
    named = {line.split(":")[0] for line in done.wrong}
    assert named <= wrong and named


@pytest.fixture(scope="module")
def steps(old, tmp_path_factory) -> tuple[int, list[tuple[str, ...]]]:
    """How many steps an upgrade takes, and the state after it."""
    root = tmp_path_factory.mktemp("whole") / "lake"
    shutil.copytree(old / "lake", root)
    return int(killed(root, 0).stdout), state(root)


def killed(root: Path, at: int) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-W", "ignore", "-c", KILLED, str(root), str(at)], capture_output=True, text=True, timeout=600)


@pytest.mark.parametrize("part", [0.01, 0.3, 0.6, 0.75, 0.82, 0.86, 0.88, 0.9, 0.92, 0.95, 0.99])
def test_a_kill_at_any_step_leaves_the_old_lake_or_an_upgrade_that_a_rerun_finishes(old, tmp_path, steps, part):
    whole, wanted = steps
    root = tmp_path / "lake"
    shutil.copytree(old / "lake", root)
    before = contents(root)
    assert killed(root, max(1, round(whole * part))).returncode == -signal.SIGKILL
    after = contents(root)
    begun, finished = "_upgrade/plan.json" in after, "tierline.json" in after
    if not begun and not finished:
        assert before.items() <= after.items(), "the old lake is untouched"
        assert {name for name in after if "_delta_log" in name} == {name for name in before if "_delta_log" in name}
    if finished:
        assert state(root) == wanted
    else:
        with pytest.raises(LakeUnavailable, match="run `tierline upgrade`"):
            Lake(str(root)).promoted("l0_raw")
    upgrade(str(root))
    assert state(root) == wanted
    assert not (root / "_upgrade").exists()
