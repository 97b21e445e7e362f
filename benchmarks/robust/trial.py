"""One input of the robustness benchmark: made from its number, read, filtered and searched for claims, and what must hold of the result."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa

from benchmarks.robust.charset_pages import CharsetPage, charset_pages
from benchmarks.robust.mutations import DAMAGE, EDITS, NAMES
from benchmarks.robust.sound import Format, Page, formats, native_files, pages
from tierline.crawl import ReadRules
from tierline.crawl.find import find_crawl_files
from tierline.crawl.read import read_shard
from tierline.dedup import DedupRules
from tierline.dedup.resolve import NoDocuments
from tierline.errors import BadInput, LawBroken
from tierline.filters import FilterRules
from tierline.filters.filter import filter_shard
from tierline.knowledge import ClaimRules, ManualRules, VettedSource, extract_claims, split_manuals
from tierline.lake import StageResult
from tierline.tables import TABLES
from tierline.unforeseen import UNFORESEEN

RECORDS = 4  # of an input
# Rules that nearly every text passes, so that what comes after them is tried too.
LENIENT = FilterRules(
    **dict.fromkeys(
        "language_confidence_min words_min mean_word_length_min alphabetic_words_min stop_words_min sentences_min".split(), 0.0
    ),
    **dict.fromkeys("mean_word_length_max symbol_word_ratio_max curly_braces_max newlines_per_word_max".split(), 1e9),
    **dict.fromkeys("bullet_lines_max ellipsis_lines_max short_lines_max".split(), 1.0),
    punctuated_lines_min=0,
)
MANUALS = ManualRules((VettedSource("http", "somebody", "2026-01-15"),))
REST = "the rest of the file is not read"


@dataclass(slots=True)
class Outcome:
    """What became of one input."""

    name: str  # its format
    crash: str = ""
    unaccounted: list[str] = field(default_factory=list[str])
    unforeseen: list[str] = field(default_factory=list[str])
    rows: int = 0
    ok: int = 0


@dataclass(frozen=True, slots=True)
class Input:
    """A file, and the texts of records in it that nothing was done to."""

    format: str
    name: str
    data: bytes
    untouched: tuple[str, ...]


def make_input(number: int, seed: int, data: Path, scratch: Path) -> Input:
    """The input of a number: formats in turn, everything else by chance."""
    chance = Random(f"{seed}/{number}")
    kinds, natives = list(formats().values()), native_files(data)
    turn = number % (len(kinds) + (len(natives) > 0))
    if turn == len(kinds):
        file = chance.choice(natives)
        return Input("others' files", file.name, chance.choice(DAMAGE)(chance, file.read_bytes()), ())
    form = chance.choice(kinds[turn])
    chosen = chance.sample(pages(data, scratch), 1 if form.single else RECORDS)
    records = [form.record(page, place) for place, page in enumerate(chosen)]
    name = (chance.choice(NAMES) if chance.random() < 0.05 else "crawl") + (form.suffix.upper() if chance.random() < 0.05 else form.suffix)
    if chance.random() < 0.4:
        packed = form.pack(records)
        for _ in range(chance.choice((1, 1, 2))):
            packed = chance.choice(DAMAGE)(chance, packed) or b"\n"
        return Input(form.kind, name, packed, ())
    hit = chance.randrange(len(records))
    before = records[hit]
    for _ in range(chance.choice((1, 1, 2, 3))):
        records[hit] = chance.choice(EDITS)(chance, records[hit]) or b"\n"
    untouched = ()
    if form.isolated and records[hit] != before:
        untouched = tuple(_texts_but(form, tuple(chosen), hit, scratch))
    return Input(form.kind, name, form.pack(records), untouched)


@lru_cache(64)
def _texts_but(form: Format, chosen: tuple[Page, ...], hit: int, scratch: Path) -> list[str]:
    """The texts that are read of all records but one where nothing is damaged."""
    file = scratch / f"sound{form.suffix}"
    file.write_bytes(form.pack([form.record(page, place) for place, page in enumerate(chosen)]))
    rows = read_shard([str(file)], ReadRules()).tables["l0_raw"]
    texts = [row["text"] for batch in rows.to_batches() for row in batch.to_pylist() if row["status"] == "ok"]
    return texts[:hit] + texts[hit + 1 :] if len(texts) == len(chosen) else []


def run_input(made: Input, folder: Path) -> Outcome:
    """Write the input and take it through reading, L1, claims and manuals."""
    outcome = Outcome(made.format)
    file = folder / made.name
    try:
        file.write_bytes(made.data)
    except (OSError, ValueError):  # a name that this system does not allow
        return outcome
    try:
        rows = _through(file, folder, outcome)
    except LawBroken as error:
        outcome.unaccounted.append(str(error))
        return outcome
    except BadInput:  # said in one line: the name is not one of a crawl file, or one that no lake can hold
        return outcome
    except Exception:
        outcome.crash = traceback.format_exc(limit=-6)
        return outcome
    finally:
        file.unlink()
    there = [row["text"] for row in rows]
    told = any(REST in (row["error"] or "") for row in rows)  # a record that says it has gigabytes ends the reading, in a row of its own
    outcome.unaccounted += [f"no row has the text {text[:60]!r}" for text in made.untouched if text not in there and not told]
    return outcome


def _through(file: Path, folder: Path, outcome: Outcome) -> list[dict[str, Any]]:
    found = find_crawl_files(str(folder)) if not file.name.startswith(".") else []  # which a folder is not searched for
    found = found or find_crawl_files(str(file))
    raw = read_shard(found, ReadRules())
    rows = _rows(raw, "l0_raw")
    outcome.rows, outcome.ok = len(rows), sum(row["status"] == "ok" for row in rows)
    if not rows:
        outcome.unaccounted.append("a file without a row")
    filtered = filter_shard(pa.Table.from_pylist(rows, TABLES["l0_raw"].schema), LENIENT, DedupRules(), NoDocuments())
    documents = [row for row in rows if row["status"] == "ok"]  # redaction and rules hide what claims may stumble over
    told = [row | {"language": "en", "tokens": 1} for row in documents]
    pages = pa.Table.from_pylist(told, TABLES["l2_selected"].schema)
    passages = pa.Table.from_pylist([row | {"passage_id": row["doc_id"]} for row in told], TABLES["l3_refined"].schema)
    claimed = extract_claims(pages, passages.slice(0, 0), ClaimRules())
    edited = extract_claims(pages.slice(0, 0), passages, ClaimRules())
    manuals = split_manuals(pages, MANUALS)
    for stage, result, rows_in in (
        ("l0_raw", raw, len(rows)),
        ("l1_filtered", filtered, len(rows)),
        ("l4_claims", claimed, len(told)),
        ("l4_claims", edited, len(told)),
        ("l4_manuals", manuals, len(told)),
    ):
        result.check(stage)
        if result.ledgers[stage][0] != rows_in:
            outcome.unaccounted.append(f"{stage}: {rows_in} rows went in, it says {result.ledgers[stage][0]}")
        outcome.unforeseen += [f"{stage}: {one['detail']}" for one in _ledger(result, stage) if one["rule"] == UNFORESEEN]
    return rows


def _rows(result: StageResult, table: str) -> list[dict[str, Any]]:
    return [row for batch in result.tables[table].to_batches() for row in batch.to_pylist()]


def _ledger(result: StageResult, stage: str) -> list[dict[str, Any]]:
    return [row for batch in result.ledgers[stage][1].to_batches() for row in batch.to_pylist()]


@cache
def charset_set() -> tuple[CharsetPage, ...]:
    """Pages in many encodings, each with its text."""
    return tuple(charset_pages())


def mojibake(folder: Path, taken: Sequence[CharsetPage]) -> list[str]:
    """Labels of the pages whose row has status ok and other text than the page."""
    file = folder / "charsets.warc"
    records: list[bytes] = []
    for number, page in enumerate(taken):
        content = f"HTTP/1.1 200 OK\r\nContent-Type: {page.content_type}\r\n\r\n".encode() + page.body
        head = f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:{number}>\r\nWARC-Target-URI: https://a.example/{number}\r\n"
        media = f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(content)}\r\n\r\n"
        records.append((head + media).encode() + content + b"\r\n\r\n")
    file.write_bytes(b"".join(records))
    rows = {row["url"]: row for row in _rows(read_shard([str(file)], ReadRules()), "l0_raw")}
    wrong: list[str] = []
    for number, page in enumerate(taken):
        row = rows[f"https://a.example/{number}"]
        if row["status"] == "ok" and " ".join(page.text.split()) not in " ".join(row["text"].split()):
            wrong.append(f"{page.label}: read as {row['charset']}: {row['text'][:60]!r}")
    return wrong
