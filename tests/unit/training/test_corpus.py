"""Held-out documents stay held out, whatever tier or copy their text comes in."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.unit.training.corpus_rows import made_rows
from tests.unit.training.test_arms import RECIPE as FEW
from tierline.errors import BadInput, NotPromoted
from tierline.lake import WHOLE_LAKE, Activity, StageResult, Verdict, decision_table
from tierline.training.corpus import corpus_of_lake, overlap_shares, part_corpus, read_corpus

ROWS = made_rows(200)
RECIPE = replace(FEW, tokens=100_000)  # enough that no row is left out


def test_all_versions_of_a_document_are_on_one_side():
    corpus = part_corpus(ROWS, RECIPE)
    sides = [{row["url"] or row["id"] for row in side.to_pylist()} for side in (corpus.training, corpus.heldout)]
    assert sides[0] and sides[1] and not sides[0] & sides[1]
    assert {"L0", "L1", "L2"} <= set(corpus.heldout["tier"].to_pylist())


def test_the_headline_counts_each_document_once_in_its_highest_tier_and_no_raw_text():
    corpus = part_corpus(ROWS, RECIPE)
    best = corpus.heldout.filter(pa.array(corpus.heldout_best)).to_pylist()
    sources = [row["url"] or row["id"] for row in best]
    assert len(sources) == len(set(sources)) and "L0" not in {row["tier"] for row in best}
    assert "L2" in {row["tier"] for row in best}


def test_a_held_out_text_that_training_rows_repeat_is_not_measured_on():
    held = next(row for row in part_corpus(ROWS, RECIPE).heldout.to_pylist() if row["tier"] == "L3")
    copy = held | {"id": "copy", "url": "https://elsewhere.example/2", "text": "Found elsewhere: " + held["text"]}
    with_copy = pa.concat_tables([ROWS, pa.Table.from_pylist([copy], schema=ROWS.schema)])
    corpus = part_corpus(with_copy, RECIPE)
    assert "copy" in corpus.training["id"].to_pylist()
    assert held["id"] not in corpus.heldout["id"].to_pylist() and corpus.overlapping == {"L3": 1}


def test_overlap_is_the_share_of_word_5_grams():
    words = [f"w{n}" for n in range(14)]  # ten 5-grams
    shares = overlap_shares([" ".join(words), "nothing of this is anywhere else"], [" ".join(words[:9]), "another text"])
    assert shares.tolist() == [0.5, 0.0]


def test_domains_beyond_the_largest_are_measured_together():
    names = [f"site{n}" for n in range(20)]
    rows = ROWS.set_column(3, "domain", pa.array([names[n % 20] for n in range(ROWS.num_rows)]))
    assert len(set(part_corpus(rows, RECIPE).training["domain"].to_pylist())) == RECIPE.measuring.domains_max


def test_the_split_is_the_same_in_any_order_of_rows():
    shuffled = ROWS.take(np.random.default_rng(0).permutation(ROWS.num_rows))
    one, other = part_corpus(ROWS, RECIPE), part_corpus(shuffled, RECIPE)
    assert one.training.equals(other.training) and one.digest == other.digest


def test_what_is_missing_is_named(tmp_path):
    with pytest.raises(BadInput, match="no Parquet file of a corpus"):
        read_corpus(tmp_path)
    pq.write_table(pa.table({"id": ["1"], "text": ["a"]}), tmp_path / "rows.parquet")
    with pytest.raises(BadInput, match="has no column tier, domain"):
        read_corpus(tmp_path)
    with pytest.raises(BadInput, match="unknown tier 'L7'"):
        part_corpus(ROWS.slice(0, 1).set_column(2, "tier", pa.array(["L7"])), RECIPE)
    with pytest.raises(BadInput, match="too few documents"):
        part_corpus(ROWS.slice(0, 1), RECIPE)


def test_a_lakes_mixes_are_a_corpus_with_facts(lake, commit):
    def row(number, tier, doc_id, table, text):
        return {"row_id": str(number), "position": number, "tier": tier, "doc_id": doc_id, "source_table": table, "text": text}

    fact = {"fact_id": "f1", "subject": "Quellin", "predicate": "lies on", "object": "the Lorn", "text": "Quellin lies on the Lorn."}
    commit(lake, "l4_facts", [fact], shard="all")
    commit(lake, "mix_pretrain", [row(0, "L1", "d1", "l1_filtered", "a"), row(1, "L1", "d1", "l1_filtered", "a")], shard="all")
    commit(lake, "mix_midtrain", [row(0, "L3", "p1", "l3_refined", "b")], shard="all")
    commit(lake, "mix_alignment", [row(0, "L4", "f1", "l4_facts", fact["text"])], shard="all")
    rows = corpus_of_lake(lake).to_pylist()
    assert [(one["id"], one["tier"], one["phase"], one["object"]) for one in rows] == [
        ("d1", "L1", "pretrain", None),
        ("p1", "L3", "midtrain", None),
        ("f1", "L4", "alignment", "the Lorn"),
    ]


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
