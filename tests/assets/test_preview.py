"""The first rows in the UI: what belongs together side by side, and crawled text that can do nothing there."""

import dagster as dg
import pyarrow as pa
import pytest

from tests.conftest import rows_of
from tier_assets.preview import CHARACTERS, ROWS, UNBROKEN, as_table, first_rows, not_kept, previews
from tierline.lake import StageResult, decision_table

NO_DECISIONS = decision_table([])


def result(stage: str, rows: list[dict], decisions: list[dict] | None = None, **side: list[dict]) -> StageResult:
    tables = {name: rows_of(name, own) for name, own in {stage: rows, **side}.items()}
    decided = decision_table(decisions) if decisions else NO_DECISIONS
    return StageResult(tables, {stage: (decided.num_rows, decided)})


def test_an_edit_stands_beside_its_source():
    row = {"passage_id": "p", "kind": "edit", "source_text": "teh sea", "text": "the sea", "faithfulness": 0.97531}
    (shown,) = first_rows(result("l3_refined", [row]), "l3_refined")
    assert shown["source_text"] == "teh sea" and shown["text"] == "the sea"
    assert as_table([shown]).value.records[0].data["faithfulness"] == 0.9753


def test_a_fact_is_shown_with_its_evidence():
    facts = [{"fact_id": f"f{number}", "subject": f"s{number}", "independent_sources": 2} for number in range(9)]
    sources = [
        {"source_id": f"{number}{site}", "fact_id": f"f{number}", "domain": site, "quote": f"quote {number}"}
        for number in range(9)
        for site in ("a.example", "b.example")
    ]
    rows = first_rows(result("l4_facts", facts, l4_sources=sources), "l4_facts")
    assert len(rows) == ROWS and rows[4]["evidence"] == "a.example: quote 4 / b.example: quote 4"


def test_each_reason_is_shown_once_with_value_and_threshold():
    decisions = [{"row_id": f"d{number}", "outcome": "dropped", "rule": "short", "value": 3.0, "threshold": 50.0} for number in range(20)]
    decisions += [{"row_id": "k", "outcome": "kept"}, {"row_id": "e", "outcome": "error", "rule": "unreadable", "detail": "truncated"}]
    shown = not_kept(result("l1_contamination", [], decisions))
    assert [(row["row_id"], row["rule"]) for row in shown] == [("d0", "short"), ("e", "unreadable")]
    assert shown[0]["value"] == 3.0 and shown[1]["detail"] == "truncated"


def test_a_result_without_rows_has_no_preview():
    assert previews(result("l1_contamination", []), "l1_contamination") == {}


@pytest.mark.parametrize(
    ("hostile", "harmless"),
    [
        ("abc\u202e4242", r"abc\u202e4242"),
        ("\x1b]8;;http://evil.example\x07", r"\x1b]8;;http://evil.example\x07"),
        ("a\r\nb\tc\u2028d", "a b c d"),
        ("zero\u200bwidth\x00", r"zero\u200bwidth\x00"),
        ("lone \ud800", r"lone \ud800"),
    ],
)
def test_crawled_text_holds_no_control_character(hostile, harmless):
    row = {"subject": hostile, "fact_id": "f", "doc_id": "d"}
    assert as_table([row]).value.records[0].data["subject"] == harmless


def test_crawled_text_is_shown_as_text_and_never_as_markup(hostile="<script>alert(1)</script> ![x](http://evil.example/p.png)"):
    row = {"url": hostile, "status": "ok", "title": "t", "text": "x", "doc_id": "d"}
    shown = previews(result("l0_raw", [row]), "l0_raw")["first_rows"]
    assert isinstance(shown, dg.TableMetadataValue) and shown.records[0].data["url"] == hostile


def test_long_text_is_cut():
    row = {"url": "u", "status": "ok", "text": "word " * 10_000, "doc_id": "d"}
    shown = previews(result("l0_raw", [row]), "l0_raw")["first_rows"].value.records[0].data["text"]
    assert len(shown) <= CHARACTERS and shown.endswith("…")


def test_a_long_word_is_cut_so_that_other_columns_have_room():
    shown = as_table([{"url": "https://a.example/" + "x" * 500, "text": "short words stay " * 5}]).value.records[0].data
    assert len(shown["url"]) == UNBROKEN and shown["url"].startswith("https://a.example/xxx") and shown["text"].endswith("stay")


def test_only_the_first_rows_are_read():
    def batches():
        yield rows_of("l0_raw", [{"doc_id": f"d{number}", "url": "u"} for number in range(100)]).to_batches()[0]
        raise AssertionError("a second batch was read")

    class Rows:
        schema, num_rows = pa.schema([]), 10**9

        def to_batches(self):
            return batches()

    assert len(first_rows(StageResult({"l0_raw": Rows()}, {}), "l0_raw")) == ROWS
