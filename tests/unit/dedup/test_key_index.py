"""The key index against a plain dictionary: whatever was covered, in whatever order, merged or not, lost or not."""

import shutil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierline.dedup.key_index import ROW_BITS, KeyIndex
from tierline.dedup.runs import Run
from tierline.errors import BadInput
from tierline.lake import Manifest

Shards = dict[str, list[list[int]]]


def manifest(shard: str, digest: str) -> Manifest:
    return Manifest("t", "t", shard, 0, digest, (), {}, "act", "dig")


class Numbers(KeyIndex):
    """Documents whose keys are given: shard -> the two keys of each document; a document's id says where it is."""

    def __init__(self, folder, shards: Shards, bucket_max: int = 100):
        super().__init__(folder, bucket_max, np.asarray, ("keys",))
        self.shards, self.built = shards, []

    def _arrays(self, manifest):
        self.built.append(manifest.shard)
        keys = np.array(self.shards[manifest.shard], np.uint64).reshape(-1, 2)
        ids = np.array([f"{manifest.shard}{row}".encode() for row in range(len(keys))], "S4")
        return {"ids": [ids], "keys": [np.empty((0, 2), np.uint64), keys]}


def covered(folder, shards: Shards, order: list[str] | None = None, alive: list[str] | None = None, bucket_max: int = 100) -> Numbers:
    index = Numbers(folder, shards, bucket_max)
    names = order if order is not None else list(shards)
    index.cover([manifest(name, "1") for name in names], [manifest(name, "1") for name in (alive or names)])
    return index


def asked(index: Numbers, keys: list[list[int]]) -> list[tuple[int, str]]:
    rows, numbers = index.find(np.array(keys, np.uint64).reshape(-1, 2))
    return list(zip(rows.tolist(), index.ids(numbers), strict=True))


def expected(shards: Shards, order: list[str], keys: list[list[int]]) -> list[tuple[int, str]]:
    return [
        (row, f"{shard}{number}")
        for row, wanted in enumerate(keys)
        for shard in order
        for number, own in enumerate(shards[shard])
        if set(own) & set(wanted)
    ]


KEYS = st.lists(st.lists(st.integers(0, 6), min_size=2, max_size=2), max_size=6)


@settings(max_examples=12, deadline=None)
@given(st.dictionaries(st.sampled_from("abcdefghij"), KEYS, max_size=7), KEYS, st.randoms(use_true_random=False))
def test_it_finds_what_a_dictionary_finds_in_the_order_of_cover(tmp_path_factory, shards, wanted, chance):
    folder, order = tmp_path_factory.mktemp("index"), list(shards)
    chance.shuffle(order)
    for size in range(1, len(order) + 1):  # as shards arrive, one after the other
        index = covered(folder, shards, order[:size])
        assert asked(index, wanted) == expected(shards, order[:size], wanted)
    assert asked(covered(folder, shards, order), wanted) == asked(covered(tmp_path_factory.mktemp("other"), shards, order), wanted)


SHARDS = {name: [[row * 10 + place, 999] for row in range(3)] for place, name in enumerate("abcdefgh")}


def test_a_shard_is_read_once_by_any_process_and_runs_stay_few(tmp_path):
    for size in range(1, 9):
        index = covered(tmp_path, SHARDS, list(SHARDS)[:size])
        assert index.built == [list(SHARDS)[size - 1]]
    runs = [Run.open(path) for path in tmp_path.glob("run_*")]
    assert sorted(member for run in runs for member in run.members) == sorted({member for run in runs for member in run.members})
    assert len(runs) <= 6 and sum(sum(run.rows) for run in runs) == 24


def test_members_that_are_not_asked_for_are_not_seen_though_they_lie_in_the_same_runs(tmp_path):
    covered(tmp_path, SHARDS)
    some = covered(tmp_path, SHARDS, ["f", "b"], alive=list(SHARDS))
    assert [name[0] for _, name in asked(some, [[999, 999]])] == ["f"] * 3 + ["b"] * 3 and some.built == []


def test_another_state_of_a_shard_is_another_member(tmp_path):
    covered(tmp_path, SHARDS, ["a", "b"])
    changed = SHARDS | {"a": [[7, 8]]}
    index = Numbers(tmp_path, changed)
    states = [manifest("a", "2"), manifest("b", "1")]
    index.cover(states, states)
    assert index.built == ["a"] and asked(index, [[7, 7], [0, 0]]) == [(0, "a0")]


def test_what_no_current_state_needs_is_forgotten_in_a_merge(tmp_path):
    shards = {f"{number}": [[number, number]] for number in range(16)}
    covered(tmp_path, shards, [f"{number}" for number in range(3)])
    before = {path.name for path in tmp_path.glob("member_*")}
    late = [f"{number}" for number in range(3, 16)]
    covered(tmp_path, shards, late)
    assert not before <= {path.name for path in tmp_path.glob("member_*")}
    assert asked(covered(tmp_path, shards, late), [[number, number] for number in range(16)]) == [(int(name), f"{name}0") for name in late]


@pytest.mark.parametrize("bucket_max", [1, 2, 5])
def test_of_a_key_that_many_share_the_earliest_count(tmp_path, bucket_max):
    index = covered(tmp_path, SHARDS, list(SHARDS), bucket_max=bucket_max)
    everyone = expected(SHARDS, list(SHARDS), [[999, 999]])
    assert asked(index, [[999, 999]]) == everyone[:bucket_max]
    turned = list(reversed(SHARDS))
    assert (
        asked(covered(tmp_path, SHARDS, turned, bucket_max=bucket_max), [[999, 999]]) == expected(SHARDS, turned, [[999, 999]])[:bucket_max]
    )


def test_numbers_say_place_and_row_and_lost_files_come_back(tmp_path):
    index = covered(tmp_path, SHARDS, ["c", "a"])
    _, numbers = index.find(np.array([[10, 10]], np.uint64))
    assert [(number >> ROW_BITS, number & ((1 << ROW_BITS) - 1)) for number in numbers.tolist()] == [(1, 1)]
    for path in tmp_path.glob("member_*"):
        shutil.rmtree(path)
    again = covered(tmp_path, SHARDS, ["c", "a"])
    assert again.ids(numbers) == ["a1"] and again.built == ["a"]
    assert again.ids(np.empty(0, np.int64)) == []


def test_an_empty_index_and_an_empty_question_find_nothing(tmp_path):
    assert asked(covered(tmp_path, {}), [[1, 2]]) == asked(covered(tmp_path / "x", SHARDS), []) == []


def test_a_disk_that_does_not_keep_what_was_written_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr("tierline.dedup.key_index.opened", lambda path: None)
    with pytest.raises(BadInput, match="cannot be read back; check the disk and its free space"):
        covered(tmp_path, SHARDS, ["a"])
