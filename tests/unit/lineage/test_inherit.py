"""A mark on a page reaches everything that was made from it, over any number of steps, and nothing else."""

import pytest

from tests.conftest import commit_rows
from tierline.lake import WHOLE_LAKE
from tierline.lineage.inherit import SAME_ID, descendants
from tierline.stages import STAGES, stage_of
from tierline.tables import TABLES

TIERS = tuple(stage.name for stage in STAGES if TABLES[stage.name].tier)


def test_a_mark_reaches_edits_claims_and_facts_and_not_what_stands_beside_them(sound_house):
    assert descendants(sound_house.lake, [sound_house.quiz], (*TIERS, "l4_claims")) == {
        **{table: {sound_house.quiz} for table in SAME_ID if table in TIERS},
        "l3_refined": {"psg_quiz"},
        "l3_derived": {"drv_quiz"},
        "l3_feedback": set(),
        "l4_claims": {"clm_quiz"},
        "l4_facts": {"fact_quiz"},
        "l4_manuals": set(),
        "l4_forms": {"form_quiz"},
    }
    of_town = descendants(sound_house.lake, [sound_house.town], ("l4_claims", "l4_facts", "l4_manuals", "l4_forms"))
    assert (of_town["l4_claims"], of_town["l4_facts"], of_town["l4_forms"]) == ({"clm_page", "clm_edit"}, {"fact_town"}, {"form_town"})
    assert of_town["l4_manuals"] == {"sec_town"}


def test_the_tables_in_between_need_not_be_asked_for(sound_house):
    assert descendants(sound_house.lake, [sound_house.quiz], ["l4_facts"]) == {"l4_facts": {"fact_quiz"}}


def test_without_marks_nothing_is_marked(sound_house):
    assert descendants(sound_house.lake, [], TIERS) == {table: set() for table in TIERS}
    assert descendants(sound_house.lake, ["doc_other"], TIERS) == {table: {"doc_other"} if table in SAME_ID else set() for table in TIERS}


def test_one_marked_source_marks_a_fact_that_rests_on_two(house):
    fact = {"fact_id": "fact_both", "parents": ["clm_page", "clm_quiz"]}
    commit_rows(house.lake, "l4_facts", [fact, {"fact_id": "fact_none", "parents": ["clm_page"]}], WHOLE_LAKE)
    assert descendants(house.lake, [house.quiz], ["l4_facts"]) == {"l4_facts": {"fact_both"}}


def test_a_mark_reaches_forms_of_what_is_not_settled_by_way_of_its_values(house):
    values = [{"value_id": f"val_{name}", "parents": [f"clm_{name}"], "state": "contradicted"} for name in ("quiz", "page")]
    commit_rows(house.lake, "l4_facts", [], WHOLE_LAKE, l4_values=values)
    forms = [{"form_id": f"form_{name}", "parents": [f"val_{name}"], "parent_table": "l4_values"} for name in ("quiz", "page")]
    commit_rows(house.lake, "l4_forms", forms, WHOLE_LAKE)
    assert descendants(house.lake, [house.quiz], ["l4_forms"]) == {"l4_forms": {"form_quiz"}}


def test_marks_are_found_in_every_shard(house):
    section = {"section_id": "sec_elsewhere", "parents": [house.quiz]}
    commit_rows(house.lake, "l4_manuals", [section, {"section_id": "sec_free", "parents": ["doc_free"]}], "t")
    assert descendants(house.lake, [house.quiz, house.town], ["l4_manuals"]) == {"l4_manuals": {"sec_elsewhere", "sec_town"}}


def test_only_promoted_rows_pass_a_mark_on(house):
    commit_rows(house.lake, "l3_refined", [{"passage_id": "psg_quiz", "parents": [house.quiz]}], promote=False)
    assert descendants(house.lake, [house.quiz], ["l3_refined", "l4_facts"]) == {"l3_refined": set(), "l4_facts": set()}


def ancestors(table: str) -> set[str]:
    return set(stage_of(table).parents).union(*(ancestors(parent) for parent in stage_of(table).parents))


@pytest.mark.parametrize(
    "table", [name for name in TIERS if name not in (*SAME_ID, "l3_feedback")]
)  # lines of files are looked up themselves
def test_every_tier_whose_rows_have_ids_of_their_own_declares_a_way_back_to_documents(table):
    assert ancestors(table) & set(SAME_ID)
