"""The experiment finds what is planted and nothing else."""

from dataclasses import replace

import pytest

from tierline.training.power import DEALT, NULL, PLANTED, RECIPE, experiment_of, made_world, with_dealt_labels

TINY = replace(RECIPE, tokens=16_384, seeds=3)


def test_dealt_labels_keep_every_tiers_size_and_take_its_rows_from_the_admitted_ones():
    rows = made_world(PLANTED)
    dealt = with_dealt_labels(rows, 0)
    for tier in ("L1", "L2", "L3", "L4"):
        own = [row for row in dealt.to_pylist() if row["tier"] == tier]
        assert len(own) == rows["tier"].to_pylist().count(tier)
        assert len({row["id"] for row in own}) == len(own)
    admitted = {row["text"] for row in rows.to_pylist() if row["tier"] == "L1"}
    assert {row["text"] for row in dealt.to_pylist()} == admitted


def test_the_null_has_books_in_every_tier_as_they_come():
    rows = made_world(NULL).to_pylist()
    shares = {tier: [row["domain"] == "books" for row in rows if row["tier"] == tier] for tier in ("L1", "L2", "L3", "L4")}
    for own in shares.values():
        assert sum(own) / len(own) == pytest.approx(1 / 24, abs=0.05)


def test_a_planted_effect_is_found_and_dealing_labels_takes_it_away(tmp_path):
    planted = experiment_of(made_world(PLANTED), TINY, tmp_path / "planted")
    dealt = experiment_of(made_world(DEALT), TINY, tmp_path / "dealt")
    gained, left = planted.steps["both"], dealt.steps["both"]
    assert gained.won == 3 and gained.interval.value > 0.2
    assert abs(left.interval.value) < gained.interval.value / 2
    assert planted.headline.interval.value > 0 > dealt.headline.interval.value


@pytest.mark.parametrize("world", [PLANTED, NULL, DEALT])
def test_a_world_is_made_alike_again(world):
    assert made_world(world).equals(made_world(world))
