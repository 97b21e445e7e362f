"""A stage's result is checked as a whole: tables, columns, keys, and one explained decision for each row that went in."""

import pytest

from tests.conftest import rows_of
from tierline.errors import LawBroken
from tierline.lake import StageResult, decision_table
from tierline.lake.external_sort import SortingBuffer
from tierline.lake.result import check_conservation, ledger_buffer
from tierline.tables import OUTCOMES, stage_tables

KEPT = decision_table([{"row_id": "a", "outcome": "kept"}])


def tables(stage: str, **rows: list[dict]) -> dict:
    return {name: rows_of(name, rows.get(name, [])) for name in stage_tables(stage)}


def test_a_result_that_holds_passes():
    StageResult(tables("l1_filtered", l1_filtered=[{"doc_id": "a"}]), {"l1_filtered": (1, KEPT)}).check("l1_filtered")
    StageResult(tables("l1_filtered"), {"l1_filtered": (0, decision_table([]))}).check("l1_filtered")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda found: found.pop("l1_signals"), "l1_filtered: wrote tables .*expected"),
        (lambda found: found.update(l0_raw=rows_of("l0_raw", [])), "l1_filtered: wrote tables"),
        (
            lambda found: found.update(l1_signals=found["l1_signals"].drop_columns(["tokens"])),
            "l1_signals: columns missing or unknown: tokens",
        ),
        (
            lambda found: found.update(l1_duplicates=found["l1_duplicates"].append_column("odd", [[]])),
            "l1_duplicates: columns missing or unknown: odd",
        ),
        (
            lambda found: found.update(l1_signals=rows_of("l1_signals", [{"doc_id": "a"}, {"doc_id": "a"}])),
            "l1_signals: doc_id is not unique",
        ),
        (lambda found: found.update(l1_signals=rows_of("l1_signals", [{"doc_id": None}, {"doc_id": None}])), "doc_id is not unique"),
    ],
)
def test_tables_that_break_a_law_are_named(change, message):
    found = tables("l1_filtered", l1_filtered=[{"doc_id": "a"}])
    change(found)
    with pytest.raises(LawBroken, match=message):
        StageResult(found, {"l1_filtered": (1, KEPT)}).check("l1_filtered")


def test_every_ledger_is_checked_and_the_stages_own_must_be_there():
    found = tables("l3_refined")
    with pytest.raises(LawBroken, match="l3_refined: a stage must decide on the rows it was given"):
        StageResult(found, {"l3_edits": (1, KEPT)}).check("l3_refined")
    with pytest.raises(LawBroken, match="l3_edits: 2 rows went in, 1 were decided"):
        StageResult(found, {"l3_refined": (1, KEPT), "l3_edits": (2, KEPT)}).check("l3_refined")


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_only_what_is_kept_needs_no_reason(outcome):
    silent = decision_table([{"row_id": "a", "outcome": outcome}])
    if outcome == "kept":
        check_conservation("l0_raw", 1, silent)
    else:
        with pytest.raises(LawBroken, match="1 rows were not kept and no rule is named"):
            check_conservation("l0_raw", 1, silent)
        check_conservation("l0_raw", 1, decision_table([{"row_id": "a", "outcome": outcome, "rule": "r"}]))


def test_rows_that_wait_on_disk_are_checked_like_rows_in_memory():
    decisions = ledger_buffer()
    for number in range(50):
        decisions.append(decision_table([{"row_id": f"{number % 49}", "outcome": "kept"}]))
    with pytest.raises(LawBroken, match="a row was decided twice"):
        check_conservation("l0_raw", 50, decisions.rows())
    schema = rows_of("l1_filtered", []).schema
    buffer = SortingBuffer(schema, ("doc_id",), 1)
    for number in range(3):
        buffer.append(rows_of("l1_filtered", [{"doc_id": f"d{number}", "tokens": 10 * number}]))
    result = StageResult(tables("l1_filtered") | {"l1_filtered": buffer.rows()}, {"l1_filtered": (1, KEPT)})
    result.check("l1_filtered")
    assert result.total("l1_filtered", "tokens") == 30
    assert StageResult(tables("l1_filtered"), {}).total("l1_filtered", "tokens") == 0
