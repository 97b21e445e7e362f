"""Schemas of L1: filtered documents, their signals, duplicates, signatures and benchmark matches."""

from __future__ import annotations

import pyarrow as pa

from tierline.tables.l0 import L0_RAW, L0_SITE_FILES
from tierline.tables.spec import BOOL, DOC_ID, DOUBLE, INT, LONG, PARENTS, STRING, TEXT_SHA256, TIME, Column, TableSpec, carried, derived
from tierline.tables.tiers import Tier

LEAK, COMMON_TEXT = "leak", "common_text"  # verdicts of `l1_contamination`
SHARES = pa.list_(pa.struct([("language", STRING), ("share", DOUBLE)]))
TEXT = derived(L0_RAW, "text")
RIGHTS = (*derived(L0_RAW, "rights"), *derived(L0_SITE_FILES, "text"))


def _repetition() -> dict[str, str]:
    characters = "in [0, 1] of the text's characters"
    return {
        "duplicate_line_share": "Share of lines, in [0, 1], that repeat an earlier line.",
        "duplicate_paragraph_share": "Share of paragraphs, in [0, 1], that repeat an earlier paragraph.",
        "duplicate_line_char_share": f"Share {characters} in lines that repeat an earlier line.",
        "duplicate_paragraph_char_share": f"Share {characters} in paragraphs that repeat an earlier paragraph.",
        "duplicate_line_text_share": "The same as `duplicate_line_char_share`, with line breaks not counted.",
        **{f"top_{size}gram_char_share": f"Share {characters} in the most frequent {size}-word sequence." for size in range(2, 5)},
        **{
            f"duplicate_{size}gram_char_share": f"Share {characters} in {size}-word sequences that occurred before."
            for size in range(5, 11)
        },
    }


# The numbers the L1 rules look at, one per published rule (filters/signals.py computes them and cites the sources).
SIGNALS = {
    "word_count": "Number of words; in scripts without spaces, an estimate from characters.",
    "mean_word_length": "Mean length of a word, in characters.",
    "symbol_word_ratio": "Number signs or ellipses (whichever are more) per word.",
    "bullet_line_share": "Share of lines, in [0, 1], that start with a bullet.",
    "ellipsis_line_share": "Share of lines, in [0, 1], that end with an ellipsis.",
    "alphabetic_word_share": "Share of words, in [0, 1], with at least one letter.",
    "stop_word_count": "Number of different common function words in the text; null for a language without a list.",
    **_repetition(),
    "sentence_count": "Number of sentences.",
    "terminal_punctuation_line_share": "Share of lines, in [0, 1], that end with a period, question mark or the like.",
    "short_line_share": "Share of lines, in [0, 1], of at most 30 characters (10 in scripts without spaces).",
    "newline_word_ratio": "Line breaks per word.",
    "curly_brace_count": "Number of curly braces, a sign of program code.",
    "lorem_ipsum_count": 'Occurrences of "lorem ipsum", the placeholder text.',
    "boilerplate_phrase_count": "Occurrences of phrases about cookies, privacy policies and terms of use.",
    "profane_word_share": "Share of words, in [0, 1], that are on the profanity list.",
    "profane_word_count": "Number of words that are on the profanity list.",
    "toxicity": "Score of the bundled toxicity classifier in [0, 1]; 1 is most toxic.",
}
L1_SIGNALS = tuple(SIGNALS)

