"""Schemas of L3: documents after their operations, questions with answers, what a person reviewed; and every operation with its verdict."""

from __future__ import annotations

from tierline.tables.l2 import L2_SELECTED
from tierline.tables.spec import BOOL, DOUBLE, IDS, LONG, PARENTS, SPANS, STRING, VECTOR, Column, TableSpec, carried, derived
from tierline.tables.tiers import Tier

TEXT = derived(L2_SELECTED, "text")
L3_REFINED = TableSpec(
    "l3_refined",
    "l3_refined",
    "passage_id",
    ("passage_id",),
    Tier.L3,
    {
        "passage_id": Column(STRING, "Id of the passage: a hash of its parent, its place and its text."),
        "parents": PARENTS,
        "kind": Column(STRING, "`edit` (a document after its accepted operations) or `qa` (a question and its answer)."),
        **carried(L2_SELECTED, "url", "domain", "language", "license"),
        "source_start": Column(LONG, "First character, from 0, of the refined span in the parent's text.", TEXT),
        "source_end": Column(LONG, "Character after that span.", TEXT),
        "source_text": Column(STRING, "The original: exactly `text[source_start:source_end]` of the parent.", TEXT),
        "question": Column(STRING, "The question that `text` answers; null for an edit.", TEXT),
        "text": Column(STRING, "The refined text, or the answer to `question`.", TEXT),
        "tokens": Column(LONG, "Tokens of `text`, by the tokenizer that all tiers are counted with.", TEXT),
        "similarity": Column(
            DOUBLE, "Cosine similarity, in [-1, 1], of the embeddings of the original and of the new text or question.", TEXT
        ),
        "length_ratio": Column(
            DOUBLE, "Characters of the refined text (for `qa`, of the question) divided by characters of the original.", TEXT
        ),
        "operations": Column(LONG, "Accepted operations that the text is made of, each a row of `l3_operations`; null for `qa`.", TEXT),
        "changed_word_share": Column(DOUBLE, "Share of words, in [0, 1], that the edit changed.", TEXT),
        "faithfulness": Column(
            DOUBLE,
            "Share of words, in [0, 1], that the judge finds to say the same; 1 for edits. Rejected ones are in `decisions`.",
            TEXT,
        ),
        "call_ids": Column(IDS, "Ids of the model calls in `llm_calls` that proposed anything of it; empty if rules alone did."),
        "embedding": Column(VECTOR, "Static embedding of the refined text, for finding passages of the same meaning.", TEXT),
    },
    preview=("kind", "source_text", "text", "question", "faithfulness"),
    id_prefix="psg",
)
L3_FEEDBACK = TableSpec(
    "l3_feedback",
    "l3_feedback",
    "feedback_id",
    ("feedback_id",),
    Tier.L3,
    {
        "feedback_id": Column(STRING, "Id of the row: a hash of its kind, its question and its text."),
        "parents": Column(IDS, "Always empty: the row is made from a line of a file of interactions, not from another row."),
        "kind": Column(STRING, "`correction` (what a person wrote instead of an answer) or `answer` (of a model, rated highly)."),
        "question": Column(STRING, "What the person asked, personal data replaced by tags."),
        "text": Column(STRING, "The correction or the answer, personal data replaced by tags."),
        "language": Column(STRING, "ISO 639 code: as the interaction says, else identified."),
        "tokens": Column(LONG, "Tokens of `text`, by the tokenizer that all tiers are counted with."),
        "origin": Column(STRING, "Who wrote `text`: `person` or `model`."),
        "model": Column(STRING, "The model that answered; null if the interaction names none."),
        "generation": Column(
            LONG, "Of a person 0, of a model that learned from people 1, else one more than that of the answers it learned from."
        ),
        "rating": Column(DOUBLE, "The person's rating of the answer, in [0, 1]; null if there is none."),
        "said_at": Column(STRING, "When the interaction took place, in ISO 8601; null if it does not say."),
        "consent": Column(STRING, "What the person agreed to, as the interaction says; `yes` if it says no more."),
        "redactions": Column(LONG, "Personal data replaced in question and text."),
        "supported_by": Column(IDS, "Facts of `l4_facts` that support a sentence of `text`.", ("l4_facts.fact_id",)),
        "source_uri": Column(STRING, "Path of the file of interactions."),
        "source_line": Column(LONG, "Number of the line in the file, from 1."),
        "source_offset": Column(LONG, "First byte of the line."),
        "source_length": Column(LONG, "Bytes of the line, without its end."),
        "line_sha256": Column(STRING, "SHA-256 of these bytes, as hex digits; `tierline verify` computes it again."),
    },
    preview=("kind", "question", "text", "origin", "rating"),
    id_prefix="fbk",
)
L3_OPERATIONS = TableSpec(
    "l3_operations",
    "l3_refined",
    "operation_id",
    ("doc_id", "start", "end", "operation_id"),
    None,
    {
        "operation_id": Column(STRING, "Id of the operation: a hash of its document, kind, span and replacement."),
        **carried(L2_SELECTED, "doc_id"),
        "kind": Column(STRING, "What it does: `drop`, `damage`, `spelling`, ..., `rewrite` (docs/edits.md lists them)."),
        "target": Column(STRING, "What is wrong there or missing, such as `noise`, `damage`, `fluency` or `dangling_references`.", TEXT),
        "start": Column(LONG, "First character, from 0, of its span in the L2 text.", TEXT),
        "end": Column(LONG, "Character after that span; equal to `start` where it inserts.", TEXT),
        "original": Column(STRING, "The words of that span: exactly `text[start:end]` of the parent.", TEXT),
        "replacement": Column(STRING, "What stands there instead; empty where it drops.", TEXT),
        "why": Column(STRING, "What the proposer found there.", TEXT),
        "proposer": Column(STRING, "What proposed it: a rule or model, with its version."),
        "score": Column(DOUBLE, "What a model gives for it, in [0, 1]; null for rules.", TEXT),
        "accepted": Column(BOOL, "Whether the verifier of its kind accepted it."),
        "reason": Column(STRING, "The rule that refused it; null for accepted ones."),
        "text_start": Column(LONG, "First character of its replacement in the text of L3; null for refused ones.", TEXT),
    },
    preview=("kind", "original", "replacement", "accepted", "reason"),
)
L3_DERIVED = TableSpec(
    "l3_derived",
    "l3_derived",
    "derived_id",
    ("derived_id",),
    Tier.L3,
    {
        "derived_id": Column(STRING, "Id of the form: a hash of its parent, its kind, its evidence, its question and its text."),
        "parents": PARENTS,
        "kind": Column(STRING, "What it is: `definition`, `date`, `procedure`, `cloze`, `tutoring`, ... (docs/derived.md lists them)."),
        "level": Column(STRING, "What answering takes: `recall`, `comprehension`, `comparison` or `computation`."),
        **carried(L2_SELECTED, "url", "domain", "language", "license"),
        "question": Column(STRING, "The question or task; it names the document.", TEXT),
        "text": Column(STRING, "The answer, solution, dialogue or text.", TEXT),
        "tokens": Column(LONG, "Tokens of question and text, by the tokenizer that all tiers are counted with.", TEXT),
        "evidence_start": Column(LONG, "First character, from 0, of what answers the question, in the parent's text.", TEXT),
        "evidence_end": Column(LONG, "Character after it.", TEXT),
        "evidence": Column(STRING, "These words: exactly `text[evidence_start:evidence_end]` of the parent.", TEXT),
        "answers": Column(
            SPANS, "Spans in the parent's text whose words the answer has; of a text by a model, the sentences it rests on.", TEXT
        ),
        "claim": Column(STRING, "The statement that is said to be true or false; null for other kinds.", TEXT),
        "turns": Column(LONG, "Questions that it answers: 1, or more in a dialogue or glossary."),
        "proposer": Column(STRING, "The rule that built it, or the prompt, with its version; `review`: a question of a reviewer."),
        "verdict": Column(STRING, "`accepted`; refused ones are decisions of the ledger `l3_derived_forms`."),
        "said": Column(STRING, "Digest of what is asked and answered without the document's name; equal ones are kept once.", TEXT),
        "call_ids": Column(IDS, "Ids of the model calls in `llm_calls` that wrote it; empty for what rules built."),
    },
    preview=("kind", "level", "question", "text", "evidence"),
    id_prefix="drv",
)
L3_TABLES = (L3_REFINED, L3_OPERATIONS, L3_DERIVED, L3_FEEDBACK)
