"""Selection follows the mart, merges what means the same, and an empty one is a result."""

import numpy as np
import pyarrow as pa
import pytest

from examples.features import FEATURES
from tierline.selection.rules import SelectRules
from tierline.selection.select import select
from tierline.text.embedding import Embedder


class Earlier:
    """Selected documents of prior shards: all of them are offered, near or not."""

    def __init__(self, ids, vectors):
        self.ids, self.vectors = ids, vectors

    def near(self, vectors, cosine_min):
        self.asked = vectors.shape, cosine_min
        return self.ids, self.vectors


def mart_of(**outcomes: str) -> pa.Table:
    """Rows of marts/l2_selection: kept, or dropped by the rule that is given."""
    return pa.Table.from_pylist(
        [
            {"doc_id": name, "outcome": "kept" if rule == "kept" else "dropped", "rule": None if rule == "kept" else rule}
            | ({"value": None, "threshold": None} if rule == "kept" else {"value": 0.1, "threshold": 0.15})
            for name, rule in outcomes.items()
        ],
        schema=MART,
    )


MART = pa.schema({"doc_id": pa.string(), "outcome": pa.string(), "rule": pa.string(), "value": pa.float64(), "threshold": pa.float64()})


def scored(make_rows, documents, **values):
    vectors = Embedder().embed(documents["text"].to_pylist())
    rows = [
        {"doc_id": name, "usefulness": 0.5, "toxicity": 0.0, "embedding": vector.tolist()} | values
        for name, vector in zip(documents["doc_id"].to_pylist(), vectors, strict=True)
    ]
    return make_rows("l2_scores", rows), vectors


def test_selection_merges_what_means_the_same_and_follows_the_mart(make_rows):
    text = FEATURES["owls"]
    documents = make_rows(
        "l1_filtered",
        [
            {"doc_id": name, "text": words, "tokens": 9}
            for name, words in {"a": text, "b": text + " Really.", "c": FEATURES["salt"]}.items()
        ],
    )
    scores, vectors = scored(make_rows, documents)
    mart = mart_of(a="kept", b="kept", c="kept")
    result = select(mart, documents, scores, SelectRules())
    result.check("l2_selected")
    assert result.tables["l2_selected"]["doc_id"].to_pylist() == ["a", "c"]
    merged = [row for row in result.ledgers["l2_selected"][1].to_pylist() if row["outcome"] == "merged"]
    assert [(row["row_id"], row["related_id"], row["rule"]) for row in merged] == [("b", "a", "duplicate:semantic")]
    again = select(mart, documents, scores, SelectRules(), Earlier(["earlier"], vectors[:1]))
    assert again.tables["l2_selected"]["doc_id"].to_pylist() == ["c"], "an earlier shard's document wins"


def test_an_empty_selection_is_a_result(make_rows):
    documents, scores = make_rows("l1_filtered", []), make_rows("l2_scores", [])
    assert select(MART.empty_table(), documents, scores, SelectRules()).tables["l2_selected"].num_rows == 0


@pytest.fixture
def alike(make_rows):
    """(documents, scores, vectors): b says what a says and is more useful, c is about something else."""
    texts = {"a": FEATURES["owls"], "b": FEATURES["owls"] + " Really.", "c": FEATURES["salt"]}
    documents = make_rows("l1_filtered", [{"doc_id": name, "text": text, "tokens": 9, "url": f"u/{name}"} for name, text in texts.items()])
    scores, vectors = scored(make_rows, documents)
    values = pa.array([0.4, 0.9, 0.5])
    return documents, scores.set_column(scores.column_names.index("usefulness"), "usefulness", values), vectors


def ledger(result) -> dict[str, tuple]:
    return {row["row_id"]: (row["outcome"], row["rule"], row["related_id"]) for row in result.ledgers["l2_selected"][1].to_pylist()}


def test_of_documents_that_say_the_same_the_more_useful_stays(alike):
    result = select(mart_of(a="kept", b="kept", c="kept"), *alike[:2], SelectRules())
    assert ledger(result) == {
        "a": ("merged", "duplicate:semantic", "b"),
        "b": ("kept", None, None),
        "c": ("kept", None, None),
    }


def test_what_the_mart_dropped_keeps_its_reason_and_replaces_nothing(alike):
    result = select(mart_of(a="kept", b="l2:toxic", c="l2:not_useful"), *alike[:2], SelectRules())
    assert result.tables["l2_selected"]["doc_id"].to_pylist() == ["a"]
    assert ledger(result)["b"] == ("dropped", "l2:toxic", None) and ledger(result)["c"][1] == "l2:not_useful"
    (dropped,) = [row for row in result.ledgers["l2_selected"][1].to_pylist() if row["row_id"] == "b"]
    assert (dropped["value"], dropped["threshold"], dropped["tokens"]) == (0.1, 0.15, 9)


def test_the_threshold_of_meaning_is_the_recipes(alike):
    strict = select(mart_of(a="kept", b="kept", c="kept"), *alike[:2], SelectRules(semantic_similarity_min=1.1))
    assert strict.tables["l2_selected"].num_rows == 3
    loose = select(mart_of(a="kept", b="kept", c="kept"), *alike[:2], SelectRules(semantic_similarity_min=-1.0))
    assert loose.tables["l2_selected"]["doc_id"].to_pylist() == ["b"]


def test_prior_shards_are_asked_about_what_the_mart_kept_alone(alike):
    documents, scores, vectors = alike
    earlier = Earlier(["before"], vectors[2:])
    result = select(mart_of(a="kept", b="l2:toxic", c="kept"), documents, scores, SelectRules(), earlier)
    assert earlier.asked == ((2, vectors.shape[1]), SelectRules().semantic_similarity_min)
    assert ledger(result)["c"] == ("merged", "duplicate:semantic", "before") and ledger(result)["a"][0] == "kept"


def test_a_selected_row_carries_its_document_and_its_scores(alike):
    documents, scores, vectors = alike
    (row,) = select(mart_of(a="kept", b="l2:toxic", c="l2:toxic"), documents, scores, SelectRules()).tables["l2_selected"].to_pylist()
    assert (row["doc_id"], row["parents"], row["url"], row["usefulness"], row["toxicity"]) == ("a", ["a"], "u/a", 0.4, 0.0)
    assert np.allclose(row["embedding"], vectors[0])
