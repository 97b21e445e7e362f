"""Commands for people who decide."""

import json
from datetime import UTC, datetime

import pytest

from tests.conftest import rows_of
from tierline.lake import Activity, StageResult, Verdict, decision_table


def refuse(lake, shard: str) -> None:
    lake.record(Verdict("l0_raw", shard, lake.manifest("l0_raw", shard).stage_digest, "t", "0", False, "[]", ("error_share is 1",)))


def test_a_waiver_is_named_dated_and_counts(crawled, run):
    lake, shard, _ = crawled
    refuse(lake, shard)
    assert run("waivers") == (0, "No waiver was ever given.\n", "")
    status, out, _ = run("waive", "l0_raw", shard, "--who", "me", "--why", "checked by hand", "--until", "2099-01-01")
    assert status == 0 and "until the end of 2099-01-01 (UTC)" in out and lake.waivers().to_pylist()[0]["why"] == "checked by hand"
    assert lake.read_promoted("l0_raw", shard)[0].num_rows == 2
    assert json.loads(run("waivers", "--json")[1])["state"] == "in force"
    assert run("waivers")[1].splitlines()[1].split()[:5] == ["l0_raw", shard, "in", "force", "2099-01-01"]


def test_a_waiver_that_was_ended_is_listed_as_ended(crawled, run):
    lake, shard, _ = crawled
    refuse(lake, shard)
    today = datetime.now(UTC).date()
    assert run("waive", "l0_raw", shard, "--who", "me", "--why", "checked", "--until", str(today))[0] == 0
    status, out, _ = run("waive", "l0_raw", shard, "--who", "you", "--why", "a mistake", "--until", "now")
    assert (status, out) == (0, f"l0_raw/{shard} may not be read any more: a mistake (you)\n")
    states = [json.loads(line)["state"] for line in run("waivers", "--json")[1].splitlines()]
    assert states == ["replaced by a later one", "ended"] and "ended" in run("waivers")[1].splitlines()[-1]


def test_a_shard_that_passes_is_not_waived(crawled, run):
    lake, shard, _ = crawled
    status, out, err = run("waive", "l0_raw", shard, "--who", "me", "--why", "to be sure", "--until", "2099-01-01")
    assert status == 2 and out == "" and err.count("\n") == 1 and "has passed its gate; there is nothing to waive" in err
    assert lake.waivers().num_rows == 0


def test_a_name_that_no_shard_has_cannot_be_waived_whatever_it_is(crawled, run):
    for name in ("*", "\0", "%", "../" * 9, "\u202e"):
        status, out, err = run("waive", "l0_raw", name, "--who", "me", "--why", "to be sure", "--until", "2099-01-01")
        assert status == 2 and out == "" and err.count("\n") == 1 and "has not been written" in err


@pytest.mark.parametrize(
    ("name", "who", "why", "said"),
    [
        ("s", "\u200b\u2060", "why", "who: must not be empty"),
        ("s", "me", "\u3164 \u2800", "why: must not be empty"),
        ("s", "m" * 100_000, "why", "who: has 100,000 characters; give at most 200"),
        ("s", "me", "w" * 2_001, "why: has 2,001 characters; give at most 2,000"),
        ("", "me", "why", "'': no such shard"),
    ],
)
def test_a_waiver_that_names_nobody_nothing_or_no_end_of_it_is_refused(lake, run, name, who, why, said):
    status, out, err = run("waive", "mix_midtrain", name, "--who", who, "--why", why, "--until", "2099-01-01")
    assert status == 2 and out == "" and err.startswith(f"tierline: {said}") and err.count("\n") == 1


def test_diff_and_review_say_what_there_is_and_what_there_is_not(lake, commit, run):
    assert "nothing has moved" in run("diff")[1] and "Nothing waits" in run("review")[1]
    shard_row = {"after_activity_id": "act_2", "before_activity_id": "act_1", "before_written_at": datetime(2026, 1, 1, tzinfo=UTC)}
    shard_row |= {"causes": ["model of l2_scores"], "compared": 4, "promoted": 1, "demoted": 0, "agreement": 0.75, "kappa": 0.5}
    commit(lake, "l2_selection_diff", [{"doc_id": "doc_1", "direction": "promoted"}], l2_selection_diff_shards=[shard_row])
    commit(lake, "l1_filtered", [{"doc_id": "doc_1", "text": "Some words."}])
    commit(
        lake, "review_queue", [{"doc_id": "doc_1", "priority": 0.9, "reasons": ["x"], "scores": [], "excerpt_start": 0, "excerpt_end": 4}]
    )
    out = run("diff", "s")[1]
    assert out.splitlines()[1].split() == ["s", "1", "0", "4", "0.750", "0.500", "model", "of", "l2_scores"]
    assert "promoted   doc_1" in out and "tierline --as-of 2026-01-01T00:00:00+00:00 sql l2_selection" in out
    assert json.loads(run("diff", "--json")[1])["doc_id"] == "doc_1"
    assert "item_" in run("review")[1] and "Document: Some words." in run("review")[1]
    assert json.loads(run("review", "--json")[1])["row_id"] == "doc_1"


@pytest.mark.parametrize("rule", ["manuals:changed", "manuals:approval_ended"])
def test_a_manual_whose_approval_lapsed_waits_for_review(lake, commit, run, rule):
    commit(lake, "l2_selected", [{"doc_id": "doc_1", "url": "https://docs.example/1", "text": "Turn the wheel."}])
    lapsed = {"row_id": "doc_1", "outcome": "dropped", "rule": rule, "detail": "not what the keepers approved"}
    result = StageResult({"l4_manuals": rows_of("l4_manuals", [])}, {"l4_manuals": (1, decision_table([lapsed]))})
    manifest = lake.commit(Activity.begin("l4_manuals", "s", "1", (), {}), result)
    lake.record(Verdict("l4_manuals", "s", manifest.stage_digest, "t", "0", True, "[]"))
    out = run("review")[1]
    assert "manual  https://docs.example/1" in out and f"{rule}: not what the keepers approved" in out and "Turn the wheel." in out


def test_rethreshold_shows_what_a_looser_bound_would_keep(lake, commit, run):
    names = (
        "word_count",
        "stop_word_count",
        "mean_word_length",
        "alphabetic_word_share",
        "sentence_count",
        "terminal_punctuation_line_share",
    )
    seen = dict(zip(names, (80, 6, 5, 1, 9, 1), strict=True)) | {"language": "en", "language_confidence": 0.9, "unspaced_share": 0}
    rows = [seen | {"doc_id": "a", "tokens": 100}, seen | {"doc_id": "b", "tokens": 30, "word_count": 40}]
    commit(lake, "l1_filtered", [], l1_signals=rows)
    status, out, _ = run("rethreshold", "words_min=30")
    table = {line.split()[0]: line.split()[1:] for line in out.splitlines()[1:]}
    assert status == 0 and table == {"kept": ["1", "2", "100", "130"], "gopher:too_short": ["1", "0", "30", "0"]}
    assert run("rethreshold", "languages=de,fr")[1].splitlines()[-1].split() == ["language:unwanted", "0", "2", "0", "130"]
