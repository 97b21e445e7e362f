"""A small lake that holds every kind of record, some of them replaced once: pages of a crawl file in every tier, and people who sign."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tierline.config.places import CRAWL_ROOT
from tierline.crawl import CrawlRegistry, PackRules
from tierline.crawl.read import read_shard
from tierline.crawl.rules import ReadRules
from tierline.lake import WHOLE_LAKE, Activity, Lake, StageResult, Verdict, decision_table, waive_refused
from tierline.lake.commit_log import leaves_of, read_commits, sync_commits
from tierline.proof.dsse import key_id
from tierline.proof.heads import Head, sign_head
from tierline.proof.key_file import new_key
from tierline.proof.registry import register
from tierline.tables import TABLES, stage_tables
from tierline.tables.records import CALLS, CALLS_TABLE

Rows = list[dict[str, Any]]
SHARD = "s"
CRAWL = "crawl.jsonl"
TEXT = "The bridge was founded in 1612. It was built of granite."
PAGES = {"https://town.example/": TEXT, "https://other.example/": "Another page with other words, which nobody quotes."}


@dataclass(frozen=True)
class SignedLake:
    """The lake, the folder that it is in with its crawl file, and private keys: Ada's for everything, Bo's for waivers alone."""

    lake: Lake
    folder: Path
    ada: Ed25519PrivateKey
    bo: Ed25519PrivateKey

    @property
    def path(self) -> Path:
        """Of the lake."""
        return Path(self.lake.root)

    @property
    def crawl(self) -> Path:
        """The crawl file."""
        return self.folder / CRAWL

    def copied(self, to: Path) -> SignedLake:
        """A copy in a new folder, to be damaged; its crawl file is found within `crawl_in`."""
        shutil.copytree(self.folder, to, ignore=shutil.ignore_patterns("private", "_derived"))
        return SignedLake(Lake(str(to / "lake")), to, self.ada, self.bo)


@contextmanager
def crawl_in(folder: Path) -> Generator[None]:
    """Addresses of crawl files are relative to this folder."""
    before = os.environ.get(CRAWL_ROOT)
    os.environ[CRAWL_ROOT] = str(folder)
    try:
        yield
    finally:
        os.environ.pop(CRAWL_ROOT) if before is None else os.environ.update({CRAWL_ROOT: before})


def commit_rows(
    lake: Lake,
    stage: str,
    rows: list[dict[str, Any]],
    shard: str = SHARD,
    passed: bool = True,
    results: str = "[]",
    **side: list[dict[str, Any]],
) -> None:
    """A stage's rows, all of them kept, and its gate's verdict."""
    tables = {name: _table(name, side.get(name, [])) for name in stage_tables(stage)} | {stage: _table(stage, rows)}
    decisions = decision_table({"row_id": row[TABLES[stage].key], "outcome": "kept"} for row in rows)
    manifest = lake.commit(Activity.begin(stage, shard, "1", {"least": 3}, {}), StageResult(tables, {stage: (len(rows), decisions)}))
    lake.record(Verdict(stage, shard, manifest.stage_digest, "generated", "0", passed, results, () if passed else ("rows is 0",)))


def add_calls(lake: Lake, *names: str) -> None:
    """Calls of a model, each in a commit of its own."""
    for name in names:
        row = dict.fromkeys(CALLS.names) | {"call_id": name, "response": '{"text": "yes"}', "state": "ok", "shard": SHARD}
        lake.delta.append(CALLS_TABLE, pa.Table.from_pylist([row | {"called_at": datetime.now(UTC)}], schema=CALLS), ["shard"])


def sign(signed: SignedLake, private: Ed25519PrivateKey | None = None) -> Head:
    """Sign everything that was committed so far."""
    sync_commits(signed.path)
    return sign_head(signed.path, leaves_of(read_commits(signed.path)), "", private or signed.ada)


def make_lake(folder: Path) -> SignedLake:
    """In a new folder."""
    folder.mkdir(parents=True)
    (folder / "private").mkdir()
    lake = Lake(str(folder / "lake"))
    (folder / CRAWL).write_text("".join(json.dumps({"url": url, "text": text}) + "\n" for url, text in PAGES.items()))
    with crawl_in(folder):
        CrawlRegistry(lake).register([str(folder / CRAWL)], PackRules())
        manifest = lake.commit(Activity.begin("l0_raw", SHARD, "1", (), {}), read_shard([CRAWL], ReadRules()))
    lake.record(Verdict("l0_raw", SHARD, manifest.stage_digest, "generated", "0", True, "[]"))
    _commit_tiers(lake)
    add_calls(lake, "call_0", "call_1", "call_2")
    ada, bo = (new_key(folder / "private" / f"{name}.pem", "", folder / "lake") for name in ("ada", "bo"))
    register(folder / "lake", key_id(ada.public_key()), "Ada", ["admin", "log", "waive", "takedown"], None, ada)
    register(folder / "lake", key_id(bo.public_key()), "Bo", ["waive"], None, ada)
    signed = SignedLake(lake, folder, ada, bo)
    sign(signed)
    commit_rows(lake, "review_queue", [], passed=False)
    waive_refused(lake, "review_queue", SHARD, "Bo", "looked at", "2999-01-01", bo)
    sign(signed)
    return signed


def documents_of(lake: Lake) -> list[dict[str, Any]]:
    """Rows of `l1_filtered` made of the pages."""
    raw = lake.read("l0_raw", SHARD, ["doc_id", "url", "text"]).to_pylist()
    return [{"doc_id": row["doc_id"], "parents": [row["doc_id"]], "url": row["url"], "text": row["text"], "tokens": 9} for row in raw]


def _commit_tiers(lake: Lake) -> None:
    documents = documents_of(lake)
    town = next(row["doc_id"] for row in documents if row["text"] == TEXT)
    start = TEXT.index("1612")
    quote = {"span_start": start, "span_end": start + 4, "quote": "1612", "parent_table": "l2_selected", "parent_field": "text"}
    bounds = json.dumps([{"metric": "rows", "minimum": 1.0, "maximum": None, "observed": 2.0, "success": True}])
    for _ in range(2):  # the same rows again: an activity and a verdict that were replaced
        commit_rows(lake, "l1_filtered", documents, results=bounds)
    commit_rows(lake, "l2_selected", documents)
    edit = {"source_start": 0, "source_end": 31, "source_text": TEXT[:31], "text": "It was founded in 1612."}
    commit_rows(lake, "l3_refined", [{"passage_id": "psg_town", "parents": [town], **edit}])
    said = {"subject": "bridge", "predicate": "founded", "object": "1612"}
    claims = [{"claim_id": f"clm_{name}", "parents": [town], **said, **quote} for name in ("one", "two", "three")]
    commit_rows(lake, "l4_claims", claims)
    commit_rows(lake, "l4_manuals", [{"section_id": "sec_town", "parents": [town], "span_start": 0, "span_end": 31, "text": TEXT[:31]}])
    facts = [{"fact_id": "fact_town", "parents": [row["claim_id"] for row in claims], "value_normal": "1612", "text": "founded 1612"}]
    source = {"source_id": "src_town", "fact_id": "fact_town", "claim_id": "clm_one", "quote": "1612"}
    commit_rows(lake, "l4_facts", facts, WHOLE_LAKE, l4_sources=[source])
    drawn = {"row_id": "mix_town", "parents": ["fact_town"], "source_table": "l4_facts", "tier": "L4", "tokens": 3, "epoch": 0}
    commit_rows(lake, "mix_alignment", [drawn], WHOLE_LAKE)


def _table(name: str, rows: list[dict[str, Any]]) -> pa.Table:
    schema = pa.schema(TABLES[name].columns)
    return pa.Table.from_pylist([{column: row.get(column) for column in schema.names} for row in rows], schema=schema)
