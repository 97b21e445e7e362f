"""Measures the knowledge bases that the examples map: rows read, statements made and dropped, whether each is found again in its file,
and whether pages that repeat or contradict a vouched base are confirmed and refuted."""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import process_time
from typing import Any

import pyarrow as pa

from benchmarks.peak_memory import peak_mb
from tierline.bases import KnowledgeBase, find_bases
from tierline.bases.reread import Rereader
from tierline.errors import BadInput
from tierline.knowledge import FactRules, state_bases, verify_facts
from tierline.knowledge.keys import normal_key
from tierline.knowledge.values import contradicts, read_value
from tierline.knowledge.vocabulary import is_functional
from tierline.lake import WHOLE_LAKE
from tierline.tables import TABLES

EXAMPLES = Path(__file__).resolve().parents[1] / "examples" / "knowledge"
BUDGETS = {"smoke": 100, "small": 500, "full": 2_000}  # properties about which pages are made
WRONG_PAGES = 3  # that state the same wrong value, so that most pages are wrong
TRIES = 50  # of values, to find one that contradicts another
SHOWN = 20
Rows = list[dict[str, Any]]


def main(arguments: list[str] | None = None) -> int:
    """Prints a table and one JSON line."""
    parser = argparse.ArgumentParser(prog="benchmarks.knowledge_bases", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder with kb/")
    parser.add_argument("--budget", choices=BUDGETS, default="full")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=0, metavar="N", help="print N statements with their rows, drawn by the seed")
    options = parser.parse_args(arguments)
    bases, skipped = bases_of(options.data / "kb")
    if not bases:
        parser.error(f"none of the example bases is below {options.data / 'kb'}; name a folder that holds them")
    metrics, statements = stated_metrics([vouched(base) for base in bases])
    chance = random.Random(options.seed)
    metrics |= page_metrics(statements, BUDGETS[options.budget], chance)
    metrics["peak_rss_mb"] = peak_mb()
    for name, value in metrics.items():
        print(f"{name:40} {value:12.4f}")
    for row in chance.sample(statements, options.show):
        when = f" ({row['time']})" if row["time"] else ""
        said = f"{row['subject']}, {row['predicate']}{when}: {row['object']}"
        print(f"{said} | {row['source_uri']} {row['source_address']} {row['source_column']}: {row['source_value']}")
    print(json.dumps({"benchmark": "knowledge_bases", "data": str(options.data), "metrics": metrics, "skipped": skipped}))
    return 0


def bases_of(root: Path) -> tuple[list[KnowledgeBase], list[str]]:
    """The bases of the examples that are below a folder, and the names of those that are not."""
    found: list[KnowledgeBase] = []
    absent: list[str] = []
    for mapping in sorted(EXAMPLES.glob("*.yaml")):
        try:
            found += find_bases(str(mapping), str(root))
        except BadInput:
            absent.append(mapping.stem)
    return found, absent


def vouched(base: KnowledgeBase) -> KnowledgeBase:
    """The same as if somebody vouched for its bytes."""
    files = tuple((replace(rule, sha256=digest), path, digest) for rule, path, digest in base.files)
    return replace(base, mapping=replace(base.mapping, vouched_by="benchmark", vouched_on="2026-01-01"), files=files)


def stated_metrics(bases: list[KnowledgeBase]) -> tuple[dict[str, float], Rows]:
    """Counts and rates of all bases, and their statements in the order of the table."""
    metrics: dict[str, float] = {}
    statements: Rows = []
    rules: Counter[str] = Counter()
    begun = process_time()
    for base in bases:
        result = state_bases([base])
        own = [row for batch in result.tables["l4_statements"].to_batches() for row in batch.to_pylist()]
        metrics[f"statements_{base.mapping.name.replace('-', '_')}"] = len(own)
        statements += own
        rules.update(row["rule"] for batch in result.ledgers["l4_statements"][1].to_batches() for row in batch.to_pylist() if row["rule"])
    seconds = process_time() - begun
    rereader = Rereader()
    statements.sort(key=lambda row: [row[name] for name in TABLES["l4_statements"].order])
    wrong = [said for row in statements if (said := rereader.mismatch(row))]
    for said in wrong[:SHOWN]:
        print(f"not found again: {said}")
    metrics |= {
        "statements": len(statements),
        "dropped": rules.total(),
        **{f"dropped_{rule[6:]}": count for rule, count in sorted(rules.items())},
    }
    rates = {"statements_per_cpu_s": len(statements) / max(seconds, 1e-9), "found_again_share": 1 - len(wrong) / max(1, len(statements))}
    return metrics | rates, statements


def page_metrics(statements: Rows, size: int, chance: random.Random) -> dict[str, float]:
    """What becomes of pages about properties with one value that a single vouched statement gives: one that repeats it, and more that
    agree on the value that the base states of another thing."""
    by_property: dict[tuple[str, str], Rows] = {}
    for row in statements:
        if is_functional(row["predicate"]) and not row["subject_shared"]:
            by_property.setdefault((row["subject_key"], row["predicate"]), []).append(row)
    single = [rows[0] for _, rows in sorted(by_property.items()) if len(rows) == 1]
    chosen = chance.sample(single, min(size, len(single)))
    values: dict[str, list[str]] = {}
    for row in single:
        values.setdefault(row["predicate"], []).append(row["object"])
    made = [page for row in chosen for page in _pages(row, values[row["predicate"]], chance)]
    schemas = {name: pa.schema([*TABLES[name].columns.items(), ("shard", pa.string())]) for name in ("l4_claims", "l4_statements")}
    stated = pa.Table.from_pylist([row | {"shard": WHOLE_LAKE} for row in chosen], schema=schemas["l4_statements"])
    result = verify_facts(pa.Table.from_pylist(made, schema=schemas["l4_claims"]), FactRules(), stated)
    decided = {
        row["row_id"]: row["rule"] or row["outcome"] for batch in result.ledgers["l4_facts"][1].to_batches() for row in batch.to_pylist()
    }
    right = [decided[page["claim_id"]] for page in made if page["domain"] == "right.example"]
    wrong = [decided[page["claim_id"]] for page in made if page["domain"] != "right.example"]
    return {
        "properties": len(chosen),
        "confirmed_share": right.count("kept") / max(1, len(right)),
        "refuted_share": wrong.count("facts:refuted") / max(1, len(wrong)),
        "false_facts": wrong.count("kept"),
    }


def _pages(row: dict[str, Any], values: list[str], chance: random.Random) -> Iterator[dict[str, Any]]:
    """Claims of a page that repeats a statement, and of pages that state another of the values of the same property."""
    yield _claim(row, "right.example", row["object"])
    own = read_value(row["object"], row["predicate"], row["language"], True)
    rivals = (text for text in chance.choices(values, k=TRIES) if contradicts(own, read_value(text, row["predicate"], "en", True)))
    value = next(rivals, None)
    for number in range(WRONG_PAGES if value else 0):
        yield _claim(row, f"wrong{number}.example", str(value))


def _claim(row: dict[str, Any], domain: str, value: str) -> dict[str, Any]:
    page = f"doc_{row['statement_id']}_{domain}"
    said = {name: row[name] for name in ("subject", "subject_key", "predicate", "language", "time")}
    placed = {"claim_id": f"clm_{page}", "parents": [page], "page_id": page, "domain": domain, "shard": "s"}
    return said | placed | {"object": value, "object_key": normal_key(value)}


if __name__ == "__main__":
    sys.exit(main())
