"""When a shard may come out empty: every row that went in has a decision that says why it is not there."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable

import duckdb

from tierline.errors import NotPromoted, NotWritten
from tierline.lake import Lake
from tierline.sql import readable, view_rows
from tierline.stages import BY_NAME, stage_of
from tierline.tables import TABLES, content_id
from tierline.tables.records import DECISIONS

ROW_COUNTS = ("rows", "rows_in")  # the metrics that ask for at least one row
FEW = 100  # rows that rules alone may drop to the last one: more at once is a broken rule or crawl, which a person should see
NO_FILES = content_id("crawl")  # what the registry says of a shard that has no file left
NAMED = 3  # shards that are named
TAKEN_DOWN = "takedown:"  # what rules begin with by which records are not kept
STATED = "reserved:"  # and by which documents are dropped because somebody reserved them: of a site that does so it may be all


def explain_emptiness(lake: Lake, stage: str, shard: str) -> str:
    """Why no row is left although nothing went wrong, in words; empty if rows are there, or should be.

    That is so for a shard whose every file was forgotten, where all rows were taken down, or merged as duplicates or reserved, alone or
    beside others that rules dropped, where rules dropped a few, and where the stage was given nothing because what it reads is promoted
    and empty.
    """
    declared, row = BY_NAME[stage], lake.activity(stage, shard)
    if not declared.per_shard or row is None or lake.manifest(stage, shard).rows:
        return ""
    if not row["rows_in"]:
        if json.loads(row["inputs"]).get(f"crawl_files/{shard}") == NO_FILES:
            return "every crawl file of the shard was forgotten: it is withdrawn"
        reads = declared.parents or tuple(table for table in declared.reads if stage_of(table).per_shard)
        return (
            "it was given no rows, because nothing was left before it" if reads and all(_empty(lake, one, shard) for one in reads) else ""
        )
    counts = _decided(lake, stage, shard)
    if all(rule.startswith(TAKEN_DOWN) for _, rule in counts):
        return f"all {row['rows_in']:,} rows were taken down"
    outcomes = Counter[str]()
    for (outcome, _), rows in counts.items():
        outcomes[outcome] += rows
    whole = outcomes.total() == row["rows_in"] and not set(outcomes) - {"merged", "dropped", "quarantined"}
    reserved = any(rule.startswith(STATED) for _, rule in counts)
    if not whole or not (outcomes["merged"] or reserved or outcomes.total() <= FEW):
        return ""
    if outcomes["merged"] == outcomes.total():
        return f"all {outcomes.total():,} rows repeat rows{_elsewhere(lake, stage, shard)} ({_rules(counts, 'merged')})"
    parts = [f"{outcomes[one]:,} {one} ({_rules(counts, one)})" for one in ("merged", "dropped", "quarantined") if outcomes[one]]
    return f"of {outcomes.total():,} rows {', '.join(parts)}"


def describe_decisions(lake: Lake, stage: str, shard: str) -> str:
    """What became of the rows that went in, in words: "12 dropped (gopher:too_short 12)"; empty if none went in."""
    counts = _decided(lake, stage, shard)
    outcomes = dict.fromkeys(outcome for outcome, _ in counts)
    totals = {one: sum(rows for (outcome, _), rows in counts.items() if outcome == one) for one in outcomes}
    return ", ".join(f"{rows:,} {one}{f' ({_rules(counts, one)})' if one != 'kept' else ''}" for one, rows in totals.items())


def _decided(lake: Lake, stage: str, shard: str) -> dict[tuple[str, str], int]:
    """(outcome, rule) -> rows, the largest group first."""
    with duckdb.connect() as database, readable(lake.root):
        view_rows(database, "decisions", lake, "decisions", lake.ledger_files(stage, shard), DECISIONS)
        found = database.execute(
            "select outcome, coalesce(rule, ''), count(*) from decisions group by all order by 3 desc, 1, 2"
        ).fetchall()
    return {(outcome, rule): rows for outcome, rule, rows in found}


def _rules(counts: dict[tuple[str, str], int], outcome: str) -> str:
    return ", ".join(f"{rule} {rows:,}" for (one, rule), rows in counts.items() if one == outcome)


def _elsewhere(lake: Lake, stage: str, shard: str) -> str:
    """The shards that keep the rows, where the stage names them."""
    side = next((table for table in BY_NAME[stage].tables if "kept_shard" in TABLES[table].columns), None)
    if side is None:
        return ""
    return _of(sorted({name for name in lake.read(side, shard, ["kept_shard"])["kept_shard"].to_pylist() if name}))


def _of(shards: Iterable[str]) -> str:
    names = list(shards)
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f" of {', '.join(names[:NAMED])}{more}" if names else ""


def _empty(lake: Lake, table: str, shard: str) -> bool:
    try:
        return lake.stream_promoted(table, shard)[1].rows == 0
    except (NotWritten, NotPromoted):
        return False
