"""A shard's journal: one at a time over all processes, whole lines only, and nothing left behind that is empty."""

import fcntl
import json
import multiprocessing
import time

import pytest

from tierline.errors import LakeUnavailable
from tierline.llm.batch import write_synced
from tierline.llm.journal import Journal

ROWS = [{"call_id": "a", "response": "é\n"}, {"call_id": "b", "response": ""}]


def test_rows_are_read_as_written_and_cleared_in_place(tmp_path):
    journal = Journal.of(tmp_path / "deep" / "s.jsonl")
    write_synced(journal.file, ROWS)
    assert journal.rows() == ROWS
    journal.clear()
    assert journal.rows() == []
    write_synced(journal.file, ROWS[:1])
    assert journal.rows() == ROWS[:1]
    journal.close()
    assert (tmp_path / "deep" / "s.jsonl").exists(), "its rows are not in the lake yet"


def test_an_empty_journal_is_removed_when_its_last_user_goes(tmp_path):
    path = tmp_path / "s.jsonl"
    first, second = Journal.of(path), Journal.of(path)
    assert first is second
    first.close()
    assert path.exists() and not second.file.closed
    second.close()
    assert not path.exists() and second.file.closed


@pytest.mark.parametrize("tail", [b'{"call_id": "c"', b"\xff\xfe", b"{"])
def test_a_line_that_was_cut_off_is_not_read_and_clearing_removes_it(tmp_path, tail):
    path = tmp_path / "s.jsonl"
    path.write_bytes(b"".join(json.dumps(row).encode() + b"\n" for row in ROWS) + tail)
    journal = Journal.of(path)
    assert journal.rows() == ROWS
    journal.clear()
    write_synced(journal.file, ROWS[:1])
    assert journal.rows() == ROWS[:1]
    journal.clear()
    journal.close()


def hold(path, ready, seconds):
    journal = Journal.of(path)
    write_synced(journal.file, ROWS)
    ready.set()
    time.sleep(seconds)
    journal.clear()
    journal.close()  # the file is removed: who waited for its lock must not write into what has no name


def test_who_waits_gets_a_file_that_still_has_its_name(tmp_path):
    path, context = tmp_path / "s.jsonl", multiprocessing.get_context("spawn")
    ready = context.Event()
    other = context.Process(target=hold, args=(path, ready, 0.3))
    other.start()
    assert ready.wait(60)
    journal = Journal.of(path)
    other.join()
    write_synced(journal.file, ROWS[:1])
    assert path.exists() and journal.rows() == ROWS[:1]
    journal.clear()
    journal.close()


def test_the_lock_is_that_of_the_open_file(tmp_path):
    journal = Journal.of(tmp_path / "s.jsonl")
    with journal.path.open("ab") as other, pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    journal.close()
    with (tmp_path / "s.jsonl").open("ab") as other:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(LakeUnavailable, match="cannot be written") as raised:
        Journal.of(tmp_path / "file" / "s.jsonl")
    assert str(tmp_path / "file" / "s.jsonl") in str(raised.value) and "\n" not in str(raised.value)


@pytest.mark.parametrize("damage", [b"\xff\xfe\n", b'{"call_id": "c"\n', b"\0" * 40 + b"\n", b"[" * 100_000 + b"\n", b"\n"], ids=range(5))
def test_a_damaged_line_is_set_aside_and_named_and_costs_no_other(tmp_path, caplog, damage):
    path, good = tmp_path / "s.jsonl", [json.dumps(row).encode() + b"\n" for row in ROWS]
    path.write_bytes(good[0] + damage + good[1])

    def read(line):
        try:
            return json.loads(line)
        except RecursionError:
            raise ValueError("nested") from None

    journal = Journal.of(path)
    assert journal.rows(read) == ROWS
    journal.clear()
    journal.close()
    assert (tmp_path / "s.jsonl.damaged").read_bytes() == damage
    (line,) = caplog.messages
    assert line.startswith(f"{path}: line 2 is no answer (") and "\n" not in line and "s.jsonl.damaged" in line


def test_nobody_waits_without_end_and_the_holder_is_named(tmp_path):
    path, context = tmp_path / "s.jsonl", multiprocessing.get_context("spawn")
    ready = context.Event()
    other = context.Process(target=hold, args=(path, ready, 60))
    other.start()
    try:
        assert ready.wait(60)
        with pytest.raises(
            LakeUnavailable, match=rf"process {other.pid} holds it since 0.2 s; let it end, or end it, then run again"
        ) as raised:
            Journal.of(path, 0.2)
        assert str(path) in str(raised.value) and "\n" not in str(raised.value)
    finally:
        other.kill()
        other.join()
    Journal.of(path, 0.2).close()
