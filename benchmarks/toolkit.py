"""Takes the same pages to scored documents through each engine that the toolkit serves, beside its functions, the pipeline, datatrove.

Run it from `.venv-engines` (`make engines`). Each engine reads a Parquet file and writes one, by its example in examples/toolkit; an engine
that is not installed is skipped. The pipeline reads the same pages from a WARC file and ends at scores too; datatrove ends at its filters.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from fastwarc.warc import ArchiveIterator, WarcRecordType

from benchmarks.filtering import crawl_files
from benchmarks.filtering_sides import datatrove_shard, write_shards
from tierline import batch
from tierline.batch.score import NOT_JUDGED
from tierline.crawl import ReadRules
from tierline.crawl.read import read_shard
from tierline.dedup import DedupRules
from tierline.dedup.resolve import NoDocuments
from tierline.filters import BoilerplateRules, FilterRules
from tierline.filters.filter import filter_shard
from tierline.selection.score import score_batch

BUDGETS = {"smoke": (60, 1), "small": (600, 3), "full": (6_000, 3)}  # pages, turns
ENGINES = {"pandas": "pandas", "polars": "polars", "datasets": "datasets", "ray": "ray", "beam": "apache_beam", "daft": "daft"}
STEPS = (batch.extract, batch.filter, batch.score, batch.select, batch.assign_tier)
NO_SITES = BoilerplateRules(
    documents_min=1 << 30
)  # the functions look at one document at a time, so the pipeline cuts no repeated lines here
COMPARED = ("text_sha256", "language", "tokens", "usefulness", "toxicity", "injection_spans")


def main(arguments: list[str] | None = None) -> int:
    """Prints a table and one JSON line."""
    parser = argparse.ArgumentParser(prog="benchmarks.toolkit", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder with *.warc.gz below crawl")
    parser.add_argument("--budget", choices=BUDGETS, default="small")
    options = parser.parse_args(arguments)
    files = crawl_files(options.data)
    if not files:
        parser.error(f"no *.warc.gz below {options.data}; name a folder that holds crawl files")
    pages, turns = BUDGETS[options.budget]
    with tempfile.TemporaryDirectory() as scratch:
        metrics, skipped = measure(files, Path(scratch), pages, turns)
    for name, value in metrics.items():
        print(f"{name:28} {value:10.3f}")
    print(json.dumps({"benchmark": "toolkit", "data": str(options.data), "metrics": metrics, "skipped": skipped}))
    return 0


def measure(files: list[Path], scratch: Path, pages: int, turns: int) -> tuple[dict[str, float], list[str]]:
    """(rows a second by side, and whether each engine gives the functions' rows; the engines that are not installed)."""
    warc = write_shards(files, scratch, 2 * pages)[0]
    rows = pages_of(warc)
    source = scratch / "pages.parquet"
    pq.write_table(rows, source, row_group_size=256)
    expected = through_functions(rows)
    sides: dict[str, Callable[[Path], object]] = {
        "functions": lambda target: pq.write_table(through_functions(pq.read_table(source)), target),
        "pipeline": lambda target: pq.write_table(through_pipeline(warc), target),
        "datatrove": lambda target: datatrove_shard(str(warc), str(target)),
    }
    if importlib.util.find_spec("datasets"):
        import_module("datasets").disable_caching()  # it would read the rows of the turn before
    there = [name for name, module in ENGINES.items() if importlib.util.find_spec(module)]
    for name in there:
        sides[name] = lambda target, name=name: import_module(f"examples.toolkit.with_{name}").main(str(source), str(target))
    metrics: dict[str, float] = {"pages": float(rows.num_rows)}
    for name, run in sides.items():
        seconds = [_seconds(run, scratch / f"{name}-{turn}") for turn in range(turns + 1)][1:]  # the first starts the engine
        metrics[f"rows_s_{name}"] = rows.num_rows / statistics.median(seconds)
    for name in there:
        metrics[f"digest_equal_{name}"] = float(equal(written(scratch / f"{name}-0"), expected, expected.column_names))
    kept = expected.filter(pc.equal(expected["l1_outcome"], "kept"))
    metrics["digest_equal_pipeline"] = float(equal(written(scratch / "pipeline-0"), kept, list(COMPARED)))
    return metrics, [name for name in ENGINES if name not in there]


def pages_of(warc: Path) -> pa.Table:
    """The pages of a WARC file as a crawler's table: columns url, body, content_type."""
    rows: list[dict[str, object]] = []
    with warc.open("rb") as file:
        for record in ArchiveIterator(file, record_types=WarcRecordType.response):
            kind = record.http_headers.get("Content-Type") if record.http_headers else None
            rows.append({"url": record.headers.get("WARC-Target-URI"), "body": record.reader.read(), "content_type": kind})
    return pa.Table.from_pylist(rows, schema=pa.schema({"url": pa.string(), "body": pa.binary(), "content_type": pa.string()}))


def through_functions(rows: pa.Table) -> pa.Table:
    """One call of each function."""
    for step in STEPS:
        rows = step(rows)
    return rows


def through_pipeline(warc: Path) -> pa.Table:
    """What the stages l0_raw, l1_filtered and l2_scores compute, duplicates included: columns COMPARED."""
    raw = read_shard([str(warc)], ReadRules()).tables["l0_raw"]
    tables = filter_shard(raw, FilterRules(), DedupRules(similarity_min=2.0), NoDocuments(), NO_SITES).tables
    batches = tables["l1_filtered"].to_batches()
    documents = pa.Table.from_batches(batches) if batches else tables["l1_filtered"].schema.empty_table()
    scores = score_batch(documents, NOT_JUDGED, batch.shipped_scorers())
    return pa.table({name: (documents if name in documents.column_names else scores)[name] for name in COMPARED})


def written(target: Path) -> pa.Table:
    """Every row of the Parquet files that a side wrote at, below or beside a path."""
    files = [target] if target.is_file() else sorted(target.rglob("*.parquet")) or sorted(target.parent.glob(f"{target.name}*.parquet"))
    return pa.concat_tables([pq.read_table(file) for file in files], promote_options="permissive")


def equal(found: pa.Table, expected: pa.Table, columns: list[str]) -> bool:
    """Whether both hold the same rows in these columns, in any order and whatever the width of their string types."""
    key = [(name, "ascending") for name in columns if expected.schema.field(name).type in (pa.string(), pa.int64(), pa.float64())]
    one, other = (rows.select(columns).cast(expected.select(columns).schema).sort_by(key) for rows in (found, expected))
    return one.equals(other)


def _seconds(run: Callable[[Path], object], target: Path) -> float:
    began = time.perf_counter()
    run(target)
    return time.perf_counter() - began


if __name__ == "__main__":
    raise SystemExit(main())
