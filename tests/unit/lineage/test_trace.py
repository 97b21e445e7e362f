"""Every row is followed to the bytes of its page, and inherits what its page was found to copy."""

import json

import pytest

from tests.conftest import commit_rows, rows_of
from tests.unit.lineage.conftest import SHARD, TEXTS
from tierline.errors import BadInput
from tierline.lake import WHOLE_LAKE, Activity, StageResult, Verdict, decision_table
from tierline.lineage import trace, trace_data, trace_html, trace_text, verify
from tierline.lineage.trace import PREFIX_TABLES
from tierline.stages import STAGES
from tierline.tables import TABLES, stage_tables

DOCUMENT = ["l2_selected", "l1_filtered", "l0_raw"]
PASSAGE = ["l3_refined", *DOCUMENT]
FACT = ["l4_facts", "l4_claims", *PASSAGE, "l4_claims", *DOCUMENT]
PATHS = {
    "mix_l4_facts": ["mix_alignment", *FACT],
    "mix_l3_refined": ["mix_alignment", *PASSAGE],
    "mix_l4_manuals": ["mix_alignment", "l4_manuals", *DOCUMENT],
    "mix_quiz": ["mix_pretrain", "l1_filtered", "l0_raw"],
    "mix_l4_forms": ["mix_alignment", "l4_forms", *FACT],
    "form_town": ["l4_forms", *FACT],
    "fact_town": FACT,
    "src_town": ["l4_sources", "l4_claims", *DOCUMENT],
    "val_town": ["l4_values", *FACT[1:]],
    "clm_page": ["l4_claims", *DOCUMENT],
    "clm_edit": ["l4_claims", *PASSAGE],
    "sec_town": ["l4_manuals", *DOCUMENT],
    "psg_town": PASSAGE,
    "drv_town": ["l3_derived", *DOCUMENT],
    "ann_town": ["l2_annotations", "l1_filtered", "l0_raw"],
    "con_leak": ["l1_contamination", "l1_filtered", "l0_raw"],
}


@pytest.mark.parametrize("row_id", PATHS)
def test_a_row_is_followed_table_by_table_to_the_bytes_of_its_page(sound_house, row_id):
    nodes = list(trace(sound_house.lake, row_id).walk())
    assert [node.table for node in nodes] == PATHS[row_id] and nodes[0].row_id == row_id
    address = nodes[-1].row
    with sound_house.crawl.open("rb") as file:
        file.seek(address["source_offset"])
        stored = json.loads(file.read(address["source_length"]))
    assert stored["url"] == address["url"] and stored["text"] == TEXTS[address["url"]]


def test_a_form_shows_what_it_quotes(sound_house):
    found = trace(sound_house.lake, "form_town")
    assert "quote: 1612" in " ".join(trace_text(found).split()) and "form_town" in trace_html(found)


def test_every_kind_of_id_that_can_be_looked_up_is_tried_above(sound_house):
    # test_knowledge_bases.py and test_feedback.py try statements and feedback, which end at a file and not at a page.
    assert set(PREFIX_TABLES) - {"doc", "stm", "fbk"} == {row_id.split("_")[0] for row_id in PATHS}
    reached = {table for path in PATHS.values() for table in path}
    assert {stage.name for stage in STAGES if TABLES[stage.name].tier} - {"l3_feedback"} <= reached


def test_an_id_that_several_tables_hold_is_found_in_the_most_refined(house):
    assert trace(house.lake, house.town).table == "l2_selected"
    commit_rows(house.lake, "l2_selected", [])
    assert trace(house.lake, house.town).table == "l1_filtered"
    commit_rows(house.lake, "l1_filtered", [])
    found = trace(house.lake, house.town)
    assert (found.table, found.parents) == ("l0_raw", ())


def test_a_dropped_page_says_which_stage_dropped_it_by_which_rule_and_value(house):
    result = {
        "row_id": house.town,
        "outcome": "dropped",
        "rule": "gopher:too_short",
        "value": 11.0,
        "threshold": 50.0,
        "detail": "11\x1b words",
    }
    ledger = decision_table([result, {"row_id": house.quiz, "outcome": "kept"}])
    tables = {name: rows_of(name, []) for name in stage_tables("l1_filtered")}
    manifest = house.lake.commit(Activity.begin("l1_filtered", SHARD, "2", (), {}), StageResult(tables, {"l1_filtered": (2, ledger)}))
    house.lake.record(Verdict("l1_filtered", SHARD, manifest.stage_digest, "test", "0", True, "[]"))
    commit_rows(house.lake, "l2_selected", [])
    node = trace(house.lake, house.town)
    told = "l1_filtered: dropped by gopher:too_short, value 11, threshold 50; 11"
    assert (
        node.table == "l0_raw"
        and told in trace_text(node)
        and "\x1b" not in trace_text(node)
        and told.partition(": ")[2] in trace_html(node)
    )
    assert [found["rule"] for found in trace_data(node)["decisions"]] == ["gopher:too_short"]
    assert trace(house.lake, house.quiz).decisions == ()


