"""People outrank the judge of L3: an edit that it rejected is kept, one that it accepted is dropped, or another text takes its place."""

import json

import pytest

from tests.conftest import rows_of
from tierline.editing import FaithfulnessRules
from tierline.editing.reviewed import edit_digest
from tierline.lake import Cost
from tierline.lake.reviews import Settled, Settlements
from tierline.llm import Answered, Completion
from tierline.operations.refine import refine
from tierline.operations.rules import EditRules
from tierline.tables import content_id
from tierline.text.embedding import Embedder

PASSAGE = (
    "It was built in 1834 by Thomas Hale, and the old lock have two heavy gates that open against the stream whenever the water "
    "of the river stands high in spring."
)
FAITHFUL, WRONG = PASSAGE.replace("lock have", "lock has"), PASSAGE.replace("1834", "1843")


class Parrot:
    """A model that gives one answer to everything."""

    cost = Cost()

    def __init__(self, text: str) -> None:
        self._text = text

    def generate(self, prompts, sampling):
        return [Answered(f"call_{number}", Completion(self._text, 1, 1, "stop")) for number, _ in enumerate(prompts)]


def refined(edit: str, *settled: Settled):
    document = {"doc_id": "doc_1", "text": PASSAGE, "language": "en", "lane": "prose", "usefulness": 0.9, "tokens": 9, "url": None}
    rules = EditRules(questions_per_shard=0)
    documents = rows_of("l2_selected", [document])
    result = refine(documents, Parrot(edit), Embedder(), rules, FaithfulnessRules(), reviews=Settlements(settled))
    result.check("l3_refined")
    (decision,) = result.ledgers["l3_edits"][1].to_pylist()
    return result.tables["l3_refined"].to_pylist(), decision


def about(edit: str, verdict: str, text: str | None = None) -> Settled:
    candidate = content_id("edit", "doc_1", "edit", 0, PASSAGE)
    return Settled(candidate, edit_digest(PASSAGE, edit), verdict, text, "rev_1", ("ada",), "read it", "2026-01-15")


def test_what_the_judge_rejected_names_the_edit_for_a_reviewer_who_can_keep_it():
    rows, decision = refined(WRONG)
    told = json.loads(decision["detail"])
    assert rows == [] and (told["kind"], told["passage"], told["edit"]) == ("edit", PASSAGE, WRONG)
    assert decision["row_id"] == about(WRONG, "keep").row_id
    (row,), decision = refined(WRONG, about(WRONG, "keep"))
    assert row["text"] == WRONG and row["kind"] == "edit" and row["faithfulness"] == 1.0, "the gate of L3 asks for half"
    assert (decision["outcome"], decision["rule"]) == ("kept", "review:keep")
    assert json.loads(decision["detail"])["review"] == "review rev_1 by ada: read it"


def test_what_the_judge_accepted_can_be_dropped():
    assert refined(FAITHFUL)[1]["outcome"] == "kept"
    rows, decision = refined(FAITHFUL, about(FAITHFUL, "drop"))
    assert rows == [] and (decision["outcome"], decision["rule"]) == ("dropped", "review:drop") and "rev_1" in decision["detail"]


def test_a_reviewers_own_text_takes_the_place_of_the_edit():
    own = PASSAGE.replace("lock have two heavy gates", "lock has two gates")
    (row,), decision = refined(WRONG, about(WRONG, "edit", own))
    assert (row["text"], row["kind"], row["source_text"]) == (own, "edit", PASSAGE) and decision["rule"] == "review:edit"


@pytest.mark.parametrize("other", ["drop", "keep"])
def test_a_review_of_another_edit_says_nothing_of_this_one(other):
    assert refined(WRONG, about(FAITHFUL, other)) == refined(WRONG)
