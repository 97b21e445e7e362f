"""The numbers that a materialization shows: every outcome counted, reasons by size, tokens and cost, and floats that people can read."""

import base64

import pyarrow as pa
import pytest

from tests.conftest import rows_of
from tier_assets.metadata import (
    FEW,
    INPUTS_SHOWN,
    distribution_plot,
    inputs_table,
    materialize,
    outcome_counts,
    reasons,
    rounded,
    unchanged,
)
from tierline.lake import Activity, Cost, StageResult, decision_table
from tierline.tables import OUTCOMES, stage_tables
from tierline.unforeseen import UNFORESEEN

DECIDED = [
    {"row_id": "a", "outcome": "kept", "tokens": 10},
    {"row_id": "b", "outcome": "dropped", "rule": "gopher:too_short", "tokens": 3},
    {"row_id": "c", "outcome": "dropped", "rule": "gopher:too_short", "tokens": 4},
    {"row_id": "d", "outcome": "dropped", "rule": "c4:sentences", "tokens": None},
    {"row_id": "e", "outcome": "merged", "rule": "duplicate:exact", "tokens": 10},
]


@pytest.fixture
def described(lake):
    """Metadata of an l1_filtered run with these decisions."""

    def run(cost: Cost | None = None, inputs: dict | None = None, **more) -> dict:
        tables = {name: rows_of(name, []) for name in stage_tables("l1_filtered")}
        tables["l1_filtered"] = rows_of("l1_filtered", [{"doc_id": "a", "tokens": 10, "text": "x"}])
        result = StageResult(tables, {"l1_filtered": (len(DECIDED), decision_table(DECIDED))}, cost or Cost())
        return dict(materialize(lake, Activity.begin("l1_filtered", "s", "1", (), inputs or {}), result, **more).metadata)

    return run


def test_every_outcome_is_counted_zero_too(described):
    found = described()
    counts = {name: value for name, value in found.items() if name.startswith("input_rows_")}
    names = (*OUTCOMES, UNFORESEEN)
    assert counts == {f"input_rows_{outcome}": {"kept": 1, "dropped": 3, "merged": 1}.get(outcome, 0) for outcome in names}
    assert found["input_rows"] == sum(counts.values()) == 5 and found["dagster/partition_row_count"] == 1 and found["tokens"] == 10


def test_reasons_come_largest_first_with_their_tokens():
    rows = [record.data for record in reasons(decision_table(DECIDED)).records]
    assert [(row["outcome"], row["rule"], row["rows"], row["tokens"]) for row in rows] == [
        ("dropped", "gopher:too_short", 2, 7),
        ("dropped", "c4:sentences", 1, 0),
        ("kept", "", 1, 10),
        ("merged", "duplicate:exact", 1, 10),
    ]
    assert reasons(decision_table([])).records == []


def test_model_calls_are_shown_where_there_were_some_and_money_where_it_cost_some(described):
    assert not {"model_calls", "money", "model_time"} & set(described())
    free = described(Cost(3, 1, 100, 20, 75.123456, 0.0))
    assert (free["model_calls"], free["stored_calls"], free["model_seconds"]) == (3, 1, 75.12) and "money" not in free
    assert "1" in free["model_time"]
    assert described(Cost(1, 0, 1, 1, 1.0, 0.25))["money"] == 0.25
    assert described(Cost(stored_calls=4))["stored_calls"] == 4


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.123456, 0.1235),
        (123456.7, 123500.0),
        (1e-9, 1e-9),
        (0.0, 0.0),
        (7, 7),
        (True, True),
        ("0.123456", "0.123456"),
        ({"a": 0.123456, "b": {"c": 2 / 3}}, {"a": 0.1235, "b": {"c": 0.6667}}),
    ],
)
def test_floats_have_as_many_digits_as_a_person_reads(value, shown):
    assert rounded(value) == shown and type(rounded(value)) is type(shown)


def test_inputs_are_named_with_their_shards_and_a_long_list_is_cut_with_its_number():
    few = inputs_table({"l1_filtered/s": "a" * 40, "benchmarks/all": "b" * 40})
    assert [record.data["digest"] for record in few.records] == ["b" * 16, "a" * 16]
    assert [record.data["input"] for record in few.records][1] == "l1_filtered, s"
    many = inputs_table({f"l1_filtered/{number:03}": "d" for number in range(INPUTS_SHOWN + 7)})
    assert len(many.records) == INPUTS_SHOWN + 1 and many.records[-1].data["input"] == "and 7 more"


def test_identity_and_extra_values_are_there(described, lake):
    found = described(inputs={"l0_raw/s": "d"}, share=1 / 3)
    manifest = lake.manifest("l1_filtered", "s")
    assert (found["digest"], found["activity_id"], found["share"]) == (manifest.stage_digest, manifest.activity_id, 0.3333)
    assert found["dagster/column_schema"].columns


def test_a_materialization_links_to_the_list_of_its_rows_where_the_page_has_an_address(described, lake, monkeypatch):
    assert "audit" not in described()
    monkeypatch.setenv("TIERLINE_AUDIT_URL", "https://audit.example.org:8443/")
    assert described()["audit"].url == "https://audit.example.org:8443/audit/rows/l1_filtered/s"
    assert unchanged(lake, "l1_filtered", "s").metadata["audit"].url.endswith("/audit/rows/l1_filtered/s")


def test_a_plot_carries_its_picture_and_counts_what_is_missing():
    found = distribution_plot({"few": pa.chunked_array([[0.1, None]]), "many": pa.chunked_array([[float(n) for n in range(FEW + 3)]])})
    picture = found.value.split("base64,")[1].rstrip(")")
    assert base64.b64decode(picture).startswith(b"\x89PNG")
    assert distribution_plot({"none": pa.chunked_array([[None]], pa.float64())}).value.startswith("![")


def test_counts_are_of_the_stages_own_ledger():
    own = decision_table([{"row_id": "p", "outcome": "kept"}])
    edits = decision_table([{"row_id": f"e{n}", "outcome": "dropped", "rule": "r"} for n in range(3)])
    result = StageResult({name: rows_of(name, []) for name in stage_tables("l3_refined")}, {"l3_refined": (1, own), "l3_edits": (3, edits)})

    class Of:
        stage = "l3_refined"

    counts = outcome_counts(result, Of)
    assert counts["input_rows_kept"] == 1 and counts["input_rows_dropped"] == 0


def test_rows_that_no_code_could_work_on_have_a_count_of_their_own():
    decisions = decision_table([{"row_id": rule, "outcome": "error", "rule": rule} for rule in (UNFORESEEN, "unreadable")])
    result = StageResult({name: rows_of(name, []) for name in stage_tables("l3_refined")}, {"l3_refined": (2, decisions)})

    class Of:
        stage = "l3_refined"

    counts = outcome_counts(result, Of)
    assert counts["input_rows_error"] == 2 and counts["input_rows_unforeseen"] == 1
