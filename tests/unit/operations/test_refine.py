"""L3 of a shard: whole documents after their operations, questions beside them, every operation with its verdict, copies merged."""

import json
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest

from tests.conftest import rows_of
from tierline.editing import FaithfulnessRules
from tierline.lake.activity import Cost
from tierline.llm import Answered, Completion, Prompt, Sampling
from tierline.operations.candidates import pick_candidates
from tierline.operations.needs import needs_of
from tierline.operations.refine import refine
from tierline.operations.rules import EditRules, OperationRules
from tierline.text.embedding import Embedder

DAMAGED = (
    "The old lock of Mora are open for boats from spring to autumn , and it were built by Anna Lind in 1894 for the town. "
    "Its keeper open the gate for every boat that come from the lake, and boats has to pay ten crowns to pass it in summer."
)
CLEAN = (
    "The bridge of Elden carries two railway tracks over the river, and it was opened in 1912 by the council of the county. "
    "Trains cross it at walking pace, since the piers have moved in the soft ground of the river bed over the years."
)


class Scripted:
    """Answers with the passage after these replacements: it shows what the stage makes of answers, whatever model gives them."""

    def __init__(self, replaced: dict[str, str], question: str = "") -> None:
        self.cost, self._replaced, self._question, self.asked = Cost(), replaced, question, list[str]()

    def generate(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[Answered[Completion]]:
        return [Answered(f"call_{len(self.asked)}", self._answer(prompt)) for prompt in prompts]

    def _answer(self, prompt: Prompt) -> Completion:
        self.asked.append(prompt.user)
        text = self._question if prompt.prefill else prompt.user.split("\n\n")[-1]
        for was, meant in self._replaced.items():
            text = text.replace(was, meant)
        return Completion(text, 9, 9, "stop")


def documents(*texts: str, **more) -> pa.Table:
    rows = [
        {"doc_id": f"doc_{n}", "parents": [f"doc_{n}"], "text": text, "language": "en", "lane": "prose", "usefulness": 0.9, "tokens": 50}
        | more
        for n, text in enumerate(texts)
    ]
    return rows_of("l2_selected", rows)


def refined(table: pa.Table, client: Scripted | None = None, rules: EditRules | None = None, known=()):
    few = rules or EditRules(edits_per_shard=9, questions_per_shard=0, words_min=10)
    result = refine(table, client or Scripted({}), Embedder(), few, FaithfulnessRules(), OperationRules(added_alone=("cite",)), known)
    result.check("l3_refined")
    return result


def outcomes(result, ledger: str) -> list[tuple[str, str | None]]:
    decisions = result.ledgers[ledger][1]
    return list(zip(decisions["outcome"].to_pylist(), decisions["rule"].to_pylist(), strict=True))


def test_a_document_with_an_accepted_operation_is_a_row_and_one_without_is_none():
    result = refined(documents("Fees:\n• ten\n• two", CLEAN))
    (row,) = result.tables["l3_refined"].to_pylist()
    assert row["text"] == "Fees:\n- ten\n- two" and row["parents"] == ["doc_0"] and row["kind"] == "edit" and row["operations"] == 2
    assert row["source_text"] == "Fees:\n• ten\n• two" and row["call_ids"] == []
    assert outcomes(result, "l3_refined") == [("kept", None), ("dropped", "operations:none_accepted")]


def test_a_models_sentences_are_operations_among_the_others():
    client = Scripted({"it were": "it was", "boats has": "boats have", "Mora are": "Mora is"})
    result = refined(documents(DAMAGED, CLEAN), client)
    (row,) = result.tables["l3_refined"].to_pylist()
    assert "it was built by Anna Lind in 1894" in row["text"] and row["call_ids"] == ["call_0"]
    operations = result.tables["l3_operations"].to_pylist()
    (first, *_) = [one for one in operations if one["kind"] == "rewrite"]
    assert first["accepted"] and first["proposer"] == "model-1" and row["text"][first["text_start"] :].startswith(first["replacement"])
    assert [one["reason"] for one in operations if one["kind"] == "spacing"] == ["overlap"]
    assert ("kept", None) in outcomes(result, "l3_edits")


def test_a_sentence_that_says_something_else_stays_and_is_told():
    result = refined(documents(DAMAGED), Scripted({"1894": "1849", "boats has": "boats have"}))
    (row,) = result.tables["l3_refined"].to_pylist()
    assert "1849" not in row["text"] and "boats have to pay ten" in row["text"]
    refused = [one for one in result.tables["l3_operations"].to_pylist() if one["kind"] == "rewrite" and not one["accepted"]]
    assert [(one["reason"], "1849" in one["replacement"]) for one in refused] == [("faithfulness:numbers", True)]


def test_the_budget_goes_where_something_is_wrong():
    rows = documents(CLEAN, DAMAGED).to_pylist()
    candidates, _ = pick_candidates(rows, EditRules(words_min=10, edits_per_shard=1, questions_per_shard=0))
    assert [one.document["doc_id"] for one in candidates] == ["doc_1"] and candidates[0].need.target == "damage"
    bad, good = needs_of([DAMAGED, CLEAN])
    assert bad.amount > good.amount
    result = refined(documents(DAMAGED), Scripted({"it were": "it was"}))
    told = json.loads(result.ledgers["l3_edits"][1]["detail"][0].as_py())
    assert told["target"] == "damage" and told["need"] > 0


def test_copies_in_l3_are_merged():
    result = refined(documents("Fees:\n• ten\n• two", "Fees:\n- ten\n▪ two\n▪ three", "Fees:\n▪ ten\n▪ two"))
    assert [row["parents"] for row in result.tables["l3_refined"].to_pylist() if row["text"].endswith("two")] == [["doc_0"]]
    assert ("merged", "duplicate:semantic") in outcomes(result, "l3_refined")


class Known:
    """A row of another shard."""

    def __init__(self, text: str) -> None:
        self._vector = Embedder().embed([text])

    def near(self, vectors: np.ndarray, cosine_min: float) -> tuple[list[str], np.ndarray]:
        return ["psg_other"], self._vector


def test_a_row_that_repeats_one_of_a_prior_shard_is_merged_into_it():
    result = refined(documents("Fees:\n• ten\n• two"), known=(Known("Fees:\n- ten\n- two"),))
    assert result.tables["l3_refined"].num_rows == 0
    decisions = result.ledgers["l3_refined"][1].to_pylist()
    assert [(one["rule"], one["related_id"]) for one in decisions] == [("duplicate:semantic", "psg_other")]


def test_data_stays_in_l2():
    assert outcomes(refined(documents("Fees:\n• ten\n• two", lane="data")), "l3_refined") == [("dropped", "operations:data")]


@pytest.mark.parametrize(
    ("text", "lines", "rules", "rows"),
    [
        ("Fees\nTen crowns.\nHours\nNine to five.\nAccess\nBy the bridge.", (0, 2, 4), OperationRules(), 1),
        ("Fees\nTen crowns.\nHours\nNine to five.\nAccess\nBy the bridge.", (0, 2), OperationRules(), 0),
        ("Fees\nTen crowns.\nHours\nNine to five.\nAccess\nBy the bridge.", (0, 2, 4), OperationRules(restored_min=0), 0),
        ("Fees\nTen crowns.\nHours\nNine to five.\nAccess\n" + "By the bridge of the mill. " * 300, (0, 2, 4), OperationRules(), 0),
    ],
)
def test_a_page_whose_structure_is_restored_is_a_row_and_one_with_a_heading_or_two_is_none(text, lines, rules, rows):
    table = documents(text.strip(), headings=[{"line": line, "level": 2} for line in lines])
    result = refine(table, Scripted({}), Embedder(), EditRules(edits_per_shard=0), FaithfulnessRules(), rules)
    assert result.tables["l3_refined"].num_rows == rows
    if rows:
        assert result.tables["l3_refined"].to_pylist()[0]["text"].startswith("## Fees\nTen crowns.\n## Hours")


def test_what_only_adds_makes_no_row():
    text = "The lock of Mora was opened in 1894 by the town."
    result = refined(documents(text, url="https://mora.example/"))
    assert outcomes(result, "l3_refined") == [("dropped", "operations:added_alone")]
    assert [one["kind"] for one in result.tables["l3_operations"].to_pylist() if one["accepted"]] == ["cite"]


def test_a_question_stands_beside_the_edit():
    rules = EditRules(edits_per_shard=0, questions_per_shard=1, words_min=10)
    result = refined(documents(CLEAN), Scripted({}, "When was the bridge of Elden opened by the council of the county?"), rules)
    (row,) = result.tables["l3_refined"].to_pylist()
    assert row["kind"] == "qa" and row["text"] == row["source_text"] and row["operations"] is None


@pytest.mark.parametrize("unknown", ["translate", ""])
def test_an_unknown_kind_in_the_recipe_is_refused(unknown):
    with pytest.raises(ValueError, match="no kind of operation"):
        OperationRules(kinds=("drop", unknown))
