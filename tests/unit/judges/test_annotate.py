"""Annotation: every judge reads a stable sample in both orders, a failed parse is no score, and another model's probe stops nothing."""

import numpy as np
import pytest

from tests.judged_documents import Teacher, judged_documents, usefulness
from tierline.judges.annotate import annotate
from tierline.judges.rules import AnnotateRules
from tierline.llm import Answered, Choice
from tierline.reliability.signals import judged


@pytest.fixture(scope="module")
def documents():
    return judged_documents()


def test_both_orders_are_asked_and_averaged(documents):
    result = annotate(documents, Teacher(usefulness), AnnotateRules(sample_per_shard=20, probe=False))
    result.check("l2_annotations")
    rows = result.tables["l2_annotations"].to_pylist()
    assert len(rows) == 20 and {round(row["score"], 6) for row in rows} == {0.2, 0.8}
    assert {row["judge"] for row in rows} == {"prompt/usefulness@1"}
    assert min(row["attempts"] for row in rows) == 2 * (1 + 2), "the text and two parts of it, in both orders"
    biased = annotate(documents, Teacher(lambda _: None), AnnotateRules(sample_per_shard=20, probe=False))
    assert {(row["score"], row["parse_state"]) for row in biased.tables["l2_annotations"].to_pylist()} == {(None, "no_choice")}
    assert {row["rule"] for row in biased.ledgers["l2_annotations"][1].to_pylist() if row["outcome"] == "error"} == {"no_choice"}


def test_every_judge_has_a_row_for_each_sampled_document_and_a_signal_without_its_version(documents):
    rules = AnnotateRules(sample_per_shard=5, scales=("usefulness", "coherence"), probe=False)
    client = Teacher(usefulness)
    client.choose = lambda prompts, choices: [Answered("call", Choice((0.0, -9.0, -9.0, -9.0), 1)) for _ in prompts]
    annotations = annotate(documents, client, rules).tables["l2_annotations"]
    assert [row["judge"] for row in annotations.to_pylist()].count("prompt/coherence@1") == 5 and annotations.num_rows == 10
    signals = judged(documents, annotations, "")
    assert set(signals) == {"prompt/usefulness", "prompt/coherence"} and (~np.isnan(signals["prompt/coherence"].scores)).sum() == 5
    assert rules.prompt_sha256 != AnnotateRules(scales=("usefulness",)).prompt_sha256 != AnnotateRules(windows=2).prompt_sha256


def test_a_probe_of_another_model_has_no_score_to_give_and_stops_nothing(documents):
    result = annotate(documents, Teacher(usefulness), AnnotateRules(sample_per_shard=5))
    states = {row["judge"].partition("/")[0]: row["parse_state"] for row in result.tables["l2_annotations"].to_pylist()}
    assert states == {"prompt": "ok", "probe": "other_model"}
    assert {row["outcome"] for row in result.ledgers["l2_annotations"][1].to_pylist()} == {"kept", "dropped"}
