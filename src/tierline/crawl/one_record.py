"""Holds one record's trouble to that record: whatever reading it raises becomes its own error row, and its file is read on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

# An absent package and a full memory are the machine's trouble: the run fails, and the next one reads the record.
_NOT_OF_THE_RECORD = (ImportError, MemoryError)


def fields_or_fault(read: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What `read` returns, or the fields of an error row. A fault that no reader foresaw is named by its kind."""
    try:
        return read()
    except _NOT_OF_THE_RECORD:
        raise
    except Exception as fault:
        said = " ".join(f"{type(fault).__name__}: {fault}".split())
        return {"status": "error", "error": f"unreadable record: {said[:200]}"}
