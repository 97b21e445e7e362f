"""Distinguishes documents that copy a benchmark's items from those that only share common text with them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tierline.compute.workers import IN_PROCESS, Workers, each_held
from tierline.config.bounds import Count, Few, Natural
from tierline.filters.benchmark_index import BenchmarkIndex, Found, Part, blank_punctuation
from tierline.filters.benchmark_items import Item
from tierline.lake import StageResult, decision_table
from tierline.tables import TABLES, content_id
from tierline.tables.l1 import COMMON_TEXT, LEAK
from tierline.text.domains import registrable_domain
from tierline.text.words import word_pattern
from tierline.unforeseen import Lost

READ = ("doc_id", "domain", "text", "tokens")


@dataclass(frozen=True, slots=True)
class DecontaminationRules:
    """When a match is a leak.

    Word 8-grams, and an item counts as found from half of its words on: Tülu 3 (Lambert et al. 2024, arXiv 2411.15124,
    section 3.2). N-grams on more than ten sites are quotations that do not show where a text comes from, and thirteen words in
    common are not chance: GPT-3 (Brown et al. 2020, arXiv 2005.14165, appendix C).
    """

    SECTION: ClassVar[str] = "l1.decontamination"
    ngram_words: Few = 8
    short_question_words: Few = 5  # a question shorter than an n-gram is one n-gram of its own; below this it identifies nothing
    overlap_min: float = 0.5  # of the question, and of its last sentence alone
    short_overlap_min: float = 0.85  # if fewer words than the next bound match: a name alone fills half of a short question
    evidence_words: Count = 13  # that many matched words of a question are evidence without an answer beside it
    answer_window: Natural = 50  # words after (or before) the question in which an answer of several words counts
    short_answer_window: Natural = 16  # the same for a single word, which can occur by chance
    common_domains: Natural = 10  # n-grams on more registrable domains of the shard are common text
    template_questions: Natural = 10  # n-grams in more questions of the benchmarks are wording, not content

    def __post_init__(self) -> None:
        if not 2 <= self.short_question_words <= self.ngram_words:
            raise ValueError("short_question_words must lie between 2 and ngram_words")
        if not 0 < self.overlap_min <= self.short_overlap_min <= 1:
            raise ValueError("0 < overlap_min <= short_overlap_min <= 1 must hold")


@dataclass(frozen=True, slots=True)
class Match:
    """A match of one document with one part: the densest place, as positions in the part and a span of the document's text."""

    doc_id: str
    part: int
    positions: npt.NDArray[np.int64]
    hashes: npt.NDArray[np.uint64]
    start: int
    end: int
    quote: str
    answer_found: bool


def build_index(items: Sequence[Item], rules: DecontaminationRules) -> BenchmarkIndex:
    """The index in which `decontaminate` looks documents up."""
    return BenchmarkIndex(items, rules.ngram_words, rules.short_question_words, rules.template_questions)


def decontaminate(documents: pa.Table, index: BenchmarkIndex, rules: DecontaminationRules, workers: Workers = IN_PROCESS) -> StageResult:
    """`l1_contamination` from a shard's documents (columns doc_id, domain, text, tokens): one row per match, one decision per document.

    A document is dropped as `contamination:leak` where it holds half of a question, half of the question's last sentence, and
    thirteen words of it, or nearly all of it beside an answer, most options or half of the passage. Every other match of substance is
    common text: passages that the benchmark took from elsewhere, and quotations on many sites; it is only recorded.
    One that no code here can work on is an error: no mix draws it. Working memory is a batch of documents and the matches.
    """
    matches: list[Match] = []
    lost: dict[str, dict[str, Any]] = {}  # document -> decision
    sites: dict[int, set[str]] = defaultdict(set)
    batches = documents.select(list(READ)).to_batches(max_chunksize=workers.batch_rows) if len(index) else []
    for found in each_held(workers, "find benchmarks", partial(_matches, index=index, rules=rules), batches):
        if isinstance(found, Lost):
            lost[found.rows["doc_id"][0].as_py()] = found.decision("doc_id")
            continue
        for match, shared, site in found:
            matches.append(match)
            _count_sites(sites, shared, site, rules.common_domains)
    rows = _judge(matches, index, sites, rules)
    table = pa.Table.from_pylist(rows, schema=pa.schema(TABLES["l1_contamination"].columns))
    decisions = [lost.get(decision["row_id"], decision) for decision in _decide(documents, rows, rules)]
    return StageResult({"l1_contamination": table}, {"l1_contamination": (documents.num_rows, decision_table(decisions))})


