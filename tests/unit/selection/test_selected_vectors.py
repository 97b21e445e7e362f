"""What selection knows of prior shards: recorded as one input, in order of registration, and only of what is promoted."""

import numpy as np

from tierline.lake import Verdict
from tierline.selection.selected_vectors import SLACK, SelectedVectors
from tierline.text.embedding import DIMENSIONS


def vector(*values: float) -> list[float]:
    found = np.zeros(DIMENSIONS)
    found[: len(values)] = values
    return (found / np.linalg.norm(found)).tolist()


def add(lake, commit, shard: str, *vectors: list[float], promote: bool = True):
    commit(lake, "l2_selected", [{"doc_id": f"{shard}{row}", "embedding": one} for row, one in enumerate(vectors)], shard, promote)


def test_the_input_is_one_digest_of_the_promoted_states_alone(lake, commit):
    assert SelectedVectors(lake, ["a", "b"]).inputs == {}
    add(lake, commit, "a", vector(1))
    one = SelectedVectors(lake, ["a", "b"]).inputs
    assert set(one) == {"l2_selected/earlier"} and SelectedVectors(lake, ["a"]).inputs == one
    add(lake, commit, "b", vector(0, 1), promote=False)
    assert SelectedVectors(lake, ["a", "b"]).inputs == one
    lake.record(Verdict("l2_selected", "b", lake.manifest("l2_selected", "b").stage_digest, "t", "0", True, "[]"))
    two = SelectedVectors(lake, ["a", "b"]).inputs
    add(lake, commit, "a", vector(0, 0, 1))
    three = SelectedVectors(lake, ["a", "b"]).inputs
    assert len({str(found) for found in (one, two, three)}) == 3
    assert SelectedVectors(lake, []).inputs == {}, "a first shard has nothing before it"


def test_near_ones_come_with_their_vectors_and_a_slack_for_the_order_of_sums(lake, commit):
    add(lake, commit, "a", vector(1), vector(0, 1))
    asked = np.array([vector(1, 0.2)], np.float32)
    cosine = float(asked[0] @ np.array(vector(1), np.float32))
    for minimum, found in ((cosine - 1e-3, ["a0"]), (cosine + SLACK / 2, ["a0"]), (cosine + 1e-3, [])):
        ids, vectors = SelectedVectors(lake, ["a"]).near(asked, minimum)
        assert ids == found and vectors.shape == (len(found), DIMENSIONS)
        assert not found or np.allclose(vectors[0], vector(1))


def test_the_states_are_those_at_construction(lake, commit):
    add(lake, commit, "a", vector(1))
    known = SelectedVectors(lake, ["a"])
    add(lake, commit, "b", vector(1))
    assert known.near(np.array([vector(1)], np.float32), 0.9)[0] == ["a0"]
    assert SelectedVectors(lake, ["b", "a"]).near(np.array([vector(1)], np.float32), 0.9)[0] == ["b0", "a0"]
