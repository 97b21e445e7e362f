"""Makes `l3_derived`: rules build forms of every document, a capable model writes some, and what repeats another row of L3 is merged."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pyarrow as pa

from tierline.derived.build import build
from tierline.derived.form import Form, Kind, Verdict
from tierline.derived.paper import Paper
from tierline.derived.prompting import PROMPTS
from tierline.derived.reviewed import FormReviews, form_id
from tierline.derived.rules import DerivedRules
from tierline.derived.said import Known, said_of
from tierline.derived.written import TOKENS_MAX, State, Written, material, read_written, wanted
from tierline.editing.faithfulness import FaithfulnessRules
from tierline.lake import Cost, StageResult, decision_table
from tierline.lake.external_sort import SortingBuffer
from tierline.lake.reviews import Settlements
from tierline.llm import Completion, ModelClient, Sampling
from tierline.operations.document import as_document
from tierline.tables import TABLES, content_id
from tierline.text.embedding import Embedder
from tierline.text.prose import DATA
from tierline.text.tokens import count_tokens
from tierline.unforeseen import ROWS_PER_BATCH, Lost, held

TABLE = TABLES["l3_derived"]
SCHEMA = pa.schema(TABLE.columns)
CARRIED = ("url", "domain", "language", "license")
NEEDED = ("doc_id", "url", "domain", "title", "lane", "text", "language", "tokens", "headings", "license", "usefulness")
REPEATS, EDITED = "duplicate:question", "evidence:edited"
ADDED = frozenset({"cite", "normal", "form"})  # operations that leave the words as they were
DATA_LANE, LANGUAGE, NO_NAME, NONE = "derived:data", "derived:language", "derived:no_name", "derived:none_accepted"
ENGLISH = "en"
Row = dict[str, Any]
Spans = Mapping[str, Sequence[tuple[int, int]]]  # by doc_id, in order


@dataclass
class _Made:
    """Rows so far, what they say, a decision on each form, and the tokens and reasons by document."""

    known: Sequence[Known]
    edited: Spans
    reviews: FormReviews
    rows: SortingBuffer = field(default_factory=lambda: SortingBuffer(SCHEMA, TABLE.order))
    said: dict[str, str] = field(default_factory=dict[str, str])
    decisions: list[Row] = field(default_factory=list[Row])
    tokens: Counter[str] = field(default_factory=Counter[str])
    reasons: dict[str, str] = field(default_factory=dict[str, str])

    def take(self, found: Sequence[tuple[Row, Verdict, str]]) -> None:
        """(document, verdict, id of the call) of forms in an order of their own."""
        rows = [_row(document, verdict.form, call_id) for document, verdict, call_id in found]
        accepted = [place for place, (_, verdict, _) in enumerate(found) if verdict.accepted]
        before = self._before([rows[place] for place in accepted])
        repeated = dict(zip(accepted, before, strict=True))
        counted = iter(count_tokens([f"{rows[place]['question']}\n{rows[place]['text']}" for place in accepted]).to_pylist())
        kept: list[Row] = []
        for place, (document, verdict, _) in enumerate(found):
            row, doc_id = rows[place], document["doc_id"]
            decided = {"row_id": form_id(doc_id, verdict.proposed or verdict.form), "related_id": doc_id, **_told(verdict, row)}
            tokens = next(counted) if verdict.accepted else None
            other = (repeated.get(place) or self.said.get(row["said"]) or self.said.get(row["question"])) if verdict.accepted else ""
            if not verdict.accepted:
                self.decisions.append(decided | {"outcome": "dropped", "rule": verdict.reason})
            elif self.said.get(row["said"]) == row["derived_id"]:
                continue  # two rules found the same
            elif other:
                self.decisions.append(decided | {"outcome": "merged", "rule": REPEATS, "related_id": other, "tokens": tokens})
            elif is_edited(verdict.form, self.edited.get(doc_id, ())):
                self.decisions.append(decided | {"outcome": "dropped", "rule": EDITED, "detail": _detail(verdict.form)})
            else:
                self.said |= {row["said"]: row["derived_id"], row["question"]: row["derived_id"]}
                self.tokens[doc_id] += tokens or 0
                self.decisions.append(decided | {"outcome": "kept", "tokens": tokens})
                kept.append(row | {"tokens": tokens})
        self.rows.append(pa.Table.from_pylist(kept, schema=SCHEMA))

    def _before(self, rows: Sequence[Row]) -> list[str]:
        pairs = [(row["said"], row["question"]) for row in rows]
        found = [one.repeated(pairs) for one in self.known]
        return [next((of[place] for of in found if of[place]), "") for place in range(len(rows))]


def derive(
    documents: pa.Table,
    operations: pa.Table,
    client: ModelClient | None,
    embedder: Embedder,
    rules: DerivedRules,
    faithfulness: FaithfulnessRules,
    known: Sequence[Known] = (),
    reviews: Settlements | None = None,
) -> StageResult:
    """`l3_derived` from rows of `l2_selected`, and of `l3_operations` of the same shard: words that an operation changed or dropped are no
    evidence. The ledger `l3_derived_forms` has a decision on each form that was found or asked for.

    `known` are rows of L3 whose questions must not come again. `reviews` outrank the verifiers. A model (`client`) is asked only if the
    rules name it as one that can write.
    """
    rows = documents.select([name for name in NEEDED if name in documents.schema.names]).to_pylist()
    made = _Made(known, edited_spans(operations), FormReviews(reviews))
    lost: dict[str, Lost] = {}
    for start in range(0, len(rows), ROWS_PER_BATCH):
        batch: list[tuple[Row, Verdict, str]] = []
        for found in held(partial(_built, rules=rules, reviews=made.reviews), rows[start : start + ROWS_PER_BATCH]):
            if isinstance(found, Lost):
                lost[found.rows[0]["doc_id"]] = found
                continue
            forms, reasons = found
            batch += forms
            made.reasons |= reasons
        made.take(batch)
    if client and client.card(rules.prompt_sha256).model_id in rules.writers:
        _write(rows, client, embedder, rules, faithfulness, made)
    decided = [_decision(row, made, lost) for row in rows]
    ledgers = {
        "l3_derived": (len(rows), decision_table(decided)),
        "l3_derived_forms": (len(made.decisions), decision_table(made.decisions)),
    }
    return StageResult({"l3_derived": made.rows.rows()}, ledgers, client.cost if client else Cost())


def edited_spans(operations: pa.Table) -> dict[str, list[tuple[int, int]]]:
    """Of each document the spans whose words an accepted operation changed, in order."""
    found: dict[str, list[tuple[int, int]]] = {}
    for row in operations.select(["doc_id", "kind", "start", "end", "accepted"]).to_pylist():
        if row["accepted"] and row["kind"] not in ADDED:
            found.setdefault(row["doc_id"], []).append((row["start"], row["end"]))
    return {doc_id: sorted(spans) for doc_id, spans in found.items()}


def is_edited(form: Form, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether an operation touches words of the answer, or of the evidence of a question on one sentence."""
    whole = [*form.answers, form.evidence] if form.turns == 1 else form.answers
    return any(start < last and first < max(end, start + 1) for first, last in whole for start, end in spans)


