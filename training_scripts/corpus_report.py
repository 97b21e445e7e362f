"""Reports documents and tokens of a corpus per tier and domain, and the cost of each stage; exports its texts for training."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tierline.lake import Lake
from tierline.tables import TABLES
from tierline.tables.records import CALLS, CALLS_TABLE
from tierline.text.tokens import count_tokens
from tierline.training.corpus import SCHEMA, source_of
from tierline.training.forms import COLUMN, kind_of
from training_scripts.corpus_sources import REFERENCES
from training_scripts.debian_pages import HOST

TIER_TABLES = ("l0_raw", "l1_filtered", "l2_selected", "l3_refined", "l3_derived", "l4_facts", "l4_forms", "l4_manuals")
DOCUMENTATION, WEB, FACTS = "documentation", "web", "facts"
DOCUMENTATION_HOSTS = (HOST, "docs.example")  # the second: hosts of the data folder's documentation sample
WRITTEN = SCHEMA.append(pa.field(COLUMN, pa.string()))
Row = dict[str, Any]


def domain_of(url: str | None) -> str:
    """The collection that an address belongs to: what training measures apart."""
    host = (url or "").partition("://")[2].partition("/")[0]
    if host.endswith(DOCUMENTATION_HOSTS):
        return DOCUMENTATION
    return next((reference.domain for reference in REFERENCES if (url or "").startswith(reference.prefix)), WEB)


def source_of_page(url: str | None, row_id: str) -> str:
    """What is held out of training as a whole: a book, a reference work, a package's documentation, a site."""
    reference = next((one for one in REFERENCES if (url or "").startswith(one.prefix)), None)
    if reference is None:
        documented = domain_of(url) == DOCUMENTATION
        return (urlsplit(url or "").hostname or row_id) if documented else source_of(url, row_id)
    book = (url or "").removeprefix(reference.prefix).partition("/")[0]
    return f"{reference.prefix}{book}/" if reference.by_book else reference.prefix


def texts(lake: Lake) -> Iterator[pa.Table]:
    """The promoted rows of every tier, in the columns of the training experiment and with the kind that their table gives them, a batch
    at a time; a form is its question and its answer. Documents that copy a benchmark are left out, from L0 too; raw records without text
    are no documents."""
    leaks = {row["doc_id"] for manifest in lake.promoted("l1_contamination") for row in _leaks(lake, manifest.shard)}
    for table in TIER_TABLES:
        spec = TABLES[table]
        columns = [name for name in (spec.key, "parents", "url", "text", "question", "usefulness", "kind") if name in spec.columns]
        for manifest in lake.promoted(table):
            for batch in lake.stream_promoted(table, manifest.shard, columns)[0].to_batches():
                rows = [
                    row
                    | {"id": row[spec.key], "tier": spec.tier, "domain": _domain(table, row), "text": _said(row)}
                    | {"source": source_of_page(row.get("url"), row[spec.key]), COLUMN: kind_of(table, row.get("kind"))}
                    for row in batch.to_pylist()
                    if row["text"] and row[spec.key] not in leaks and not leaks & set(row["parents"] or ())
                ]
                yield pa.Table.from_pylist([{name: row.get(name) for name in WRITTEN.names} for row in rows], schema=WRITTEN)


def write_texts(lake: Lake, target: Path) -> dict[str, dict[str, dict[str, int]]]:
    """The texts as one Parquet file, whole or not at all; returns tier -> domain -> {"documents", "tokens"}."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    scale: dict[str, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(lambda: {"documents": 0, "tokens": 0}))
    with pq.ParquetWriter(part, WRITTEN, compression="zstd") as writer:
        for table in texts(lake):
            writer.write_table(table)
            counts = count_tokens(table["text"].to_pylist()).to_pylist()
            for tier, domain, tokens in zip(table["tier"].to_pylist(), table["domain"].to_pylist(), counts, strict=True):
                scale[tier][domain]["documents"] += 1
                scale[tier][domain]["tokens"] += tokens
    part.replace(target)
    return {tier: dict(sorted(domains.items())) for tier, domains in sorted(scale.items())}


def stage_costs(lake: Lake) -> dict[str, dict[str, float]]:
    """stage -> wall seconds, model seconds, model calls and answers from the store, over the newest activity of each shard."""
    found: dict[str, dict[str, float]] = {}
    for row in sorted(lake.activities().to_pylist(), key=lambda row: row["started_at"]):
        own = found.setdefault(row["stage"], {"shards": 0, "seconds": 0.0, "model_seconds": 0.0, "model_calls": 0, "stored_calls": 0})
        own["shards"] += 1
        own["seconds"] += (row["ended_at"] - row["started_at"]).total_seconds()
        for name in ("model_seconds", "model_calls", "stored_calls"):
            own[name] += row[name]
    return found


def stored_calls(lake: Lake) -> int:
    """How many answers of language models the lake holds."""
    return lake.delta.read(CALLS_TABLE, CALLS, None, ["call_id"]).num_rows


def report_text(report: Row) -> str:
    """For a terminal: scale, then costs."""
    lines = [f"{'tier':5}{'domain':16}{'documents':>12}{'tokens':>14}"]
    for tier, domains in report["scale"].items():
        lines += [f"{tier:5}{domain:16}{own['documents']:>12,}{own['tokens']:>14,}" for domain, own in domains.items()]
        total = {name: sum(own[name] for own in domains.values()) for name in ("documents", "tokens")}
        lines.append(f"{tier:5}{'all':16}{total['documents']:>12,}{total['tokens']:>14,}")
    lines += ["", f"{'stage':20}{'shards':>8}{'seconds':>10}{'of it model':>13}{'calls':>8}{'stored':>8}"]
    for stage, own in report["stages"].items():
        counted = f"{own['shards']:>8.0f}{own['seconds']:>10.1f}{own['model_seconds']:>13.1f}{own['model_calls']:>8.0f}"
        lines.append(f"{stage:20}{counted}{own['stored_calls']:>8.0f}")
    lines += ["", f"This run: {report['seconds']:.0f} s, {report['processor_seconds']:.0f} s of processor time, "]
    lines[-1] += f"{report['model_calls']} new answers of the language model."
    return "\n".join([*lines, *(f"Not promoted: {outcome}" for outcome in report["refused"])])


def _leaks(lake: Lake, shard: str) -> list[Row]:
    rows = lake.read_promoted("l1_contamination", shard, ["doc_id", "verdict"])[0]
    return rows.filter(pc.equal(rows["verdict"], "leak")).to_pylist()


def _domain(table: str, row: Row) -> str:
    return FACTS if table in ("l4_facts", "l4_forms") else domain_of(row["url"])


def _said(row: Row) -> str:
    return f"{row['question']}\n{row['text']}" if row.get("question") else row["text"]
