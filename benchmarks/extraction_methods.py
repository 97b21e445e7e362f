"""Measures the methods of extraction: draws claims of real pages to be read, and writes the table of methods, predicates and precisions
from the labels of those that were read (`gold/claims.jsonl`) and from generated sites whose facts are known.

Labels are facts about pages: address, digests of span and claim, method, predicate, verdict, kind of error; no text of any page. A claim
is right if it can be understood by itself and says what its page says of the thing that it names. Kinds of error: `subject` (another
thing, or the words name none), `property` (what stands as the predicate is none), `value` (another one, cut, or with more than the value),
`empty` (says nothing) and `furniture` (navigation, addresses, bookkeeping of the page).
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import json
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from benchmarks.fact_scenarios import claims_of, truth_of
from benchmarks.fact_sites import Country, Site, Sites, countries
from benchmarks.fact_templates import TEMPLATES
from benchmarks.knowledge_bases import bases_of, vouched
from tierline.crawl import ReadRules
from tierline.crawl.find import find_crawl_files
from tierline.crawl.read import read_shard
from tierline.dedup import DedupRules
from tierline.dedup.resolve import NoDocuments
from tierline.filters import FilterRules
from tierline.filters.filter import filter_shard
from tierline.knowledge import ClaimRules, FactRules, extract_claims, state_bases, verify_facts
from tierline.knowledge.extraction_methods import GENERATED, METHODS, REAL, Measured, MethodRules, Methods, pooled, wilson
from tierline.knowledge.vocabulary import VOCABULARY
from tierline.tables import TABLES

LABELS = Path(__file__).parent / "gold" / "claims.jsonl"
TABLE = Path(__file__).parents[1] / "src" / "tierline" / "knowledge" / "extraction_methods.csv"
BOOKS = "text/openstax.jsonl.gz"
FOLDERS = "crawl/hplt-cc100.warc.gz", "crawl/native", "crawl/debian-docs", "extraction"
ALL_ON = MethodRules(always=frozenset(METHODS))
CELL, LOOSE_CELL, OF_PAGE = 40, 15, 2  # claims of a method and predicate that are drawn: of the vocabulary, of others; of one page
WORDS = "subject", "predicate", "object", "quote"
DIGEST, FEW = 24, 5


def main(arguments: list[str] | None = None) -> int:
    """`draw`: claims to be read, as JSON lines with their words, for the reader's own folder; `measure`: the figures, and with --write the
    table that ships with the package."""
    parser = argparse.ArgumentParser(prog="benchmarks.extraction_methods", description=__doc__)
    parser.add_argument("command", nargs="?", default="measure", choices=("draw", "measure"))
    parser.add_argument("--data", type=Path, required=True, help="a folder with crawl/, extraction/ and kb/")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--most", type=int, default=0, help="draw so many of all proven claims, not some of each cell")
    parser.add_argument("--out", type=Path, help="where `draw` writes the claims")
    parser.add_argument("--bases", action="store_true", help="also count the claims that the bases of kb/ confirm")
    parser.add_argument("--write", action="store_true", help=f"write {TABLE.name}")
    options = parser.parse_args(arguments)
    pages = real_pages(options.data)
    rules = MethodRules() if options.most else ALL_ON
    claims = extracted(pages, rules)
    texts = [] if options.most else extracted(real_texts(options.data), rules)
    if options.command == "draw":
        drawn = any_of(claims, options.most, options.seed) if options.most else of_each_cell([*claims, *texts], options.seed)
        lines = (json.dumps({**label_of(claim), "text": [claim[name] for name in WORDS]}) for claim in drawn)
        (options.out or Path("drawn.jsonl")).write_text("".join(f"{line}\n" for line in lines), "utf-8")
        print(f"{len(drawn)} claims")
        return 0
    cells = pooled([*labeled([*claims, *texts]), *generated(options.data, options.seed)])
    if options.write:
        write_table(cells)
    metrics = figures(pages, claims, cells)
    if options.bases:
        proven = extracted(pages, MethodRules())
        metrics |= confirmed(proven, options.data, len(pages))
    for name, value in metrics.items():
        print(f"{name:44} {value:9.4f}")
    print(json.dumps({"benchmark": "extraction_methods", "data": str(options.data), "metrics": metrics}))
    return 0


def real_pages(data: Path) -> pa.Table:
    """The pages of the folders that pass L1, each once, as rows of `l2_selected`: as if every document were selected."""
    schema = TABLES["l2_selected"].schema
    found: list[pa.Table] = []
    for folder in FOLDERS:
        raw = _whole(read_shard(find_crawl_files(str(data / folder)), ReadRules()).tables["l0_raw"], "l0_raw")
        passed = _whole(filter_shard(raw, FilterRules(), DedupRules(), NoDocuments()).tables["l1_filtered"], "l1_filtered")
        found.append(_columns_of(passed, schema))
    pages = pa.concat_tables(found)
    first: dict[str, int] = {}
    for place, doc_id in enumerate(pages["doc_id"].to_pylist()):
        first.setdefault(doc_id, place)
    return pages.take([*first.values()])


def real_texts(data: Path) -> pa.Table:
    """Chapters of textbooks as rows of `l2_selected`: pages seldom state things in sentences, so that those of books are read, too."""
    with gzip.open(data / BOOKS, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    return pa.Table.from_pylist(
        [
            {
                "doc_id": digest(row["book"], row["module"]), "url": f"{row['book']}/{row['module']}", "domain": row["book"],
                "title": row["title"], "text": row["text"], "language": "en", "tokens": 1, "headings": [],
            }
            for row in rows
        ],
        TABLES["l2_selected"].schema,
    )  # fmt: skip


def _whole(rows: Any, table: str) -> pa.Table:
    return _columns_of(pa.Table.from_batches([*rows.to_batches()]), TABLES[table].schema)


def _columns_of(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """The rows with the columns of a schema, those that they lack null."""
    names = rows.schema.names
    return pa.table(
        [rows[one.name].cast(one.type) if one.name in names else pa.nulls(len(rows), one.type) for one in schema], schema=schema
    )


def extracted(pages: pa.Table, rules: MethodRules) -> list[dict[str, Any]]:
    """The claims of pages under these rules."""
    found = extract_claims(pages, TABLES["l3_refined"].schema.empty_table(), ClaimRules(), Methods(rules)).tables["l4_claims"]
    return _whole(found, "l4_claims").to_pylist()


def digest(*words: str) -> str:
    """What words are known by in a file without them."""
    return hashlib.sha256("\x1f".join(words).encode()).hexdigest()[:DIGEST]


def label_of(claim: Mapping[str, Any]) -> dict[str, Any]:
    """What a label says of its claim, without a verdict."""
    url = claim["url"] or ""
    return {
        "url": url,
        "span": digest(claim["quote"]),
        "claim": digest(url, claim["subject"], claim["predicate"], claim["object"]),
        "method": claim["method"],
        "predicate": claim["predicate"],
    }


def of_each_cell(claims: Sequence[Mapping[str, Any]], seed: int) -> list[Mapping[str, Any]]:
    """Claims of each method and predicate, few of one page; each claim of a page once."""
    cells: dict[tuple[str, str], dict[str, Mapping[str, Any]]] = defaultdict(dict)
    for claim in sorted(claims, key=lambda one: one["claim_id"]):
        cells[claim["method"], claim["predicate"]].setdefault(label_of(claim)["claim"], claim)
    drawn: list[Mapping[str, Any]] = []
    for (method, predicate), own in sorted(cells.items()):
        shuffled = [*own.values()]
        random.Random(f"{seed}/{method}/{predicate}").shuffle(shuffled)
        taken: Counter[str] = Counter()
        for claim in shuffled:
            if taken[claim["page_id"]] < OF_PAGE and taken.total() < (CELL if predicate in VOCABULARY else LOOSE_CELL):
                taken[claim["page_id"]] += 1
                drawn.append(claim)
    return drawn


def any_of(claims: Sequence[Mapping[str, Any]], most: int, seed: int) -> list[Mapping[str, Any]]:
    """So many claims, each with the same chance."""
    return random.Random(seed).sample(sorted(claims, key=lambda one: one["claim_id"]), min(most, len(claims)))


def read_labels(path: Path = LABELS) -> list[dict[str, Any]]:
    """The labels, in the order of the file."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def labeled(claims: Iterable[Mapping[str, Any]]) -> Iterator[Measured]:
    """What was read of the claims that are extracted now, by their present method and predicate; a claim of a page counts once."""
    right = {label["claim"]: label["right"] for label in read_labels()}
    cells: dict[tuple[str, str], list[bool]] = defaultdict(list)
    seen: set[str] = set()
    for claim in claims:
        known = label_of(claim)["claim"]
        if known in right and known not in seen:
            seen.add(known)
            cells[claim["method"], claim["predicate"]].append(right[known])
    for (method, predicate), verdicts in sorted(cells.items()):
        yield Measured(method, predicate, REAL, sum(verdicts), len(verdicts))


