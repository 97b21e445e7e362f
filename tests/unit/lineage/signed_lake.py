"""A lake whose commits name what they read, with the keys of two people and a signed head: what proofs for auditors are made of."""

from __future__ import annotations

import json
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.tampering.lake import SignedLake
from tests.conftest import rows_of, tables_of
from tierline.crawl.read import read_shard
from tierline.crawl.rules import ReadRules
from tierline.lake import WHOLE_LAKE, Activity, Lake, StageResult, Verdict, decision_table
from tierline.lake.commit_log import leaves_of, read_commits, sync_commits
from tierline.proof.dsse import key_id
from tierline.proof.heads import Head, sign_head
from tierline.proof.key_file import new_key
from tierline.proof.registry import register
from tierline.stages import stage_of
from tierline.tables import TABLES

SHARD = "s"
TEXT = "The bridge was founded in 1612. It was built of granite."


Signed = SignedLake


def commit_from(
    lake: Lake, stage: str, rows: list[dict], shard: str, *parents: str, promote: bool = True, rules: object = (), **side: list[dict]
) -> None:
    """A stage's rows, made from the present ones of these tables by these rules."""
    tables = tables_of(stage, **{name: rows_of(name, given) for name, given in {**side, stage: rows}.items()})
    decisions = decision_table({"row_id": row[TABLES[stage].key], "outcome": "kept"} for row in rows)
    inputs = {f"{one.table}/{one.shard}": one.digest for table in parents for one in lake.manifests(table)}
    manifest = lake.commit(Activity.begin(stage, shard, "1", rules, inputs), StageResult(tables, {stage: (len(rows), decisions)}))
    lake.record(Verdict(stage_of(stage).name, shard, manifest.stage_digest, "test", "0", promote, "[]", () if promote else ("rows is 0",)))


def build(folder: Path) -> Signed:
    """Two pages, one of which became a claim, a fact and a row of a mix."""
    lake, crawl = Lake(str(folder / "lake")), folder / "crawl.jsonl"
    pages = {"https://town.example/": TEXT, "https://other.example/": "Another page with other words."}
    crawl.write_text("".join(json.dumps({"url": url, "text": text}) + "\n" for url, text in pages.items()))
    manifest = lake.commit(Activity.begin("l0_raw", SHARD, "1", (), {}), read_shard([str(crawl)], ReadRules()))
    lake.record(Verdict("l0_raw", SHARD, manifest.stage_digest, "test", "0", True, "[]"))
    ids = {row["url"]: row["doc_id"] for row in lake.read("l0_raw", SHARD).to_pylist()}
    documents = [{"doc_id": ids[url], "parents": [ids[url]], "text": text, "url": url, "tokens": 9} for url, text in pages.items()]
    town = documents[0]["doc_id"]
    start = TEXT.index("1612")
    quote = {"span_start": start, "span_end": start + 4, "quote": "1612", "parent_table": "l2_selected", "parent_field": "text"}
    claim = {"claim_id": "clm_town", "parents": [town], "subject": "bridge", "predicate": "founded", "object": "1612", **quote}
    commit_from(lake, "l1_filtered", documents, SHARD, "l0_raw")
    commit_from(lake, "l2_selected", documents, SHARD, "l1_filtered")
    commit_from(lake, "l4_claims", [claim], SHARD, "l2_selected")
    commit_from(lake, "l4_facts", [{"fact_id": "fact_town", "parents": ["clm_town"]}], WHOLE_LAKE, "l4_claims")
    drawn = {
        "row_id": "mix_town",
        "parents": ["fact_town"],
        "doc_id": "fact_town",
        "source_table": "l4_facts",
        "tier": "L4",
        "tokens": 3,
        "epoch": 0,
    }
    commit_from(lake, "mix_alignment", [drawn], WHOLE_LAKE, "l4_facts")
    keys = folder / "keys"
    keys.mkdir()
    ada, bo = (new_key(keys / f"{name}.pem", "", Path(lake.root)) for name in ("ada", "bo"))
    register(Path(lake.root), key_id(ada.public_key()), "Ada", ["admin", "log", "waive"], None, ada)
    register(Path(lake.root), key_id(bo.public_key()), "Bo", ["waive"], None, ada)
    signed = Signed(lake, folder, ada, bo)
    sign(signed)
    return signed


def sign(signed: Signed, private: Ed25519PrivateKey | None = None) -> Head:
    """One more head."""
    sync_commits(signed.path)
    return sign_head(signed.path, leaves_of(read_commits(signed.path)), "", private or signed.ada)
