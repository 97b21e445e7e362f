"""Column lineage names columns of main tables only, and reaches back to L0."""

import pytest

from tierline.config.bundled import folder
from tierline.lineage.columns import main_columns, model_lineage, stage_lineage, table_lineage
from tierline.sql import Models
from tierline.tables import TABLES

MODELS = Models(folder("dbt_like_sql"))


def ancestors(table: str, column: str) -> set[tuple[str, str]]:
    found = set(table_lineage(table).get(column, ()))
    return found.union(*(ancestors(*source) for source in found))


FROM_FILES = ("l3_feedback",)  # a tier of texts that were never crawled


@pytest.mark.parametrize(
    "table",
    [name for name, spec in TABLES.items() if (spec.tier and spec.tier != "L0" and name not in FROM_FILES) or name.startswith("mix_")],
)
def test_the_text_of_every_tier_and_mix_comes_from_the_crawled_text(table):
    assert ("l0_raw", "text") in ancestors(table, "text")


def test_a_column_of_a_side_table_stands_for_what_it_is_computed_from():
    assert main_columns([("l1_signals", "toxicity")]) == [("l0_raw", "text")]
    assert main_columns([("l4_sources", "quote"), ("l4_facts", "subject")]) == [("l4_claims", "quote"), ("l4_facts", "subject")]
    assert main_columns([("decisions", "rule")]) == []


def test_the_rows_of_l2_selected_rest_on_the_columns_that_the_selection_model_reads():
    sources = stage_lineage("l2_selected", MODELS)["doc_id"]
    assert ("l1_filtered", "doc_id") in sources and ("l2_scores", "usefulness") in sources


def test_a_model_names_the_columns_of_every_table_in_between_and_none_of_the_lakes_records():
    assert model_lineage("scorer_weights", MODELS)["weight_max"] == [("l2_reliability", "weight")]
    assert model_lineage("tier_flow", MODELS) == {}


def test_a_mix_draws_its_text_from_the_tables_of_its_phase():
    assert table_lineage("mix_alignment")["text"] == [
        ("l3_derived", "question"),
        ("l3_derived", "text"),
        ("l3_feedback", "question"),
        ("l3_feedback", "text"),
        ("l3_refined", "question"),
        ("l3_refined", "text"),
        ("l4_facts", "text"),
        ("l4_forms", "question"),
        ("l4_forms", "text"),
        ("l4_manuals", "text"),
    ]
