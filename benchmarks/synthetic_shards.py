"""Registers shards that no run has made: the rows of one shard that went through all tiers, under other ids and with other texts.

A shard of these costs a fifth of a second. Its records, digests, files, signatures and vectors are what a run would leave, so that it
counts for whatever comes after; quotes do not match their parents, which nobody reads again but `tierline verify`.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import fields
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa

from benchmarks.neardup.corpus import SENTENCE_END, read_sources
from tierline.crawl import CrawlRegistry, PackRules
from tierline.dedup import DedupRules
from tierline.dedup.minhash import sign
from tierline.lake import Activity, Lake, StageResult, Verdict
from tierline.tables import DECISION_COLUMNS, TABLES, content_id, stage_tables
from tierline.text.embedding import Embedder
from tierline.text.words import split_words

DOCUMENTS = 16  # of a shard
PASSAGES = 20_000
IDS = re.compile(r"([a-z]+)_[0-9a-f]{24}")


class TextMaker:
    """Documents of real words that repeat each other in no shard: passages, then halves of two of them."""

    def __init__(self, data: Path) -> None:
        self._passages = [text for passage in read_sources(data, PASSAGES).passages if len(text := _whole_sentences(passage)) > 400]
        if len(self._passages) < 20 * DOCUMENTS:
            raise SystemExit(f"too few texts below {data}; name a folder with text/*.jsonl.gz")
        self._kept = len(self._passages) // 20  # for real shards

    def real(self, number: int) -> list[str]:
        """Documents of a shard that goes through all tiers."""
        return [self._passages[(number * DOCUMENTS + place) % self._kept] for place in range(DOCUMENTS)]

    def synthetic(self, number: int) -> list[str]:
        """Documents of a shard that does not."""
        return [self._made(number * DOCUMENTS + place) for place in range(DOCUMENTS)]

    def _made(self, number: int) -> str:
        rest = self._passages[self._kept :]
        turn, place = divmod(number, len(rest))
        if not turn:
            return rest[place]
        one, other = (rest[at].split("\n") for at in (place, (place * 7 + turn) % len(rest)))
        return "\n".join([*one[: len(one) // 2], *other[len(other) // 2 :]])


def _whole_sentences(passage: str) -> str:
    """The passage without the sentences that it was cut in, two in a line: a line that does not end as a sentence does is no prose."""
    sentences = SENTENCE_END.split(passage)[1:-1]
    return "\n".join(" ".join(sentences[start : start + 2]) for start in range(0, len(sentences), 2))


def write_crawl(path: Path, texts: Sequence[str]) -> str:
    """A crawl file of these texts, each from a site of its own; its path."""
    lines = [json.dumps({"text": text, "url": f"https://{path.stem}-{place}.example/page"}) for place, text in enumerate(texts)]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return str(path)


def build(root: Path, texts: TextMaker, size: int) -> None:
    """Bring the lake of this place up to so many shards; the first one goes through all tiers."""
    lake, crawl = Lake(str(root / "lake")), root / "crawl"
    registry = CrawlRegistry(lake)
    if not registry.shards():
        (shard,) = registry.register([write_crawl(crawl / "00000.jsonl", texts.real(0))], PackRules())
        run_shard(shard)
    os.fsync = lambda handle: None  # a lake that is made again is not worth waiting for the disk
    known = len(registry.shards())
    files = [write_crawl(crawl / f"{number:05d}.jsonl", texts.synthetic(number)) for number in range(known, size)]
    registry.register(files, PackRules(shard_bytes=1))
    template, *shards = registry.shards()
    pattern = Pattern(lake, template)
    for number, shard in enumerate(shards, 1):
        if number >= known:
            pattern.commit(shard, registry.digest(shard), texts.synthetic(number))
        pattern.pass_by(shard)


def run_shard(shard: str) -> None:
    """All tiers of a registered shard, then what combines all shards, in this process."""
    import dagster as dg

    from tier_assets.partitions import crawl_shards

    with dg.DagsterInstance.get() as instance:
        instance.add_dynamic_partitions(crawl_shards.name, [shard])
        run_job(instance, "run_shard", shard)
        run_job(instance, "build_shared", None)


def run_job(instance: Any, job: str, shard: str | None) -> None:
    """One run; SystemExit where it did not succeed."""
    from definitions import defs
    from ingest import INGEST_TAG, QUIET
    from resources import configured_resources

    result = defs.resolve_job_def(job).execute_in_process(
        run_config=QUIET, instance=instance, partition_key=shard, tags=INGEST_TAG, resources=configured_resources(), raise_on_error=False
    )
    if not result.success:
        refused = [one.description for one in result.get_asset_check_evaluations() if not one.passed]
        raise SystemExit(f"{job} {shard}: {refused or [event.message for event in result.all_events if event.is_failure]}")


class Pattern:
    """The rows and records of one shard, as others are made from them."""

    def __init__(self, lake: Lake, shard: str) -> None:
        self._lake, self._shard = lake, shard
        activities = [row for row in lake.activities().to_pylist() if row["shard"] == shard]
        order = [spec.stage for spec in TABLES.values()]
        self._activities = sorted(activities, key=lambda row: order.index(row["stage"]))
        self._verdicts = {row["stage"]: row for row in lake.verdicts().to_pylist() if row["shard"] == shard}
        names = [name for row in activities for name in stage_tables(row["stage"])]
        self._rows = {name: lake.read(name, shard, list(TABLES[name].columns)).to_pylist() for name in names}
        self._ledgers = {
            output["table"].partition("/")[2]: lake.decisions(output["table"].partition("/")[2], shard).select(list(DECISION_COLUMNS))
            for row in activities
            for output in row["outputs"]
            if output["table"].startswith("decisions/")
        }
        self._documents = sorted({row["doc_id"] for row in self._rows["l0_raw"]})
        self._before: dict[str, list[str]] = {"l1_signatures": [], "l2_selected": []}
        self.pass_by(shard)

    def pass_by(self, shard: str) -> None:
        """Note a shard that comes before those that are still to be made."""
        for table, states in self._before.items():
            states.append(f"{shard}={self._lake.manifest(table, shard).digest}")

    def commit(self, shard: str, crawl: str, texts: Sequence[str]) -> None:
        """Every stage of another shard, each with its verdict."""
        made = dict(zip(self._documents, texts, strict=False))
        vectors = dict(zip(made, Embedder().embed(list(made.values())).tolist(), strict=True))
        digests = {"crawl_files": crawl}
        for row in self._activities:
            stage = row["stage"]
            tables = {name: self._table(name, shard, made, vectors) for name in stage_tables(stage)}
            owned = [output["table"].partition("/")[2] for output in row["outputs"] if output["table"].startswith("decisions/")]
            ledgers = {name: self._ledger(name, shard) for name in owned}
            known = {field.name: row[field.name] for field in fields(Activity) if field.name in row}
            inputs = self._inputs(stage, json.loads(row["inputs"]), shard, digests)
            activity = Activity(**known | {"shard": shard, "inputs": inputs})
            manifest = self._lake.commit(activity, StageResult(tables, ledgers))
            digests |= {name: self._lake.manifest(name, shard).digest for name in tables}
            said = self._verdicts[stage] | {"shard": shard, "digest": manifest.stage_digest}
            self._lake.record(Verdict(**{field.name: said[field.name] for field in fields(Verdict)}))

    def _inputs(self, stage: str, inputs: dict[str, str], shard: str, digests: dict[str, str]) -> dict[str, str]:
        """Of the shard's own tables as they were just written, of all shards before it as they stand."""
        found: dict[str, str] = {}
        for name, digest in inputs.items():
            table, _, place = name.partition("/")
            found[name.replace(self._shard, shard)] = digests[table] if place == self._shard else digest
        signed, selected = self._before["l1_signatures"], self._before["l2_selected"]
        if stage == "l1_filtered":
            found["l1_signatures/earlier"] = content_id("dig", *sorted(signed))
        elif stage in ("l2_selected", "l3_refined"):
            own = [f"{shard}={digests['l2_selected']}"] if stage == "l3_refined" else []
            found["l2_selected/earlier"] = content_id("dig", *selected, *own)
        return found

    def _ledger(self, name: str, shard: str) -> tuple[int, pa.Table]:
        rows = [_renamed(row, shard) for row in self._ledgers[name].to_pylist()]
        return len(rows), pa.Table.from_pylist(rows, schema=pa.schema(DECISION_COLUMNS))

    def _table(self, name: str, shard: str, texts: dict[str, str], vectors: dict[str, list[float]]) -> pa.Table:
        spec, rows = TABLES[name], []
        for row in self._rows[name]:
            made = _renamed(row, shard)
            if row.get("doc_id") in texts and spec.key == "doc_id":
                text = texts[row["doc_id"]]
                digest = sha256(text.encode()).hexdigest()
                site = sha256(made["doc_id"].encode()).hexdigest()[:12]
                new: dict[str, Any] = {"text": text, "text_sha256": digest, "embedding": vectors[row["doc_id"]]}
                new |= {"url": f"https://{site}.example/page", "domain": f"{site}.example"}
                if name == "l1_signatures":
                    rules = DedupRules()
                    signed = sign(split_words([text]), [digest], rules)
                    new |= {"signature": signed.minhash.astype("<u4").tobytes(), "normal_sha256": signed.normal.tobytes().hex()}
                made |= {column: value for column, value in new.items() if column in spec.columns}
            rows.append(made)
        return pa.Table.from_pylist(rows, schema=pa.schema(spec.columns))


def _renamed(value: Any, shard: str) -> Any:
    """The same with every id replaced by another one, the same one for the same id of a shard."""
    if isinstance(value, dict):
        return {key: _renamed(item, shard) for key, item in value.items()}
    if isinstance(value, list):
        return value if value and isinstance(value[0], float) else [_renamed(item, shard) for item in value]
    if isinstance(value, str) and (found := IDS.fullmatch(value)) and found[1] not in ("student", "act"):
        return content_id(found[1], value, shard)
    return value


def main(arguments: Sequence[str]) -> int:
    """ROOT DATA SIZE: bring the lake below ROOT up to SIZE shards."""
    root, data, size = arguments
    build(Path(root), TextMaker(Path(data)), int(size))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
