"""People outrank the verifiers of forms: what they kept is a row, what they dropped is none, and their own question takes its place."""

import json

from tests.conftest import rows_of
from tests.unit.derived.test_build import TEXT
from tests.unit.derived.test_make import Scripted, documents
from tierline.derived.make import derive
from tierline.derived.reviewed import FIXED
from tierline.derived.rules import DerivedRules
from tierline.editing import FaithfulnessRules
from tierline.lake.reviews import Settled, Settlements
from tierline.text.embedding import Embedder

OWN = "In “The lock museum of Mora”, how many rooms can one visit?"


def derived(*settled: Settled, texts=(TEXT,)):
    rules, none = DerivedRules(), rows_of("l3_operations", [])
    result = derive(documents(*texts), none, Scripted("small"), Embedder(), rules, FaithfulnessRules(), (), Settlements(settled))
    result.check("l3_derived")
    return result.tables["l3_derived"].to_pylist(), {one["row_id"]: one for one in result.ledgers["l3_derived_forms"][1].to_pylist()}


def about(row_id: str, said: str, verdict: str, own: str | None = None) -> Settled:
    return Settled(row_id, said, verdict, own, "rev_1", ("ada",), "read it", "2026-01-15")


def number_row(rows):
    return next(row for row in rows if row["kind"] == "number" and row["text"] == "eleven")


def test_a_dropped_form_leaves_with_what_was_composed_of_it_and_its_copies_do_not_take_its_place():
    texts = (TEXT, TEXT.replace("oak rots", "elm rots"))
    before, _ = derived(texts=texts)
    row = number_row(before)
    assert any("how many rooms" in one["question"].lower() + one["text"].lower() for one in before if one["kind"] == "tutoring")
    after, decided = derived(about(row["derived_id"], row["said"], "drop"), texts=texts)
    assert not any("how many rooms" in f"{one['question']} {one['text']}".lower() for one in after)
    decision = decided[row["derived_id"]]
    assert (decision["outcome"], decision["rule"]) == ("dropped", "review:drop")
    told = json.loads(decision["detail"])
    assert told["question"] == row["question"] and told["review"] == "review rev_1 by ada: read it"
    assert sum(one["rule"] == "review:drop" for one in decided.values()) == 2, "of the other document too"


def test_a_refused_form_that_a_reviewer_kept_is_a_row_with_its_evidence():
    _, decided = derived()
    refused = next(one for one in decided.values() if one["outcome"] == "dropped" and one["rule"] not in FIXED)
    told = json.loads(refused["detail"])
    rows, after = derived(about(refused["row_id"], told["said"], "keep"))
    (row,) = [one for one in rows if one["derived_id"] == refused["row_id"]]
    assert row["question"] == told["question"] and TEXT[slice(*told["evidence"])] == row["evidence"]
    assert (after[refused["row_id"]]["outcome"], after[refused["row_id"]]["rule"]) == ("kept", "review:keep")


def test_a_reviewers_own_question_takes_the_place_and_the_answer_stays():
    row = number_row(derived()[0])
    rows, decided = derived(about(row["derived_id"], row["said"], "edit", OWN))
    (own,) = [one for one in rows if one["question"] == OWN]
    assert (own["text"], own["evidence"], own["proposer"]) == (row["text"], row["evidence"], "review") and own["derived_id"] != row[
        "derived_id"
    ]
    told = json.loads(decided[row["derived_id"]]["detail"])
    assert decided[row["derived_id"]]["rule"] == "review:edit" and told["question"] == row["question"] and told["row"] == own["derived_id"]
    assert OWN not in " ".join(one["text"] for one in rows if one["kind"] == "tutoring")


def test_a_review_of_another_text_says_nothing():
    row = number_row(derived()[0])
    assert derived(about(row["derived_id"], "what it said before", "drop")) == derived()
