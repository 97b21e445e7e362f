"""Schema of L3: passages that a model edited or questioned, or that a person reviewed."""

from __future__ import annotations

from tierline.tables.l2 import L2_SELECTED
from tierline.tables.spec import DOUBLE, IDS, LONG, PARENTS, STRING, VECTOR, Column, TableSpec, carried, derived
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
        "kind": Column(STRING, "`edit` (a rewritten passage), `qa` (a question and its answer) or `review` (written by a reviewer)."),
        **carried(L2_SELECTED, "url", "domain", "language", "license"),
        "source_start": Column(LONG, "First character, from 0, of the refined span in the parent's text.", TEXT),
        "source_end": Column(LONG, "Character after that span.", TEXT),
        "source_text": Column(STRING, "The original: exactly `text[source_start:source_end]` of the parent.", TEXT),
        "question": Column(STRING, "The question that `text` answers; null for an edit.", TEXT),
        "text": Column(STRING, "The refined text, or the answer to `question`.", TEXT),
        "tokens": Column(LONG, "Tokens of `text`, by the tokenizer that all tiers are counted with.", TEXT),
        "similarity": Column(DOUBLE, "Cosine similarity, in [-1, 1], of the embeddings of the original and of what the model wrote.", TEXT),
        "length_ratio": Column(
            DOUBLE, "Characters of the refined text (for `qa`, of the question) divided by characters of the original.", TEXT
        ),
        "changed_word_share": Column(DOUBLE, "Share of words, in [0, 1], that the edit changed.", TEXT),
        "faithfulness": Column(
            DOUBLE, "The faithfulness judge's score in [0, 1]; 1 keeps every fact. Rejected edits are only in `decisions`.", TEXT
        ),
        "call_ids": Column(IDS, "Ids of the model calls in `llm_calls` that made the passage."),
        "embedding": Column(VECTOR, "Static embedding of the refined text, for finding passages of the same meaning.", TEXT),
    },
    preview=("kind", "source_text", "text", "question", "faithfulness"),
    id_prefix="psg",
)
L3_TABLES = (L3_REFINED,)
