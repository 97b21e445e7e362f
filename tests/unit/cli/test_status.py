"""`tierline status`: what is out of date and why, what a gate refused, and what it cannot say of a past time."""

import json

import pytest
import yaml

from tests.declared_lake import perform, register, settle
from tierline.config.bundled import folder
from tierline.freshness import Change, OutOfDate, survey
from tierline.freshness.report import status_lines, total
from tierline.freshness.settings import Settings
from tierline.lake import WHOLE_LAKE, Lake, waive_refused
from tierline.stages import BY_NAME, downstream


@pytest.fixture
def settled(tmp_path, monkeypatch):
    (tmp_path / "tiers.yaml").write_text((folder("recipes") / "tiers.yaml").read_text("utf-8"))
    monkeypatch.setenv("TIERLINE_RECIPE", str(tmp_path / "tiers.yaml"))
    lake = Lake(str(tmp_path / "lake"))
    shards = register(lake, tmp_path, ("a", "b"))
    settle(lake, Settings.of_environment().configuration(), shards)
    return lake, shards


def edit(tmp_path, value):
    loaded = yaml.safe_load((tmp_path / "tiers.yaml").read_text())
    loaded["l4"]["manuals"]["section_words_min"] = value
    (tmp_path / "tiers.yaml").write_text(yaml.safe_dump(loaded))


def test_a_lake_that_follows_from_its_recipe_is_up_to_date(settled, run):
    assert run("status") == (0, "Everything that can run is up to date.\n", "")


def test_an_edit_is_named_with_old_and_new_value(settled, run, tmp_path):
    edit(tmp_path, 33)
    status, out, _ = run("status")
    assert status == 0 and "l4.manuals.section_words_min: 0 -> 33" in out and "2 shards" in out and "make refresh" in out
    rows = [json.loads(line) for line in run("status", "--json")[1].splitlines()]
    assert {(row["stage"], row["shard"]) for row in rows} == {("l4_manuals", shard) for shard in settled[1]}
    assert rows[0]["changes"] == [{"what": "l4.manuals.section_words_min", "old": "0", "new": "33"}]


def seconds_of(lake, stages) -> float:
    return sum((row["ended_at"] - row["started_at"]).total_seconds() for row in lake.activity_rows() if row["stage"] in stages)


def test_the_sum_is_that_of_its_lines_and_what_waits_counts_as_what_follows(settled, tmp_path):
    lake, _ = settled
    register(lake, tmp_path, ("c",))
    found = survey(lake, Settings.of_environment().configuration())
    lines = status_lines(lake, found)
    (ready,) = [line for line in lines if not line.waits_for]
    assert ready.stage == "l0_raw" and {line.stage for line in lines if line.waits_for} > {"l1_filtered", "l3_refined"}
    summed, _ = total(lake, [one for one in found if not one.waits_for])
    assert ready.seconds + ready.seconds_after == pytest.approx(summed) and ready.seconds_after > 0


def test_what_all_shards_share_is_followed_by_every_shard(settled):
    lake, _ = settled
    student = OutOfDate(BY_NAME["l2_student"], WHOLE_LAKE, (Change("code", "1", "2"),), (), "")
    expected = seconds_of(lake, {"l2_student", *downstream("l2_student")})
    assert total(lake, [student])[0] == pytest.approx(expected)
    (line,) = status_lines(lake, [student])
    assert line.seconds + line.seconds_after == pytest.approx(expected)


def test_a_refused_shard_is_listed_with_the_reason(settled, run):
    lake, (first, _) = settled
    perform(lake, Settings.of_environment().configuration(), "review_queue", first, content="other", passed=False)
    out = run("status")[1]
    assert "Refused by a gate:" in out and f"review_queue  {first}" in " ".join(out.split("Refused by a gate:")[1].split("\n")).replace(
        "   ", "  "
    )


def test_a_waiver_that_was_ended_is_a_change_that_says_so(settled, run):
    lake, (first, _) = settled
    perform(lake, Settings.of_environment().configuration(), "review_queue", first, content="other", passed=False)
    for until in (str(lake.today()), "now"):
        waive_refused(lake, "review_queue", first, "Mia", "checked", until)
    assert "waiver: none -> ended by Mia" in run("status")[1]


def test_the_past_cannot_be_compared_with_the_present(settled, run):
    status, _, error = run("--as-of", "2020-01-01", "status")
    assert status == 2 and error.count("\n") == 1 and "--as-of" in error
