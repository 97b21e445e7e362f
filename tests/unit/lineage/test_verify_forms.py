"""Training forms are compared with their facts, claims and sources again."""

import pytest

from tests.conftest import commit_rows, rows_of
from tierline.lake import WHOLE_LAKE, Activity, StageResult, Verdict, decision_table
from tierline.lineage import verify
from tierline.tables import TABLES


def content(house, table: str) -> list[dict]:
    return house.lake.read(table, WHOLE_LAKE, list(TABLES[table].columns)).to_pylist()


def told(house, row_id: str | None = None) -> list[str]:
    return [str(mismatch) for mismatch in verify(house.lake, row_id)[0]]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"stated_values": ["1613"]}, "it states other values than its parents"),
        ({"stated_values": None}, "it states other values than its parents"),
        ({"stated_values": ["1612", "1612"]}, "it states other values than its parents"),
        ({"quote": "1613"}, "the words that it quotes are not those of its source"),
        ({"source_id": "src_none"}, "the words that it quotes are not those of its source"),
        ({"text": "It was founded then."}, "the words that it quotes are not those of its source"),
        ({"parents": ["fact_none"]}, "its parent fact_none in l4_facts is not there"),
    ],
)
def test_a_form_that_does_not_follow_from_its_parents_is_a_mismatch(house, change, what):
    form = content(house, "l4_forms")[1]
    commit_rows(house.lake, "l4_forms", [form | change], WHOLE_LAKE)
    assert told(house) == [f"l4_forms/{WHOLE_LAKE} form_town: {what}"]


def test_a_single_form_is_checked_with_its_ancestors(house):
    assert told(house, "form_town") == []
    form = content(house, "l4_forms")[1]
    commit_rows(house.lake, "l4_forms", [form | {"stated_values": ["1613"]}], WHOLE_LAKE)
    assert told(house, "form_town") == ["l4_forms form_town: it states other values than its parents"]


def test_what_is_not_known_states_no_value(house):
    form = content(house, "l4_forms")[1]
    unknown = form | {"kind": "unknown", "stated_values": None, "quote": None, "source_id": None}
    commit_rows(house.lake, "l4_forms", [unknown], WHOLE_LAKE)
    assert told(house) == []


def test_forms_of_earlier_facts_are_out_of_date_and_no_mismatch(house):
    forms = rows_of("l4_forms", content(house, "l4_forms"))
    inputs = {f"{table}/{WHOLE_LAKE}": house.lake.manifest(table, WHOLE_LAKE).digest for table in ("l4_facts", "l4_sources")}
    kept = {"l4_forms": (1, decision_table([{"row_id": "fact_town", "outcome": "kept"}]))}
    manifest = house.lake.commit(Activity.begin("l4_forms", WHOLE_LAKE, "1", (), inputs), StageResult({"l4_forms": forms}, kept))
    house.lake.record(Verdict("l4_forms", WHOLE_LAKE, manifest.stage_digest, "test", "0", True, "[]"))
    assert told(house) == []
    facts = [fact | {"value_normal": "1712"} for fact in content(house, "l4_facts")]
    commit_rows(house.lake, "l4_facts", facts, WHOLE_LAKE, l4_sources=content(house, "l4_sources"))
    assert told(house) == []
