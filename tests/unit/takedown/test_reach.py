"""A takedown reaches what an audit of the same pages names: one rule says which records are meant and what rests on them."""

import json
from datetime import UTC, datetime

import pytest

from tests.conftest import commit_rows
from tests.unit.lineage.conftest import SHARD, House, build
from tierline.descent.selection import Selection
from tierline.descent.walk import walk
from tierline.lake import WHOLE_LAKE
from tierline.takedown.ledger import Event, Takedown, parse_scope
from tierline.takedown.reach import reach_of, staying

AUTHOR = json.dumps({"kind": "jsonld", "data": {"author": {"@id": "https://people.example/7", "name": "Ada  Wren"}}})
PAGE = {"domain": "www.press.example", "license": "https://license.example/by/", "structured_data": AUTHOR}
SCOPES = [
    ("url", "http://press.example/notes?p=1#top"),
    ("prefix", "https://www.press.example/notes"),
    ("domain", "Press.example"),
    ("author", "ada wren"),
    ("author", "https://people.example/7"),
    ("license", "http://LICENSE.example/by"),
]


@pytest.fixture(scope="module")
def press(tmp_path_factory) -> House:
    """Two pages of one author on a site, beside others, and rows of every kind that rest on one of them, on both, or on others too."""
    house = build(tmp_path_factory.mktemp("press"))
    lake, pages = house.lake, [PAGE | {"doc_id": f"doc_{name}", "url": url} for name, url in (
        ("notes", "https://www.press.example/notes?p=1"), ("notebook", "https://www.press.example/notebook"),
    )]  # fmt: skip
    commit_rows(lake, "l0_raw", [*pages, {"doc_id": "doc_other", "url": "https://other.example/", "domain": "other.example"}], "t")
    documents = [{"doc_id": name, "parents": [name]} for name in ("doc_notes", "doc_notebook", "doc_other")]
    for table in ("l1_filtered", "l2_scores", "l2_selected"):
        commit_rows(lake, table, documents, "t")
    commit_rows(lake, "l2_annotations", [{"annotation_id": "ann_1", "doc_id": "doc_notes", "parents": ["doc_notes"]}], "t")
    commit_rows(lake, "l2_student", [{"student_id": "stu_1", "parents": ["ann_1", "ann_town"]}], WHOLE_LAKE)
    commit_rows(
        lake, "l3_refined", [{"passage_id": "psg_notes", "parents": ["doc_notes"]}], "t",
        l3_operations=[{"operation_id": "opr_1", "doc_id": "doc_notes"}],
    )  # fmt: skip
    claims = [{"claim_id": f"clm_{name}", "parents": [name], "parent_table": "l2_selected"} for name in ("doc_notes", "doc_other")]
    commit_rows(lake, "l4_claims", claims, "t")
    facts = [{"fact_id": "fact_alone", "parents": ["clm_doc_notes"]}, {"fact_id": "fact_both", "parents": ["clm_doc_notes", "clm_quiz"]}]
    values = [{"value_id": f"val_{name}", "parents": parents, "lost": lost} for name, parents, lost in (
        ("alone", ["clm_doc_notes"], []), ("both", ["clm_quiz", "clm_doc_notes"], None), ("lost", [], ["clm_doc_notes"]),
    )]  # fmt: skip
    sources = [
        {"source_id": f"src_{number}", "fact_id": "fact_both", "claim_id": name}
        for number, name in enumerate(("clm_doc_notes", "clm_quiz"))
    ]
    commit_rows(lake, "l4_facts", facts, WHOLE_LAKE, l4_sources=sources, l4_values=values)
    forms = [{"form_id": f"form_{name}", "parents": [f"fact_{name}"], "parent_table": "l4_facts"} for name in ("alone", "both")]
    commit_rows(lake, "l4_forms", forms, WHOLE_LAKE)
    drawn = [{"row_id": f"mix_{name}", "parents": [f"form_{name}"], "source_table": "l4_forms"} for name in ("alone", "both")]
    commit_rows(lake, "mix_alignment", drawn, WHOLE_LAKE)
    return house


def planned(lake, *scopes: tuple[str, str]):
    """What a takedown of these scopes reaches."""
    body = {"scopes": [[one.kind, one.value] for one in (parse_scope(*scope) for scope in scopes)]}
    return reach_of(lake, Takedown("tkd_1", (Event("tkd_1", "request", body, datetime.now(UTC)),), ""))[0]


@pytest.mark.parametrize(("kind", "value"), SCOPES)
def test_a_takedown_and_an_audit_of_the_same_pages_name_the_same_rows(press, kind, value):
    with walk(press.lake, Selection(kind, value)) as found:
        audited = {table: {row for batch in found.ids(table) for row in batch.column("row_id").to_pylist()} for table in found.tables}
    reach = planned(press.lake, (kind, value))
    taken = {"l0_raw": set(reach.records)} | {table: {*rows, *reach.part[table]} for table, rows in reach.whole.items()}
    assert {table: ids for table, ids in taken.items() if ids} == audited
    assert set(reach.records) == ({"doc_notes"} if kind in ("url", "prefix") else {"doc_notes", "doc_notebook"})


def test_rows_that_rest_on_others_too_are_told_apart_through_every_tier(press):
    reach = planned(press.lake, ("domain", "press.example"))
    assert reach.part == {table: set() for table in reach.whole} | {
        "l2_student": {"stu_1"},
        "l4_facts": {"fact_both"},
        "l4_values": {"val_both"},
        "l4_forms": {"form_both"},
        "mix_alignment": {"mix_both"},
    }
    assert {"fact_alone", "val_alone", "val_lost", "src_0", "form_alone", "mix_alone", "opr_1"} <= reach.ids()


def test_rows_of_an_earlier_state_are_reached_too(house):
    commit_rows(house.lake, "l4_claims", [], SHARD)
    reach = planned(house.lake, ("domain", "town.example"))
    assert {name: row["present"] for name, row in reach.whole["l4_claims"].items()} == {"clm_page": False, "clm_edit": False}
    assert reach.whole["l4_facts"].keys() == {"fact_town"}


def test_statements_of_a_knowledge_base_within_the_scope_are_counted_and_stay(house):
    statements = [{"statement_id": f"stm_{number}", "url": f"https://town.example/{number}", "parents": []} for number in range(3)]
    commit_rows(house.lake, "l4_statements", statements, WHOLE_LAKE)
    counts = planned(house.lake, ("domain", "town.example")).counts()
    assert counts["beyond"] == {"l4_statements": 3} and len(staying(counts)) == 1
    assert planned(house.lake, ("domain", "quiz.example")).counts()["beyond"] == {}


@pytest.fixture
def house(tmp_path) -> House:
    """For a test that writes to it."""
    return build(tmp_path)