def test_a_candidate_that_became_no_row_says_who_refused_it(house):
    refused = {"row_id": "psg_refused", "outcome": "dropped", "rule": "numbers", "value": 1.0, "threshold": 0.0}
    tables = {name: rows_of(name, []) for name in stage_tables("l3_refined")}
    ledgers = {"l3_refined": (1, decision_table([{"row_id": house.town, "outcome": "kept"}])), "l3_edits": (1, decision_table([refused]))}
    house.lake.commit(Activity.begin("l3_refined", SHARD, "2", (), {}), StageResult(tables, ledgers))
    with pytest.raises(BadInput, match=r"^psg_refused: no promoted row has this id; l3_edits: dropped by numbers, value 1, threshold 0$"):
        trace(house.lake, "psg_refused")


def test_a_shared_ancestor_is_one_node(sound_house):
    by_edit, by_page = trace(sound_house.lake, "fact_town").parents
    assert by_edit.row_id == "clm_edit" and by_edit.parents[0].parents[0] is by_page.parents[0]


def test_each_row_names_the_activity_that_wrote_it(sound_house):
    for node in trace(sound_house.lake, "mix_l4_facts").walk():
        assert node.activity["stage"] == node.table and node.activity["activity_id"] == node.row["activity_id"]
        assert node.shard == node.activity["shard"] == (WHOLE_LAKE if node.table in ("mix_alignment", "l4_facts") else SHARD)
    assert trace(sound_house.lake, "src_town").activity["stage"] == "l4_facts", "a side table is written by its stage"


def test_vectors_are_left_out(sound_house):
    node = trace(sound_house.lake, sound_house.town)
    assert set(node.row) == set(TABLES["l2_selected"].schema.names) - {"embedding"}


@pytest.mark.parametrize("table", ["l0_raw", "l1_filtered", "l2_selected"])
def test_a_parent_that_is_gone_is_named_with_its_table(house, table):
    commit_rows(house.lake, table, [])
    with pytest.raises(BadInput, match=f"{house.town}: a parent in {table} is not promoted any more"):
        trace(house.lake, "fact_town")


@pytest.mark.parametrize("row_id", ["fact_other", "other_1", "fact", "", "fact_' or '1'='1"])
def test_an_id_that_no_row_has_is_refused_with_the_prefixes_there_are(sound_house, row_id):
    with pytest.raises(BadInput, match=r"no promoted row has this id.*fact_, stm_, clm_"):
        trace(sound_house.lake, row_id)


def test_rows_of_a_quarantined_shard_are_not_found_and_do_not_count_as_parents(house):
    section = {"section_id": "sec_new", "parents": [house.town], "span_start": 0, "span_end": 3, "text": "The"}
    commit_rows(house.lake, "l4_manuals", [section], promote=False)
    for row_id in ("sec_new", "sec_town"):
        with pytest.raises(BadInput, match="no promoted row has this id"):
            trace(house.lake, row_id)
    with pytest.raises(BadInput, match="a parent in l4_manuals is not promoted"):
        trace(house.lake, "mix_l4_manuals")


def test_rows_inherit_leaks_of_their_page_and_no_others(sound_house):
    fact = trace(sound_house.lake, "fact_quiz")
    assert [match["match_id"] for match in fact.leaks] == ["con_leak"] and fact.contamination == ()
    (page,) = [node for node in fact.walk() if node.table == "l1_filtered"]
    assert [match["match_id"] for match in page.contamination] == ["con_common", "con_leak"]
    assert trace(sound_house.lake, "mix_quiz").leaks and trace(sound_house.lake, "mix_l4_facts").leaks == []
    assert verify(sound_house.lake, "fact_quiz")[0] == []


def test_matches_of_a_check_that_was_not_promoted_are_not_shown(house):
    commit_rows(house.lake, "l1_contamination", [], promote=False)
    assert trace(house.lake, "fact_quiz").leaks == []
