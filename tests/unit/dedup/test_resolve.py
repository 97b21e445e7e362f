"""Duplicates: the earlier document stays, across shards too, and every removal names what was kept."""

import hashlib

import numpy as np
import pyarrow as pa
import pytest

from examples.features import FEATURES
from tierline.crawl import CrawlRegistry, PackRules
from tierline.dedup import DedupRules, LakeDocuments, near_duplicates
from tierline.dedup.resolve import NoDocuments
from tierline.filters import FilterRules, filter_shard
from tierline.lake import Activity, Verdict

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