def leaking(documents: pa.Table, index: BenchmarkIndex, rules: DecontaminationRules) -> set[str]:
    """The ids of documents (columns as above) that copy a benchmark, or that no code could look up in one."""
    decisions = decontaminate(documents, index, rules).ledgers["l1_contamination"][1]
    return {row["row_id"] for row in decisions.to_pylist() if row["outcome"] != "kept"}


def _matches(batch: pa.RecordBatch, index: BenchmarkIndex, rules: DecontaminationRules) -> list[tuple[Match, Found, str]]:
    """(match, all that document and part have in common, the document's site) of a batch of documents."""
    columns = batch.to_pydict()
    matches: list[tuple[Match, Found, str]] = []
    for number, words, found in index.find(columns["text"]):
        text, doc_id, host = columns["text"][number], columns["doc_id"][number], columns["domain"][number]
        starts, ends = _offsets(text)
        site = registrable_domain(host) if host else doc_id
        matches += [(_densest(doc_id, part, index.parts[part.part], words, text, starts, ends, rules), part, site) for part in found]
    return matches


def _offsets(text: str) -> tuple[list[int], list[int]]:
    spans = [match.span() for match in word_pattern().finditer(blank_punctuation(text))]
    return [start for start, _ in spans], [end for _, end in spans]


def _count_sites(sites: dict[int, set[str]], found: Found, site: str, most: int) -> None:
    for gram in set(found.hashes.tolist()):
        if len(sites[gram]) <= most:  # counting stops one above the bound
            sites[gram].add(site)


def _densest(
    doc_id: str, found: Found, part: Part, words: list[str], text: str, starts: list[int], ends: list[int], rules: DecontaminationRules
) -> Match:
    """The stretch of the text with most matches: those at most two n-grams apart belong together."""
    cuts = np.flatnonzero(np.diff(found.text_positions) > 2 * rules.ngram_words) + 1
    chosen = max(np.split(np.arange(len(found.text_positions)), cuts), key=lambda places: len(np.unique(found.part_positions[places])))
    first, last = int(found.text_positions[chosen[0]]), int(found.text_positions[chosen[-1]]) + part.gram
    start, end = starts[first], ends[last - 1]
    answered = part.ask_start >= 0 and _answered(words, first, last, part, rules)
    return Match(doc_id, found.part, found.part_positions[chosen], found.hashes[chosen], start, end, text[start:end], answered)


def _answered(words: list[str], first: int, last: int, part: Part, rules: DecontaminationRules) -> bool:
    """Whether an answer, or at least half of several options, stands near words[first:last]."""
    span = rules.answer_window + sum(map(len, part.choices))
    near = f" {' '.join(words[max(0, first - rules.answer_window) : first])} | {' '.join(words[last : last + span])} "
    after = f" {' '.join(words[last : last + rules.short_answer_window])} "
    if any(f" {' '.join(answer)} " in (near if len(answer) > 1 else after) for answer in part.answers):
        return True
    options = [choice for choice in part.choices if f" {' '.join(choice)} " in near]
    return len(options) > 1 and 2 * len(options) >= len(part.choices)


