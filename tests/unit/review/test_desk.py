"""The desk: what pays most comes first, nobody sees an item twice, and an answer does what it says."""

from dataclasses import replace

import pytest

from tests.conftest import rows_of
from tests.unit.review.conftest import ALONE
from tests.unit.review.lakes import ADDRESS, HOSTILE, SHARD, SOURCE, commit, document
from tierline.errors import BadInput
from tierline.lake import Lake
from tierline.lake.reviews import settlements
from tierline.review.desk import DISPUTED, DONE, OPEN, SECOND, TRAP, Answer, Desk
from tierline.review.item import DOCUMENT, EDIT, FACT, FORM, KINDS, MANUAL, Item
from tierline.review.rules import ReviewingRules

KEEP, DROP = Answer("keep", "sound"), Answer("drop", "an advert")


def first(desk: Desk, reviewer: str) -> Item:
    return next(desk.turns(reviewer))


def test_the_queue_has_every_kind_in_the_order_of_expected_value(desk):
    waiting = desk.waiting()
    assert {item.kind for item in waiting} == set(KINDS)
    lapsed, *others = waiting
    assert lapsed.kind == MANUAL, "what was approved and has changed comes first"
    values = [item.value(desk.rules) for item in others]
    assert values == sorted(values, reverse=True)
    item = others[0]
    assert item.value(ALONE) == item.disagreement * item.tokens * item.fan_out / (4.0 + 60 * item.characters / 1_400)


def test_an_empty_lake_has_no_items(tmp_path):
    assert Desk(Lake(str(tmp_path / "empty")), ALONE).items() == []


def test_evidence_is_marked_and_what_differs_is_shown(desk):
    items = {item.kind: item for item in desk.items() if item.kind != DOCUMENT or "addresses_judge" in item.reasons}
    (panel,) = desk.view(items[DOCUMENT]).panels
    assert [piece.text for piece in panel.pieces if piece.role == "mark"] == [ADDRESS]
    edit = next(item for item in desk.items() if item.kind == EDIT and item.judged.startswith("dropped"))
    left, right = desk.view(edit).panels
    assert [piece.text for piece in left.pieces if piece.role == "del"] == ["1834", "have"]
    assert [piece.text for piece in right.pieces if piece.role == "ins"] == ["1843", "has"]
    fact = desk.view(items[FACT])
    assert len(fact.panels) == 2 and fact.rivals[0].endswith("(2 sources)")
    assert "keepers" in desk.view(items[MANUAL]).facts[0][1]


def test_an_edit_that_was_kept_in_part_says_what_became_of_each_sentence(desk):
    item = next(item for item in desk.items() if item.row_id == "edit_in_part")
    same, fell, kept = desk.view(item).sentences
    assert (same.stands, same.before[0].text) == (None, "The keeper lives in the tower.")
    assert (fell.stands, fell.why) == (False, "numbers: 1834 → 1843")
    assert [piece.text for piece in fell.after if piece.role == "ins"] == ["1843", "has"]
    assert (kept.stands, kept.why) == (True, "") and "".join(piece.text for piece in kept.after) == "It closes at noon."
    assert desk.view(item).proposed == f"The keeper lives in the tower. {SOURCE} It closes at noon.", (
        "one's own text begins from what stands"
    )
    assert "".join(piece.text for piece in desk.view(item).panels[1].pieces).endswith("It closes at noon."), "for Label Studio"


def test_forms_wait_with_their_evidence_unless_nobody_can_release_them(desk):
    forms = {item.row_id: item for item in desk.items() if item.kind == FORM}
    assert set(forms) == {"drv_kept", "drv_refused"}
    document, question, answer = desk.view(forms["drv_kept"]).panels
    assert [piece.text for piece in document.pieces if piece.role == "mark"] == [
        "so that the pond is full when the first carts arrive from the valley"
    ]
    assert document.pieces[-1].role == "aside" and question.pieces[0].text.endswith("open the sluice?") and answer.pieces[0].text
    assert forms["drv_refused"].judged == "dropped question:other_evidence" and desk.view(forms["drv_refused"]).panels[0].pieces
    own = "In “Page 0”, what is the sluice opened for?"
    assert desk.answer(forms["drv_kept"], "ada", Answer("edit", text=own))["effect"] == f"kept with the next run of l3_derived for {SHARD}"
    with pytest.raises(BadInput, match="nobody can put other words"):
        desk.answer(forms["drv_refused"], "ada", Answer("edit", text=own))


