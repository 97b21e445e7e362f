"""What a student is taught is known from records; texts are read of those documents alone that it learns from."""

import hashlib

import numpy as np
import pyarrow as pa
import pytest

from tests.judged_documents import MEASURING, Teacher, judged_documents, measurement, usefulness
from tierline.judges.annotate import annotate
from tierline.judges.rules import AnnotateRules
from tierline.lake import Lake
from tierline.lake.delta import DeltaFolder
from tierline.reliability.signals import judged
from tierline.selection.distillation import find_annotations, read_annotations, train_student
from tierline.students.rules import StudentRules


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


@pytest.fixture(scope="module")
def documents():
    return judged_documents()


def test_a_student_learns_from_shards_that_two_versions_of_a_judge_have_judged(documents):
    rules = AnnotateRules(sample_per_shard=60, probe=False)
    annotations = annotate(documents, Teacher(usefulness), rules).tables["l2_annotations"]
    half = annotations.num_rows // 2
    versions = pa.array(["prompt/usefulness@1"] * half + ["prompt/usefulness@2"] * (annotations.num_rows - half))
    mixed = annotations.set_column(annotations.column_names.index("judge"), "judge", versions)
    (scored,) = judged(documents, mixed, "").values()
    assert (scored.scores == judged(documents, annotations, "")["prompt/usefulness"].scores)[~np.isnan(scored.scores)].all()
    assert (~np.isnan(scored.scores)).sum() == annotations.num_rows
    one, other = (
        train_student(rows, documents, measurement(documents, {}), StudentRules(), MEASURING, "t") for rows in (mixed, annotations)
    )
    assert one.tables["l2_student"]["coefficients"] == other.tables["l2_student"]["coefficients"]


def test_the_student_is_measured_beside_its_teacher(documents):
    rules = AnnotateRules(sample_per_shard=60)
    annotations = annotate(documents, Teacher(usefulness), rules).tables["l2_annotations"]
    half = documents.num_rows // 2
    said = {"prompt/usefulness": np.repeat([0.8, 0.2], half)}
    result = train_student(annotations, documents, measurement(documents, said), StudentRules(), MEASURING, "teacher")
    (row,) = result.tables["l2_student"].to_pylist()
    assert row["teacher_anchor_auc"] == 1 and row["anchor_auc_lo"] <= row["anchor_auc"] <= row["anchor_auc_hi"] and row["anchor_auc"] > 0.9
    assert [one["domain"] for one in row["calibration"]] == ["a.example"] and row["calibration_error"] < 0.1
    assert row["calibration_error_lo95"] <= row["calibration_error"]
