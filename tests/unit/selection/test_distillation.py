"""What a student is taught is known from records; texts are read of those documents alone that it learns from."""

import hashlib

import pytest

from tierline.lake import Lake
from tierline.lake.delta import DeltaFolder
from tierline.selection.distillation import find_annotations, read_annotations


def fill(lake, commit, shards=4, documents=6):
    for number in range(shards):
        shard = f"s{number}"
        rows = [
            {"doc_id": f"{shard}-{place}", "text": f"text of {shard}-{place}", "domain": "a", "language": "en", "tokens": place}
            for place in range(documents)
        ]
        commit(lake, "l1_filtered", rows, shard)
        said = [
            {"annotation_id": f"{shard}-{place}", "doc_id": f"{shard}-{place}", "judge": "j@1", "score": None if place == 1 else 0.5}
            for place in range(4)
        ]
        commit(lake, "l2_annotations", said, shard)


def test_rows_with_a_score_are_counted_once_for_each_state(lake, commit, monkeypatch):
    fill(lake, commit)
    read = []
    whole = Lake.read_manifest
    monkeypatch.setattr(
        Lake, "read_manifest", lambda self, manifest, columns=None: read.append(manifest.shard) or whole(self, manifest, columns)
    )
    assert find_annotations(lake).scored_rows == 12 and sorted(read) == ["s0", "s1", "s2", "s3"]
    assert find_annotations(Lake(lake.root)).scored_rows == 12 and len(read) == 4
    commit(lake, "l2_annotations", [{"annotation_id": "x", "doc_id": "s1-0", "judge": "j@1", "score": 0.1}], "s1")
    assert find_annotations(lake).scored_rows == 10 and read[4:] == ["s1"]
    assert find_annotations(lake).inputs == {
        f"l2_annotations/s{number}": lake.manifest("l2_annotations", f"s{number}").digest for number in range(4)
    }


@pytest.mark.parametrize("most", [3, 100])
def test_texts_are_read_of_what_is_learned_from_alone(lake, commit, monkeypatch, most):
    fill(lake, commit)
    manifest = lake.manifest("l1_filtered", "s2")
    commit(lake, "l1_filtered", [{"doc_id": "s2-0", "text": "again"}], "s2", promote=False)
    columns = []
    stream = DeltaFolder.stream_files
    monkeypatch.setattr(
        DeltaFolder,
        "stream_files",
        lambda self, name, files, schema, of=None: columns.append((name, of)) or stream(self, name, files, schema, of),
    )
    annotations, documents = read_annotations(lake, find_annotations(lake), most)
    assert annotations.num_rows == 16
    known = [f"s{number}-{place}" for number in (0, 1, 3) for place in (0, 2, 3)]
    wanted = sorted(sorted(known, key=lambda doc_id: hashlib.sha256(doc_id.encode()).digest())[:most])
    assert documents["doc_id"].to_pylist() == wanted and manifest.shard == "s2"
    assert documents["text"].to_pylist() == [f"text of {doc_id}" for doc_id in wanted]
    assert all(of == ["doc_id"] for name, of in columns if name == "l1_filtered")
