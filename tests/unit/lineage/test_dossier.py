"""A trace says what the lake recorded about each row: activity, gate, waivers, reviews, answers of models, changes of text."""

import json
from datetime import UTC, date, datetime

import pyarrow as pa
import pytest

from tests.conftest import commit_rows
from tierline.errors import BadInput
from tierline.lake import Activity, StageResult, Verdict, Waiver, decision_table
from tierline.lake.activity import ModelCard
from tierline.lake.reviews import Review, record_reviews
from tierline.lineage import trace, trace_data, trace_html, trace_text
from tierline.lineage.differences import Piece, changes, shown
from tierline.lineage.dossier import bound_line, dossiers, trace_review
from tierline.lineage.render import ASCII
from tierline.tables import TABLES
from tierline.tables.records import CALLS, CALLS_TABLE

BOUNDS = [{"metric": "rows", "minimum": 1, "maximum": None, "observed": 2, "success": False, "why": ""}]
CARD = ModelCard("small-model", "ab" * 32, "cd" * 32, "llamacpp")


@pytest.fixture
def edited(house):
    """An edit by a model, let through by a waiver, of a page that a person reviewed; the review of the edit kept its candidate."""
    lake, town = house.lake, house.town
    review = Review(
        "l3_refined", "s", "edit", "op_1", "digest", "Ada", "keep", reason="faithful", created_at=datetime(2026, 1, 2, tzinfo=UTC)
    )
    (review_id,) = record_reviews(lake, [review])
    source = "The bridge was founded in 1612."
    row = {"passage_id": "psg_new", "parents": [town], "kind": "edit", "source_text": source, "text": "The bridge was built in 1612."}
    row |= {"source_start": 0, "source_end": len(source), "call_ids": ["call_1"]}
    rows = {name: pa.Table.from_pylist([], schema=pa.schema(TABLES[name].columns)) for name in ("l3_operations",)}
    rows["l3_refined"] = pa.Table.from_pylist([row], schema=pa.schema(TABLES["l3_refined"].columns))
    kept = {"row_id": "op_1", "outcome": "kept", "rule": "review:keep", "detail": f"review {review_id} by Ada", "related_id": town}
    ledgers = {
        "l3_refined": (1, decision_table([{"row_id": town, "outcome": "kept"}])),
        "l3_edits": (1, decision_table([kept])),
    }
    activity = Activity.begin("l3_refined", "s", "9", {"rules": "EditRules", "edits_per_shard": 3}, {}, CARD)
    manifest = lake.commit(activity, StageResult(rows, ledgers))
    lake.record(Verdict("l3_refined", "s", manifest.stage_digest, "strict", "0", False, json.dumps(BOUNDS), ("rows is 2",)))
    lake.waive(Waiver("l3_refined", "s", manifest.stage_digest, "Bo", "checked by hand", date(2999, 1, 1)))
    call = {
        "call_id": "call_1",
        "kind": "generate",
        "model_id": "small-model",
        "engine": "llamacpp",
        "request": '"edit"',
        "response": '"built"',
    }
    call |= {"state": "ok", "called_at": datetime(2026, 1, 1, tzinfo=UTC), "stage": "l3_refined", "shard": "s"}
    lake.delta.append(CALLS_TABLE, pa.Table.from_pylist([call], schema=CALLS), ("shard",))
    return house, review_id


def test_everything_that_was_recorded_about_a_row_is_told(edited):
    house, review_id = edited
    node = trace(house.lake, "psg_new")
    known = dossiers(house.lake, node)
    one = known["l3_refined", "psg_new"]
    assert one.settings == (("EditRules.edits_per_shard", "3"),)
    assert [bound_line(bound) for bound in one.bounds] == ["rows 2, at least 1; FAILED"]
    assert [(row["who"], row["why"]) for row in one.waivers] == [("Bo", "checked by hand")]
    assert [(row["review_id"], row["reviewer"]) for row in one.reviews] == [(review_id, "Ada")]
    assert [(row["request"], row["response"]) for row in one.calls] == [('"edit"', '"built"')]
    assert [piece for piece in one.changes if piece.kind != "same"] == [Piece("removed", "founded"), Piece("added", "built")]
    full = trace_text(node, ASCII, known, full=True)
    for said in (
        "gate: REFUSED: rows is 2; suite strict, 1 bounds",
        "waived: by Bo until 2999-01-01: checked by hand (not signed",
        f"reviewed: keep by Ada at 2026-01-02 00:00:00+00:00: faithful ({review_id})",
        "model: small-model on llamacpp, generate at 2026-01-01",
        'answered: "built"',
        "recipe: EditRules.edits_per_shard = 3",
        "bound: rows 2, at least 1; FAILED",
        "model sha256: " + "ab" * 32,
        "prompts sha256: " + "cd" * 32,
        "changed: The bridge was [-founded-]{+built+} in 1612.",
    ):
        assert said in full, said
    assert "recipe:" not in trace_text(node, ASCII, known)
    record = json.loads(json.dumps(trace_data(node, known), default=str))["record"]
    assert (
        record["calls"][0]["response"] == '"built"' and record["verdict"]["bounds"] == BOUNDS and record["reviews"][0]["reviewer"] == "Ada"
    )
    page = trace_html(node, known)
    assert "<del>founded</del><ins>built</ins>" in page and "EditRules.edits_per_shard" in page and "checked by hand" in page


def test_a_review_leads_to_the_row_that_it_is_about(edited):
    house, review_id = edited
    found = trace_review(house.lake, review_id)
    assert found.node.row_id == house.town  # the candidate is no row: what it was about is
    assert "keep by Ada" in found.place and "edit op_1 of l3_refined" in found.place
    with pytest.raises(BadInput):
        trace_review(house.lake, "rev_none")


def test_a_review_of_a_row_that_is_gone_is_still_told(house):
    (review_id,) = record_reviews(house.lake, [Review("l2_selected", "s", "document", "doc_gone", "d", "Ada", "drop")])
    assert trace_review(house.lake, review_id).node is None


def test_an_activity_is_told_once_in_full(house):
    facts = [{"fact_id": "fact_both", "parents": ["clm_page", "clm_quiz"]}]
    commit_rows(house.lake, "l4_facts", facts, "all")
    node = trace(house.lake, "fact_both")
    assert trace_text(node, ASCII, dossiers(house.lake, node), full=True).count("ran: ") == len(
        {(one.table, one.row["activity_id"]) for one in node.walk()}
    )


@pytest.mark.parametrize(
    ("before", "after", "marked"),
    [
        ("one two three", "one 2 three", "one [-two-]{+2+} three"),
        ("a\nb\nc\n", "a\nc\n", "a\n[-b\n-]c\n"),
        ("same", "same", "same"),
        ("", "new", "{+new+}"),
    ],
)
def test_changes_are_told_word_by_word(before, after, marked):
    signs = {"same": "{}", "removed": "[-{}-]", "added": "{{+{}+}}"}
    pieces = changes(before, after)
    assert "".join(signs[piece.kind].format(piece.text) for piece in pieces) == marked
    assert "".join(piece.text for piece in pieces if piece.kind != "added") == before
    assert "".join(piece.text for piece in pieces if piece.kind != "removed") == after


def test_long_stretches_without_a_change_are_left_out():
    text = "word " * 1000
    pieces = shown(changes(text + "end", text + "END"))
    assert [piece.kind for piece in pieces] == ["same", "same", "removed", "added"]
    assert pieces[0].left_out + sum(len(piece.text) for piece in pieces[:2]) == len(text)
    assert changes("x" * 150_000, "y" * 150_000) is None
