"""Counts what crawl files state about the use of their texts, what the default recipe drops for it, and how long it takes to gather."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from tierline.crawl.formats import source_format
from tierline.crawl.read import read_shard
from tierline.crawl.rules import ReadRules
from tierline.display import TextTable, plain_table
from tierline.filters.rights import Rights
from tierline.rights.rules import RightsRules
from tierline.rights.site_files import SiteFiles

BUDGETS = {"smoke": 3, "small": 40, "full": 1_000_000}  # crawl files
FORMATS = ("warc", "arc", "wacz")


def main(arguments: list[str] | None = None) -> int:
    """Prints a table and one JSON line."""
    parser = argparse.ArgumentParser(prog="benchmarks.rights", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder with crawl files below crawl/")
    parser.add_argument("--budget", choices=BUDGETS, default="full")
    options = parser.parse_args(arguments)
    files = crawl_files(options.data / "crawl")[: BUDGETS[options.budget]]
    if not files:
        parser.error(f"no crawl file below {options.data / 'crawl'}; name a folder that holds some")
    counts, metrics = measured(files)
    rows = [(kind, value or "", f"{count:,}") for (kind, value), count in counts.most_common()]
    print(plain_table(TextTable(("statement", "value", "documents"), rows, frozenset((0, 1)))))
    print(json.dumps({"benchmark": "rights", "data": str(options.data), "metrics": metrics}))
    return 0


def crawl_files(folder: Path) -> list[str]:
    """Every WARC, ARC and WACZ file below a folder."""
    return [str(path) for path in sorted(folder.rglob("*")) if path.is_file() and source_format(str(path)) in FORMATS]


def measured(files: list[str]) -> tuple[Counter[tuple[str, str | None]], dict[str, float]]:
    """(documents by kind and value of what is stated about them, metrics)."""
    tables = read_shard(files, ReadRules()).tables
    raw, captures = (_rows(tables[name]) for name in ("l0_raw", "l0_site_files"))
    rules, counts = RightsRules(), Counter[tuple[str, str | None]]()
    rights = Rights(rules, SiteFiles(captures, rules.agents))
    documents = [row for row in raw if row["status"] == "ok"]
    stating = reserved = 0
    start = time.perf_counter()
    for row in documents:
        statements = rights.of(row)
        reserved += rights.decision(row, statements) is not None
        stating += bool(statements)
        counts.update({(one.kind, None if one.kind == "tdm_policy" else one.value) for one in statements})
    seconds = time.perf_counter() - start
    metrics = {
        "files": len(files),
        "documents": len(documents),
        "site_files": len(captures),
        "documents_stating": stating,
        "documents_reserved": reserved,
        "microseconds_per_document": round(1e6 * seconds / max(1, len(documents)), 1),
    }
    return counts, {**metrics, **{f"stated_{kind}": total for kind, total in sorted(_by_kind(counts).items())}}


def _by_kind(counts: Counter[tuple[str, str | None]]) -> Counter[str]:
    found = Counter[str]()
    for (kind, value), count in counts.items():
        found[kind if value not in ("allow", "0", "unreachable") else f"{kind}_{value}"] += count
    return found


def _rows(table: Any) -> list[dict[str, Any]]:
    return [row for batch in table.to_batches() for row in batch.to_pylist()]


if __name__ == "__main__":
    sys.exit(main())
