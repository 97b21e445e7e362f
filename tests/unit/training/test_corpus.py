"""Whole books and sites are held out, whatever tier or copy their text comes in."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.unit.training.corpus_rows import made_rows
from tests.unit.training.test_arms import RECIPE as FEW
from tierline.errors import BadInput, NotPromoted
from tierline.lake import WHOLE_LAKE, Activity, StageResult, Verdict, decision_table
from tierline.training.corpus import corpus_of_lake, overlap_shares, part_corpus, read_corpus, source_of
from tierline.training.pools import DEALT, FLAT, assign_pools
from tierline.training.recipe import Measuring

ROWS = made_rows(200)
RECIPE = replace(FEW, measuring=Measuring(works=("textbooks",), guard=("web",)))


def test_all_versions_of_a_work_or_site_are_on_one_side():
    corpus = part_corpus(ROWS, RECIPE)
    sides = [set(side["source"].to_pylist()) for side in (corpus.training, corpus.heldout)]
    assert sides[0] and sides[1] and not sides[0] & sides[1]
    assert sides[1] == {source for own in corpus.sources.values() for source in own}
    assert set(corpus.heldout["domain"].to_pylist()) == {"textbooks", "web"} == set(corpus.sources)


def test_what_is_measured_is_the_admitted_text_of_no_tiers_making():
    assert set(part_corpus(ROWS, RECIPE).heldout["tier"].to_pylist()) == {"L1"}


def test_a_source_that_has_most_of_a_domain_is_not_held_out():
    rows = ROWS.to_pylist()
    large = [row | {"source": "all" if row["domain"] == "web" else row["source"]} for row in rows]
    corpus = part_corpus(pa.Table.from_pylist(large, schema=ROWS.schema), RECIPE)
    assert corpus.sources["web"] == () and corpus.sources["textbooks"]
    alone = [row | {"source": row["domain"]} for row in rows]
    with pytest.raises(BadInput, match="a domain of textbooks needs several books"):
        part_corpus(pa.Table.from_pylist(alone, schema=ROWS.schema), RECIPE)


def test_a_row_without_a_source_is_of_its_site():
    assert source_of("https://www.docs.example.co.uk/a?b#c", "x") == "example.co.uk" and source_of(None, "x") == "x" == source_of("", "x")
    bare = ROWS.set_column(ROWS.schema.get_field_index("source"), "source", pa.nulls(ROWS.num_rows, pa.string()))
    assert {name.count(".") for own in part_corpus(bare, RECIPE).sources.values() for name in own} == {1}


def test_a_held_out_text_that_training_rows_repeat_is_not_measured_on():
    held = part_corpus(ROWS, RECIPE).heldout.to_pylist()[0]
    copy = held | {"id": "copy", "source": "elsewhere", "domain": "facts", "text": "Found elsewhere: " + held["text"]}
    with_copy = pa.concat_tables([ROWS, pa.Table.from_pylist([copy], schema=ROWS.schema)])
    corpus = part_corpus(with_copy, RECIPE)
    assert "copy" in corpus.training["id"].to_pylist()
    assert held["id"] not in corpus.heldout["id"].to_pylist() and corpus.overlapping == 1


def test_overlap_is_the_share_of_word_5_grams():
    words = [f"w{n}" for n in range(14)]  # ten 5-grams
    shares = overlap_shares([" ".join(words), "nothing of this is anywhere else"], [" ".join(words[:9]), "another text"])
    assert shares.tolist() == [0.5, 0.0]


def test_the_split_is_the_same_in_any_order_of_rows():
    shuffled = ROWS.take(np.random.default_rng(0).permutation(ROWS.num_rows))
    one, other = part_corpus(ROWS, RECIPE), part_corpus(shuffled, RECIPE)
    assert one.training.equals(other.training) and one.digest == other.digest


def test_the_digest_is_also_of_what_ranks_the_rows():
    useful = pa.array([None if own is None else 1 - own for own in ROWS["usefulness"].to_pylist()], pa.float64())
    ranked = ROWS.set_column(ROWS.schema.get_field_index("usefulness"), "usefulness", useful)
    assert part_corpus(ranked, RECIPE).digest != part_corpus(ROWS, RECIPE).digest


def test_what_is_missing_is_named(tmp_path):
    with pytest.raises(BadInput, match="no Parquet file of a corpus"):
        read_corpus(tmp_path)
    pq.write_table(pa.table({"id": ["1"], "text": ["a"]}), tmp_path / "rows.parquet")
    with pytest.raises(BadInput, match="has no column tier, domain"):
        read_corpus(tmp_path)
    with pytest.raises(BadInput, match="unknown tier 'L7'"):
        part_corpus(ROWS.slice(0, 1).set_column(2, "tier", pa.array(["L7"])), RECIPE)


def test_every_admitted_row_is_in_the_flat_mix_and_in_at_most_one_pool_of_the_tiers():
    training = part_corpus(ROWS, RECIPE).training
    ids, tiers, useful = (training[name].to_pylist() for name in ("id", "tier", "usefulness"))
    lengths = [10] * len(ids)
    pools = assign_pools(ids, tiers, lengths, useful, 0.5, ["L3", "L4", "best"])
    named = {name: {(tiers[row], ids[row]) for row in rows} for name, rows in pools.items()}
    assert {tier for tier, _ in named[FLAT]} == {"L1"} and len(named[FLAT]) == tiers.count("L1")
    below = [{doc for _, doc in named[name]} for name in ("L1", "L2", "best")]
    assert not below[0] & below[1] and not below[0] & below[2] and not below[1] & below[2]
    assert below[0] | below[1] | below[2] >= {doc for _, doc in named[FLAT]}
    scores = {doc: score for doc, tier, score in zip(ids, tiers, useful, strict=True) if tier == "L2"}
    assert min(scores[doc] for doc in below[2]) >= max(scores[doc] for doc in below[1])
    assert abs(len(below[2]) - len(below[1])) <= 1
    upper = sum(len(named[name]) for name in ("L3", "L4", "best"))
    assert named[DEALT] <= named[FLAT] and len(named[DEALT]) == min(upper, len(named[FLAT]))


def test_a_lakes_promoted_rows_are_a_corpus_with_the_whole_of_l1(lake, commit):
    def row(number, tier, doc_id, table, text, url):
        return {"row_id": str(number), "position": number, "tier": tier, "doc_id": doc_id, "source_table": table, "text": text, "url": url}

    pages = [{"doc_id": name, "text": name, "url": f"https://{name}.example/"} for name in ("d1", "d2", "book")]
    commit(lake, "l1_filtered", pages)
    commit(lake, "l2_selected", [pages[0] | {"usefulness": 0.7}])
    commit(lake, "mix_pretrain", [row(n, "L2", "d1", "l2_selected", "d1", "https://d1.example/") for n in (0, 1)], shard="all")
    commit(lake, "mix_midtrain", [row(0, "L3", "p1", "l3_refined", "b", "https://d1.example/")], shard="all")
    commit(lake, "mix_alignment", [row(0, "L4", "m1", "l4_manuals", "c", "https://book.example/")], shard="all")
    rows = corpus_of_lake(lake).to_pylist()
    assert sorted((one["tier"], one["id"], one["domain"], one["source"], one["usefulness"]) for one in rows if one["tier"] != "L1") == [
        ("L2", "d1", "web", "d1.example", 0.7),
        ("L3", "p1", "web", "d1.example", None),
        ("L4", "m1", "textbooks", "book.example", None),
    ]
    assert {one["id"]: one["domain"] for one in rows if one["tier"] == "L1"} == {"d1": "web", "d2": "web", "book": "textbooks"}


def test_a_mix_over_a_quarantined_or_changed_shard_is_refused(lake, commit, make_rows):
    def mix_of(phase, inputs):
        rows = make_rows(
            f"mix_{phase}", [{"row_id": "0", "position": 0, "tier": "L1", "doc_id": "d", "source_table": "l1_filtered", "text": "a"}]
        )
        decisions = decision_table([{"row_id": "l1_filtered:d", "outcome": "kept"}])
        activity = Activity.begin(f"mix_{phase}", WHOLE_LAKE, "1", (), inputs)
        manifest = lake.commit(activity, StageResult({f"mix_{phase}": rows}, {f"mix_{phase}": (1, decisions)}))
        lake.record(Verdict(f"mix_{phase}", WHOLE_LAKE, manifest.stage_digest, "test", "0", True, "[]"))

    fact = {"fact_id": "f1", "text": "Quellin lies on the Lorn."}
    source = commit(lake, "l4_facts", [fact], shard=WHOLE_LAKE)
    for phase in ("pretrain", "midtrain", "alignment"):
        mix_of(phase, {f"l4_facts/{WHOLE_LAKE}": source.digest})
    assert corpus_of_lake(lake).num_rows == 1
    commit(lake, "l4_facts", [fact | {"text": "Quellin lies by the sea."}], shard=WHOLE_LAKE)
    with pytest.raises(BadInput, match="has other rows than the mix was drawn from; materialize the mix again"):
        corpus_of_lake(lake)
    commit(lake, "l4_facts", [fact | {"text": "x"}], shard=WHOLE_LAKE, promote=False)
    with pytest.raises(NotPromoted):
        corpus_of_lake(lake)
