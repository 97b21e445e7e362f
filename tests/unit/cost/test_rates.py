"""Rates from what a lake has measured: over shards that went through L1, with intervals that hold the value, and caps that count."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.cost.test_plan import measured
from tierline.config.bundled import folder
from tierline.cost.rates import Rate, ratio, read_rates
from tierline.errors import BadInput
from tierline.sql import Models

ORDER = ("l0_raw", "l1_filtered", "l2_annotations", "l2_scores", "l2_reliability", "l4_facts")
POSITIVE = st.floats(0.01, 1e6)


def rates(lake, caps=None):
    found = read_rates(lake, Models(folder("dbt_like_sql")), caps or {}, ORDER)
    return found, {rate.stage: rate for rate in found.stages}


@given(st.lists(st.tuples(POSITIVE, POSITIVE), min_size=1, max_size=8))
def test_the_interval_holds_the_ratio_and_lies_between_its_shards(pairs):
    parts, wholes = zip(*pairs, strict=True)
    found = ratio(parts, wholes)
    each = [part / whole for part, whole in pairs]
    assert found.value == pytest.approx(sum(parts) / sum(wholes))
    assert min(each) * (1 - 1e-9) <= found.low <= found.high <= max(each) * (1 + 1e-9)
    if len(pairs) == 1:
        assert found.low == pytest.approx(found.value) == pytest.approx(found.high)


@given(st.lists(st.tuples(POSITIVE, POSITIVE), min_size=1, max_size=6), st.floats(0.1, 10))
def test_a_ratio_scales_with_its_parts_and_is_the_same_every_time(pairs, factor):
    parts, wholes = zip(*pairs, strict=True)
    once, scaled = ratio(parts, wholes), ratio([factor * part for part in parts], wholes)
    assert ratio(parts, wholes) == once
    assert (scaled.value, scaled.low, scaled.high) == pytest.approx(
        (once.times(factor).value, once.times(factor).low, once.times(factor).high), rel=1e-6
    )


@pytest.mark.parametrize(("parts", "wholes"), [([], []), ([1.0], [0.0]), ([0.0, 0.0], [0.0, 0.0])])
def test_nothing_to_divide_by_is_nothing(parts, wholes):
    assert ratio(parts, wholes) == Rate(0.0, 0.0, 0.0)


def test_shards_without_text_leave_the_interval_defined():
    found = ratio([2.0, 0.0], [4.0, 0.0])
    assert (found.value, found.low, found.high) == (0.5, 0.5, 0.5)


def test_a_lake_without_l1_measured_nothing(lake):
    with pytest.raises(BadInput, match="holds no shard that went through L1"):
        rates(lake)
    measured(lake, "l0_raw", "s", 3.0, 100)
    with pytest.raises(BadInput, match="so nothing was measured"):
        rates(lake)


def test_seconds_are_for_a_token_of_extracted_text(lake):
    measured(lake, "l1_filtered", "a", 2.0, 1000, kept=400)
    measured(lake, "l1_filtered", "b", 6.0, 3000, kept=1200)
    found, by_stage = rates(lake)
    assert (found.shards, found.tokens, found.models) == (2, 4000, ())
    assert by_stage["l1_filtered"].own_seconds.value == pytest.approx(8.0 / 4000, rel=0.2)
    assert by_stage["l1_filtered"].kept.value == pytest.approx(0.4) and by_stage["l1_filtered"].basis == "token"
    assert "l2_scores" not in by_stage, "what never ran has no rate"


def test_the_bytes_of_crawl_files_are_known_only_if_all_shards_were_registered(lake):
    measured(lake, "l1_filtered", "a", 2.0, 1000)
    assert rates(lake)[0].tokens_per_byte is None
