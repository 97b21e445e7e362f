"""Measures the operations of L3 on pages of crawls: what is accepted and refused of each kind, at what speed, and whether verifiers refuse
what is planted in the place of an accepted operation."""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from time import process_time
from typing import Any

from benchmarks.peak_memory import peak_mb
from tierline.crawl import ReadRules
from tierline.crawl.read import read_shard
from tierline.dedup import DedupRules
from tierline.dedup.resolve import NoDocuments
from tierline.filters import BoilerplateRules, FilterRules
from tierline.filters.filter import filter_shard
from tierline.lake.external_sort import scan
from tierline.operations.document import Document, as_document
from tierline.operations.edited import Edited, edit
from tierline.operations.operation import Operation
from tierline.operations.registry import VERIFIERS
from tierline.operations.rules import OperationRules
from tierline.text.prose import DATA

BUDGETS = {"smoke": 40, "small": 300, "full": 2_000}  # documents
ENDINGS = (".warc.gz", ".warc", ".arc", ".arc.gz", ".wacz", ".jsonl", ".jsonl.gz")
COLUMNS = ("doc_id", "url", "title", "text", "language", "headings", "lane")
BATCH = 256
CONTEXT = 70  # characters around an operation that is shown
PLANTED_MAX = 200  # operations of a kind in whose place others are planted


def main(arguments: list[str] | None = None) -> int:
    """Prints a table and one JSON line."""
    parser = argparse.ArgumentParser(prog="benchmarks.operations", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder with crawl files")
    parser.add_argument("--budget", choices=BUDGETS, default="full")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", default="", metavar="KIND", help="print 20 accepted operations of this kind, drawn by the seed")
    options = parser.parse_args(arguments)
    chance = random.Random(options.seed)
    documents = drawn(options.data, BUDGETS[options.budget], chance)
    if not documents:
        parser.error(f"no documents of L1 below {options.data}; name a folder with crawl files")
    rules = OperationRules()
    edit(documents[:1], rules)  # loads dictionaries
    began = process_time()
    edited = [one for start in range(0, len(documents), BATCH) for one in edit(documents[start : start + BATCH], rules)]
    seconds = process_time() - began
    metrics = metrics_of(edited, rules) | planted_metrics(edited, chance)
    metrics |= {"documents": len(documents), "documents_per_second": len(documents) / seconds, "peak_rss_mb": peak_mb()}
    for name, value in metrics.items():
        print(f"{name:40} {value:12.4f}")
    for line in shown(edited, options.show, chance):
        print(line)
    print(json.dumps({"benchmark": "operations", "data": str(options.data), "metrics": metrics}))
    return 0


def drawn(folder: Path, count: int, chance: random.Random) -> list[Document]:
    """Prose documents of L1 of all crawl files below a folder."""
    files = sorted(str(file) for file in folder.rglob("*") if file.name.endswith(ENDINGS))
    raw = read_shard(files, ReadRules()).tables["l0_raw"]
    kept = filter_shard(raw, FilterRules(), DedupRules(), NoDocuments(), BoilerplateRules()).tables["l1_filtered"]
    rows: list[dict[str, Any]] = [row for batch in scan(kept, COLUMNS) for row in batch.to_pylist() if row["lane"] != DATA]
    rows.sort(key=lambda row: row["doc_id"])
    return [as_document(row) for row in chance.sample(rows, min(count, len(rows)))]


def metrics_of(edited: Sequence[Edited], rules: OperationRules) -> dict[str, float]:
    """Accepted and refused operations for each 1,000 documents, and the share of documents that become rows."""
    accepted, refused = Counter[str](), Counter[str]()
    for one in edited:
        for verdict in one.verdicts:
            (accepted if verdict.accepted else refused)[str(verdict.operation.kind)] += 1
    found: dict[str, float] = {}
    for kind in sorted({*accepted, *refused}):
        found |= {f"{kind}_accepted": 1000 * accepted[kind] / len(edited), f"{kind}_refused": 1000 * refused[kind] / len(edited)}
    rows = [one for one in edited if not one.refusal(rules)]
    beyond = sum(set(one.counts) - {"form", *rules.added_alone} != set() for one in rows)
    return found | {"rows": len(rows) / len(edited), "rows_beyond_form": beyond / len(edited)}


def planted_metrics(edited: Sequence[Edited], chance: random.Random) -> dict[str, float]:
    """Share of planted operations of each kind that its verifier refuses."""
    of_kind: dict[str, list[tuple[Document, Operation]]] = defaultdict(list)
    for one in edited:
        for operation in one.accepted:
            of_kind[operation.kind].append((one.document, operation))
    found: dict[str, float] = {}
    for kind, operations in sorted(of_kind.items()):
        chosen = chance.sample(operations, min(PLANTED_MAX, len(operations)))
        others = [operation.replacement for _, operation in operations]
        tried = [
            VERIFIERS[operation.kind](document, planted)
            for document, operation in chosen
            for planted in planted_in(document, operation, others, chance)
        ]
        if tried:
            found[f"{kind}_planted_refused"] = sum(map(bool, tried)) / len(tried)
    return found


def planted_in(document: Document, operation: Operation, others: Sequence[str], chance: random.Random) -> Iterator[Operation]:
    """Wrong operations in the place of an accepted one: another digit or letter, a word more, another operation's words, another span."""
    right = operation.replacement
    letters = [at for at, sign in enumerate(right) if sign.isalnum()]
    if letters:
        at = chance.choice(letters)
        pool = "0123456789" if right[at].isdigit() else "abcdefghijklmnopqrstuvwxyz"
        wrong = chance.choice([sign for sign in pool if sign != right[at].lower()])
        yield replace(operation, replacement=right[:at] + wrong + right[at + 1 :])
    yield replace(operation, replacement=f"{right} not".lstrip())
    other = chance.choice(others)
    if other != right:
        yield replace(operation, replacement=other)
    beyond = operation.end + 1
    if beyond < len(document.text) and document.text[operation.end].isalnum():
        yield replace(operation, end=beyond)


def shown(edited: Sequence[Edited], kind: str, chance: random.Random) -> Iterator[str]:
    """Accepted operations of a kind, each with what stands around it."""
    found = [(one.document, operation) for one in edited for operation in one.accepted if operation.kind == kind]
    for document, operation in chance.sample(found, min(20, len(found))):
        before = document.text[max(0, operation.start - CONTEXT) : operation.start]
        behind = document.text[operation.end : operation.end + CONTEXT]
        was = operation.original(document)
        yield json.dumps(f"{before}[{was} => {operation.replacement}]{behind}", ensure_ascii=False)


if __name__ == "__main__":
    sys.exit(main())
