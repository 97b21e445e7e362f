"""What reading one record raises, as the fields of its error row: its file is read on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tierline.crawl.binary import NotText
from tierline.unforeseen import reason_of


def fields_or_fault(read: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What `read` returns, or the fields of an error row. A fault that no reader foresaw is named by its kind."""
    try:
        return read()
    except NotText as fault:
        return {"status": "unsupported", "error": f"no text but {fault}"}
    except BaseException as fault:
        return {"status": "error", "error": reason_of(fault)}
