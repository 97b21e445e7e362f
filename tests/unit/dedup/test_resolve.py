"""Duplicates: the earlier document stays, across shards too, and every removal names what was kept."""

import hashlib
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examples.features import FEATURES
from tierline.crawl import CrawlRegistry, PackRules
from tierline.dedup import DedupRules, LakeDocuments, near_duplicates
from tierline.dedup.compare import jaccard, shingle_sets
from tierline.dedup.minhash import sign
from tierline.dedup.resolve import NoDocuments, resolve_duplicates
from tierline.errors import BadInput
from tierline.filters import FilterRules
from tierline.filters.filter import filter_shard
from tierline.lake import Activity, Verdict
from tierline.text.words import split_words

TEXT = " ".join(FEATURES[name] for name in ("bridge", "owls", "library", "mill"))


def filtered(make_rows, texts: dict[str, str], earlier=None):
    rows = [{"doc_id": name, "status": "ok", "text": text} for name, text in texts.items()]
    return filter_shard(make_rows("l0_raw", rows), FilterRules(), DedupRules(), earlier or NoDocuments())


def removed(result) -> dict[str, dict]:
    return {row["doc_id"]: row for row in result.tables["l1_duplicates"].to_pylist()}


def test_equal_and_edited_copies_name_the_kept_document(make_rows):
    edited = TEXT.replace("granite", "stone").replace("barn", "white")
    result = filtered(
        make_rows,
        {
            "a": TEXT,
            "b": TEXT.upper().lower().capitalize() and TEXT,
            "c": edited,
            "d": FEATURES["tea"] + " " + FEATURES["snow"] + " " + FEATURES["maps"],
        },
    )
    found = removed(result)
    assert (found["b"]["kept_doc_id"], found["b"]["method"], found["b"]["similarity"]) == ("a", "exact", 1.0)
    assert (found["c"]["kept_doc_id"], found["c"]["method"]) == ("a", "minhash")
    assert 0.75 <= found["c"]["similarity"] < 1 and abs(found["c"]["similarity"] - found["c"]["estimated_similarity"]) < 0.15
    assert result.tables["l1_filtered"]["doc_id"].to_pylist() == ["a", "d"]


def test_a_copy_in_a_later_shard_names_the_earlier_shard(make_rows, lake, tmp_path):
    for name in ("one", "two"):
        (tmp_path / f"{name}.jsonl").write_text("{}")
    registry = CrawlRegistry(lake)
    first, second = registry.register([str(tmp_path / "one.jsonl"), str(tmp_path / "two.jsonl")], PackRules(shard_bytes=1))
    manifest = lake.commit(Activity.begin("l1_filtered", first, "1", (), {}), filtered(make_rows, {"a": TEXT}))
    unread = LakeDocuments(lake, registry.earlier(second))
    assert unread.inputs == {} and not removed(filtered(make_rows, {"b": TEXT}, unread)), "an unjudged shard removes nothing"
    lake.record(Verdict("l1_filtered", first, manifest.stage_digest, "t", "0", True, "[]"))
    earlier = LakeDocuments(lake, registry.earlier(second))
    found = removed(filtered(make_rows, {"b": TEXT, "c": TEXT.replace("granite", "stone")}, earlier))
    assert {name: (row["kept_doc_id"], row["kept_shard"]) for name, row in found.items()} == {"b": ("a", first), "c": ("a", first)}
    assert LakeDocuments(lake, registry.earlier(first)).inputs == {}, "nothing comes before the first shard"


def test_the_order_of_rows_does_not_change_what_stays(make_rows):
    names = sorted(FEATURES)
    texts = {f"n{number}": " ".join(FEATURES[names[(number + step) % len(names)]] for step in (0, 5, 11)) for number in range(6)}
    texts |= {f"c{number}": text.replace(" the ", " that ", 2) for number, text in enumerate(texts.values())}
    texts |= {f"e{number}": text for number, text in enumerate(list(texts.values())[:3])}

    @settings(max_examples=15, deadline=None)
    @given(st.permutations(sorted(texts)))
    def holds(order):
        assert removed(filtered(make_rows, {name: texts[name] for name in order})) == expected

    expected = removed(filtered(make_rows, texts))
    assert len(expected) == 9
    holds()


def decided(texts: list[str], rules: DedupRules, **columns: list) -> dict[int, dict]:
    """Removals by place, of documents whose ids follow the places."""
    ids = [f"d{place:05d}" for place in range(len(texts))]
    fields = {"fetched_at": pa.timestamp("us", tz="UTC"), "tokens": pa.int64()}
    table = {"doc_id": ids} | {name: pa.array(columns.get(name, [None] * len(texts)), kind) for name, kind in fields.items()}
    digests = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
    found = resolve_duplicates(
        pa.table(table), lambda places: [texts[place] for place in places], sign(split_words(texts), digests, rules), NoDocuments(), rules
    )
    return {ids.index(row["doc_id"]): row for row in found.to_pylist()}


