"""From a page to everything that was made from it, over all tables, and to nothing else."""

import json

import pyarrow as pa
import pytest

from tests.conftest import commit_rows
from tierline.descent.scope import authors
from tierline.descent.selection import Selection
from tierline.descent.walk import Reach, walk
from tierline.errors import BadInput
from tierline.lake import WHOLE_LAKE
from tierline.lineage import trace

DOCUMENTS = ("l0_raw", "l1_filtered", "l2_selected")


def reached(lake, kind: str, value: str) -> dict[str, set[str]]:
    with walk(lake, Selection(kind, value)) as reach:
        return ids_of(reach)


def ids_of(reach: Reach) -> dict[str, set[str]]:
    return {table: {row for batch in reach.ids(table) for row in batch.column("row_id").to_pylist()} for table in reach.tables}


def test_a_domain_reaches_every_table_and_only_what_was_made_from_its_pages(sound_house):
    found = reached(sound_house.lake, "domain", "town.example")
    town = {sound_house.town}
    assert found == {
        **dict.fromkeys(DOCUMENTS, town),
        "l2_annotations": {"ann_town"},
        "l3_refined": {"psg_town"},
        "l3_derived": {"drv_town"},
        "l4_claims": {"clm_page", "clm_edit"},
        "l4_facts": {"fact_town"},
        "l4_sources": {"src_town"},
        "l4_values": {"val_town"},
        "l4_manuals": {"sec_town"},
        "l4_forms": {"form_town"},
        "mix_alignment": {"mix_l3_refined", "mix_l3_derived", "mix_l4_facts", "mix_l4_manuals", "mix_l4_forms"},
    }


@pytest.mark.parametrize(
    ("kind", "value"),
    [("url", "https://quiz.example/"), ("prefix", "quiz.example"), ("domain", "QUIZ.example"), ("document", ""), ("row", "")],
)
def test_ways_to_select_the_same_page_reach_the_same(sound_house, kind, value):
    found = reached(sound_house.lake, kind, value or sound_house.quiz)
    assert found == {
        **{table: {sound_house.quiz} for table in DOCUMENTS},
        "l1_contamination": {"con_leak", "con_common"},
        "l3_refined": {"psg_quiz"},
        "l3_derived": {"drv_quiz"},
        "l4_claims": {"clm_quiz"},
        "l4_facts": {"fact_quiz"},
        "l4_forms": {"form_quiz"},
        "mix_pretrain": {"mix_quiz"},
    }


def test_forward_is_the_inverse_of_back(sound_house):
    """Whatever is reached from a page has that page among its ancestors, and the other way round."""
    lake = sound_house.lake
    rows = {name: reached(lake, "document", own) for name, own in (("town", sound_house.town), ("quiz", sound_house.quiz))}
    for name, own in (("town", sound_house.town), ("quiz", sound_house.quiz)):
        other = rows["quiz" if name == "town" else "town"]
        for table, ids in rows[name].items():
            for row_id in ids - {"src_town", "val_town"}:  # which are parts of a fact, and traced through it
                assert own in {node.row_id for node in trace(lake, row_id).walk() if node.table == "l0_raw"}
                assert row_id not in other.get(table, set())


def test_a_host_above_reaches_those_below_and_no_namesake(house):
    hosts = ("a.b.example", "xb.example", "b.example")
    pages = [{"doc_id": f"doc_{number}", "url": f"https://{host}/", "domain": host} for number, host in enumerate(hosts)]
    commit_rows(house.lake, "l0_raw", pages, "t")
    assert reached(house.lake, "domain", "b.example")["l0_raw"] == {"doc_0", "doc_2"}