def _built(rows: Sequence[Row], rules: DerivedRules, reviews: FormReviews) -> tuple[list[tuple[Row, Verdict, str]], dict[str, str]]:
    """(document, verdict, "") of every form that rules find, and of documents without any the reason."""
    found: list[tuple[Row, Verdict, str]] = []
    reasons: dict[str, str] = {}
    for row in rows:
        if row["lane"] == DATA or row["language"] != ENGLISH:
            reasons[row["doc_id"]] = DATA_LANE if row["lane"] == DATA else LANGUAGE
            continue
        document = as_document(row)
        if not Paper(document).name:
            reasons[row["doc_id"]] = NO_NAME
            continue
        found += [(row, verdict, "") for verdict in build(document, rules, reviews)]
    return found, reasons


def _write(
    rows: Sequence[Row], client: ModelClient, embedder: Embedder, rules: DerivedRules, faithfulness: FaithfulnessRules, made: _Made
) -> None:
    """Ask for one kind of each of the most useful documents, the kinds in turn."""
    kinds = wanted(rules)
    ranked = sorted(
        (row for row in rows if row["doc_id"] not in made.reasons), key=lambda row: (-(row["usefulness"] or 0.0), row["doc_id"])
    )
    asked: list[tuple[Row, Paper, Kind]] = []
    for row in ranked if kinds else ():
        if len(asked) == rules.written_per_shard:
            break
        paper = Paper(as_document(row))
        if material(paper):
            asked.append((row, paper, kinds[len(asked) % len(kinds)]))
    for kind in kinds:
        own = [(row, paper) for row, paper, of in asked if of == kind]
        prompts = [PROMPTS[kind].render(paper.place, [one.text for one in material(paper)]) for _, paper in own]
        answers = client.generate(prompts, Sampling(max_tokens=TOKENS_MAX, json_schema=PROMPTS[kind].schema))
        for (row, paper), answer in zip(own, answers, strict=True):
            read = partial(_read, kind=kind, embedder=embedder, rules=rules, faithfulness=faithfulness)
            for written in held(read, [(paper, answer.value)]):
                if isinstance(written, Lost):
                    made.decisions.append(_refused(row, kind, State.MALFORMED, answer.call_id, []) | written.outcome)
                    continue
                if written.state != State.OK:
                    made.decisions.append(_refused(row, kind, written.state, answer.call_id, written.dropped))
                made.take([(row, made.reviews.overruled(Verdict(form), row["doc_id"]), answer.call_id) for form in written.forms])


