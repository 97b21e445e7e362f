"""Whatever any function raises over a record, nobody knows why: the stage ends, accounts for every record, and leaves the others as they are."""

import inspect
import json
import random
from collections import Counter
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from types import FunctionType, ModuleType
from typing import Any

import pyarrow as pa
import pytest

from examples.pages import all_pages
from examples.write_crawl import response
from tests.conftest import rows_of
from tests.fuzz import inputs
from tierline.crawl import ReadRules
from tierline.crawl.read import read_shard
from tierline.dedup import DedupRules
from tierline.dedup.resolve import NoDocuments
from tierline.filters import FilterRules
from tierline.filters.benchmark_items import Item
from tierline.filters.decontaminate import DecontaminationRules, build_index, decontaminate
from tierline.filters.filter import filter_shard
from tierline.knowledge import ClaimRules, FactRules, ManualRules, VettedSource, extract_claims, split_manuals, verify_facts
from tierline.lake import StageResult
from tierline.operations.candidates import pick_candidates
from tierline.operations.rules import EditRules
from tierline.tables import TABLES
from tierline.unforeseen import UNFORESEEN

SEED = 19
PAGES = 14


class Odd(Exception):
    """Nobody has heard of it."""


class PanicException(BaseException):
    """As libraries that are written in Rust end."""


FAULTS = (
    Odd("/home/somebody/secret.key at https://user:pass@host/?token=abc"),
    TypeError("odd"),
    RecursionError("deep"),
    MemoryError(),
    AssertionError(),
    ZeroDivisionError("no"),
    StopAsyncIteration(),
    PanicException("index out of bounds"),
)
# What pages and responses state of their use.
HEADERS = b"\r\nX-Robots-Tag: noarchive\r\nTDM-Policy: https://a.example/p\r\nLink: <https://a.example/l>; rel=license"
STATED = (
    b'<meta name="robots" content="noarchive"><meta name="tdm-policy" content="https://a.example/p"><link rel="license" href="/l">'
    b'<script type="application/ld+json">{"@type": "Article", "license": "https://a.example/l"}</script>'
)
# Modules in which every function works on records, and in the others the loops around them, which nothing but the machine can break.
MODULES = {
    "l0_raw": {
        "crawl.blocks": (),
        "crawl.extract": (),
        "crawl.features": (),
        "crawl.formulas": (),
        "crawl.http": (),
        "crawl.model": (),
        "crawl.page_bounds": (),
        "crawl.page_rights": (),
        "crawl.response_rights": (),
        "crawl.render": (),
        "crawl.structured": (),
        "crawl.record_fields": (),
        "crawl.warc_rows": (
            "read_warc",
            "addressed",
            "_ended",
            "_found",
            "fields_or_fault",
            "open_binary",
            "iterate_warc",
            "rest_is_not_read",
        ),
        "crawl.jsonl_parquet": (
            *(
                "read_jsonl",
                "read_parquet",
                "_group_rows",
                "_lines",
                "bounded_lines",
                "_row_groups",
                "_rows_lost",
                "_unpacked",
                "wrong_members",
            ),
            *("_value_bytes", "_parquet_row", "address_of", "fields_or_fault", "open_decompressed", "rest_is_not_read"),
        ),
    },
    "l1_filtered": {
        "filters.batch": (),
        "filters.boilerplate": (),
        "filters.language": (),
        "filters.pii": (),
        "filters.profanity": (),
        "filters.rights": (),
        "filters.rules": (),
        "filters.signals": (),
    },
    "l1_contamination": {
        "filters.benchmark_index": (),
        "filters.decontaminate": (
            *("decontaminate", "each_held", "decision_table", "content_id"),
            *("_count_sites", "_judge", "_covered", "_verdict", "_is_copied", "_row", "_decide"),  # over what all documents have in common
        ),
    },
    "l4_claims": {
        "knowledge.claims": (
            "extract_claims",
            "decide_held",
            "decision_table",
            "site_parts",  # of what all titles have in common
            "proven_claims",  # of columns of all claims
        ),
        "knowledge.structured": (),
        "knowledge.text": (),
    },
    "l4_manuals": {"knowledge.manuals": ("split_manuals", "decide_held", "decision_table")},
    "l4_facts": {
        "knowledge.facts": (
            *("verify_facts", "verify", "_judge", "_decided", "held", "decision_table", "stage_tables"),
            *("with_withdrawn", "with_confidence", "_table"),  # over all values
        )
    },
}


def functions(stage: str) -> list[tuple[ModuleType, str]]:
    """Every function of the stage's modules that works on records, its own and imported ones, found where it is called from."""
    found: list[tuple[ModuleType, str]] = []
    for name, loops in MODULES[stage].items():
        module = import_module(f"tierline.{name}")
        for attribute, value in vars(module).items():
            if isinstance(value, FunctionType) and value.__module__.startswith("tierline.") and attribute not in loops:
                found.append((module, attribute))
    return found


