"""The first rows of what a stage wrote and of what it left out, as harmless text: crawled text cannot act in the browser."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import dagster as dg

from tierline.display import one_line
from tierline.lake import StageResult
from tierline.lake.external_sort import Rows
from tierline.tables import TABLES

ROWS = 5  # of each preview
CHARACTERS = 160  # of one cell
UNBROKEN = 48  # characters of a word, such as a URL, that would make its column wide and all others narrow
DIGITS = 4  # of a number
DECISIONS_READ = 1 << 16  # of a ledger, at most, to find different reasons
REASON = ("outcome", "rule", "value", "threshold", "detail", "row_id")  # `tierline trace ROW_ID` shows the row


def previews(result: StageResult, table: str) -> dict[str, dg.MetadataValue]:
    """`first_rows` of the stage's main table and `not_kept`, one row per reason; each only if there is something to show.

    Reads a few rows of the result in memory, never the lake.
    """
    shown = {"first_rows": first_rows(result, table), "not_kept": not_kept(result)}
    return {name: as_table(rows) for name, rows in shown.items() if rows}


def as_table(rows: Sequence[Mapping[str, Any]]) -> dg.MetadataValue:
    """Rows of equal columns as the UI shows them without a click; numbers rounded, long cells cut, control characters written out.

    Cells of such a table are text to the browser: unlike Markdown, they can hold neither markup nor links.
    """
    if not rows:
        return dg.MetadataValue.text("no rows")
    records = [dg.TableRecord({name: _cell(value) for name, value in row.items()}) for row in rows]
    return dg.MetadataValue.table(records, dg.TableSchema([dg.TableColumn(name) for name in rows[0]]))


def first_rows(result: StageResult, table: str) -> list[dict[str, Any]]:
    """At most ROWS rows, with the columns that the table's schema lists for its preview; a fact is shown with its evidence."""
    spec = TABLES[table]
    names = [name for name in spec.preview if name in spec.fields]
    rows = list(_head(result.tables[table], [*dict.fromkeys([spec.key, *names])], ROWS))
    evidence = _evidence(result, table, [row[spec.key] for row in rows])
    return [{name: row[name] for name in names} | ({"evidence": evidence[row[spec.key]]} if evidence else {}) for row in rows]


def not_kept(result: StageResult) -> list[dict[str, Any]]:
    """One row for each of at most ROWS reasons why rows of the stage's ledgers were not kept, in the order of the ledgers."""
    found: dict[tuple[str, str | None], dict[str, Any]] = {}
    for _, decisions in result.ledgers.values():
        for row in _head(decisions, list(REASON), DECISIONS_READ):
            if row["outcome"] != "kept":
                found.setdefault((row["outcome"], row["rule"]), row)
            if len(found) == ROWS:
                break
    rows = list(found.values())
    return [{name: row[name] for name in REASON if any(one[name] is not None for one in rows)} for row in rows]


def _evidence(result: StageResult, table: str, keys: list[str]) -> dict[str, str]:
    """Key -> the quotes that support the row, where a side table of the stage holds quotes by the main table's key."""
    key = TABLES[table].key
    quotes: dict[str, list[str]] = {one: [] for one in keys}
    for name, rows in result.tables.items():
        if name != table and {key, "quote", "domain"} <= TABLES[name].fields.keys():
            for row in _head(rows, [key, "quote", "domain"], rows.num_rows):
                if row[key] in quotes:
                    quotes[row[key]].append(f"{row['domain']}: {one_line(row['quote'], CHARACTERS // 2)}")
    return {one: " / ".join(said[:3]) for one, said in quotes.items() if said} if any(quotes.values()) else {}


def _head(rows: Rows, columns: list[str], limit: int) -> Iterator[dict[str, Any]]:
    return islice((row for batch in rows.to_batches() for row in batch.slice(0, limit).select(columns).to_pylist()), limit)


def _cell(value: Any) -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    if isinstance(value, int):
        return value
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return re.sub(rf"\S{{{UNBROKEN + 1},}}", lambda word: word[0][: UNBROKEN - 1] + "…", one_line(text, CHARACTERS))
