"""What the system refused is named as what it is."""

import errno
import sqlite3

import pytest

from tier_assets.run_errors import system_error


def sqlite_error(name: str) -> sqlite3.Error:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorname = name
    return error


def behind(cause: BaseException) -> BaseException:
    error = RuntimeError("the run failed")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    "cause",
    [
        MemoryError(),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
        sqlite_error("SQLITE_IOERR_SHMMAP"),
        sqlite_error("SQLITE_IOERR_NOMEM"),
        behind(MemoryError()),
    ],
)
def test_a_lack_of_memory_is_no_error_of_the_disk(cause):
    assert system_error(behind(cause)).startswith("there is not enough memory")


def test_a_database_that_cannot_be_written_is_named_with_its_folder(monkeypatch):
    monkeypatch.setenv("TIERLINE_STATE", "/state")
    assert system_error(behind(sqlite_error("SQLITE_IOERR_WRITE"))).startswith("/state: Dagster's storage cannot be used (disk I/O error)")
    assert system_error(RuntimeError("something else")) == ""