def generated(data: Path, seed: int) -> Iterator[Measured]:
    """What is right of the claims of generated pages about every country, one page of each template."""
    sites = Sites(countries(data), 1_000, seed)
    cells: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for template in TEMPLATES:
        for claim in claims_of(_pages(sites, template), Methods(ALL_ON)).to_pylist():
            cells[claim["method"], claim["predicate"]].append(truth_of(claim, sites.countries) is not None)
    for (method, predicate), verdicts in sorted(cells.items()):
        yield Measured(method, predicate, GENERATED, sum(verdicts), len(verdicts))


def _pages(sites: Sites, template: str) -> Iterator[Any]:
    site = Site("template.example", template=template)
    for country in sites.countries:
        yield _page(sites, site, country)


def _page(sites: Sites, site: Site, country: Country) -> Any:
    return sites.own(site, country, country.true)


def write_table(cells: Iterable[Measured]) -> None:
    """The table that the package reads, with precision and interval for people who read the file. Labels that only some page writes are
    in the sums alone."""
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("method", "predicate", "source", "right", "read", "precision", "lower", "upper"))
        for cell in cells:
            if cell.predicate[0] != "*" and cell.predicate not in VOCABULARY and cell.read < FEW:
                continue
            low, high = wilson(cell.right, cell.read)
            writer.writerow((*cell, f"{cell.precision:.3f}", f"{low:.3f}", f"{high:.3f}"))