def test_a_shard_a_license_and_an_author_select_pages(house):
    by = [{"kind": "jsonld", "data": {"@type": "Article", "author": [{"@type": "Person", "name": "Ada  LOVELACE"}], "name": "Notes"}}]
    page = {"doc_id": "doc_by", "license": "https://license.example/by", "structured_data": json.dumps(by[0])}
    commit_rows(
        house.lake, "l0_raw", [page, {"doc_id": "doc_notes", "structured_data": '{"kind": "page", "heading": "Ada Lovelace"}'}], "t"
    )
    assert reached(house.lake, "shard", "t")["l0_raw"] == {"doc_by", "doc_notes"}
    assert reached(house.lake, "license", "https://LICENSE.example/by")["l0_raw"] == {"doc_by"}
    assert reached(house.lake, "author", "ada lovelace")["l0_raw"] == {"doc_by"}


@pytest.mark.parametrize(
    ("data", "names"),
    [
        ('{"kind": "jsonld", "data": {"author": "A", "publisher": {"name": "P"}}}', ["A"]),
        ('{"kind": "microdata", "data": {"author": [{"@type": ["Person"], "name": ["B"], "url": ["u"]}]}}', ["B"]),
        ('{"kind": "rdfa", "data": {"http://purl.org/dc/terms/creator": ["C"]}}\n{"kind": "table"}', ["C"]),
        ("no json", []),
    ],
)
def test_authors_are_read_from_each_kind_of_markup(data, names):
    assert list(authors(data)) == names


def test_a_value_that_has_lost_a_claim_is_reached_from_that_claim_too(house):
    value = {"value_id": "val_lost", "parents": [], "lost": ["clm_quiz"], "state": "withdrawn"}
    commit_rows(house.lake, "l4_facts", [], WHOLE_LAKE, l4_values=[value], l4_sources=[])
    assert reached(house.lake, "row", "clm_quiz")["l4_values"] == {"val_lost"}


def test_unpromoted_rows_are_reached_and_told_apart(house):
    for table in DOCUMENTS:
        commit_rows(house.lake, table, [{"doc_id": house.town, "parents": [house.town] if table != "l0_raw" else []}], "t")
    commit_rows(house.lake, "l4_manuals", [{"section_id": "sec_refused", "parents": [house.town], "tokens": 7}], "t", promote=False)
    with walk(house.lake, Selection("document", house.town)) as reach:
        (sections,) = (count for count in reach.counts() if count.table == "l4_manuals")
        assert (sections.rows, sections.promoted, sections.tokens, sections.shards) == (2, 1, 7, ("s", "t"))
        assert reach.shards("l4_manuals") == ["s", "t"] and reach.shards("mix_midtrain") == []


def test_from_a_row_only_what_follows_it_is_reached(sound_house):
    assert reached(sound_house.lake, "row", "clm_page") == {
        "l4_claims": {"clm_page"},
        "l4_facts": {"fact_town"},
        "l4_sources": {"src_town"},
        "l4_values": {"val_town"},
        "l4_forms": {"form_town"},
        "mix_alignment": {"mix_l4_facts", "mix_l4_forms"},
    }


def test_a_mix_is_reached_through_the_row_that_it_drew_only(house):
    """A document keeps its id from L1 to L2: scores decide on the row of L2, not on a draw from L1."""
    commit_rows(house.lake, "l2_scores", [{"doc_id": house.quiz, "parents": [house.quiz]}])
    commit_rows(
        house.lake,
        "mix_pretrain",
        [{"row_id": f"mix_{table}", "parents": [house.quiz], "source_table": table} for table in ("l1_filtered", "l2_selected")],
        WHOLE_LAKE,
    )
    with walk(house.lake, Selection("document", house.quiz)) as reach:
        assert ids_of(reach)["mix_pretrain"] == {"mix_l1_filtered", "mix_l2_selected"}
        assert pa.Table.from_batches(reach.ids("l2_scores")).to_pylist() == [{"row_id": house.quiz, "shard": "s", "tokens": 0}]


@pytest.mark.parametrize(
    ("kind", "value"), [("url", "https://nowhere.example/"), ("row", "x"), ("license", " "), ("model", "none"), ("shard", "q")]
)
def test_what_selects_nothing_is_refused(sound_house, kind, value):
    with pytest.raises(BadInput):
        reached(sound_house.lake, kind, value)
