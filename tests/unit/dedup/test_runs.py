"""Sorted runs on disk: whole or absent, read in any order, and never with a key lost."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierline.dedup import runs
from tierline.dedup.runs import UNFINISHED, Run, merge_runs, opened, publish, write_run


def kept(folder):
    return sorted(path.name for path in folder.iterdir())


def test_arrays_come_back_row_by_row_part_by_part_and_mapped(tmp_path):
    values = np.arange(60, dtype=np.float32).reshape(20, 3)
    publish(tmp_path, "m", {"v": [values[:7], values[7:7], values[7:]], "none": [np.empty((0, 3), np.uint8)]}, {"shard": "s"})
    arrays, meta = opened(tmp_path / "m")
    assert meta == {"shard": "s"} and len(arrays["v"]) == 20 and arrays["none"].shape == (0, 3)
    for rows in ([3, 4, 5, 0, 19, 0], [], list(range(20)), [7]):
        assert np.array_equal(arrays["v"][np.array(rows, np.int64)], values[rows])
    assert np.array_equal(arrays["v"].part(5, 9), values[5:9]) and np.array_equal(arrays["v"].mapped(), values)
    assert arrays["none"].mapped().shape == (0, 3)


@pytest.mark.parametrize("damage", ["short", "long", "gone", "no meta", "bad meta", "other meta"])
def test_a_damaged_folder_is_absent_and_removed(tmp_path, damage):
    publish(tmp_path, "m", {"v": [np.arange(9)]}, {})
    path = tmp_path / "m"
    data = (path / "v").read_bytes()
    meta = (path / "meta.json").read_text()
    if damage in ("short", "long"):
        (path / "v").write_bytes(data[:-1] if damage == "short" else data + b"x")
    elif damage == "gone":
        (path / "v").unlink()
    elif damage == "no meta":
        (path / "meta.json").unlink()
    else:
        (path / "meta.json").write_text(meta[:-2] if damage == "bad meta" else json.dumps({"shard": "s"}))
    assert opened(path) is None and kept(tmp_path) == []


def test_a_taken_name_keeps_its_content_and_leaves_no_unfinished_folder(tmp_path):
    publish(tmp_path, "m", {"v": [np.arange(3)]}, {"by": "first"})
    publish(tmp_path, "m", {"v": [np.arange(3)]}, {"by": "second"})
    assert opened(tmp_path / "m")[1] == {"by": "first"} and kept(tmp_path) == ["m"]


def test_a_writer_that_dies_leaves_nothing_under_the_name(tmp_path):
    def parts():
        yield np.arange(3)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        publish(tmp_path, "m", {"v": parts()}, {})
    assert all(name.startswith(UNFINISHED) for name in kept(tmp_path))


def test_a_folder_that_cannot_be_renamed_is_an_error_if_the_name_is_free(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError("no")

    monkeypatch.setattr("pathlib.Path.rename", refuse)
    with pytest.raises(OSError, match="no"):
        publish(tmp_path, "m", {"v": [np.arange(3)]}, {})
    assert kept(tmp_path) == []


MEMBERS = st.lists(st.lists(st.lists(st.integers(0, 9), min_size=2, max_size=2), max_size=6), min_size=1, max_size=5)


@settings(max_examples=30, deadline=None)
@given(MEMBERS, st.sets(st.integers(0, 4)), st.integers(1, 12))
def test_merging_keeps_every_entry_of_the_living_and_no_other(tmp_path_factory, members, dead, slice_size):
    folder = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "ENTRIES_PER_SLICE", slice_size)
        for number, keys in enumerate(members):
            write_run(folder, f"run_{number}", np.array(keys, np.uint64).reshape(-1, 2) << np.uint64(60), f"m{number}")
        alive = {f"m{number}" for number in range(len(members)) if number not in dead}
        merge_runs(folder, "run_all", [Run.open(folder / f"run_{number}") for number in range(len(members))], alive)
    merged = Run.open(folder / "run_all")
    assert set(merged.members) == alive
    found = sorted(zip(merged.keys.mapped().tolist(), merged.entries[np.arange(len(merged.entries))].tolist(), strict=True))
    starts = dict(zip(merged.members, merged.starts.tolist(), strict=False))  # of no members too it has a start
    wanted = [
        (key << 60 & ((1 << 64) - 1), starts[f"m{number}"] + row)
        for number, keys in enumerate(members)
        if f"m{number}" in alive
        for row, pair in enumerate(keys)
        for key in pair
    ]
    assert found == sorted(wanted) and merged.keys.mapped().tolist() == sorted(key for key, _ in wanted)
    unique = np.unique(np.array([key for key, _ in wanted], np.uint64))
    places, entries = merged.find(unique)
    assert sorted(zip(unique[places].tolist(), entries.tolist(), strict=True)) == sorted(wanted)