def figures(pages: pa.Table, claims: Sequence[Mapping[str, Any]], cells: Sequence[Measured]) -> dict[str, float]:
    """Claims and facts of 1,000 real pages, with every method on and with the proven ones, and precision by method."""
    thousands = len(pages) / 1_000
    methods = Methods(MethodRules(), cells)
    kept = [claim for claim in claims if methods.proof(claim["method"], claim["predicate"]).is_on]
    table = pa.Table.from_pylist([dict(claim) | {"shard": "s"} for claim in kept], TABLES["l4_claims"].schema)
    facts = verify_facts(table, FactRules()).tables["l4_facts"]
    texts = {row["doc_id"]: row for row in pages.select(["doc_id", "text", "structured_data"]).to_pylist()}
    spans = [texts[one["parents"][0]][one["parent_field"]][one["span_start"] : one["span_end"]] == one["quote"] for one in claims]
    metrics = {
        "pages": float(len(pages)),
        "claims_per_1000_pages_all_methods": len(claims) / thousands,
        "claims_per_1000_pages": len(kept) / thousands,
        "facts_per_1000_pages": facts.num_rows / thousands,
        "spans_verified": sum(spans) / max(1, len(spans)),
    }
    for method in METHODS:
        own = [cell for cell in cells if cell.method == method and cell.source == REAL and cell.predicate[0] != "*"]
        proven = [cell for cell in own if methods.proof(method, cell.predicate).is_on]
        for name, chosen in ((method, own), (f"{method}_proven", proven)):
            right, read = (sum(getattr(cell, part) for cell in chosen) for part in ("right", "read"))
            if read:
                low, high = wilson(right, read)
                metrics |= {f"precision_{name}": right / read, f"precision_{name}_read": float(read)}
                metrics |= {f"precision_{name}_low": low, f"precision_{name}_high": high}
    return metrics


def confirmed(claims: Sequence[Mapping[str, Any]], data: Path, pages: int) -> dict[str, float]:
    """Of 1,000 pages, the claims that are part of a fact, and those about a thing that a base names, if somebody vouched for each base."""
    stated = [state_bases([vouched(base)]).tables["l4_statements"] for base in bases_of(data / "kb")[0]]
    statements = pa.concat_tables([_whole(one, "l4_statements") for one in stated])
    table = pa.Table.from_pylist([dict(claim) | {"shard": "s"} for claim in claims], TABLES["l4_claims"].schema)
    decisions = verify_facts(table, FactRules(), statements).ledgers["l4_facts"][1]
    kept = {row["row_id"] for batch in decisions.to_batches() for row in batch.to_pylist() if row["outcome"] == "kept"}
    known = set(statements["subject_key"].to_pylist())
    return {
        "claims_in_facts_with_bases_per_1000_pages": sum(claim["claim_id"] in kept for claim in claims) / pages * 1_000,
        "claims_about_things_of_bases_per_1000_pages": sum(claim["subject_key"] in known for claim in claims) / pages * 1_000,
    }


if __name__ == "__main__":
    sys.exit(main())
