"""Every kind of tampering with a lake, and the place by which its alarm must begin."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from benchmarks.tampering import files as f
from benchmarks.tampering import proofs as p
from benchmarks.tampering.files import Tamper
from benchmarks.tampering.lake import SHARD
from tierline.tables.records import CALLS_TABLE

L1 = {"stage": "l1_filtered", "shard": SHARD}
REFUSED = {"stage": "review_queue", "shard": SHARD}
CLAIMS = {"stage": "l4_claims", "shard": SHARD}
FUTURE = datetime(2999, 1, 1, tzinfo=UTC)
BOUNDS = json.dumps([{"metric": "rows", "minimum": 0.0, "maximum": None, "observed": 2.0, "success": True}])
TABLES_CUT = ("verdicts", "activities", "waivers", "decisions", CALLS_TABLE, "crawl_files", "l1_filtered")


@dataclass(frozen=True, slots=True)
class Kind:
    """What is changed (`of`), how, and how the line that names it begins."""

    of: str
    tamper: Tamper
    where: str


def _folder_gone(path: str) -> Tamper:
    return f.with_path(path, shutil.rmtree)


def _kept(path: str, lines: slice) -> Tamper:
    return f.with_path(path, lambda file: f.keep_lines(file, lines))


KINDS: dict[str, Kind] = {
    "byte of a page in the crawl file": Kind("bytes", f.with_crawl(lambda file: f.flip_bit(file, 0.2)), "l0_raw/s doc_"),
    "crawl file cut short": Kind("truncation", f.with_crawl(f.shorten), "l0_raw/s doc_"),
    "byte of model calls": Kind("bytes", f.flip(CALLS_TABLE, 0.3), "llm_calls/s"),
    "byte of an activity": Kind("bytes", f.flip("activities", 0.5, **L1), "activities/l1_filtered/s"),
    "byte of a verdict": Kind("bytes", f.flip("verdicts", 0.4, **L1), "verdicts/l1_filtered/s"),
    "byte of a registered file": Kind("bytes", f.flip("crawl_files", 0.3), "crawl_files/"),
    "byte of rows": Kind("bytes", f.flip("l2_selected", 0.2), "l2_selected/s"),
    "byte of a footer": Kind("bytes", f.flip("l2_selected", 0.9), "l2_selected/s"),
    "text of a row": Kind("rows", f.edit("l1_filtered", "text", "another text", shard=SHARD), "l1_filtered/s"),
    "activity of a row": Kind("rows", f.edit("l1_filtered", "activity_id", "act_other", shard=SHARD), "l1_filtered/s"),
    "row taken away": Kind("rows", f.rows("l4_claims", lambda own: own[1:]), "l4_claims/s"),
    "row twice": Kind("rows", f.rows("l4_claims", lambda own: [*own, own[0]]), "l4_claims/s"),
    "place of a quote": Kind("rows", f.edit("l4_claims", "span_start", 1), "l4_claims/s clm_"),
    "words of a quote": Kind("rows", f.edit("l4_claims", "quote", "1712"), "l4_claims/s clm_"),
    "parent of a row": Kind("rows", f.edit("l4_claims", "parents", ["doc_other"]), "l4_claims/s clm_"),
    "rows in another order": Kind("order", f.rows("l4_claims", lambda own: own[::-1]), "l4_claims/s"),
    "decisions in another order": Kind("order", f.rows("decisions", lambda own: own[::-1], **CLAIMS), "l4_claims/s"),
    "outcome of a verdict": Kind("verdicts", f.edit("verdicts", "passed", True, **REFUSED), "verdicts/review_queue/s"),
    "rows of a verdict": Kind("verdicts", f.edit("verdicts", "digest", "dig_other", **L1), "verdicts/l1_filtered/s"),
    "bound of a gate": Kind("thresholds", f.edit("verdicts", "results", BOUNDS, **L1), "verdicts/l1_filtered/s"),
    "suite of a gate": Kind("thresholds", f.edit("verdicts", "suite_hash", "other", **L1), "verdicts/l1_filtered/s"),
    "threshold of a rule": Kind("thresholds", f.edit("activities", "parameters", '{"least": 1}', **L1), "activities/l1_filtered/s"),
    "threshold of a decision": Kind("thresholds", f.edit("decisions", "threshold", 0.5, **CLAIMS), "l4_claims/s"),
    "reason of a decision": Kind("ledger", f.edit("decisions", "detail", "because", **CLAIMS), "l4_claims/s"),
    "outcome of a decision": Kind("ledger", f.edit("decisions", "outcome", "dropped", **CLAIMS), "l4_claims/s"),
    "decision taken away": Kind("ledger", f.rows("decisions", lambda own: own[1:], **CLAIMS), "l4_claims/s"),
    "row decided twice": Kind("ledger", f.rows("decisions", lambda own: [own[0], *own[:-1]], **CLAIMS), "l4_claims/s"),
    "activity of a decision": Kind("ledger", f.edit("decisions", "activity_id", "act_other", **CLAIMS), "l4_claims/s"),
    "day of a waiver": Kind("ledger", f.edit("waivers", "until", date(2999, 1, 2)), "waivers/review_queue"),
    "answer of a model": Kind("ledger", f.edit(CALLS_TABLE, "response", '{"text": "no"}'), "llm_calls/s"),
    "digest of a crawl file": Kind("ledger", f.edit("crawl_files", "digest", "other"), "crawl_files/"),
    "model of an activity": Kind("activity", f.edit("activities", "model_id", "other", **L1), "activities/l1_filtered/s"),
    "rows of an activity": Kind("activity", f.edit("activities", "rows_in", 99, **L1), "activities/l1_filtered/s"),
    "earlier activity in the place of the present one": Kind("activity", f.swap, "activities/l1_filtered/s"),
    "activity rewritten and logged anew": Kind("activity", p.rewrite_activity, "_proof/heads: signed head 0: the first "),
    "end of an activity": Kind("clock", f.edit("activities", "ended_at", FUTURE, **L1), "activities/l1_filtered/s"),
    "time of a verdict": Kind("clock", f.edit("verdicts", "judged_at", FUTURE, **L1), "verdicts/l1_filtered/s"),
    "time of a signed waiver": Kind("clock", p.waiver_with(created_at=FUTURE), "waivers/review_queue/s: the waiver by Bo"),
    "last entry of the log of verdicts": Kind("log", f.roll_back("verdicts", 1), "verdicts: entry "),
    "log of activities rolled back": Kind("log", f.roll_back("activities", 4), "activities: entry "),
    "log of model calls rolled back": Kind("log", f.roll_back(CALLS_TABLE, 1), "llm_calls: entry "),
    "last entry of a data table's log": Kind("log", f.roll_back("l4_facts", 1), "l4_facts: entry "),
    "entry in the middle of a log": Kind("log", f.with_entry("activities", 3, Path.unlink), "activities: entry 3"),
    "entry of a log changed": Kind("log", f.with_entry("activities", -1, f.forge_path), "activities: entry "),
    "garbage in a log": Kind("log", f.with_entry("l1_filtered", -1, lambda entry: entry.write_text("{]")), "l1_filtered: entry "),
    "bytes in a log that are no text": Kind("log", f.with_entry("activities", 2, f.no_text), "activities: entry 2"),
    "verdict removed by an entry": Kind("log", f.append("verdicts", form=False, **L1), "verdicts: entry "),
    "verdict removed by an entry in our form": Kind("log", f.append("verdicts", form=True, **L1), "verdicts: entry "),
    "activity removed by an entry": Kind("log", f.append("activities", form=True, **L1), "activities: entry "),
    "waiver removed by an entry": Kind("log", f.append("waivers", form=True, stage="review_queue"), "waivers: entry "),
    "registered file removed by an entry": Kind("log", f.append("crawl_files", form=True), "crawl_files: entry "),
    "model call removed by an entry": Kind("log", f.append(CALLS_TABLE, form=True), "llm_calls: entry "),
    "rows removed by another engine": Kind("log", f.append("l4_claims", form=True, engine="delta-rs:1", shard=SHARD), "l4_claims: entry "),
    "line of the log of commits removed": Kind("log", p.lines("commits", p.without_third), "_proof/commits: the commit of "),
    "first line of it removed": Kind("log", p.lines("commits", lambda own: own[1:]), "_proof/commits: the commit of l0_raw/s"),
    "its lines swapped": Kind("order", p.lines("commits", p.swapped), "_proof/commits: the commit of "),
    "one of its lines twice": Kind("log", p.lines("commits", lambda own: [*own[:3], own[2], *own[3:]]), "_proof/commits: the commit of "),
    "one of its leaves changed": Kind("log", p.lines("commits", p.other_leaf), "_proof/commits: leaf 2 is not that of the activity"),
    "commit that was never made": Kind("log", p.lines("commits", p.forged), "_proof/commits: has a commit of "),
    "garbage in the log of commits": Kind("log", p.lines("commits", lambda own: [*own, "hello"]), "_proof/commits: line "),
    "log of commits cut short": Kind("truncation", p.lines("commits", lambda own: own[:-2]), "_proof/heads: signed head "),
    "log of commits removed": Kind("missing files", f.with_path("_proof/commits", Path.unlink), "_proof/heads: signed head 0: the log was"),
    "head of another root": Kind("root", p.signed_by("ada", root="0" * 64), "_proof/heads: signed head 2: the first "),
    "head that hides commits": Kind("root", p.signed_by("ada", size=3), "_proof/heads: signed head 2: it covers fewer commits"),
    "head without its number": Kind("root", p.signed_by("ada", number="x"), "_proof/heads: signed head 2: it does not say"),
    "head removed": Kind("root", p.lines("heads", lambda own: own[1:]), "_proof/heads: signed head 0: it does not follow"),
    "heads swapped": Kind("order", p.lines("heads", lambda own: own[::-1]), "_proof/heads: signed head "),
    "head twice": Kind("replay", p.lines("heads", lambda own: [*own, own[-1]]), "_proof/heads: signed head 2: it does not follow"),
    "head changed": Kind("signature", p.lines("heads", p.second_changed), "_proof/heads: signed head 1: its"),
    "head of who may not sign": Kind("signature", p.signed_by("bo"), "_proof/heads: signed head 2: the key of Bo has not the role log"),
    "head for another lake": Kind("replay", p.signed_by("ada", lake="lake_0"), "_proof/heads: signed head 2: it was signed for another"),
    "statement for another purpose": Kind("replay", p.signed_by("ada", "release"), "_proof/heads: signed head 2: it is a statement for"),
    "key removed": Kind("key swap", p.lines("keys", lambda own: own[:-1]), "_proof/heads: signed head 0: the registered keys are"),
    "keys changed": Kind("key swap", p.lines("keys", p.second_changed), "_proof/keys: line 2 of the"),
    "keys removed": Kind("key swap", f.with_path("_proof/keys", Path.unlink), "_proof/heads: signed head 0: its key is not registered"),
    "keys of somebody else": Kind("key swap", p.swap_keys, "_proof/heads: signed head 0: its key is not registered"),
    "waiver of a key that was revoked": Kind("key swap", p.revoked, "waivers/review_queue/s: the waiver by Bo proves nothing"),
    "reason of a waiver": Kind("signature", p.waiver_with(why="no reason"), "waivers/review_queue/s: the waiver by Bo"),
    "person of a waiver": Kind("signature", p.waiver_with(who="Ada"), "waivers/review_queue/s: the waiver by Ada"),
    "day of a signed waiver": Kind("signature", p.waiver_with(until=date(3000, 1, 1)), "waivers/review_queue/s: the"),
    "rows of a waiver": Kind("signature", p.waiver_with(digest="dig_0"), "waivers/review_queue/s: the waiver by Bo"),
    "waiver replayed for another shard": Kind("replay", p.replayed, "waivers/review_queue/t: the waiver by Bo proves nothing"),
    "verdict that was replaced made current": Kind("replay", f.append("verdicts", form=True, add=True, **L1), "verdicts: entry "),
    **{f"log and seal of {table} cut": Kind("truncation", f.cut(table, 1), f"{table}: ") for table in TABLES_CUT},
    "file of rows cut short": Kind("truncation", f.with_file("l3_refined", f.shorten), "l3_refined/s"),
    "file of rows emptied": Kind("truncation", f.with_file("l3_refined", f.empty), "l3_refined/s"),
    "file of an activity emptied": Kind("truncation", f.with_file("activities", f.empty, **L1), "activities/l1_filtered/s"),
    "file of decisions emptied": Kind("truncation", f.with_file("decisions", f.empty, **CLAIMS), "l4_claims/s"),
    "seal emptied": Kind("truncation", f.with_path("_seals/activities", f.empty), "activities: "),
    "end of a seal removed": Kind("truncation", _kept("_seals/activities", slice(1)), "activities: "),
    "line of a seal removed": Kind("truncation", _kept("_seals/verdicts", slice(1, None)), "verdicts: "),
    "record of the seals cut": Kind("truncation", _kept("_seals/lake", slice(1, None)), "_seals/lake: was changed"),
    "log removed": Kind("missing files", _folder_gone("verdicts/_delta_log"), "verdicts: entry 0"),
    "registry removed": Kind("missing files", _folder_gone("crawl_files"), "crawl_files: entry 0"),
    "model calls removed": Kind("missing files", _folder_gone(CALLS_TABLE), "llm_calls: entry 0"),
    "file of a verdict removed": Kind("missing files", f.with_file("verdicts", Path.unlink, **L1), "verdicts/l1_filtered/s"),
    "file of an activity removed": Kind("missing files", f.with_file("activities", Path.unlink, **L1), "activities/l1_filtered/s"),
    "file of model calls removed": Kind("missing files", f.with_file(CALLS_TABLE, Path.unlink), "llm_calls/s"),
    "file of rows removed": Kind("missing files", f.with_file("l4_claims", Path.unlink), "l4_claims/s"),
    "seals removed": Kind("missing files", _folder_gone("_seals"), "activities: "),
    "record of the seals gone": Kind("missing files", f.with_path("_seals/lake", Path.unlink), "_seals/lake: is missing"),
    **{f"{table} gone with its seal": Kind("missing files", f.gone(table), f"{table}: ") for table in TABLES_CUT},
    "all records gone with their seals": Kind("missing files", f.gone("verdicts", "activities", "decisions"), "activities: "),
    "file of rows added by another engine": Kind("extra files", f.smuggle("l4_claims", shard=SHARD), "l4_claims: entry "),
    "verdict added by another engine": Kind("extra files", f.smuggle("verdicts", **REFUSED), "verdicts: entry "),
    "pipe as rows": Kind("extra files", f.with_file("l1_filtered", f.special, shard=SHARD), "l1_filtered/s"),
    "pipe as decisions": Kind("extra files", f.with_file("decisions", f.special, **CLAIMS), "l4_claims/s"),
    "pipe as a verdict": Kind("extra files", f.with_file("verdicts", f.special, **L1), "verdicts/l1_filtered/s"),
    "pipe as an entry": Kind("extra files", f.with_entry("verdicts", 0, f.special), "verdicts: "),
    "pipe as a seal": Kind("extra files", f.with_path("_seals/verdicts", f.special), "verdicts: "),
    "pipe as the record of the seals": Kind("extra files", f.with_path("_seals/lake", f.special), "_seals/lake: "),
    "copy that is not whole": Kind("extra files", lambda signed: (signed.path / "_copying").write_text("x"), "_copying: "),
}  # fmt: skip
