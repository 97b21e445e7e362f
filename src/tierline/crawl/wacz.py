"""Reads web archive collections (WACZ): ZIP files whose WARC files lie below `archive/`; a record's address names its member too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from zipfile import ZipFile

from tierline.crawl.formats import source_format
from tierline.crawl.members import MARK, address_of_member
from tierline.crawl.row_bounds import Bound, rest_is_not_read
from tierline.crawl.rules import ReadRules
from tierline.crawl.stored import UNREADABLE, open_binary
from tierline.crawl.warc_rows import read_warc

FOLDER = MARK.lstrip("!")


def read_wacz(uri: str, rules: ReadRules, bound: Bound) -> Iterator[dict[str, Any]]:
    """Rows of every WARC file in it, in the order of its directory; offsets are those in the member. What else it holds repeats them.

    A member that cannot be read, or is no WARC file, is one error row. ZipFile's errors if it is no ZIP file.
    """
    left = bound.size
    with open_binary(uri) as file, ZipFile(file) as opened:
        members = {member.filename: member for member in opened.infolist() if member.filename.startswith(FOLDER) and not member.is_dir()}
    for name, member in members.items():
        address = {"source_uri": address_of_member(uri, name)}
        left -= member.file_size
        if left < 0:
            yield _fault(f"{name}: {rest_is_not_read(bound)}")
            return
        if source_format(name) != "warc" or MARK in name:
            yield _fault(f"{name} is no WARC file by its name")
            continue
        try:
            yield from (row | address for row in read_warc(address["source_uri"], rules, bound))
        except UNREADABLE as error:
            yield _fault(f"unreadable file: {name}: {error}")


def _fault(reason: str) -> dict[str, Any]:
    return {"source_offset": 0, "source_length": 0, "status": "error", "error": reason}
