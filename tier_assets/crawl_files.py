"""What became of each crawl file, as the UI shows it."""

from collections.abc import Sequence

import dagster as dg

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
            counts[row["source_uri"]]["records"] += 1
            counts[row["source_uri"]][row["status"]] += 1
            if row["status"] == "error":
                first.setdefault(row["source_uri"], f"at {row['source_offset']}: {row['error']}")
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
