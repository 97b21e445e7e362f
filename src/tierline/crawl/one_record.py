"""What reading one record raises, as the fields of its error row: its file is read on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Unread:
    """A record that was taken out of its file and is yet to be read, by whichever process: `size` counts its bytes, and `fields` makes what
    its row lacks."""

    size: int
    fields: Callable[[], dict[str, Any]]


UNREAD = "unread"  # where a row has its Unread


def read_row(row: dict[str, Any]) -> dict[str, Any]:
    """The row with the fields of its record."""
    known = dict(row)
    unread: Unread | None = known.pop(UNREAD, None)
    return known if unread is None else known | fields_or_fault(unread.fields)
