"""A waiver lets refused rows through until its day is over; then they and everything made from them are refused again, now and as of."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.conftest import rows_of
from tierline.errors import BadInput, NotPromoted
from tierline.lake import WHOLE_LAKE, Activity, Lake, StageResult, Verdict, Waiver, as_of, decision_table
from tierline.lake.waivers import list_waivers, standing, told, waive_refused
from tierline.stages import BY_NAME, STAGES
from tierline.tables import TABLES

TODAY = datetime.now(UTC).date()
DAY = timedelta(days=1)


def write(lake: Lake, stage: str, shard: str, content: str = "", passed: bool = True) -> None:
    """A stage's result with one row, as a run would write it: its inputs are the promoted rows that it reads."""
    inputs = {}
    for table in BY_NAME[stage].reads:
        places = lake.promoted(table)
        wanted = [one for one in places if one.shard in (shard, WHOLE_LAKE) or shard == WHOLE_LAKE]
        inputs |= {f"{table}/{one.shard}": one.digest for one in wanted}
    tables = {name: rows_of(name, []) for name in BY_NAME[stage].tables}
    tables[stage] = rows_of(stage, [{TABLES[stage].key: f"{stage}{shard}{content}"}])
    decided = {ledger: (1, decision_table([{"row_id": "x", "outcome": "kept"}])) for ledger in (stage, *BY_NAME[stage].ledgers)}
    manifest = lake.commit(Activity.of(stage, shard, (), inputs), StageResult(tables, decided))
    failures = () if passed else ("error_share is 1, must be at most 0.5",)
    lake.record(Verdict(stage, shard, manifest.stage_digest, "t", "0", passed, "[]", failures))


def climb(lake: Lake, shards: tuple[str, ...] = ("a", "b")) -> None:
    """Every stage but the first, for shards whose first stage is there."""
    for stage in STAGES[1:]:
        for shard in shards if stage.per_shard else (WHOLE_LAKE,):
            write(lake, stage.name, shard)


def waive(lake: Lake, until, stage: str = "l0_raw", shard: str = "b") -> None:
    lake.waive(Waiver(stage, shard, lake.manifest(stage, shard).stage_digest, "Mia", "checked by hand", until))


@pytest.fixture
def waived(lake) -> Lake:
    """Shard b was refused at L0 and waived; every stage has run since."""
    write(lake, "l0_raw", "a")
    write(lake, "l0_raw", "b", passed=False)
    waive(lake, TODAY)
    climb(lake)
    return lake


def shards(lake: Lake, table: str) -> list[str]:
    return [manifest.shard for manifest in lake.promoted(table)]


def test_everything_that_rests_on_waived_rows_is_refused_once_the_day_is_over(waived):
    assert shards(waived, "l3_refined") == ["a", "b"] and shards(waived, "mix_pretrain") == [WHOLE_LAKE]
    waive(waived, TODAY - DAY)  # the last word counts
    for stage in ("l0_raw", "l1_filtered", "l1_contamination", "l2_annotations", "l2_scores", "l2_selected", "l3_refined", "l4_claims"):
        assert shards(waived, stage) == ["a"], stage
    for stage in ("l4_facts", "mix_pretrain", "mix_midtrain", "mix_alignment"):
        assert shards(waived, stage) == [], stage
    assert shards(waived, "l2_student") == [WHOLE_LAKE], "a scorer is trained again, and stands until then"
    with pytest.raises(NotPromoted, match=r"l3_refined/b: .*rests on l0_raw/b, whose waiver was ended by Mia on"):
        waived.read_promoted("l3_refined", "b")
    assert waived.promoted_files("l1_filtered", ["b"]) == []
    waive(waived, TODAY)
    assert shards(waived, "l3_refined") == ["a", "b"] and shards(waived, "mix_pretrain") == [WHOLE_LAKE]


