"""Vectors near to given ones are found among earlier shards' without reading all of them, as comparing with each would find them."""

import shutil

import numpy as np
import pytest

from tests.unit.compute.test_workers import Elsewhere
from tierline.dedup import key_index, runs
from tierline.dedup.semantic import near_duplicates
from tierline.dedup.vector_index import VectorIndex
from tierline.lake import Lake, Manifest, Verdict
from tierline.selection.selected_vectors import SelectedVectors
from tierline.text.embedding import DIMENSIONS

COSINE = 0.96


def unit(vectors):
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def at_cosine(vectors, cosine, rng):
    """Vectors that are exactly so near to the given ones."""
    aside = rng.standard_normal(vectors.shape)
    aside -= np.sum(aside * vectors, axis=1, keepdims=True) * vectors
    return unit(cosine * vectors + np.sqrt(1 - cosine**2) * unit(aside))


def add(lake: Lake, commit, shard: str, vectors, promote=True) -> Manifest:
    rows = [{"doc_id": f"{shard}-{number:04d}", "embedding": vector.tolist()} for number, vector in enumerate(vectors)]
    return commit(lake, "l2_selected", rows, shard, promote)


def test_what_is_as_near_as_the_threshold_is_found_and_little_else_is_looked_at(lake, commit, monkeypatch):
    rng = np.random.default_rng(7)
    known = unit(rng.standard_normal((4000, DIMENSIONS)) + 0.5 * rng.standard_normal(DIMENSIONS))
    shards = [f"s{number}" for number in range(8)]
    for number, shard in enumerate(shards):
        add(lake, commit, shard, known[500 * number : 500 * number + 500])
    asked = at_cosine(known, COSINE + 1e-4, rng)
    looked_at = []
    vectors = VectorIndex.vectors
    monkeypatch.setattr(VectorIndex, "vectors", lambda self, numbers: looked_at.append(len(numbers)) or vectors(self, numbers))
    found = set(SelectedVectors(lake, shards).near(asked, COSINE)[0])
    exact = np.flatnonzero((asked @ known.T >= COSINE).any(axis=0))
    wanted = {f"s{row // 500}-{row % 500:04d}" for row in exact}
    assert found <= wanted and len(found) >= 0.99 * len(wanted)
    few = SelectedVectors(lake, shards)
    few.near(asked[:10], COSINE)
    assert looked_at[-1] < 60, "of 4,000"


def test_near_documents_are_the_promoted_ones_of_earlier_shards_in_their_order(lake, commit):
    rng = np.random.default_rng(8)
    base = unit(rng.standard_normal((3, DIMENSIONS)))
    add(lake, commit, "later", base)
    add(lake, commit, "refused", base, promote=False)
    add(lake, commit, "second", base[:2])
    add(lake, commit, "first", base[1:])
    near = SelectedVectors(lake, ["first", "refused", "second"]).near(base, COSINE)[0]
    assert near == ["first-0000", "first-0001", "second-0000", "second-0001"]
    manifest = lake.manifest("l2_selected", "first")
    lake.record(Verdict("l2_selected", "first", manifest.stage_digest, "t", "0", False, "[]", ("by hand",)))
    assert SelectedVectors(lake, ["first", "refused", "second"]).near(base, COSINE)[0] == ["second-0000", "second-0001"]
    add(lake, commit, "second", base[2:])
    assert SelectedVectors(lake, ["second"]).near(base, COSINE)[0] == ["second-0000"]
    assert SelectedVectors(lake, ["second"]).near(base[:2], COSINE)[0] == []


def test_an_index_that_workers_make_is_the_one_of_this_process(lake, commit, monkeypatch):
    monkeypatch.setattr(runs, "ENTRIES_PER_SLICE", 9_000)
    monkeypatch.setattr(key_index, "DOCUMENTS_PER_PART", 512)
    rng = np.random.default_rng(9)
    known = unit(rng.standard_normal((600, DIMENSIONS)))
    shards = "abcd"
    for number, shard in enumerate(shards):
        add(lake, commit, shard, known[20 * number : 20 * number + 530])
    made = []
    for workers in (None, Elsewhere()):
        found = SelectedVectors(lake, shards)
        found.workers = workers or found.workers
        near = found.near(known[500:540], COSINE)[0]
        made.append((near, {path.name: path.read_bytes() for path in lake.cache_dir.glob("vectors/*/run_*/[ke]*")}))
        shutil.rmtree(lake.cache_dir / "vectors")
    assert made[0] == made[1] and len(made[0][0]) == 30 + 3 * 40 and set(made[0][1]) == {"keys", "entries"}


def test_nothing_is_near_to_a_text_without_words_nor_in_an_empty_lake(lake, commit):
    zero = np.zeros((2, DIMENSIONS), np.float32)
    assert SelectedVectors(lake, ["a"]).near(zero, COSINE)[0] == []
    add(lake, commit, "a", zero)
    add(lake, commit, "b", np.empty((0, DIMENSIONS), np.float32))
    assert SelectedVectors(lake, ["a", "b"]).near(zero, COSINE)[0] == []
    assert SelectedVectors(lake, ["a", "b"]).near(unit(np.ones((1, DIMENSIONS))), COSINE)[0] == []


@pytest.mark.parametrize("seed", range(3))
def test_duplicates_are_those_that_comparing_with_all_vectors_finds(lake, commit, seed):
    rng = np.random.default_rng(seed)
    known = unit(rng.standard_normal((300, DIMENSIONS)))
    for number in range(3):
        add(lake, commit, f"s{number}", known[100 * number : 100 * number + 100])
    own = np.concatenate(
        [at_cosine(known[:60], 0.98, rng), at_cosine(known[60:120], 0.9, rng), unit(rng.standard_normal((60, DIMENSIONS)))]
    )
    ids = [f"own{number}" for number in range(len(own))]
    every = [f"s{row // 100}-{row % 100:04d}" for row in range(300)]
    indexed = near_duplicates(ids, own, COSINE, *SelectedVectors(lake, ["s0", "s1", "s2"]).near(own, COSINE))
    exact = near_duplicates(ids, own, COSINE, every, known)
    assert {name: match.kept_id for name, match in indexed.items()} == {name: match.kept_id for name, match in exact.items()}
    assert len(exact) == 60
