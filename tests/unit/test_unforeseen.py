"""A record that raises is lost alone and says why; what is the machine's trouble is raised."""

import errno

import pyarrow as pa
import pytest

from tierline import unforeseen
from tierline.errors import BadInput
from tierline.unforeseen import Lost, decide_held, held, reason_of


def double(rows: list[int]) -> list[int]:
    if guilty := {13, 21, 22} & set(rows):
        raise ValueError(f"{min(guilty)} is none")
    return [2 * row for row in rows]


@pytest.mark.parametrize("rows", [[], [1], [13], list(range(8)), list(range(30)), [13, 21, 22]])
def test_every_record_but_the_guilty_is_worked_on_in_order(rows):
    found: list[int | str] = []
    for part in held(double, rows):
        found += [part.reason] if isinstance(part, Lost) else part
    assert found == [f"unforeseen: ValueError: {row} is none" if row in (13, 21, 22) else 2 * row for row in rows]


def test_a_batch_without_guilty_records_is_worked_on_once():
    calls: list[int] = []
    assert list(held(lambda rows: calls.append(len(rows)), list(range(100)))) == [None] and calls == [100]


def test_rows_of_arrow_tables_are_decided_once_each():
    def work(batch: pa.RecordBatch):
        if "odd" in batch["name"].to_pylist():
            raise KeyError("odd")
        return pa.Table.from_batches([batch.select(["name"])]), [{"row_id": name, "outcome": "kept"} for name in batch["name"].to_pylist()]

    names = [f"doc_{number}" for number in range(600)]
    names[400] = "odd"
    rows = pa.table({"name": names, "tokens": range(600)})
    table, decisions = decide_held(work, rows, "name", pa.schema({"name": pa.string()}))
    assert table["name"].to_pylist() == [name for name in names if name != "odd"] and [one["row_id"] for one in decisions] == names
    lost = {"row_id": "odd", "tokens": 400, "outcome": "error", "rule": "unforeseen", "detail": "unforeseen: KeyError: 'odd'"}
    assert decisions[400] == lost


@pytest.mark.parametrize(
    "error",
    [
        *(KeyboardInterrupt(), SystemExit(1), GeneratorExit(), ModuleNotFoundError("numba"), BadInput("spent")),
        *(OSError(errno.ENOSPC, "no space left on device"), PermissionError(errno.EACCES, "denied")),
    ],
)
def test_what_is_no_fault_of_a_record_is_raised(error):
    def fails(rows):
        raise error

    with pytest.raises(type(error)):
        list(held(fails, [1, 2]))


def test_a_record_that_asks_for_too_much_memory_is_lost_and_a_machine_without_any_ends_the_run(monkeypatch):
    assert reason_of(MemoryError()) == "unforeseen: MemoryError"
    monkeypatch.setattr(unforeseen, "_ROOM", 1 << 62)
    for error in (MemoryError(), RuntimeError("can't start new thread")):
        with pytest.raises(type(error)):
            reason_of(error)


@pytest.mark.parametrize(
    "said",
    [
        "/home/me/crawl/a.warc is broken",
        "cannot open 'C:\\Users\\me\\a.warc'",
        "https://me:word@host.example/?token=abc refused",
        "mail jo@host.example",
        "api_key=0123456789",
        "key " + "0123456789abcdef" * 4,
    ],
)
def test_a_reason_names_no_path_address_or_key(said):
    reason = reason_of(ValueError(said))
    assert reason.startswith("unforeseen: ValueError: ") and "…" in reason
    assert not any(part in reason for part in ("/", "\\", "me", "word", "@", "abc", "host", "0123456789"))


def test_a_reason_is_one_short_line_that_can_be_stored():
    reason = reason_of(ValueError("a\nb\x00\ud800 " + "long " * 200))
    assert "\n" not in reason and len(reason) <= 200 and reason.encode("utf-8")