def _read(
    answers: Sequence[tuple[Paper, Completion]], kind: Kind, embedder: Embedder, rules: DerivedRules, faithfulness: FaithfulnessRules
) -> Written:
    """What came of one answer."""
    ((paper, answer),) = answers
    return read_written(paper, kind, answer, embedder, rules, faithfulness)


def _refused(row: Row, kind: Kind, state: State, call_id: str, dropped: Sequence[tuple[str, str]]) -> Row:
    """The decision on an answer that became no row."""
    detail = json.dumps({"kind": kind, "call": call_id, "dropped": dropped}, ensure_ascii=False)
    outcome = "error" if state == State.MODEL_ERROR else "dropped"
    return {
        "row_id": content_id("drv", row["doc_id"], kind, call_id), "related_id": row["doc_id"], "outcome": outcome,
        "rule": f"written:{state}", "detail": detail,
    }  # fmt: skip


def _row(document: Row, form: Form, call_id: str) -> Row:
    start, end = form.evidence
    doc_id = document["doc_id"]
    return {
        "derived_id": form_id(doc_id, form),
        "parents": [doc_id],
        "kind": str(form.kind),
        "level": str(form.level),
        **{name: document.get(name) for name in CARRIED},
        "question": form.question,
        "text": form.text,
        "evidence_start": start,
        "evidence_end": end,
        "evidence": document["text"][start:end],
        "answers": [{"start": first, "end": last} for first, last in form.answers],
        "claim": form.claim or None,
        "turns": form.turns,
        "proposer": form.proposer,
        "verdict": "accepted",
        "said": said_of(form),
        "call_ids": [call_id] if call_id else [],
    }


def _told(verdict: Verdict, row: Row) -> Row:
    """Rule and detail of a decision about a form: who refused it or accepted it against its verifier, and the form as it was proposed."""
    if verdict.settled is None:
        return {} if verdict.accepted else {"detail": _detail(verdict.form)}
    own = {"row": row["derived_id"]} if verdict.proposed else {}
    named = verdict.settled.named
    return {"rule": named["rule"], "detail": _detail(verdict.proposed or verdict.form, review=named["detail"], **own)}


def _detail(form: Form, **more: str) -> str:
    """What a reviewer has to see of a form that is no row as it was proposed; spans count characters of the document."""
    told = {"kind": form.kind, "question": form.question, "text": form.text, "said": said_of(form)}
    return json.dumps(told | {"evidence": form.evidence, "answers": form.answers} | more, ensure_ascii=False)


def _decision(row: Row, made: _Made, lost: Mapping[str, Lost]) -> Row:
    """The decision about a document of L2."""
    doc_id = row["doc_id"]
    if doc_id in lost:
        return {"row_id": doc_id, "tokens": row["tokens"]} | lost[doc_id].outcome
    if doc_id in made.tokens:
        return {"row_id": doc_id, "outcome": "kept", "tokens": made.tokens[doc_id]}
    return {"row_id": doc_id, "tokens": row["tokens"], "outcome": "dropped", "rule": made.reasons.get(doc_id, NONE)}
