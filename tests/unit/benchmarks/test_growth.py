"""A synthetic shard counts like one that was run: promoted, reconciled, with ids and texts of its own."""

from hashlib import sha256

from benchmarks.growth import bytes_read, cost
from benchmarks.synthetic_shards import Pattern
from tierline.dedup import DedupRules, unreconciled
from tierline.text.embedding import DIMENSIONS


def test_a_synthetic_shard_has_the_same_rows_under_other_ids_with_other_texts(lake, commit):
    ids = [f"doc_{sha256(str(number).encode()).hexdigest()[:24]}" for number in range(3)]
    documents = [{"doc_id": doc_id, "text": f"text {doc_id}", "url": "https://a.example/"} for doc_id in sorted(ids)]
    signed = [{"doc_id": doc_id, "text_sha256": "0" * 64, "normal_sha256": "0" * 64, "signature": b""} for doc_id in sorted(ids)]
    commit(lake, "l0_raw", documents, "first")
    commit(lake, "l1_filtered", documents, "first", l1_signatures=signed)
    commit(lake, "l2_selected", [row | {"embedding": [0.0] * DIMENSIONS} for row in documents], "first")
    pattern = Pattern(lake, "first")
    for number in range(2):
        pattern.commit(f"made{number}", "crawl", [f"words of document {place} in shard {number}, each its own" for place in range(3)])
        pattern.pass_by(f"made{number}")
    seen = set(ids)
    for number in range(2):
        rows = [lake.read_promoted(table, f"made{number}")[0] for table in ("l0_raw", "l1_filtered", "l2_selected")]
        assert len({tuple(table["doc_id"].to_pylist()) for table in rows}) == 1 and len(set(rows[1]["url"].to_pylist())) == 3
        assert len(set(rows[1]["text"].to_pylist())) == 3
        seen |= set(rows[0]["doc_id"].to_pylist())
    assert len(seen) == 9
    assert unreconciled(lake, ["first", "made0", "made1"], DedupRules()) == []
    assert (
        lake.manifest("l2_selected", "made1").inputs["l2_selected/earlier"]
        != lake.manifest("l2_selected", "made0").inputs["l2_selected/earlier"]
    )


def test_bytes_are_counted_that_this_process_reads(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"x" * 100_000)
    assert 100_000 <= cost(path.read_bytes).bytes_read < 120_000 and bytes_read() > 0