def test_an_answer_settles_the_row_for_its_stage_and_leaves_the_queue(desk):
    item = next(item for item in desk.waiting() if item.kind == DOCUMENT)
    row = desk.answer(item, "ada", KEEP)
    assert row["effect"] == f"kept with the next run of l2_selected for {SHARD}" and row["judged"] == item.judged
    assert settlements(desk.lake, "l2_selected", SHARD).on(item.row_id, item.row_digest).reason == "sound"
    assert item not in desk.waiting() and desk.state(item) == DONE and item not in list(desk.turns("bob"))


def test_undo_takes_the_last_answer_back_one_by_one(desk):
    one = first(desk, "ada")
    desk.answer(one, "ada", KEEP)
    two = first(desk, "ada")
    desk.answer(two, "ada", DROP)
    assert desk.undo("ada")["row_id"] == two.row_id and desk.state(two) == OPEN
    assert desk.undo("ada")["row_id"] == one.row_id and first(desk, "ada") == one
    with pytest.raises(BadInput, match="nothing to undo"):
        desk.undo("ada")
    assert [row["verdict"] for row in desk.rows()] == ["keep", "drop", "undo", "undo"]


def test_a_skipped_item_goes_to_others(desk):
    item = first(desk, "ada")
    desk.answer(item, "ada", Answer("skip"))
    assert first(desk, "ada") != item and first(desk, "bob") == item
    desk.undo("ada")
    assert first(desk, "ada") == item


def test_two_reviewers_are_asked_where_much_is_at_stake_and_on_a_sample(lake):
    stake = Desk(lake, replace(ALONE, second_reviewer_tokens=100.0))
    assert {stake.needed(item, "ada") for item in stake.items() if item.stake >= 100} == {2}
    sampled = Desk(lake, replace(ALONE, second_reviewer_share=0.5))
    assert {sampled.needed(item, "ada") for item in sampled.items()} == {1, 2}


def test_a_second_reading_goes_to_another_reviewer_and_a_conflict_to_a_third(lake):
    desk = Desk(lake, replace(ALONE, second_reviewer_share=1.0))
    item = first(desk, "ada")
    assert desk.answer(item, "ada", KEEP)["effect"] == "waits: waits for another reviewer"
    assert desk.state(item) == SECOND and first(desk, "ada") != item and first(desk, "bob") == item
    assert desk.answer(item, "bob", DROP)["effect"] == "waits: reviewers disagree" and desk.state(item) == DISPUTED
    assert item not in list(desk.turns("bob")) and first(desk, "cyd") == item
    assert desk.answer(item, "cyd", DROP)["effect"].startswith("dropped with the next run")


def test_a_known_verdict_is_a_trap_that_looks_like_any_item_and_who_misses_them_decides_nothing_alone(lake):
    desk = Desk(lake, replace(ALONE, trap_share=1.0))
    known = [item for item in desk.items() if item.kind == EDIT][:3]
    for item in known:
        desk.answer(item, "owner", replace(DROP, gold=True))
        assert desk.state(item) == TRAP and item not in desk.waiting()
    plain = first(Desk(lake, ALONE), "ada")
    assert desk.needed(plain, "ada") == 1
    for _ in known:
        item = first(desk, "ada")
        assert item in known
        desk.answer(item, "ada", KEEP)
    assert first(desk, "ada") not in known and desk.needed(plain, "ada") == 2 and desk.needed(plain, "bob") == 1
    assert settlements(lake, "l3_refined", SHARD).on(known[0].row_id, known[0].row_digest).verdict == "drop"


def test_an_item_whose_text_has_changed_is_another_item(desk):
    item = next(item for item in desk.waiting() if item.row_id == "doc_0001")
    desk.answer(item, "ada", KEEP)
    pages = rows_of("l1_filtered", [document(1, f"Another text. {ADDRESS}")]).to_pylist()
    commit(desk.lake, "l1_filtered", pages)
    changed = next(item for item in desk.waiting() if item.row_id == "doc_0001")
    assert changed.item_id != item.item_id and desk.state(changed) == OPEN
    with pytest.raises(BadInput, match="no such item"):
        desk.item(item.item_id)


def test_comments_are_seen_by_others_and_settle_nothing(desk):
    item = first(desk, "ada")
    desk.answer(item, "ada", Answer("comment", comment=f"who wrote this? {HOSTILE}"))
    assert desk.notes(item) == [("ada", f"who wrote this? {HOSTILE}")] and desk.state(item) == OPEN and first(desk, "ada") == item


def test_the_queue_is_bounded(lake):
    assert len(Desk(lake, ReviewingRules(items_max=3)).items()) == 3
