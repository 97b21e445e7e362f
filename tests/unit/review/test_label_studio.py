"""Tasks of Label Studio: answers go out and come back once, and what cannot be meant records nothing."""

import json
import shutil

import pytest

from tests.unit.review.conftest import ALONE
from tests.unit.review.lakes import HOSTILE
from tierline.errors import BadInput
from tierline.lake import Lake
from tierline.lake.reviews import replay
from tierline.review.desk import Answer, Desk
from tierline.review.item import EDIT, FORM
from tierline.review.label_studio import INTERFACE, record_annotations, tasks


def answered(desk: Desk) -> None:
    first, second, third, *_ = (item for item in desk.items() if item.kind not in (EDIT, FORM))
    edit = next(item for item in desk.items() if item.kind == EDIT)
    form = next(item for item in desk.items() if item.row_id == "drv_kept")
    desk.answer(first, "ada", Answer("keep", f"sound {HOSTILE}", seconds=12.5))
    desk.answer(second, "bob", Answer("drop"))
    desk.answer(third, "ada", Answer("skip"))
    desk.answer(form, "bob", Answer("edit", text="In “Page 0”, what is the sluice opened for?"))
    desk.answer(edit, "ada", Answer("edit", text="The lock was built in 1834.\nIt has two gates."))


def said(desk: Desk) -> list[tuple]:
    columns = "row_id", "row_digest", "reviewer", "verdict", "text", "reason", "seconds", "judged", "tokens"
    return sorted(tuple(map(str, (row[name] for name in columns))) for row in desk.rows())


def test_answers_go_to_another_copy_of_the_lake_and_are_the_same_there(desk, tmp_path):
    copy = Desk(Lake(str(shutil.copytree(desk.lake.root, tmp_path / "copy"))), ALONE)
    answered(desk)
    exported = json.loads(json.dumps(tasks(desk)))
    found = record_annotations(copy, exported, "export.json")
    assert (found.recorded, found.known, found.lapsed) == (5, 0, 0) and said(copy) == said(desk)
    settled = [{place: one.settled.verdict for place, one in replay(own.rows()).items() if one.settled} for own in (desk, copy)]
    assert settled[0] == settled[1] and len(settled[0]) == 4
    again = record_annotations(copy, exported, "export.json")
    assert (again.recorded, again.known) == (0, 5) and record_annotations(desk, exported, "export.json").recorded == 0


def test_a_task_has_the_document_beside_a_form_and_what_became_of_each_sentence_of_an_edit(desk):
    by_row = {task["data"]["row_id"]: task["data"] for task in tasks(desk)}
    form = by_row["drv_kept"]
    assert form["before"].startswith("The miller opens the sluice") and form["after"].startswith("According to “Page 0”, why")
    told = by_row["edit_in_part"]["became"].split("\n")
    assert told[0].startswith("fell back (numbers: 1834 → 1843): The lock") and told[1] == "kept: It closes at noon."
    assert all("$became" in INTERFACE and "became" in data for data in by_row.values())


def test_what_label_studio_adds_is_an_answer_of_who_completed_it(desk):
    (task, *_) = tasks(desk)
    assert task["predictions"][0]["result"][0]["value"]["choices"] and f'value="${"after"}"' in INTERFACE
    result = [{"from_name": "verdict", "to_name": "after", "type": "choices", "value": {"choices": ["drop"]}}]
    annotation = {"id": 7, "completed_by": {"id": 3, "email": "cyd@example.org"}, "result": result, "lead_time": 8.2}
    annotation |= {"created_at": "2026-03-01T10:00:00.000000Z", "was_cancelled": False}
    assert record_annotations(desk, [task | {"annotations": [annotation]}], "x").recorded == 1
    (row,) = desk.rows()
    assert (row["reviewer"], row["verdict"], row["seconds"], row["source"]) == ("cyd@example.org", "drop", 8.2, "label studio")
    assert record_annotations(desk, [task | {"annotations": [annotation]}], "x").known == 1


def test_an_answer_about_a_row_that_has_changed_is_left_out(desk):
    (task, *_) = tasks(desk)
    annotation = {"id": 1, "completed_by": 3, "result": [{"from_name": "verdict", "value": {"choices": ["keep"]}}]}
    task["data"]["row_digest"] = "another"
    assert record_annotations(desk, [task | {"annotations": [annotation]}], "x").lapsed == 1 and list(desk.rows()) == []


@pytest.mark.parametrize(
    ("exported", "message"),
    [
        ({}, "is no list of tasks"),
        (["x"], "is no object"),
        ([{"data": "x"}], "is no object"),
        ("annotation", "without a verdict"),
        ("nobody", "names who gives it"),
    ],
)
def test_what_cannot_be_meant_is_one_line_and_records_nothing(desk, exported, message):
    (task, *_) = tasks(desk)
    keep = [{"from_name": "verdict", "value": {"choices": ["keep"]}}]
    sound = {"id": 1, "completed_by": {"email": "ada"}, "result": keep}
    wrong = {"annotation": {"id": 2, "completed_by": {"email": "ada"}, "result": []}, "nobody": {"id": 2, "result": keep}}
    if isinstance(exported, str):
        exported = [task | {"annotations": [sound, wrong[exported]]}]
    with pytest.raises(BadInput, match=message):
        record_annotations(desk, exported, "x")
    assert list(desk.rows()) == []