class Throwing:
    """A function that is called as before and raises now and then."""

    def __init__(self, monkeypatch, module: ModuleType, name: str) -> None:
        self.calls = self.thrown = 0
        self._share, self._chance = 0.0, random.Random(f"{SEED}/{module.__name__}.{name}")
        function = getattr(module, name)

        @wraps(function)
        def now_and_then(*arguments: Any, **keywords: Any) -> Any:
            self._throw()
            return function(*arguments, **keywords)

        @wraps(function)
        def in_between(*arguments: Any, **keywords: Any) -> Any:
            for item in function(*arguments, **keywords):
                self._throw()
                yield item

        monkeypatch.setattr(module, name, in_between if inspect.isgeneratorfunction(function) else now_and_then)

    def begin(self) -> None:
        """Throw from here on: at once, and a few times in a run of as many calls as before."""
        self._share = min(0.5, 6 / max(1, self.calls))

    def _throw(self) -> None:
        self.calls += 1
        if self._chance.random() < self._share or (self._share and not self.thrown):
            self.thrown += 1
            raise self._chance.choice(FAULTS)


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> list[str]:
    """Pages of the bundled crawl in three formats, each on a site of its own."""
    records, lines = [], []
    pages = [page for page in all_pages() if page.status == 200][::9][:PAGES]
    for number, page in enumerate(pages):
        content = response(page).replace(b"\r\n\r\n", HEADERS + b"\r\n\r\n", 1).replace(b"</head>", STATED + b"</head>", 1)
        head = f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:{number}>\r\nWARC-Target-URI: https://s{number}.example/\r\n"
        kind = f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(content)}\r\n\r\n"
        records.append((head + kind).encode() + content + b"\r\n\r\n")
        lines.append(
            json.dumps(
                {"html" if number % 2 else "text": page.body.decode("utf-8", "replace"), "url": f"https://l{number}.example/"}
            ).encode()
        )
    for number, (path, answer) in enumerate(
        {"robots.txt": b"200 OK\r\nContent-Type: image/png\r\n\r\nUser-agent: *", "ai.txt": b"301 M\r\nLocation: /r.txt\r\n\r\n"}.items()
    ):
        head = f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:r{number}>\r\nWARC-Target-URI: https://s{number}.example/{path}\r\n"
        kind = f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(answer) + 9}\r\n\r\n"
        records.append((head + kind).encode() + b"HTTP/1.1 " + answer + b"\r\n\r\n")
    folder = tmp_path_factory.mktemp("crawl")
    for name, data in {"a.warc": b"".join(records), "b.jsonl": b"\n".join(lines), "c.parquet": inputs.parquet_file(3)}.items():
        (folder / name).write_bytes(data)
    return [str(folder / name) for name in ("a.warc", "b.jsonl", "c.parquet")]


@pytest.fixture(scope="module")
def stages(files) -> dict[str, Callable[[], StageResult]]:
    """Each stage on what the one before it makes without faults; no row repeats another, for what repeats a lost row is kept."""
    raw = rows_in(read_shard(files, ReadRules()), "l0_raw")
    merged = {one["row_id"] for one in ledger(filtered(raw), "l1_filtered") if one["outcome"] == "merged"}
    told = [row | {"language": "en", "tokens": 1} for row in {row["text"]: row for row in raw if row["status"] == "ok"}.values()]
    pages = table("l2_selected", told)
    passages = table("l3_refined", [row | {"passage_id": f"psg_{number}", "parents": [row["doc_id"]]} for number, row in enumerate(told)])
    claims = pa.Table.from_pylist(rows_in(extract_claims(pages, passages, ClaimRules()), "l4_claims"), TABLES["l4_claims"].schema)
    questions = [" ".join(reversed(row["text"].split()[:40])) for row in told]  # each document copies one of its own
    copies = [row | {"text": f"{row['text']}\n{question}\nyes"} for row, question in zip(told, questions, strict=True)]
    rules = DecontaminationRules(common_domains=1000)
    index = build_index([Item("quiz", str(place), one, "", ("yes",), ()) for place, one in enumerate(questions)], rules)
    vetted = ManualRules((VettedSource("https://l", "somebody", "2026-01-15"),))
    return {
        "l0_raw": lambda: read_shard(files, ReadRules()),
        "l1_filtered": lambda: filtered([row for row in raw if row["doc_id"] not in merged]),
        "l1_contamination": lambda: decontaminate(table("l1_filtered", copies), index, rules),
        "l4_claims": lambda: extract_claims(pages, passages, ClaimRules()),
        "l4_manuals": lambda: split_manuals(pages, vetted),
        "l4_facts": lambda: verify_facts(claims, FactRules(independent_sources_min=1)),
    }


