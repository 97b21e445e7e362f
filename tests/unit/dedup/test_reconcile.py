"""Runs may end in another order than shards were registered: what no longer agrees with the prior shards is found, and nothing else."""

import pytest

from tests.unit.dedup.test_index import RULES, TEXTS, add
from tierline.dedup import DedupRules, unreconciled
from tierline.lake import Lake, Verdict

SHARDS = ["a", "b", "c"]


def stale(lake: Lake, rules: DedupRules = RULES) -> list[str]:
    return unreconciled(lake, SHARDS, rules)


def refuse(lake: Lake, shard: str) -> None:
    lake.record(Verdict("l1_filtered", shard, lake.manifest("l1_filtered", shard).stage_digest, "t", "0", False, "[]", ("by hand",)))


def test_shards_resolved_in_the_order_of_registration_agree(lake, make_rows):
    for number, shard in enumerate(SHARDS):
        add(lake, make_rows, shard, TEXTS[number : number + 3], SHARDS[:number])
    assert stale(lake) == []


def test_a_shard_that_did_not_see_a_prior_copy_repeats_it_until_it_runs_again(lake, make_rows):
    add(lake, make_rows, "b", TEXTS[:3])
    assert stale(lake) == []
    add(lake, make_rows, "a", TEXTS[:2])
    assert stale(lake) == ["b"]
    assert add(lake, make_rows, "b", TEXTS[:3], ["a"]) == {"b0": "a0", "b1": "a1"}
    assert stale(lake) == []


def test_a_shard_that_did_not_see_prior_ones_agrees_if_nothing_is_alike(lake, make_rows):
    add(lake, make_rows, "b", TEXTS[:3])
    add(lake, make_rows, "a", TEXTS[5:8])
    add(lake, make_rows, "c", TEXTS[9:12])
    assert stale(lake) == []


@pytest.mark.parametrize("how", ["refused", "written again"])
def test_a_document_dropped_for_one_that_is_no_longer_kept_is_missed(lake, make_rows, how):
    add(lake, make_rows, "a", TEXTS[:2])
    add(lake, make_rows, "b", TEXTS[1:4], ["a"])
    assert stale(lake) == []
    if how == "refused":
        refuse(lake, "a")
    else:
        add(lake, make_rows, "a", TEXTS[:1], code="2")
    assert stale(lake) == ["b"]


def test_a_near_copy_counts_like_an_equal_one(lake, make_rows):
    add(lake, make_rows, "b", [TEXTS[0].replace(" the ", " that ", 1)])
    add(lake, make_rows, "a", TEXTS[:1])
    assert stale(lake) == ["b"]


def test_a_shard_that_is_not_promoted_has_nothing_to_reconcile_and_is_nobodys_prior(lake, make_rows):
    add(lake, make_rows, "a", TEXTS[:2], promote=False)
    add(lake, make_rows, "b", TEXTS[:2])
    assert stale(lake) == []
    lake.record(Verdict("l1_filtered", "a", lake.manifest("l1_filtered", "a").stage_digest, "t", "0", True, "[]"))
    refuse(lake, "b")
    assert stale(lake) == []


def test_only_prior_shards_count(lake, make_rows):
    add(lake, make_rows, "a", TEXTS[:2])
    add(lake, make_rows, "c", TEXTS[:2], ["a"])
    add(lake, make_rows, "b", TEXTS[:2], ["a"])
    assert stale(lake) == [], "b came between a and c and kept nothing"


def test_a_state_that_was_looked_at_is_not_read_again(lake, make_rows, monkeypatch):
    add(lake, make_rows, "b", TEXTS[:3])
    add(lake, make_rows, "a", TEXTS[:2])
    assert stale(lake) == ["b"]
    monkeypatch.setattr(Lake, "stream", lambda *_: pytest.fail("read again"))
    assert stale(Lake(lake.root)) == ["b"]


def test_signatures_of_other_rules_cannot_be_compared_and_are_left_to_a_new_run(lake, make_rows):
    add(lake, make_rows, "b", TEXTS[:3])
    add(lake, make_rows, "a", TEXTS[:2])
    assert stale(lake, DedupRules(bands=20, rows_per_band=6)) == []


def test_similarity_below_the_recipes_minimum_does_not_count(lake, make_rows):
    add(lake, make_rows, "b", [TEXTS[0].replace(" the ", " that ", 2)])
    add(lake, make_rows, "a", TEXTS[:1])
    assert stale(lake, DedupRules(similarity_min=0.999)) == [] and stale(lake) == ["b"]
