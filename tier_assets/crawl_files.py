"""What became of each crawl file, as the UI shows it."""

from collections import Counter
from collections.abc import Sequence

import dagster as dg

from resources import TierStorage
from tier_assets.lineage import sql_models
from tier_assets.preview import as_table
from tierline.crawl.fates import COUNTS, Fate, fates
from tierline.crawl.members import file_and_member
from tierline.display import one_line
from tierline.lake.external_sort import Rows, scan

FILES_SHOWN = 200  # of a shard or of the lake; `tierline files` lists all
WIDTH = 160  # characters of a cell


def files_table(rows: Rows, files: Sequence[str]) -> dg.TableMetadataValue:
    """The files of a shard with their records by what reading them gave, and the first error with its place."""
    counts = {file: dict.fromkeys(("records", "ok", "empty", "unsupported", "error"), 0) for file in files}
    first: dict[str, str] = {}
    for batch in scan(rows, ["source_uri", "status", "source_offset", "error"]):
        for row in batch.to_pylist():
            file, _ = file_and_member(row["source_uri"])
            counts[file]["records"] += 1
            counts[file][row["status"]] += 1
            if row["status"] == "error":
                first.setdefault(file, f"at {row['source_offset']}: {row['error']}")
    shown = list(files)[:FILES_SHOWN]
    records = [
        dg.TableRecord({"file": one_line(file, WIDTH), **counts[file], "first error": one_line(first.get(file, ""), WIDTH)})
        for file in shown
    ]
    if len(files) > len(shown):
        records.append(dg.TableRecord({"file": f"and {len(files) - len(shown)} more", "first error": "`tierline files` lists all"}))
    columns = [
        dg.TableColumn("file", description="address of the crawl file"),
        dg.TableColumn("records", "int", description="records that were found in it, readable or not"),
        dg.TableColumn("ok", "int", description="records with text"),
        dg.TableColumn("empty", "int", description="records without text"),
        dg.TableColumn("unsupported", "int", description="records of no text format, or no successful response"),
        dg.TableColumn("error", "int", description="records that cannot be read; `tierline files FILE` shows each with its bytes"),
        dg.TableColumn("first error", description="place of the first of them (byte, or row of a Parquet file) and what is wrong"),
    ]
    return dg.MetadataValue.table(records, dg.TableSchema(columns))


def fates_table(found: Sequence[Fate]) -> dg.MetadataValue:
    """A row for each file: those that need somebody first, as far as FILES_SHOWN; what is wrong stands where a narrow page ends."""
    ordered = sorted(found, key=lambda fate: fate.state == "finished")[:FILES_SHOWN]
    return as_table(
        [
            {"file": fate.file, "state": fate.state, "why": fate.why or fate.first_error, "shard": fate.shard}
            | {name: fate.counts[name] if fate.counts else None for name in COUNTS}
            | {"since": fate.since.isoformat(" ", "seconds") if fate.since else ""}
            for fate in ordered
        ]
    )


def crawl_files_of(storage: TierStorage) -> dg.MaterializeResult:
    """The metadata of the report of every file."""
    found = fates(storage.open(), sql_models())
    states = Counter(fate.state for fate in found)
    counts = {f"files_{state.replace(' ', '_')}": number for state, number in sorted(states.items())}
    more = {"more": f"{len(found) - FILES_SHOWN:,} further files: `tierline files` lists all"} if len(found) > FILES_SHOWN else {}
    told = {"unreadable_records": "`tierline files FILE` shows each with its place and bytes; `tierline sql unreadable_records` lists all"}
    return dg.MaterializeResult(metadata={"dagster/row_count": len(found), "rows": fates_table(found), **counts, **more, **told})
