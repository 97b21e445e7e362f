"""What reading one record raises, as the fields of its error row: its file is read on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tierline.unforeseen import reason_of


def fields_or_fault(read: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What `read` returns, or the fields of an error row. A fault that no reader foresaw is named by its kind."""
    try:
        return read()
    except BaseException as fault:
        return {"status": "error", "error": reason_of(fault)}