def _judge(matches: list[Match], index: BenchmarkIndex, sites: dict[int, set[str]], rules: DecontaminationRules) -> list[dict[str, Any]]:
    passages = {(match.doc_id, match.part): _covered(match, index.parts[match.part]) for match in matches}
    rows: list[dict[str, Any]] = []
    for match in matches:
        part = index.parts[match.part]
        spread = np.array([len(sites[gram]) for gram in match.hashes.tolist()])
        rare = _covered(match, part, spread <= rules.common_domains)
        whole = _covered(match, part)
        about = passages.get((match.doc_id, part.passage))
        verdict = _verdict(part, whole, rare, match.answer_found, about is not None and about.mean() >= rules.overlap_min, rules)
        if verdict:
            overlap = rare if part.ask_start >= 0 and verdict == LEAK else whole
            rows.append(_row(match, part, verdict, overlap, int(spread.max())))
    return rows


def _covered(match: Match, part: Part, usable: npt.NDArray[np.bool_] | None = None) -> npt.NDArray[np.bool_]:
    """For each word of the part whether a matching n-gram covers it."""
    covered = np.zeros(len(part.words), np.bool_)
    for position in (match.positions if usable is None else match.positions[usable]).tolist():
        covered[position : position + part.gram] = True
    return covered


def _verdict(
    part: Part,
    whole: npt.NDArray[np.bool_],
    rare: npt.NDArray[np.bool_],
    answered: bool,
    passage_found: bool,
    rules: DecontaminationRules,
) -> str | None:
    if part.ask_start >= 0:
        evidence = answered or passage_found
        scale = part.gram / rules.ngram_words if part.gram > rules.ngram_words else 1  # characters per word
        many = rare.sum() >= rules.evidence_words * scale
        if _is_copied(rare, part, rules) and (many or (evidence and rare.mean() >= rules.short_overlap_min)):
            return LEAK
        if whole.all() and answered and len(whole) >= rules.ngram_words:  # copied item and answer, however many sites did so
            return LEAK
    is_substantial = whole.sum() >= rules.evidence_words or (part.ask_start < 0 and whole.mean() >= rules.overlap_min)
    return COMMON_TEXT if is_substantial else None


def _is_copied(covered: npt.NDArray[np.bool_], part: Part, rules: DecontaminationRules) -> bool:
    return bool(covered.mean() >= rules.overlap_min and covered[part.ask_start :].mean() >= rules.overlap_min)


def _row(match: Match, part: Part, verdict: str, covered: npt.NDArray[np.bool_], domains: int) -> dict[str, Any]:
    item = part.items[0]
    return {
        "match_id": content_id("con", match.doc_id, item.benchmark, item.item_id, str(match.part)),
        "doc_id": match.doc_id,
        "parents": [match.doc_id],
        "benchmark": item.benchmark,
        "item_id": item.item_id,
        "verdict": verdict,
        "matched_part": "question" if part.ask_start >= 0 else "passage",
        "overlap": float(covered.mean()),
        "matched_words": int(covered.sum()),
        "answer_found": match.answer_found,
        "domains": domains,
        "span_start": match.start,
        "span_end": match.end,
        "quote": match.quote,
    }


def _decide(documents: pa.Table, rows: list[dict[str, Any]], rules: DecontaminationRules) -> list[dict[str, Any]]:
    """One decision a document: by its largest leak, or kept, with common text in the detail."""
    by_document: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_document[row["doc_id"]].append(row)
    decisions: list[dict[str, Any]] = []
    for doc_id, tokens in zip(documents["doc_id"].to_pylist(), documents["tokens"].to_pylist(), strict=True):
        found = by_document.get(doc_id, [])
        leaks = [row for row in found if row["verdict"] == LEAK]
        decision: dict[str, Any] = {"row_id": doc_id, "outcome": "kept", "tokens": tokens}
        if leaks:
            worst = max(leaks, key=lambda row: (row["matched_words"], row["match_id"]))
            decision |= {"outcome": "dropped", "rule": "contamination:leak", "value": worst["overlap"], "threshold": rules.overlap_min}
        if found:
            decision["detail"] = "; ".join(
                sorted({f"{row['verdict']} of {row['benchmark']} {row['item_id']}" for row in leaks or found})[:20]
            )
        decisions.append(decision)
    return decisions
