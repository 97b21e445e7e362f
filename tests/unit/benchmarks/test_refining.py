"""What the benchmark of noise counts."""

import numpy as np

from benchmarks.refining import is_closed, lake_metrics, scores, size_metrics
from benchmarks.refining_proof import arm_texts
from tests.unit.review.lakes import SHARD, reviewed_lake
from tierline.operations import Document
from training_scripts.noise_pages import Labels

HEAD = "| 8.3. Further Reading |  |  |\n| --- | --- | --- |\n|  | Chapter 8. Next Steps |  |\n"
BODY = "8.3. Further Reading\n" + "\n".join(
    f"The {name} lock was built by the town in two years, and boats pass through it." for name in ("north", "south", "east", "west")
)


def test_precision_and_recall_count_lines_with_a_label():
    labels = Labels(np.array([1, 0, -1, 1], np.int8), np.ones(4), np.array(["hand", "hand", "", "gold"]))
    found = scores("noise", labels, np.array([0, 1, 2]))
    assert found == {"noise_precision": 0.5, "noise_recall": 0.5, "noise_lines": 2.0}
    assert scores("noise", labels, np.array([0]), labels.sources == "gold")["noise_recall"] == 0


def test_only_documents_that_lost_a_line_count_as_l3():
    documents = [Document("doc_1", HEAD + BODY, headings={3: 2}), Document("doc_2", BODY, headings={0: 2})]
    found = size_metrics(documents, 1)
    assert found["documents_changed_share"] == 0.5
    assert 0.3 < found["noise_edits_per_l2_token"] < 0.5


def test_the_placebo_loses_other_lines_of_the_same_documents():
    arms = arm_texts([Document("doc_1", HEAD + BODY, headings={3: 2}), Document("doc_2", BODY, headings={0: 2})])
    assert arms["l2"] == [HEAD + BODY]
    assert arms["l3"] == [BODY]
    assert arms["placebo"] != arms["l3"]
    assert len(arms["placebo"][0]) < len(arms["l2"][0])


def test_lines_that_end_a_sentence():
    assert is_closed('He said "yes."')
    assert is_closed("門。")
    assert not is_closed("Share this")


def test_edits_and_forms_of_a_lake_are_counted_apart_and_together(tmp_path):
    lake = reviewed_lake(str(tmp_path / "lake"))
    found = lake_metrics(lake.root)
    whole = sum(row["tokens"] for row in lake.read_promoted("l2_selected", SHARD)[0].to_pylist())
    assert found["l3_edited_per_l2_token"] == found["l3_restored_alone_per_l2_token"] == 60 / whole
    assert found["l3_derived_per_l2_token"] == 40 / whole and found["l3_tokens_per_l2_token"] == 100 / whole
    assert found["l3_repaired_per_l2_token"] == found["l3_model_calls"] == 0