def test_the_one_fetched_first_stays_or_the_longest_as_the_recipe_says():
    texts = [TEXT.replace("granite", "stone"), TEXT, TEXT + " It is still in use today."]
    columns = {"fetched_at": [None, datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 3, tzinfo=UTC)], "tokens": [90, 90, 96]}
    seen = decided(texts, DedupRules(), **columns)
    assert {place: row["kept_doc_id"] for place, row in seen.items()} == {0: "d00001", 2: "d00001"}
    best = decided(texts, DedupRules(keep="best_quality"), **columns)
    assert {place: row["kept_doc_id"] for place, row in best.items()} == {0: "d00002", 1: "d00002"}


def test_an_unknown_rule_of_what_stays_is_one_line():
    with pytest.raises(BadInput, match="keep: newest is not a rule; choose one of first_seen, best_quality"):
        DedupRules(keep="newest")


def test_every_removal_names_a_kept_document_and_is_as_similar_as_it_says():
    rng = np.random.default_rng(7)
    base = (TEXT + " " + FEATURES["tea"]).split()
    texts = []
    for _ in range(120):
        words = list(base)
        for place in rng.integers(0, len(words), rng.integers(0, 14)).tolist():
            words[place] = f"w{rng.integers(0, 9)}"
        texts.append(" ".join(words))
    rules = DedupRules()
    found = decided(texts, rules)
    sets = shingle_sets(texts, rules.shingle_words)
    assert 20 < len(found) < 120
    for place, row in found.items():
        kept = int(row["kept_doc_id"][1:])
        assert kept < place and kept not in found
        assert row["similarity"] == jaccard(sets[place], sets[kept]) >= rules.similarity_min or row["method"] == "exact"


@pytest.mark.parametrize("method", ["exact", "minhash"])
def test_a_cluster_of_thousands_costs_one_comparison_a_document(method, monkeypatch):
    calls = []
    monkeypatch.setattr("tierline.dedup.resolve.jaccard", lambda left, right: calls.append(1) or jaccard(left, right))
    texts = [TEXT if method == "exact" else f"{TEXT} Page {number}" for number in range(3000)]
    found = decided(texts, DedupRules())
    assert {row["kept_doc_id"] for row in found.values()} == {"d00000"} and len(found) == 2999
    assert {row["method"] for row in found.values()} == {method}
    assert len(calls) == (0 if method == "exact" else 2999)


def test_crowded_buckets_bound_the_comparisons(monkeypatch):
    calls = []
    monkeypatch.setattr("tierline.dedup.resolve.jaccard", lambda left, right: calls.append(1) or 0.0)
    texts = [f"{TEXT} Page {number}" for number in range(300)]
    rules = DedupRules(comparisons_max=3, bucket_max=5)
    assert decided(texts, rules) == {}
    assert len(calls) <= 3 * len(texts)


def unit(*values: float) -> list[float]:
    return (np.array(values) / np.linalg.norm(values)).tolist()


VECTORS = np.array([unit(1, 0, 0), unit(1, 0.05, 0), unit(0, 1, 0), unit(1, 0, 0.01)], np.float32)


def test_alike_vectors_name_the_nearest_kept_one():
    found = near_duplicates(["a", "b", "c", "d"], VECTORS, 0.99)
    assert {name: match.kept_id for name, match in found.items()} == {"b": "a", "d": "a"}


def test_a_parent_or_child_is_never_a_duplicate():
    found = near_duplicates(["b", "d"], VECTORS[[1, 3]], 0.99, ["a"], VECTORS[:1], {"b": ["a"], "d": ["b"]})
    assert {name: match.kept_id for name, match in found.items()} == {"d": "a"}


@pytest.mark.parametrize("count", [0, 1])
def test_few_documents_are_no_problem(count):
    assert near_duplicates(["a"][:count], VECTORS[:count], 0.9) == {}


def test_signatures_do_not_depend_on_the_batch(make_rows):
    alone = filtered(make_rows, {"a": TEXT}).tables["l1_signatures"]
    names = sorted(FEATURES)
    others = {f"x{number}": " ".join(FEATURES[names[(number + step) % len(names)]] for step in (0, 5, 11)) for number in range(12)}
    together = filtered(make_rows, {**others, "a": TEXT}).tables["l1_signatures"]
    same = together.filter(pa.compute.equal(together["doc_id"], "a"))
    assert hashlib.sha256(same["signature"][0].as_py()).digest() == hashlib.sha256(alone["signature"][0].as_py()).digest()
