"""Matches in arrays: what follows its leader repeats what the leader repeats, and rows name the kept one where it is."""

import numpy as np
import pyarrow as pa
import pytest

from tierline.dedup.matches import EXACT, MINHASH, Matches

IDS = pa.chunked_array([["d0", "d1"], ["d2", "d3", "d4"]])


def rows(matches: Matches, earlier: dict[int, tuple[str, str]] | None = None) -> dict[str, tuple]:
    known = earlier or {}
    table = matches.table(IDS, lambda numbers: [known[number][0] for number in numbers.tolist()], lambda number: known[number][1])
    return {
        row["doc_id"]: (row["kept_doc_id"], row["kept_shard"], row["method"], row["estimated_similarity"], row["similarity"])
        for row in table.to_pylist()
    }


def test_a_match_names_a_document_of_the_shard_or_of_an_earlier_one():
    matches = Matches(5)
    matches.put(1, 0, MINHASH, 0.8, 0.9)
    matches.put(3, 7, EXACT, 1.0, 1.0, is_earlier=True)
    matches.put(4, 7, MINHASH, 0.7, 0.76, is_earlier=True)
    assert rows(matches, {7: ("e7", "first")}) == {
        "d1": ("d0", None, "minhash", 0.8, 0.9),
        "d3": ("e7", "first", "exact", 1.0, 1.0),
        "d4": ("e7", "first", "minhash", 0.7, 0.76),
    }
    assert matches.found.tolist() == [False, True, False, True, True] and matches.has(1) and not matches.has(2)


def test_a_copy_follows_its_leader_or_repeats_it():
    matches = Matches(5)
    matches.put(2, 0, MINHASH, 0.8, 0.9)
    matches.follow(np.array([0, 1, 2, 2, 1]))  # 3 has the text of 2, 4 that of 1
    assert rows(matches) == {
        "d2": ("d0", None, "minhash", 0.8, 0.9),
        "d3": ("d0", None, "minhash", 0.8, 0.9),
        "d4": ("d1", None, "exact", 1.0, 1.0),
    }


def test_earlier_documents_are_looked_up_once_each():
    matches, asked = Matches(5), []
    for position in range(5):
        matches.put(position, 9 + position % 2, MINHASH, 0.8, 0.8, is_earlier=True)
    table = matches.table(IDS, lambda numbers: asked.extend(numbers.tolist()) or [f"e{number}" for number in numbers.tolist()], str)
    assert asked == [9, 10] and table["kept_doc_id"].to_pylist() == ["e9", "e10", "e9", "e10", "e9"]
    assert table["kept_shard"].to_pylist() == ["9", "10", "9", "10", "9"]


@pytest.mark.parametrize("documents", [0, 5])
def test_no_match_is_no_row(documents):
    matches = Matches(documents)
    matches.follow(np.arange(documents))
    table = matches.table(IDS.slice(0, documents), lambda numbers: [], str)
    assert table.num_rows == 0 and not matches.found.any()
