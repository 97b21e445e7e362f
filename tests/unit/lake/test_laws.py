"""The laws of the lake: conservation, nothing unjudged is read, replay, and what a crash may leave behind."""

from datetime import date, timedelta

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import tables_of
from tierline.errors import LakeUnavailable, LawBroken, NotPromoted, NotWritten
from tierline.lake import Activity, Lake, StageResult, Verdict, Waiver, decision_table, result
from tierline.lake.digest import content_digest
from tierline.lake.result import check_conservation
from tierline.tables import OUTCOMES


def test_unwritten_unjudged_and_refused_rows_are_not_read(lake, commit):
    with pytest.raises(NotWritten, match="l0_raw/s: has not been written; materialize l0_raw"):
        lake.read_promoted("l0_raw", "s")
    manifest = commit(lake, "l0_raw", [{"doc_id": "a"}], promote=False)
    with pytest.raises(NotPromoted, match="have not been judged"):
        lake.read_promoted("l0_raw", "s")
    lake.record(Verdict("l0_raw", "s", manifest.stage_digest, "t", "0", False, "[]", ("rows is 0",)))
    with pytest.raises(NotPromoted, match="quarantined: rows is 0"):
        lake.read_promoted("l0_raw", "s")
    assert lake.promoted("l0_raw") == [] and lake.promoted_files("l0_raw") == []


def test_a_verdict_counts_for_the_rows_it_judged_only(lake, commit):
    commit(lake, "l0_raw", [{"doc_id": "a"}])
    assert lake.read_promoted("l0_raw", "s")[0]["doc_id"].to_pylist() == ["a"]
    commit(lake, "l0_raw", [{"doc_id": "b"}], promote=False)
    with pytest.raises(NotPromoted):
        lake.read_promoted("l0_raw", "s")
    assert lake.read("l0_raw", "s")["doc_id"].to_pylist() == ["b"]


@pytest.mark.parametrize(("days", "read"), [(0, True), (30, True), (-1, False)])
def test_a_waiver_lets_a_refused_shard_through_until_its_day(lake, commit, days, read):
    manifest = commit(lake, "l0_raw", [{"doc_id": "a"}], promote=False)
    lake.record(Verdict("l0_raw", "s", manifest.stage_digest, "t", "0", False, "[]", ("x",)))
    lake.waive(Waiver("l0_raw", "s", manifest.stage_digest, "who", "why", date.today() + timedelta(days)))
    if read:
        assert lake.read_promoted("l0_raw", "s")[0].num_rows == 1
    else:
        with pytest.raises(NotPromoted):
            lake.read_promoted("l0_raw", "s")


def test_one_shard_is_replaced_and_the_others_stay(lake, commit):
    for shard in ("s1", "s2"):
        commit(lake, "l0_raw", [{"doc_id": shard}], shard)
    before = lake.manifest("l0_raw", "s2")
    commit(lake, "l0_raw", [{"doc_id": "new"}], "s1")
    assert lake.manifest("l0_raw", "s2") == before
    assert [manifest.shard for manifest in lake.promoted("l0_raw")] == ["s1", "s2"]


def test_replay_gives_the_same_digest_and_activity(lake, commit):
    rows = [{"doc_id": "b", "source_offset": 2, "text": "x"}, {"doc_id": "a", "source_offset": 1, "text": None}]
    first = commit(lake, "l0_raw", rows)
    second = commit(lake, "l0_raw", list(reversed(rows)))
    assert (first.digest, first.stage_digest, first.activity_id) == (second.digest, second.stage_digest, second.activity_id)


