"""The states of values in a lake: what is promoted passes its gate, what loses its evidence is withdrawn, and people see both."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.assets.test_knowledge_bases import promote, run, write
from tests.conftest import commit_rows
from tests.unit.knowledge.test_states import pages
from tier_assets.l4_verified import l4_facts, l4_statements
from tierline.gates import judge_stage
from tierline.knowledge.withdrawn import verified_before
from tierline.lake import WHOLE_LAKE, Lake, as_of
from tierline.tables.l4 import VALUE_STATES

CLAIMS = [row | {"quote": row["object"]} for row in pages("Oslo", "Oslo", "Bergen", predicate="largest city")]


def lake_of(place: Path) -> Lake:
    return Lake(str(place / "lake"))


def states(lake: Lake) -> dict[str, str]:
    return {row["object"]: row["state"] for row in lake.read("l4_values", WHOLE_LAKE).to_pylist()}


@pytest.fixture
def place(tmp_path, dagster_home) -> Path:
    """A lake with claims, a base for which somebody vouches, and facts from both that passed their gate."""
    commit_rows(lake_of(tmp_path), "l4_claims", CLAIMS)
    run(tmp_path, l4_statements, pattern=write(tmp_path))
    promote(tmp_path, "l4_statements")
    run(tmp_path, l4_facts)
    assert judge_stage(lake_of(tmp_path), "l4_facts", WHOLE_LAKE).passed
    return tmp_path


def without_the_base(place: Path) -> dict:
    (place / "none").mkdir(exist_ok=True)
    run(place, l4_statements, pattern=str(place / "none"))
    promote(place, "l4_statements")
    made = run(place, l4_facts)["l4_facts"]
    assert judge_stage(lake_of(place), "l4_facts", WHOLE_LAKE).passed
    return made


def test_a_base_that_is_withdrawn_leaves_its_values_in_sight_and_the_past_as_it_was(place):
    assert states(lake_of(place)) == {"Oslo": "verified", "Stockholm": "verified", "Bergen": "refuted"}
    then = datetime.now(UTC)
    made = without_the_base(place)
    rows = lake_of(place).read("l4_values", WHOLE_LAKE).to_pylist()
    gone = {(row["predicate"], row["object"]) for row in rows if row["state"] == "withdrawn"}
    assert gone == {("capital", "Oslo"), ("capital", "Stockholm")} and len(rows) == 4
    assert made["values_withdrawn"] == 2 and made["values_verified"] == 1 and made["values_refuted"] == 1
    past = as_of(lake_of(place), then).read("l4_values", WHOLE_LAKE).to_pylist()
    assert {row["state"] for row in past} == {"verified", "refuted"}


def test_a_run_that_reads_the_same_again_keeps_the_same_rows(place):
    without_the_base(place)
    before = lake_of(place).manifest("l4_values", WHOLE_LAKE)
    run(place, l4_facts)
    assert lake_of(place).manifest("l4_values", WHOLE_LAKE) == before


def test_values_that_are_damaged_are_written_again_without_them(place):
    lake = lake_of(place)
    assert len([*verified_before(lake)]) == 1
    for uri in lake.files(lake.manifest("l4_values", WHOLE_LAKE)):
        path = Path(uri.removeprefix("file://"))
        path.write_bytes(path.read_bytes()[:100])
    assert not [*verified_before(lake_of(place))]


def test_people_see_states_confidences_and_how_far_to_rely_on_them(place):
    commit_rows(lake_of(place), "l4_claims", CLAIMS[:2])
    made = run(place, l4_facts)["l4_facts"]
    assert {f"values_{state}" for state in VALUE_STATES} <= set(made)
    assert made["confidence"].startswith("![reliability of confidences") and "data:image/png;base64," in made["confidence"]
    assert made["confidence_ece_held"] <= 0.03 and 0.9 < made["confidence_verified"] <= 1
    records, *_ = made["confidence_by_state"]
    assert {record.data["state"] for record in records} == set(VALUE_STATES)
