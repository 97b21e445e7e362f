"""Every column of every table says what its values mean, and where they come from."""

import re

import pytest

from tierline.tables import TABLES
from tierline.tables.records import (
    ACTIVITIES,
    CALLS,
    CRAWL_FILES,
    DECISIONS,
    RECORD_COLUMNS,
    REVIEWS,
    STAGES,
    TAKEDOWNS,
    TOMBSTONES,
    VERDICTS,
    WAIVERS,
)

DESCRIPTIONS = {name: spec.descriptions for name, spec in TABLES.items()} | {
    name: {column: said.description for column, said in columns.items()} for name, columns in RECORD_COLUMNS.items()
}
COLUMNS = {f"{table}.{name}" for table, spec in TABLES.items() for name in spec.fields}


@pytest.mark.parametrize("table", DESCRIPTIONS)
def test_every_column_is_described_in_a_sentence_that_says_more_than_its_name(table):
    for name, text in DESCRIPTIONS[table].items():
        words = set(re.findall(r"[a-z0-9]+", text.lower()))
        assert text[0] in "`" or text[0].isupper(), (name, text)
        assert text.endswith(".") and len(text) <= 200, (name, text)
        assert len(words - set(name.split("_"))) >= 3, (name, text)


@pytest.mark.parametrize("table", TABLES)
def test_descriptions_cover_exactly_the_stored_columns(table):
    spec = TABLES[table]
    assert list(spec.descriptions) == spec.schema.names
    assert spec.key in spec.columns and set(spec.order) <= set(spec.columns) and set(spec.preview) <= set(spec.columns)


def test_records_are_described_as_they_are_stored():
    stored = {"activities": ACTIVITIES, "decisions": DECISIONS, "verdicts": VERDICTS, "waivers": WAIVERS, "reviews": REVIEWS}
    stored |= {"llm_calls": CALLS, "crawl_files": CRAWL_FILES, "takedowns": TAKEDOWNS, "tombstones": TOMBSTONES, "stages": STAGES}
    assert {name: list(columns) for name, columns in RECORD_COLUMNS.items()} == {name: schema.names for name, schema in stored.items()}


@pytest.mark.parametrize("table", TABLES)
def test_sources_of_a_column_exist_in_tables_of_other_stages(table):
    for name, column in TABLES[table].fields.items():
        assert set(column.sources) <= COLUMNS, (name, column.sources)
        assert all(TABLES[source.partition(".")[0]].stage != TABLES[table].stage for source in column.sources), (name, column.sources)


def test_a_carried_column_has_the_type_and_meaning_of_its_parent():
    parent, child = TABLES["l1_filtered"].fields["license"], TABLES["l2_selected"].fields["license"]
    assert (child.type, child.description) == (parent.type, parent.description)
    assert child.sources == ("l1_filtered.license",) and parent.sources == ("l0_raw.license",)
