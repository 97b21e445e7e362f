"""Where things are in the page of auditors: for its own links, and for those that lead to it from elsewhere."""

from __future__ import annotations

from urllib.parse import quote, urlencode


def row_address(table: str, row_id: str, shard: str = "") -> str:
    """The page of a row; it is found sooner if its shard is named."""
    return f"/audit/row/{quote(table)}/{quote(row_id, safe='')}" + (f"?{urlencode({'shard': shard})}" if shard else "")


def rows_address(table: str, shard: str) -> str:
    """The list of a shard's rows."""
    return f"/audit/rows/{quote(table)}/{quote(shard)}"


def kin_address(table: str, row_id: str, of: str) -> str:
    """The list of a table's rows that were made from a row."""
    return f"/audit/made/{quote(table)}/{quote(row_id, safe='')}?{urlencode({'of': of})}"


def bytes_address(row_id: str) -> str:
    """The bytes of a row of L0."""
    return f"/audit/bytes/{quote(row_id, safe='')}"