LANGUAGE = Column(STRING, "Main language as an ISO 639 code, such as `en`; `unknown` if it cannot be told.", TEXT)
CONFIDENCE = Column(DOUBLE, "Probability of `language` in [0, 1] by the language identifier.", TEXT)
L1_FILTERED = TableSpec(
    "l1_filtered",
    "l1_filtered",
    "doc_id",
    ("doc_id",),
    Tier.L1,
    {
        **carried(L0_RAW, "doc_id"),
        "parents": PARENTS,
        **carried(L0_RAW, "url", "domain", "fetched_at", "license", "title"),
        "lane": Column(
            STRING,
            "`prose`, or `data`: its prose fails the rules, but it has well-formed data, which goes on to L4; no mix takes its text.",
            (*TEXT, *derived(L0_RAW, "structured_data")),
        ),
        "text": Column(STRING, "Cleaned text: without boilerplate lines, with personal data replaced by placeholders.", TEXT),
        "text_sha256": Column(STRING, TEXT_SHA256.description, TEXT),
        "structured_data": Column(
            STRING, L0_RAW.fields["structured_data"].description + " Personal data is redacted.", derived(L0_RAW, "structured_data")
        ),
        "headings": Column(
            L0_RAW.fields["headings"].type,
            L0_RAW.fields["headings"].description + " Those in lines that were removed are left out.",
            (*derived(L0_RAW, "headings"), *TEXT),
        ),
        "language": LANGUAGE,
        "language_confidence": CONFIDENCE,
        "language_shares": Column(
            SHARES, "Languages of the text with their share in [0, 1], largest first; several if the page switches language.", TEXT
        ),
        "tokens": Column(LONG, "Tokens of `text`, by the tokenizer that all tiers are counted with (Llama 2, 32,000 pieces).", TEXT),
        "boilerplate_lines": Column(INT, "Lines removed because many pages of the site repeat them.", TEXT),
        "boilerplate_characters": Column(INT, "Characters in the removed lines.", TEXT),
        "pii_redactions": Column(INT, "Items of personal data (e-mail, phone, card numbers and the like) replaced in the row.", TEXT),
    },
    group_rows=128,
    preview=("url", "language", "lane", "tokens", "text"),
    id_prefix="doc",
)
L1_CONTAMINATION = TableSpec(
    "l1_contamination",
    "l1_contamination",
    "match_id",
    ("doc_id", "match_id"),
    None,
    {
        "match_id": Column(STRING, "Id of the match, a hash of the document, the benchmark item and the place."),
        **carried(L1_FILTERED, "doc_id"),
        "parents": PARENTS,
        "benchmark": Column(STRING, "Name of the benchmark file that holds the item."),
        "item_id": Column(STRING, "The item as the benchmark file numbers or names it."),
        "verdict": Column(
            STRING,
            "`leak` (no mix may use the document) or `common_text` (noted only: a passage or quotation that many sites share).",
            derived(L1_FILTERED, "text"),
        ),
        "matched_part": Column(STRING, "Part of the benchmark item that the document repeats: `question` or `passage`."),
        "overlap": Column(
            DOUBLE,
            "Share in [0, 1] of the part's words that matching word sequences cover; for a question without sequences of common text.",
            derived(L1_FILTERED, "text"),
        ),
        "matched_words": Column(LONG, "Words of the part that matching sequences cover.", derived(L1_FILTERED, "text")),
        "answer_found": Column(
            BOOL, "True if an answer, or most of the options, stands near the matched question.", derived(L1_FILTERED, "text")
        ),
        "domains": Column(
            LONG,
            "Most registrable domains of the shard on which one matching sequence occurs, counted up to the recipe's limit.",
            derived(L1_FILTERED, "domain"),
        ),
        "span_start": Column(LONG, "First character of the match in the document's L1 text, from 0.", derived(L1_FILTERED, "text")),
        "span_end": Column(LONG, "Character after the match in the document's L1 text.", derived(L1_FILTERED, "text")),
        "quote": Column(STRING, "The matching text: exactly `text[span_start:span_end]` of the document.", derived(L1_FILTERED, "text")),
    },
    preview=("benchmark", "item_id", "verdict", "overlap", "quote", "doc_id"),
    id_prefix="con",
)
L1_TABLES = (
    L1_FILTERED,
    TableSpec(
        "l1_signals",
        "l1_filtered",
        "doc_id",
        ("doc_id",),
        None,
        {
            "doc_id": Column(
                STRING,
                DOC_ID.description + " Every document with text has a row, dropped ones too, but for reserved ones.",
                derived(L0_RAW, "doc_id"),
            ),
            "language": LANGUAGE,
            "language_confidence": CONFIDENCE,
            "tokens": Column(LONG, "Tokens of the cleaned text, before personal data is redacted.", TEXT),
            "unspaced_share": Column(DOUBLE, "Share of words, in [0, 1], in scripts that write no spaces (Chinese, Thai, ...).", TEXT),
            "data_cell_count": Column(
                DOUBLE,
                "Cells that say something in the page's data tables and definition lists; no other signal counts those of its text.",
                derived(L0_RAW, "structured_data"),
            ),
            **{name: Column(DOUBLE, meaning, TEXT) for name, meaning in SIGNALS.items()},
        },
        group_rows=128,
    ),
    TableSpec(
        "l1_duplicates",
        "l1_filtered",
        "doc_id",
        ("doc_id",),
        None,
        {
            "doc_id": Column(STRING, "Id of the removed document.", derived(L0_RAW, "doc_id")),
            "kept_doc_id": Column(STRING, "Id of the document that stays in its place.", derived(L0_RAW, "doc_id")),
            "kept_shard": Column(STRING, "Shard of the kept document; null if it is in the same shard."),
            "method": Column(STRING, "How the duplicate was found: `exact` (equal text) or `minhash` (near-duplicate).", TEXT),
            "estimated_similarity": Column(DOUBLE, "Jaccard similarity in [0, 1] estimated from the MinHash signatures.", TEXT),
            "similarity": Column(DOUBLE, "Jaccard similarity in [0, 1] of the two texts' word sequences, computed exactly.", TEXT),
        },
    ),
    TableSpec(
        "l1_signatures",
        "l1_filtered",
        "doc_id",
        ("doc_id",),
        None,
        {
            **carried(L0_RAW, "doc_id"),
            "text_sha256": Column(STRING, TEXT_SHA256.description, TEXT),
            "normal_sha256": Column(STRING, "SHA-256 of the normalized text, as hex digits: equal for exact duplicates.", TEXT),
            "signature": Column(pa.binary(), "MinHash signature of the text's word sequences.", TEXT),
        },
    ),
    TableSpec(
        "l1_rights",
        "l1_filtered",
        "statement_id",
        ("doc_id", "statement_id"),
        None,
        {
            "statement_id": Column(STRING, "Id of the statement: a hash of document, kind, value, addressee and place."),
            "doc_id": Column(
                STRING, "The document that it is about; those that were dropped have statements too.", derived(L0_RAW, "doc_id")
            ),
            **carried(L0_RAW, "domain"),
            "kind": Column(
                STRING, "What is stated, such as `robots_txt`, `tdm_reservation`, `noai` or `license` (docs/rights.md).", RIGHTS
            ),
            "value": Column(STRING, "`disallow`, `allow`, `1`, the id or address of a license; null for a rule without a value.", RIGHTS),
            "agent": Column(STRING, "To whom: `*` for everybody, or a crawler's name in small letters.", RIGHTS),
            "stated_in": Column(STRING, "Where: address of a site's file, header, element or format, or `text`.", RIGHTS),
            "stated_by": Column(
                STRING, "Record of `l0_raw` that states it, where that is a site's file; null for the document's own.", RIGHTS
            ),
            "stated_at": Column(
                TIME, "When the record that states it was captured, in UTC: before the document, with it or after it.", RIGHTS
            ),
        },
        preview=("domain", "kind", "value", "agent", "stated_in", "stated_at"),
    ),
    L1_CONTAMINATION,
)
