"""Feedback that waits for a person: what is shown of it, and what an answer does with the next run of its stage."""

import json

import pytest

from tests.unit.review.lakes import HOSTILE, commit
from tierline.feedback.rules import LOW_RATING, REFUTED
from tierline.lake import WHOLE_LAKE, Lake
from tierline.review.desk import Answer, Desk
from tierline.review.item import ANSWER
from tierline.review.rules import ReviewingRules


@pytest.fixture
def desk(tmp_path):
    """Of a lake with an answer that was rated low, and a correction that a fact refutes."""
    lake = Lake(str(tmp_path / "lake"))
    commit(lake, "l4_facts", [{"fact_id": "fact_1", "text": "Norway, capital: Oslo."}], shard=WHOLE_LAKE)
    said = {"question": f"Which capital? {HOSTILE}", "model": "small-1"}
    low = json.dumps(said | {"kind": "answer", "text": "It is by a fjord."})
    wrong = json.dumps(said | {"kind": "correction", "text": "Bergen is the capital of Norway."})
    decisions = [
        {"row_id": "int_1", "outcome": "quarantined", "rule": LOW_RATING, "value": 0.2, "threshold": 0.8, "detail": low},
        {"row_id": "int_2", "outcome": "quarantined", "rule": REFUTED, "related_id": "fact_1", "detail": wrong},
        {"row_id": "int_3", "outcome": "dropped", "rule": "feedback:short"},
    ]
    commit(lake, "l3_feedback", [], decisions, WHOLE_LAKE)
    return Desk(lake, ReviewingRules())


def test_what_waits_is_an_item_with_why_and_the_fact_against_it(desk):
    items = {item.row_id: item for item in desk.items()}
    assert set(items) == {"int_1", "int_2"} and {item.kind for item in items.values()} == {ANSWER}
    low, wrong = desk.view(items["int_1"]), desk.view(items["int_2"])
    assert [panel.heading for panel in low.panels] == ["Question", "Answer of a model"] and low.proposed == "It is by a fjord."
    assert ("waits because", "rated 0.2, below 0.8") in low.facts and ("fact", "Norway, capital: Oslo.") in wrong.facts
    assert wrong.panels[1].heading == "Correction of a person"


def test_reviewers_may_put_their_own_words_in_its_place(desk):
    item = next(item for item in desk.items() if item.row_id == "int_1")
    entry = desk.answer(item, "ada", Answer("edit", text="Oslo is the capital of Norway."))
    assert entry["effect"] == f"kept with the next run of l3_feedback for {WHOLE_LAKE}"
    assert [one.row_id for one in desk.waiting()] == ["int_2"]
