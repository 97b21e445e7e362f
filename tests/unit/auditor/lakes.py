"""A small lake to audit: pages of a real crawl file, one of which says hostile things, made into facts, forms and a mix, with signed commits."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa

from tests.unit.lineage.signed_lake import Signed, commit_from, sign
from tierline.crawl.read import read_shard
from tierline.crawl.rules import ReadRules
from tierline.lake import WHOLE_LAKE, Activity, Lake, Verdict, Waiver
from tierline.lake.reviews import Review, record_reviews
from tierline.proof.attestations import attest
from tierline.proof.dsse import key_id
from tierline.proof.key_file import new_key
from tierline.proof.registry import register
from tierline.tables.records import CALLS

SHARD = "s"
HOSTILE = (
    "<script>document.title='owned';fetch('https://evil.example/')</script><img src=x onerror=\"alert(1)\"><b onclick=alert(2)>bold</b> "
    "\u202edesrever\u202c \x00\x1b[31mred <a href='javascript:alert(3)'>here</a> {{ 7*7 }} </textarea></title>\u2066"
)
TOWN = "The bridge was founded in 1612. It was built of granite. The mill was founded in 1701."
TEXTS = {
    "https://town.example/bridge?a=1&b=<2>": TOWN,
    "https://other.example/": "They say that the bridge was founded in 1612, and nothing else of it.",
    "javascript:alert('url')//hostile.example": f"The lock was founded in 1834. {HOSTILE}",
}
STATED = (  # id, page, subject, value
    ("clm_bridge", 0, "bridge", "1612"),
    ("clm_again", 1, "bridge", "1612"),
    ("clm_granite", 0, "bridge", "granite"),
    ("clm_mill", 0, "mill", "1701"),
    ("clm_lock", 2, f"lock {HOSTILE}", "1834"),
)
FACTS = {
    "fact_bridge": ("clm_again", "clm_bridge"),
    "fact_granite": ("clm_granite",),
    "fact_mill": ("clm_mill",),
    "fact_lock": ("clm_lock",),
}


@dataclass(frozen=True)
class Audited:
    """The lake with its keys, its crawl file, and the ids of its documents in the order of TEXTS."""

    signed: Signed
    crawl: Path
    documents: tuple[str, ...]

    @property
    def lake(self) -> Lake:
        return self.signed.lake


def audited_lake(folder: Path) -> Audited:
    """Two pages state the same; a third one is hostile in its address, its title and its text."""
    lake, crawl = Lake(str(folder / "lake")), folder / "crawl.jsonl"
    pages = [{"url": url, "title": HOSTILE if "hostile" in url else "Town", "text": text} for url, text in TEXTS.items()]
    crawl.write_text("".join(json.dumps(page) + "\n" for page in pages))
    manifest = lake.commit(Activity.begin("l0_raw", SHARD, "1", (), {}), read_shard([str(crawl)], ReadRules()))
    lake.record(Verdict("l0_raw", SHARD, manifest.stage_digest, "test", "0", True, "[]"))
    ids = {row["source_offset"]: row["doc_id"] for row in lake.read("l0_raw", SHARD).to_pylist()}
    documents = tuple(ids[offset] for offset in sorted(ids))
    rows = [
        {"doc_id": doc_id, "parents": [doc_id], "url": url, "text": text, "tokens": 9, "title": page["title"]}
        for doc_id, page, (url, text) in zip(documents, pages, TEXTS.items(), strict=True)
    ]
    claims = [_claim(claim, documents[page], list(TEXTS.values())[page], subject, value) for claim, page, subject, value in STATED]
    stated = {claim["claim_id"]: claim for claim in claims}
    bounds = json.dumps([{"metric": "rows", "minimum": 1, "maximum": None, "observed": 3, "success": True, "why": "there are some"}])
    commit_from(lake, "l1_filtered", rows, SHARD, "l0_raw")
    lake.record(Verdict("l1_filtered", SHARD, lake.manifest("l1_filtered", SHARD).stage_digest, "test", "0", True, bounds))
    commit_from(lake, "l2_selected", rows, SHARD, "l1_filtered", rules={"usefulness_min": 0.25})
    edit = {"source_start": 0, "source_end": 31, "source_text": TOWN[:31], "text": "The bridge was begun in 1612.", "kind": "edit"}
    edit["call_ids"] = ["call_1"]
    said = {"request": json.dumps({"prompt": f"Edit this. {HOSTILE}"}), "response": json.dumps({"text": "The bridge was begun in 1612."})}
    call = {"call_id": "call_1", "shard": SHARD, "state": "ok", "kind": "generate", "model_id": "small-1", "called_at": datetime.now(UTC)}
    lake.delta.append("llm_calls", pa.Table.from_pylist([call | said], schema=CALLS), ["shard"])
    commit_from(lake, "l3_refined", [{"passage_id": "psg_town", "parents": [documents[0]], **edit}], SHARD, "l2_selected")
    commit_from(lake, "l4_claims", claims, SHARD, "l2_selected", "l3_refined")
    facts = [_fact(fact, parents, stated[parents[0]]) for fact, parents in FACTS.items()]
    commit_from(lake, "l4_facts", facts, WHOLE_LAKE, "l4_claims")
    drawn = [
        {"row_id": f"mix_{fact['fact_id'][5:]}", "parents": [fact["fact_id"]], "doc_id": fact["fact_id"], "source_table": "l4_facts",
         "tier": "L4", "tokens": 3, "epoch": 0, "position": number, "text": fact["text"]}
        for number, fact in enumerate(facts)
    ]  # fmt: skip
    commit_from(lake, "mix_alignment", drawn, WHOLE_LAKE, "l4_facts")
    return Audited(_signed(lake, folder, documents), crawl, documents)


def _claim(claim_id: str, document: str, text: str, subject: str, value: str) -> dict[str, object]:
    start = text.index(value)
    quote = {"span_start": start, "span_end": start + len(value), "quote": value, "parent_table": "l2_selected", "parent_field": "text"}
    return {"claim_id": claim_id, "parents": [document], "subject": subject, "predicate": "founding date", "object": value, **quote}


def _fact(fact_id: str, parents: tuple[str, ...], claim: dict[str, object]) -> dict[str, object]:
    said = {name: claim[name] for name in ("subject", "predicate", "object")}
    text = f"{claim['subject']}, {claim['predicate']}: {claim['object']}."
    return {"fact_id": fact_id, "parents": list(parents), "text": text, "independent_sources": len(parents), "entity": "ent_1", **said}


def _signed(lake: Lake, folder: Path, documents: tuple[str, ...]) -> Signed:
    """People: a review of a page, a waiver, keys, a head of the log and a release."""
    record_reviews(lake, [Review("l2_selected", SHARD, "document", documents[0], "d", "Ada", "keep", reason=f"sound {HOSTILE}")])
    digest = lake.manifest("l2_selected", SHARD).stage_digest
    lake.waive(Waiver("l2_selected", SHARD, digest, "Ada", "looked at it", date(2999, 1, 1), datetime.now(UTC)))
    keys = folder / "keys"
    keys.mkdir()
    ada, bo = (new_key(keys / f"{name}.pem", "", Path(lake.root)) for name in ("ada", "bo"))
    register(Path(lake.root), key_id(ada.public_key()), "Ada", ["admin", "log", "release"], None, ada)
    signed = Signed(lake, folder, ada, bo)
    sign(signed)
    attest(Path(lake.root), "release", "first", {"sha256": "0" * 64}, "release first", None, ada)
    return signed