def test_the_last_word_counts_though_the_clock_was_set_back_before_it(waived):
    digest, ago = waived.manifest("l0_raw", "b").stage_digest, datetime.now(UTC) - 3 * DAY
    waived.waive(Waiver("l0_raw", "b", digest, "Mia", "no more", TODAY - DAY, ago))
    assert shards(waived, "l0_raw") == ["a"]
    assert [one.state for one in list_waivers(waived)] == ["replaced by a later one", "ended"]
    assert as_of(waived, ago + DAY).waivers().num_rows == 0, "it is no older than what it replaces"
    waived.waive(Waiver("l0_raw", "b", digest, "Mia", "after all", TODAY, ago))
    assert shards(waived, "l0_raw") == ["a", "b"]


def test_a_waiver_that_is_given_at_the_same_moment_as_another_is_newer_than_that(waived, monkeypatch):
    digest, read = waived.manifest("l0_raw", "b").stage_digest, waived._waivers

    def overtaken(where):
        found = read(where)
        monkeypatch.undo()
        waive(Lake(waived.root), TODAY - DAY)
        return found

    monkeypatch.setattr(waived, "_waivers", overtaken)
    waived.waive(Waiver("l0_raw", "b", digest, "Mia", "after all", TODAY, datetime.now(UTC) - DAY))
    assert [one.state for one in list_waivers(waived)][-1] == "in force" and len(list_waivers(waived)) == 3


def test_rows_made_again_without_the_waived_ones_are_read(waived):
    waive(waived, TODAY - DAY)
    write(waived, "l4_facts", WHOLE_LAKE)
    write(waived, "mix_pretrain", WHOLE_LAKE)
    assert shards(waived, "mix_pretrain") == [WHOLE_LAKE] and shards(waived, "mix_midtrain") == []
    assert "l1_filtered/b" not in json.loads(waived.activity("mix_pretrain", WHOLE_LAKE)["inputs"])


def test_repaired_rows_need_no_waiver_but_what_still_rests_on_the_old_ones_does(waived):
    write(waived, "l0_raw", "b", content="repaired")
    write(waived, "l1_filtered", "b", content="repaired")
    waive_old(waived, TODAY - DAY)
    assert shards(waived, "l1_filtered") == ["a", "b"]
    assert shards(waived, "l2_scores") == ["a"], "they were made from the waived rows, though those are no longer current"


def waive_old(lake: Lake, until) -> None:
    (given,) = lake.waivers().to_pylist()
    lake.waive(Waiver("l0_raw", "b", given["digest"], "Mia", "no more", until))


def test_a_bound_that_lets_the_rows_pass_replaces_the_waiver(waived):
    waive(waived, TODAY - DAY)
    assert shards(waived, "l4_claims") == ["a"]
    waived.record(Verdict("l0_raw", "b", waived.manifest("l0_raw", "b").stage_digest, "t", "1", True, "[]"))
    assert shards(waived, "l4_claims") == ["a", "b"]


def test_the_lake_as_of_the_waivers_days_still_shows_the_rows(waived):
    then = as_of(waived, datetime.now(UTC))
    waive(waived, TODAY - DAY)
    assert shards(then, "l4_claims") == ["a", "b"] and shards(waived, "l4_claims") == ["a"]
    assert shards(as_of(waived, datetime.now(UTC)), "l4_claims") == ["a"]
    later = as_of(waived, datetime.now(UTC) + 2 * DAY)
    assert shards(later, "l4_claims") == ["a"]


def test_expiry_is_seen_by_what_asks_whether_anything_changed(lake):
    write(lake, "l0_raw", "b", passed=False)
    waive(lake, TODAY)
    before = lake.recorded()
    assert lake.recorded() == before
    lake.today = lambda: TODAY + DAY  # type: ignore[method-assign]
    assert lake.recorded() != before


