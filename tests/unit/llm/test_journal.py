"""A shard's journal: one at a time over all processes, whole lines only, and nothing left behind that is empty."""

import fcntl
import multiprocessing
import time

import pytest

from tierline.errors import LakeUnavailable
from tierline.llm.journal import Journal, write_synced

ROWS = [{"call_id": "a", "response": "é\n"}, {"call_id": "b", "response": ""}]


def written(path, *rows) -> bytes:
    """The file of a journal that a crash left with these rows."""
    with path.open("wb") as file:
        write_synced(file, rows)
    return path.read_bytes()


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
    path.write_bytes(written(path, *ROWS) + tail)
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


NESTED = b"[" * 100_000


@pytest.mark.parametrize("damage", [b"\xff\xfe\n", b'{"call_id": "c"\n', b"\0" * 40 + b"\n", NESTED + b"\n", b"\n"], ids=range(5))
def test_a_damaged_line_is_set_aside_and_named_and_costs_no_other(tmp_path, caplog, damage):
    path = tmp_path / "s.jsonl"
    good = [written(path, row) for row in ROWS]
    path.write_bytes(good[0] + damage + good[1])
    journal = Journal.of(path)
    assert journal.rows() == ROWS
    journal.clear()
    journal.close()
    assert (tmp_path / "s.jsonl.damaged").read_bytes() == damage
    (line,) = caplog.messages
    assert line.startswith(f"{path}: line 2 is no answer (") and "\n" not in line and "s.jsonl.damaged" in line


def test_no_flipped_bit_is_taken_for_what_was_written(tmp_path, caplog):
    path = tmp_path / "s.jsonl"
    sound = written(path, {"response": "1"}, {"response": "2"}, {"response": "3"})
    first, second = (sound.index(b"\n", at) + 1 for at in (0, sound.index(b"\n") + 1))
    journal = Journal.of(path)
    for bit in range(8 * first, 8 * second):
        damaged = bytearray(sound)
        damaged[bit // 8] ^= 1 << bit % 8
        path.write_bytes(damaged)
        kept = [row["response"] for row in journal.rows()]
        assert kept == (["1"] if bit // 8 == second - 1 else ["1", "3"]), "its end may take the next line along"
    journal.clear()
    journal.close()


def test_lines_of_an_older_version_are_set_aside_and_told_in_one_line(tmp_path, caplog):
    path = tmp_path / "s.jsonl"
    path.write_bytes(b'{"call_id": "a"}\n' * 1000)
    journal = Journal.of(path)
    assert journal.rows() == [] and len((tmp_path / "s.jsonl.damaged").read_bytes().splitlines()) == 1000
    (line,) = caplog.messages
    assert "line 1 and 999 more are no answers (an older version wrote it, without a checksum)" in line
    journal.clear()
    journal.close()


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
