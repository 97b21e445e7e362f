"""Every SQL model keeps what its .yml says: columns, grain, and the given and expected rows of its tests."""

from datetime import datetime

import pyarrow as pa
import pytest

from tierline.config.bundled import folder
from tierline.errors import BadInput
from tierline.sql import Models, source_schema

MODELS = Models(folder("dbt_like_sql"))
MARTS = [name for name in MODELS.names if not name.startswith("stg_")]
CASES = [pytest.param(name, test, id=f"{name}: {test['name']}") for name in MODELS.names for test in MODELS.get(name).tests]


def given_table(name: str, rows: list[dict]) -> pa.Table:
    schema = source_schema(name)
    times = [field.name for field in schema if pa.types.is_timestamp(field.type)]
    for row in rows:
        unknown = set(row) - set(schema.names)
        assert not unknown, f"{name} has no column {unknown}"
    return pa.Table.from_pylist(
        [row | {time: datetime.fromisoformat(row[time]) for time in times if time in row} for row in rows], schema=schema
    )


@pytest.mark.parametrize(("name", "case"), CASES)
def test_given_rows_give_the_expected_ones(name, case):
    given = {table: given_table(table, rows) for table, rows in case["given"].items()}
    rows = MODELS.run_on(given, name, case.get("variables")).to_pylist()
    assert rows == [pytest.approx(row) if not any(value is None for value in row.values()) else row for row in case["expect"]]


@pytest.mark.parametrize("name", MODELS.names)
def test_the_description_names_exactly_the_columns(name):
    assert MODELS.run_on({}, name).column_names == list(MODELS.get(name).columns)
    assert MODELS.schema(name) == MODELS.run_on({}, name).schema
    assert set(MODELS.get(name).grain) <= set(MODELS.get(name).columns)


@pytest.mark.parametrize("name", MARTS)
def test_every_mart_has_a_test_whose_rows_keep_its_grain(name):
    model = MODELS.get(name)
    assert model.tests
    for case in model.tests:
        keys = [tuple(row[column] for column in model.grain) for row in case["expect"]]
        assert len(set(keys)) == len(keys)


def test_columns_are_traced_through_staging_to_lake_tables():
    lineage = MODELS.column_lineage("l2_selection")
    assert lineage["doc_id"] == [("l1_filtered", "doc_id")]
    assert set(lineage["value"]) >= {("l2_scores", "toxicity"), ("l2_scores", "perplexity"), ("l2_scores", "usefulness")}
    assert MODELS.column_lineage("l4_fact_sources")["quote"] == [("l4_sources", "quote")]


def test_a_prepared_model_reads_the_rows_of_each_call():
    cases = [(case["given"], case.get("variables")) for case in MODELS.get("l1_rules").tests]
    run = MODELS.prepare("l1_rules", cases[0][1])
    batches = [{table: given_table(table, rows) for table, rows in given.items()} for given, variables in cases if variables == cases[0][1]]
    for given in [*batches, {}, *batches]:
        given = given or {"l1_signals": source_schema("l1_signals").empty_table()}
        assert run(given).equals(MODELS.run_on(given, "l1_rules", cases[0][1]))


def test_an_unknown_reference_is_named(tmp_path):
    (tmp_path / "marts").mkdir()
    (tmp_path / "marts" / "broken.sql").write_text("select * from {{ ref('nothing') }}")
    (tmp_path / "marts" / "broken.yml").write_text("description: x\ngrain: [a]\ncolumns: {a: b}\n")
    with pytest.raises(BadInput, match="refers to 'nothing'"):
        Models(tmp_path).render("broken")
    with pytest.raises(BadInput, match="no such SQL model"):
        Models(tmp_path).get("absent")