@pytest.mark.parametrize(
    ("stage", "shard", "message"),
    [
        ("l0_raw", "a", "l0_raw/a: has passed its gate"),
        ("l0_raw", "nowhere", "l0_raw/nowhere: has not been written"),
        ("l9", "a", "l9: no such stage"),
        ("l1_filtered", "b", "l1_filtered/b: has not been judged"),
        ("l1_filtered", "c", "l1_filtered/c: .*rests on l0_raw/c, whose waiver was ended by Mia on .*waive l0_raw c"),
    ],
)
def test_only_what_was_refused_can_be_waived(lake, commit, stage, shard, message):
    write(lake, "l0_raw", "a")
    write(lake, "l0_raw", "b")
    commit(lake, "l1_filtered", [{"doc_id": "x"}], "b", promote=False)
    write(lake, "l0_raw", "c", passed=False)
    waive(lake, TODAY, shard="c")
    write(lake, "l1_filtered", "c")
    waive(lake, TODAY - DAY, shard="c")
    with pytest.raises(Exception, match=message) as raised:
        waive_refused(lake, stage, shard, "Mia", "why not", str(TODAY))
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("who", "why", "until", "message"),
    [
        ("", "x", "2099-01-01", "who"),
        ("Mia", " ", "2099-01-01", "why"),
        ("Mia", "x", "soon", "not a date"),
        ("Mia", "x", "20990101", "not a date"),
        ("Mia", "x", "2099-W01-1", "not a date"),
        ("Mia", "x", "2020-01-01", "past"),
    ],
)
def test_a_waiver_names_a_person_a_reason_and_a_day_to_come(lake, who, why, until, message):
    write(lake, "l0_raw", "b", passed=False)
    with pytest.raises(BadInput, match=message):
        waive_refused(lake, "l0_raw", "b", who, why, until)
    assert lake.waivers().num_rows == 0


def test_now_ends_a_waiver_at_once_and_nothing_else(lake):
    write(lake, "l0_raw", "a", passed=False)
    for refuse in (lambda: None, lambda: waive(lake, TODAY - DAY, shard="a")):
        refuse()
        with pytest.raises(BadInput, match="l0_raw/a: has no waiver in force; there is nothing to end"):
            waive_refused(lake, "l0_raw", "a", "Mia", "a mistake", "now")
    given = waive_refused(lake, "l0_raw", "a", "Mia", "checked", str(TODAY))
    assert told(given) == f"l0_raw/a may be read until the end of {TODAY} (UTC): checked (Mia)" and shards(lake, "l0_raw") == ["a"]
    ended = waive_refused(lake, "l0_raw", "a", "Ole", "a mistake", "now")
    assert told(ended) == "l0_raw/a may not be read any more: a mistake (Ole)" and shards(lake, "l0_raw") == []
    assert standing(lake, "l0_raw", "a").why.endswith(f"its waiver was ended by Ole on {TODAY}: a mistake")


def test_the_list_says_which_waivers_are_in_force(lake):
    for shard in ("a", "b", "c"):
        write(lake, "l0_raw", shard, passed=False)
        waive_refused(lake, "l0_raw", shard, "Mia", "checked", str(TODAY))
    waive(lake, TODAY - DAY, shard="a")
    write(lake, "l0_raw", "c", content="new", passed=False)
    assert [(one.shard, one.state) for one in list_waivers(lake)] == [
        ("a", "replaced by a later one"), ("b", "in force"), ("c", "for rows that are no longer there"), ("a", "ended"),
    ]  # fmt: skip


def test_standing_tells_a_waived_shard_from_a_refused_and_a_promoted_one(lake):
    write(lake, "l0_raw", "a")
    write(lake, "l0_raw", "b", passed=False)
    assert standing(lake, "l0_raw", "a").promoted and not standing(lake, "l0_raw", "a").waived
    assert not standing(lake, "l0_raw", "b").promoted
    waive(lake, TODAY)
    found = standing(lake, "l0_raw", "b")
    assert found.promoted and found.waived and found.waiver["who"] == "Mia"
