"""How a stage's shard stands is one sentence: what, why, and what to do; no part of it is said twice."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.conftest import commit_rows, rows_of
from tierline.gates import sentence
from tierline.lake import WHOLE_LAKE, Activity, Lake, StageResult, Verdict, Waiver, decision_table, standing
from tierline.tables import stage_tables

TODAY = datetime.now(UTC).date()
WHY = "error_share is 1, must be at most 0.5"


def write(lake: Lake, stage: str, shard: str = "s", passed: bool = False) -> None:
    manifest = commit_rows(lake, stage, [], shard, promote=False)
    lake.record(Verdict(stage, shard, manifest.stage_digest, "test", "0", passed, "[]", () if passed else (WHY,)))


def made_from(lake: Lake, stage: str, source: str) -> None:
    """Rows of the stage that passed its gate and that record the source's rows as their input."""
    inputs = {f"{source}/s": lake.manifest(source, "s").digest}
    result = StageResult({name: rows_of(name, []) for name in stage_tables(stage)}, {stage: (0, decision_table([]))})
    manifest = lake.commit(Activity.begin(stage, "s", "1", (), inputs), result)
    lake.record(Verdict(stage, "s", manifest.stage_digest, "test", "0", True, "[]"))


def waive(lake: Lake, stage: str, days: int) -> None:
    until = TODAY + timedelta(days=days)
    lake.waive(Waiver(stage, "s", lake.manifest(stage, "s").stage_digest, "Mia", "checked", until))


def told(lake: Lake, stage: str, shard: str = "s") -> str:
    return sentence(standing(lake, stage, shard))


def test_a_refusal_names_the_rule_the_value_and_the_ways_on(lake):
    write(lake, "l0_raw")
    assert told(lake, "l0_raw") == (
        f"s is quarantined at l0_raw: {WHY}; repair its files, or change gates.bounds of l0_raw in the recipe, or let it through "
        "with the job `waive` or `tierline waive l0_raw s --who NAME --why REASON --until YYYY-MM-DD`"
    )


@pytest.mark.parametrize("before", [None, 3])
def test_the_end_of_a_waiver_is_added_to_the_refusal_and_nothing_is_said_twice(lake, before):
    write(lake, "l0_raw")
    for days in (before, -1):
        if days:
            waive(lake, "l0_raw", days)
    ended = told(lake, "l0_raw")
    assert ended.startswith(f"s is quarantined at l0_raw: {WHY}; its waiver was ended by Mia on {TODAY}: checked; repair its files")
    assert ended.count("quarantined") == 1


def test_a_waiver_whose_day_is_over_is_told_from_one_that_somebody_ended(lake):
    write(lake, "l0_raw")
    given = datetime.now(UTC) - timedelta(days=5)
    lake.waive(Waiver("l0_raw", "s", lake.manifest("l0_raw", "s").stage_digest, "Mia", "checked", given.date(), given))
    assert f"its waiver by Mia ended on {given.date()}; repair" in told(lake, "l0_raw")


def test_what_rests_on_an_ended_waiver_says_which_and_that_one_is_to_be_given_again(lake):
    write(lake, "l0_raw")
    waive(lake, "l0_raw", 1)
    made_from(lake, "l1_filtered", "l0_raw")
    waive(lake, "l0_raw", -1)
    below = told(lake, "l1_filtered")
    assert below.startswith("s is quarantined at l1_filtered: rests on l0_raw/s, whose waiver was ended by Mia on")
    assert "`tierline waive l0_raw s --who" in below and "gates.bounds" not in below


def test_a_refused_student_is_said_of_the_student_not_of_all_rows(lake):
    write(lake, "l2_student", WHOLE_LAKE)
    assert told(lake, "l2_student", WHOLE_LAKE) == (
        f"l2_student, which all shards share, is refused and not used: {WHY}; shards go on without it, nothing else is affected"
    )
