"""What the index says was made from a row is the reverse of what a trace follows."""

from collections import defaultdict

from tests.unit.auditor.lakes import FACTS
from tests.unit.lineage.conftest import build
from tierline.audit.find import Texts
from tierline.audit.index_rows import TRACED
from tierline.auditor.kin import listed, made_from
from tierline.lineage.trace import parents_of
from tierline.tables import TABLES


def test_children_in_the_index_are_the_rows_that_name_the_parent(tmp_path):
    lake = build(tmp_path).lake
    texts, wanted = Texts(lake), defaultdict(set)
    for table in TRACED:
        for manifest in lake.manifests(table):
            for row in lake.read_manifest(manifest).to_pylist():
                for parent in parents_of(table, row):
                    wanted[parent, table].add(row[TABLES[table].key])
    assert len(wanted) > 15
    for (parent, table), rows in wanted.items():
        places, total = texts.made_from([parent], table, 100)
        assert ({one.row_id for one in places}, total) == (rows, len(rows))
        assert all(texts.row(table, one.row_id) == one for one in places)


def test_a_page_leads_to_all_its_facts_and_what_was_drawn_from_them(audited):
    texts = Texts(audited.lake)
    made = made_from(texts, "l0_raw", audited.documents[0])
    assert {name: one.total for name, one in made.items()} == {
        "l1_filtered": 1, "l2_selected": 1, "l3_refined": 1, "l4_claims": 3, "l4_facts": 3, "mix_alignment": 3,
    }  # fmt: skip
    assert {one.row_id for one in made["l4_facts"].rows} == set(FACTS) - {"fact_lock"} and made["l4_facts"].is_whole
    pages = [listed(texts, "l0_raw", audited.documents[0], "l4_facts", first, 2) for first in (0, 2)]
    assert [len(places) for places, _ in pages] == [2, 1] and {total for _, total in pages} == {3}
    assert made_from(texts, "mix_alignment", "mix_mill") == {}


def test_where_there_is_too_much_to_follow_counts_are_lower_bounds(audited, monkeypatch):
    monkeypatch.setattr("tierline.auditor.kin.FOLLOWED", 2)
    made = made_from(Texts(audited.lake), "l0_raw", audited.documents[0])
    assert made["l4_claims"].total == 3 and made["l4_claims"].is_whole and len(made["l4_claims"].rows) == 2
    assert made["l4_facts"].total == 2 and not made["l4_facts"].is_whole