@pytest.mark.parametrize("crash_at", ["decisions", "activities"])
def test_a_crash_before_the_activity_leaves_the_last_version(lake, commit, monkeypatch, crash_at):
    commit(lake, "l0_raw", [{"doc_id": "old"}])

    def crash_in(write):
        def crash(name, *arguments):
            if name == crash_at:
                raise KeyboardInterrupt
            return write(name, *arguments)

        return crash

    with monkeypatch.context() as broken:
        for method in ("replace_if", "write"):
            broken.setattr(lake.delta, method, crash_in(getattr(lake.delta, method)))
        with pytest.raises(KeyboardInterrupt):
            commit(lake, "l0_raw", [{"doc_id": "new"}])
    again = Lake(lake.root)
    assert again.read_promoted("l0_raw", "s")[0]["doc_id"].to_pylist() == ["old"]
    assert again.decisions("l0_raw", "s")["row_id"].to_pylist() == ["old"]
    commit(again, "l0_raw", [{"doc_id": "new"}])
    assert again.read_promoted("l0_raw", "s")[0]["doc_id"].to_pylist() == ["new"]


def test_a_result_that_breaks_a_law_is_refused_before_anything_is_written(lake, make_rows):
    table = make_rows("l0_raw", [{"doc_id": "a"}, {"doc_id": "a"}])
    decisions = decision_table([{"row_id": "a", "outcome": "kept"}, {"row_id": "b", "outcome": "kept"}])
    with pytest.raises(LawBroken, match="doc_id is not unique"):
        lake.commit(Activity.begin("l0_raw", "s", "1", (), {}), StageResult(tables_of("l0_raw", l0_raw=table), {"l0_raw": (2, decisions)}))
    assert lake.manifests("l0_raw") == []


def test_an_unwritable_lake_is_one_clear_line(tmp_path, commit):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(LakeUnavailable) as raised:
        commit(Lake(str(tmp_path / "file" / "lake")), "l0_raw", [{"doc_id": "a"}])
    assert "\n" not in str(raised.value) and str(tmp_path) in str(raised.value)


outcomes = st.sampled_from(OUTCOMES)


@settings(max_examples=50, deadline=None)
@given(st.lists(outcomes, max_size=30))
def test_conservation_holds_for_any_split_and_fails_for_one_row_less(found):
    rows = [{"row_id": str(number), "outcome": outcome, "rule": None if outcome == "kept" else "r"} for number, outcome in enumerate(found)]
    check_conservation("stage", len(rows), decision_table(rows))
    with pytest.raises(LawBroken, match="went in"):
        check_conservation("stage", len(rows) + 1, decision_table(rows))


@pytest.mark.parametrize("in_memory", [0, 10], ids=["on disk", "in memory"])
def test_values_are_counted_on_disk_as_in_memory(monkeypatch, in_memory):
    monkeypatch.setattr(result, "COUNTED_IN_MEMORY", in_memory)
    rows = [{"row_id": row_id, "outcome": "kept"} for row_id in ("b", None, "a")]
    check_conservation("stage", 3, decision_table(rows))
    with pytest.raises(LawBroken, match="decided twice"):
        check_conservation("stage", 4, decision_table([*rows, {"row_id": "b", "outcome": "kept"}]))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"row_id": "a", "outcome": "kept"}, {"row_id": "a", "outcome": "kept"}], "decided twice"),
        ([{"row_id": "a", "outcome": "lost", "rule": "r"}], "unknown outcome"),
        ([{"row_id": "a", "outcome": "dropped"}], "no rule is named"),
    ],
)
def test_decisions_must_be_unique_known_and_explained(rows, message):
    with pytest.raises(LawBroken, match=message):
        check_conservation("stage", len(rows), decision_table(rows))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=5) | st.none(), st.integers(-5, 5) | st.none()), max_size=20), st.integers(1, 7))
def test_the_digest_sees_values_and_nulls_but_no_chunks(rows, size):
    table = pa.table({"text": pa.array([row[0] for row in rows], pa.string()), "number": pa.array([row[1] for row in rows], pa.int64())})
    chunked = pa.Table.from_batches(table.to_batches(max_chunksize=size), schema=table.schema)
    assert content_digest(table) == content_digest(chunked)
    if rows:
        changed = table.set_column(1, "number", pa.array([99, *table["number"].to_pylist()[1:]], pa.int64()))
        assert content_digest(changed) != content_digest(table)
