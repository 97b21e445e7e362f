"""Lakes of any size for the audit benchmark: crawl files that are really read, and rows of later tiers made from them, column by column.

Documents are real passages, cut and put together again, on sites of skewed sizes. Some pages in two state the same fact, so that facts
rest on two sources; a mix draws on every second document. Gates are not run: a passing verdict is recorded for each stage.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.synthetic_shards import DOCUMENTS, TextMaker
from tierline.crawl.read import read_shard
from tierline.crawl.rules import ReadRules
from tierline.lake import WHOLE_LAKE, Activity, Lake, StageResult, Verdict
from tierline.lake.external_sort import SortingBuffer
from tierline.lake.result import ledger_buffer
from tierline.stages import BY_NAME
from tierline.tables import DECISION_COLUMNS, TABLES, content_id, stage_tables

STATING = 10  # of so many pages two state one fact
SITES = 1000  # at most
QUOTED = ("parent_table", "parent_field", "span_start", "span_end", "quote", "url", "domain")


# Columns by which a row is followed to where it comes from.
LINEAGE = frozenset(
    """parents activity_id parent_table parent_field parent_id parent_shard page_id span_start span_end claim_id source_uri source_format
    source_offset source_length payload_sha256 source_table source_shard""".split()
)


class LakeMaker:
    """Makes a lake of so many documents in a folder, shard by shard."""

    def __init__(self, root: Path, data: Path, documents: int, per_shard: int) -> None:
        self.lake, self._root = Lake(str(root / "lake")), root
        self._texts, self._documents, self._per_shard = TextMaker(data), documents, per_shard
        self._sites = np.random.default_rng(7).zipf(1.4, documents) % min(SITES, max(20, documents // 50))
        self.site_sizes = np.bincount(self._sites)
        self._claims: list[pa.Table] = []
        self._drawn = SortingBuffer(pa.schema(TABLES["mix_pretrain"].columns), TABLES["mix_pretrain"].order)
        self._decided, self._drawn_rows = ledger_buffer(), 0

    def build(self) -> None:
        """Every tier, then facts and a mix of the whole lake."""
        for number, start in enumerate(range(0, self._documents, self._per_shard)):
            self._shard(f"part-{number:05}", range(start, min(start + self._per_shard, self._documents)))
        self._facts()
        self._mix()

    def _shard(self, shard: str, numbers: range) -> None:
        crawl = self._root / "crawl" / f"{shard}.jsonl"
        crawl.parent.mkdir(exist_ok=True)
        with crawl.open("w", encoding="utf-8") as file:
            for number, text in zip(numbers, self._passages(numbers), strict=True):
                page = {"url": f"https://site{self._sites[number]}.example/{number}", "text": text + self._statement(number)}
                file.write(json.dumps(page, ensure_ascii=False) + "\n")
        raw = read_shard([str(crawl)], ReadRules())
        self._commit("l0_raw", shard, raw.tables["l0_raw"], raw.ledgers["l0_raw"])
        page = self.lake.read("l0_raw", shard, ["doc_id", "url", "domain", "text", "source_offset"])
        digests = pa.array([sha256(text.encode()).hexdigest() for text in page["text"].to_pylist()])
        tokens = pc.cast(pc.divide(pc.utf8_length(page["text"]), 5), pa.int64())
        own = {name: page[name] for name in ("doc_id", "url", "domain", "text")}
        own |= {"parents": _lists(page["doc_id"]), "text_sha256": digests, "tokens": tokens, "language": pa.array(["en"] * len(page))}
        side = {"l1_signals": _completed("l1_signals", {"doc_id": page["doc_id"], "tokens": tokens})}
        documents = pa.table(own)
        self._commit("l1_filtered", shard, _completed("l1_filtered", own), self._kept(page["doc_id"]), **side)
        chosen = documents.filter(pc.equal(pc.bit_wise_and(page["source_offset"], 1), 0))
        selected = {name: chosen[name] for name in own if name in TABLES["l2_selected"].columns}
        self._commit("l2_selected", shard, _completed("l2_selected", selected), self._kept(chosen["doc_id"]))
        self._draw(shard, chosen)
        self._state(shard, chosen)

    def _passages(self, numbers: range) -> Iterator[str]:
        for group in range(numbers.start // DOCUMENTS, -(-numbers.stop // DOCUMENTS)):
            made = enumerate(self._texts.synthetic(group), group * DOCUMENTS)
            yield from (text for number, text in made if number in numbers)

    def _statement(self, number: int) -> str:
        thing, place = divmod(number, STATING)
        return f"\nThe bridge of Town{thing} was founded in {1200 + thing % 800}." if place < 2 else ""

    def _state(self, shard: str, documents: pa.Table) -> None:
        """A claim for each selected page that states a fact."""
        rows: list[dict[str, Any]] = []
        for row in documents.select(["doc_id", "url", "domain", "text"]).to_pylist():
            start = row["text"].rfind("The bridge of Town")
            if start >= 0:
                subject, value = row["text"][start + 4 :].split(" was founded in ")
                place = start + len("The ") + len(subject) + len(" was founded in ")
                named = {
                    "subject": subject,
                    "predicate": "founding date",
                    "object": value[:4],
                    "quote": value[:4],
                    "value_normal": value[:4],
                }
                where = {"parent_table": "l2_selected", "parent_field": "text", "span_start": place, "span_end": place + 4}
                page = {"url": row["url"], "domain": row["domain"], "language": "en", "parents": [row["doc_id"]], "page_id": row["doc_id"]}
                rows.append({"claim_id": content_id("clm", row["doc_id"], subject)} | named | where | page)
        claims = pa.Table.from_pylist(rows, schema=pa.schema(TABLES["l4_claims"].columns))
        ledger = (
            {"l4_extracted": self._kept(claims["claim_id"])} if rows else {"l4_extracted": self._kept(pa.chunked_array([[]], pa.string()))}
        )
        self._commit("l4_claims", shard, claims, self._kept(documents["doc_id"]), ledgers=ledger)
        self._claims.append(claims.append_column("shard", [pa.array([shard] * len(claims), pa.string())]))

    def _facts(self) -> None:
        stated: dict[str, list[dict[str, Any]]] = {}
        for claims in self._claims:
            for row in claims.to_pylist():
                stated.setdefault(row["subject"], []).append(row)
        rows: dict[str, list[dict[str, Any]]] = {"l4_facts": [], "l4_sources": [], "l4_values": []}
        for subject, claims in stated.items():
            sites = sorted({row["domain"] for row in claims})
            if len(sites) > 1:
                ids, said = (
                    sorted(row["claim_id"] for row in claims),
                    {name: claims[0][name] for name in ("predicate", "object", "value_normal")},
                )
                said |= {"subject": subject, "entity": content_id("ent", subject), "language": "en", "parents": ids}
                fact_id = content_id("fact", subject, ids)
                text = f"{subject}, founding date: {said['object']}."
                rows["l4_facts"].append(
                    said | {"fact_id": fact_id, "text": text, "tokens": 8, "independent_sources": len(sites), "contradictions": 0}
                )
                value = {"value_id": content_id("val", fact_id), "state": "verified", "fact_id": fact_id, "independent_sources": len(sites)}
                rows["l4_values"].append(said | value | {"sources_for": sites})
                for claim in claims:
                    own = {
                        name: claim[name] for name in ("parent_table", "parent_field", "span_start", "span_end", "quote", "url", "domain")
                    }
                    where = {"parent_id": claim["parents"][0], "parent_shard": claim["shard"], "source": claim["domain"]}
                    source = {"source_id": content_id("src", fact_id, claim["claim_id"]), "fact_id": fact_id, "claim_id": claim["claim_id"]}
                    rows["l4_sources"].append(source | own | where)
        tables = {name: pa.Table.from_pylist(own, schema=pa.schema(TABLES[name].columns)) for name, own in rows.items()}
        decided = self._kept(pa.concat_tables([claims.select(["claim_id"]) for claims in self._claims])["claim_id"])
        self._commit("l4_facts", WHOLE_LAKE, tables.pop("l4_facts"), decided, rules={"independent_sources_min": 2}, **tables)

    def _draw(self, shard: str, documents: pa.Table) -> None:
        """Rows of the mix; they wait on disk."""
        size, first = len(documents), self._drawn_rows
        ids = pa.array([content_id("mix", doc_id, "0") for doc_id in documents["doc_id"].to_pylist()])
        own = {name: documents[name] for name in ("doc_id", "url", "domain", "tokens", "text", "text_sha256")}
        constant = {"source_table": "l2_selected", "source": "l2_selected", "tier": "L2", "curriculum": "stable", "language": "en"}
        own |= {name: pa.array([value] * size, pa.string()) for name, value in (constant | {"source_shard": shard}).items()}
        own |= {"row_id": ids, "parents": _lists(documents["doc_id"]), "position": pa.array(range(first, first + size), pa.int64())}
        own["epoch"] = pa.array(np.zeros(size, np.int64))
        self._drawn.append(_completed("mix_pretrain", own))
        self._decided.append(self._kept(documents["doc_id"])[1])
        self._drawn_rows += size

    def _mix(self) -> None:
        self._commit("mix_pretrain", WHOLE_LAKE, self._drawn.rows(), (self._drawn_rows, self._decided.rows()))

    def _commit(
        self, stage: str, shard: str, rows: Any, decided: tuple[int, Any], rules: Any = (), ledgers: Any = None, **side: pa.Table
    ) -> None:
        tables = {name: side.get(name, pa.schema(TABLES[name].columns).empty_table()) for name in stage_tables(stage)} | {stage: rows}
        read = [one for name in BY_NAME[stage].reads for one in self.lake.manifests(name) if shard in (WHOLE_LAKE, one.shard)]
        inputs = {f"{one.table}/{one.shard}": one.digest for one in read}
        result = StageResult(tables, {stage: decided, **(ledgers or {})})
        manifest = self.lake.commit(Activity.begin(stage, shard, BY_NAME[stage].code_version, rules, inputs), result)
        self.lake.record(Verdict(stage, shard, manifest.stage_digest, "generated", "0", True, "[]"))

    def _kept(self, ids: Any) -> tuple[int, pa.Table]:
        """A decision for each row: it is kept."""
        columns = {name: pa.nulls(len(ids), kind) for name, kind in DECISION_COLUMNS.items()}
        columns |= {"row_id": ids, "outcome": pa.array(["kept"] * len(ids), pa.string())}
        return len(ids), pa.table(columns, schema=pa.schema(DECISION_COLUMNS))


def _completed(table: str, columns: dict[str, Any]) -> pa.Table:
    """Columns of a table, null where not given."""
    size = len(next(iter(columns.values())))
    whole = {name: columns[name] if name in columns else pa.nulls(size, kind) for name, kind in TABLES[table].columns.items()}
    return pa.table(whole).cast(pa.schema(TABLES[table].columns))


def _lists(ids: pa.ChunkedArray) -> pa.Array:
    """Each id in a list of its own."""
    values = ids.combine_chunks()
    return pa.ListArray.from_arrays(pa.array(np.arange(len(values) + 1), pa.int32()), values)


def lineage_bytes(lake: Lake, names: Sequence[str]) -> tuple[int, int]:
    """(bytes on disk of what lineage takes, bytes on disk of texts): of the columns that name where a row comes from, with the ledgers,
    activities and verdicts; and of the columns `text`, as Parquet stores both."""
    lineage = texts = 0
    for table in names:
        for manifest in lake.manifests(table):
            for uri in lake.files(manifest):
                metadata = pq.read_metadata(uri.removeprefix("file://"))
                for group in range(metadata.num_row_groups):
                    for number in range(metadata.num_columns):
                        column = metadata.row_group(group).column(number)
                        name = column.path_in_schema.partition(".")[0]
                        lineage += column.total_compressed_size if name in LINEAGE else 0
                        texts += column.total_compressed_size if name == "text" else 0
    records = ("decisions", "activities", "verdicts", "waivers")
    folder = Path(lake.root)
    return lineage + sum(path.stat().st_size for name in records for path in (folder / name).rglob("*") if path.is_file()), texts
