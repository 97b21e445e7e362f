"""The bar of an ingest: weighed by what steps took, never falling, telling the time that is left once there is something to tell it by."""

import io
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from rich.console import Console

from tier_assets.step_bar import OTHER, TYPICAL, TYPICAL_ONCE, StepBar, StepTimes

PER_SHARD = ("l0_raw", "l0_raw_promotion_gate", "l2_reliability", "l3_refined")
SHARED = ("mix_frontiers",)
NOON = datetime(2026, 1, 1, tzinfo=UTC)


class Lake:
    """Activities alone: (stage, seconds)."""

    def __init__(self, *taken: tuple[str, float]) -> None:
        self._rows = [{"stage": stage, "started_at": NOON, "ended_at": NOON + timedelta(seconds=seconds)} for stage, seconds in taken]

    def activities(self) -> pa.Table:
        schema = pa.schema({"stage": pa.string(), "started_at": pa.timestamp("us", "UTC"), "ended_at": pa.timestamp("us", "UTC")})
        return pa.Table.from_pylist(self._rows, schema=schema)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def bar_over(lake: Lake, clock: Clock) -> tuple[StepBar, io.StringIO]:
    said = io.StringIO()
    return StepBar(StepTimes(lake), PER_SHARD, SHARED, Console(file=said, width=200), clock), said


def test_steps_weigh_what_they_took_before_and_else_what_is_typical():
    times = StepTimes(Lake(("l3_refined", 4.0), ("l3_refined", 8.0), ("l3_refined", 100.0), ("l2_reliability", 50.0)))
    assert times.expected(PER_SHARD) == {
        "l0_raw": TYPICAL["l0_raw"],
        "l0_raw_promotion_gate": OTHER,
        "l2_reliability": OTHER,  # measured already: it finds nothing to do
        "l3_refined": 8.0,
    }
    new = StepTimes(Lake())
    assert new.expected(PER_SHARD)["l2_reliability"] == TYPICAL_ONCE["l2_reliability"] > new.expected(PER_SHARD, False)["l2_reliability"]


def test_time_is_told_once_enough_is_behind_and_no_slow_step_makes_it_an_hour():
    clock = Clock()
    bar, _ = bar_over(Lake(), clock)
    with bar:
        bar.begin_shard("a", 1, 5)
        bar.start("l0_raw")
        clock.now = 60.0  # the first step takes a hundred times as long as it does otherwise
        bar.end("l0_raw")
        assert bar.share < 0.02 and bar.seconds_left is None
        bar.start("l2_reliability")
        clock.now = 80.0
        bar.end("l2_reliability")
        left = bar.seconds_left
        assert left is None or left < 1200


def test_a_run_of_some_stages_weighs_those_alone():
    clock = Clock()
    bar, _ = bar_over(Lake(("l3_refined", 100.0)), clock)
    with bar:
        bar.begin_shard("a", 1, 1, {"l0_raw", "mix_frontiers"})
        for step in ("l0_raw", "l0_raw_promotion_gate"):
            bar.end(step)
        expected = TYPICAL["l0_raw"] + OTHER
        assert bar.share == pytest.approx(expected / (expected + TYPICAL["mix_frontiers"]))


def test_the_share_never_falls_and_ends_at_one():
    clock, shares = Clock(), list[float]()
    bar, _ = bar_over(Lake(), clock)
    with bar:
        for number in (1, 2):
            bar.begin_shard("a", number, 2)
            for step, seconds in zip(PER_SHARD, (1.0, 1.0, 30.0, 90.0), strict=True):
                bar.start(step)
                clock.now += seconds
                bar.end(step)
                shares.append(bar.share)
            bar.finish()
        bar.begin_shared()
        bar.start("mix_frontiers")
        bar.end("mix_frontiers")
        bar.finish()
        shares.append(bar.share)
    assert shares == sorted(shares) and shares[-1] == 1.0


def test_measured_steps_correct_the_weights_of_the_shards_after_them():
    clock = Clock()
    bar, _ = bar_over(Lake(("l2_reliability", 1.0)), clock)
    with bar:
        bar.begin_shard("a", 1, 3)
        for step in PER_SHARD:
            bar.start(step)
            clock.now += 150.0 if step == "l3_refined" else 0.0
            bar.end(step)
        bar.finish()
        bar.begin_shard("b", 2, 3)
        assert bar.share == pytest.approx(1 / 3, abs=0.02), "one of three shards of 150 s is behind, though 15 s were expected"
        assert bar.seconds_left == pytest.approx(300, rel=0.1)


@pytest.mark.parametrize("terminal", [False, True])
def test_without_a_terminal_there_are_plain_lines(terminal):
    clock, said = Clock(), io.StringIO()
    bar = StepBar(StepTimes(Lake()), PER_SHARD, SHARED, Console(file=said, width=200, force_terminal=terminal), clock)
    with bar:
        bar.begin_shard("a-1f2e", 1, 1)
        bar.start("l0_raw")
        clock.now = 75.0
        bar.start("l3_refined")
        bar.finish()
    assert ("\x1b" in said.getvalue()) == terminal and "a-1f2e" in said.getvalue()
    if not terminal:
        assert said.getvalue().splitlines()[1] == "  0% after 1:15  a-1f2e: l3_refined"


def test_a_shard_has_its_name_and_a_long_step_is_named_before_it_is_over():
    clock = Clock()
    bar, said = bar_over(Lake(), clock)
    with bar:
        bar.begin_shard("a-1f2e", 2, 5)
        bar.start("l0_raw")
        bar.end("l0_raw")
        bar.start("l2_reliability")
    lines = [line.split("  ", 2)[-1] for line in said.getvalue().splitlines()]
    assert lines == ["a-1f2e (2 of 5)", "a-1f2e (2 of 5): l2_reliability"], "at once, for nothing follows while it runs"
