"""What was answered is on disk before anybody sees it, reaches the lake once, and no two runs ask about a shard side by side."""

import multiprocessing
import time

import pytest

from tests.unit.llm.test_client import FaultyModel, calls
from tierline.config.recipe import build
from tierline.errors import BadInput, LakeUnavailable
from tierline.lake import Lake
from tierline.llm import CachedModelClient, CallRules, CallStore, Prompt, Sampling
from tierline.llm.journal import write_synced


def ask(store: CallStore, *texts: str) -> FaultyModel:
    model = FaultyModel()
    CachedModelClient(model, store).generate([Prompt(text) for text in texts], Sampling())
    return model


def test_answers_wait_in_the_journal_until_the_store_is_closed(lake):
    store = CallStore(lake, "s")
    ask(store, "ab", "cd")
    assert calls(lake) == [] and len((lake.journals / "s.jsonl").read_bytes().splitlines()) == 2
    store.close()
    assert len(calls(lake)) == 2 and list(lake.journals.iterdir()) == []


def leave_behind(root: str, texts: list[str]) -> None:
    """Asks and ends without closing the store, as a killed run does."""
    ask(CallStore(Lake(root), "s"), *texts)


def in_another_process(target, *arguments) -> multiprocessing.Process:
    process = multiprocessing.get_context("spawn").Process(target=target, args=arguments)
    process.start()
    return process


def test_what_a_dead_run_was_answered_is_not_asked_again(lake):
    in_another_process(leave_behind, lake.root, ["ab", "cd"]).join()
    assert calls(lake) == []
    with CallStore(lake, "s") as store:
        assert ask(store, "ab", "cd", "ef").asked == ["ef"]
    assert len(calls(lake)) == 3


def test_a_crash_between_lake_and_journal_leaves_each_call_in_the_lake_once(lake):
    path = lake.journals / "s.jsonl"
    with CallStore(lake, "s") as store:
        ask(store, "ab")
        written = path.read_bytes()
    path.write_bytes(written)
    CallStore(lake, "s").close()
    assert len(calls(lake)) == 1


def test_a_line_that_was_cut_off_is_no_answer_and_spoils_no_other(lake):
    with CallStore(lake, "s") as store:
        ask(store, "ab")
        whole = (lake.journals / "s.jsonl").read_bytes()
    (lake.journals / "s.jsonl").write_bytes(whole[: len(whole) // 2])
    with CallStore(lake, "s") as store:
        assert ask(store, "cd").asked == ["cd"]
    assert len(calls(lake)) == 2


@pytest.mark.parametrize(
    "damage",
    [
        {"response": "a\ud800"},
        {"prompt_tokens": 1 << 70},
        {"response": "[]"},
        {"response": '{"text": "no such answer"}'},
        {"called_at": "yesterday"},
        {"called_at": None},
        {"kind": "guess"},
        {"shard": 7},
        {"extra": 1},
        {"money": float("nan")},
        {"money": float("inf")},
        {"money": -1.0},
        {"seconds": float("nan")},
        {"seconds": -0.5},
        {"prompt_tokens": -3},
        {"output_tokens": -3},
        {"attempts": -1},
        {"state": "error"},
        {"weights_sha256": "1" * 64},
        {"call_id": "call_of_something_else"},
        {"request": '{"prompt": {"prefill": "", "system": "", "user": "xx"}, "sampling": {}}'},
        {"request": "[]"},
        {"response": '{"text": "dc", "prompt_tokens": -3, "output_tokens": 2, "finish": "stop"}'},
    ],
    ids=str,
)
def test_a_journal_with_a_line_that_no_table_can_hold_heals(lake, caplog, damage):
    with CallStore(lake, "s") as store:
        ask(store, "ab", "cd", "ef")
        rows = store._journal.rows()
        rows[1] |= damage
        store._journal.clear()
        write_synced(store.journal, rows)
    for asked in (["cd"], []):
        with CallStore(lake, "s") as store:
            assert ask(store, "ab", "cd", "ef").asked == asked
    assert len(calls(lake)) == 3 and "s.jsonl: line 2 is no answer" in caplog.text
    assert [path.name for path in lake.journals.iterdir()] == ["s.jsonl.damaged"]


def hold(root: str, ready, seconds: float) -> None:
    store = CallStore(Lake(root), "s")
    ask(store, "ab")
    ready.set()
    time.sleep(seconds)
    store.close()


def test_a_second_run_waits_for_the_first_and_asks_none_of_its_questions(lake, caplog):
    ready = multiprocessing.get_context("spawn").Event()
    first = in_another_process(hold, lake.root, ready, 0.5)
    assert ready.wait(60)
    with CallStore(lake, "s") as store:
        assert ask(store, "ab").asked == []
    first.join()
    assert "waiting for the run" in caplog.text


def test_stores_of_one_process_share_what_was_answered(lake):
    first = CallStore(lake, "s")
    ask(first, "ab")
    with CallStore(lake, "s") as second:
        assert ask(second, "ab").asked == []
    ask(first, "cd")
    first.close()
    assert len(calls(lake)) == 2


def test_a_long_run_hands_its_answers_over_as_it_goes(lake, monkeypatch):
    monkeypatch.setattr("tierline.llm.store.ROWS_PER_COMMIT", 32)
    with CallStore(lake, "s") as store:
        ask(store, *(f"text {number}" for number in range(40)))
        assert len(calls(lake)) == 32


def test_a_journal_that_cannot_be_written_is_one_clear_line(lake, tmp_path):
    (tmp_path / "lake").mkdir()
    (tmp_path / "lake" / "_journal").write_text("a file")
    with pytest.raises(LakeUnavailable, match="_journal"):
        CallStore(lake, "s")


def test_a_call_that_may_never_be_tried_is_refused():
    with pytest.raises(BadInput, match=r"llm\.calls: tries is 0"):
        build(CallRules, {"tries": 0}, "r.yaml: llm.calls")