def filtered(raw: list[dict]) -> StageResult:
    return filter_shard(table("l0_raw", raw), FilterRules(words_min=20), DedupRules(), NoDocuments())


def table(name: str, rows: list[dict]) -> pa.Table:
    """Rows of a table, without what it has no column for."""
    return rows_of(name, [{key: value for key, value in row.items() if key in TABLES[name].columns} for row in rows])


def rows_in(result: StageResult, name: str) -> list[dict]:
    """All columns but those that rest on all others: how many have a line, how often sources agree."""
    return [
        {key: row[key] for key in row if key not in ("domains", "confidence")}
        for batch in result.tables[name].to_batches()
        for row in batch.to_pylist()
    ]


def ledger(result: StageResult, stage: str) -> list[dict]:
    return [row for batch in result.ledgers[stage][1].to_batches() for row in batch.to_pylist()]


def owners(row: dict) -> set[str]:
    """The rows that went in and that a row is made of."""
    return {row.get("doc_id"), row.get("claim_id"), *(row.get("parents") or ())}


@pytest.mark.parametrize("stage", MODULES)
def test_whatever_is_raised_where_and_when_costs_its_records_alone(stage, stages, monkeypatch):
    plain = stages[stage]()
    every, thrown, lost = functions(stage), Counter(), Counter()
    for module, name in every:
        with monkeypatch.context() as patch:
            throwing = Throwing(patch, module, name)
            stages[stage]()
            throwing.begin()
            result = stages[stage]()
        result.check(stage)
        compare = same_addresses if stage == "l0_raw" else same_but_for_the_lost
        thrown[name], lost[name] = throwing.thrown, len(compare(stage, plain, result))
    assert sum(map(bool, thrown.values())) > len(thrown) / 2, f"hardly anything was raised: {thrown}"
    assert sum(map(bool, lost.values())) > len(thrown) / 5, f"hardly a row says so: {lost}"


def same_addresses(stage: str, plain: StageResult, result: StageResult) -> list[str]:
    """Every record has its row still; one that cannot be read says why and nothing else."""
    where = ("source_uri", "source_offset", "source_length")
    before = {tuple(row[name] for name in where): row for row in rows_in(plain, stage)}
    after = {tuple(row[name] for name in where): row for row in rows_in(result, stage)}
    assert before.keys() == after.keys()
    decided = {one["row_id"]: one for one in ledger(result, stage)}
    lost = []
    for place, row in after.items():
        if row["status"] == "error" and row != before[place]:
            lost.append(row["error"])
            assert row["text"] is None and decided[row["doc_id"]]["rule"] == UNFORESEEN
        else:
            assert row == before[place]
    return reasons(lost)


def same_but_for_the_lost(stage: str, plain: StageResult, result: StageResult) -> list[str]:
    before, after = ({one["row_id"]: one for one in ledger(one, stage)} for one in (plain, result))
    assert before.keys() == after.keys() and result.ledgers[stage][0] == plain.ledgers[stage][0]
    lost = {row_id for row_id, one in after.items() if one["rule"] == UNFORESEEN}
    assert all(after[row_id] == before[row_id] for row_id in before.keys() - lost)
    for name in plain.tables:
        key = TABLES[name].key
        was, now = ({row[key]: row for row in rows_in(one, name)} for one in (plain, result))
        assert all(was.get(row_id) == row for row_id, row in now.items())
        assert all(owners(was[row_id]) & lost for row_id in was.keys() - now.keys())
    assert all(after[row_id]["outcome"] == "error" for row_id in lost)
    return reasons([after[row_id]["detail"] for row_id in lost])


def reasons(said: list[str]) -> list[str]:
    kinds = {type(fault).__name__ for fault in FAULTS}
    for one in said:
        assert one.startswith(f"{UNFORESEEN}: ") and one.split(": ")[1] in kinds, one
        assert not {"home", "secret", "pass", "token", "abc"} & set(one.replace("…", " ").split()) and "/" not in one
    return said


def test_a_document_that_cannot_be_cut_into_passages_leaves_those_of_the_others(monkeypatch):
    rows = [
        {
            "doc_id": f"doc_{number}",
            "language": "en",
            "lane": "prose",
            "usefulness": 1.0,
            "text": f"In {1800 + number} the town of Mora built a lock. " * 6,
        }
        for number in range(9)
    ]
    plain, none = pick_candidates(rows, EditRules())
    module = import_module("tierline.operations.candidates")
    for name in ("passages", "sentences", "quantities", "_answer", "_question"):
        with monkeypatch.context() as patch:
            throwing = Throwing(patch, module, name)
            pick_candidates(rows, EditRules())
            throwing.begin()
            candidates, lost = pick_candidates(rows, EditRules())
        assert throwing.thrown and not none
        assert candidates == [one for one in plain if one.document["doc_id"] not in lost]
