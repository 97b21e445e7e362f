"""Schemas of L4: claims of single pages, facts with their evidence, sections of vetted manuals."""

from __future__ import annotations

import pyarrow as pa

from tierline.tables.l2 import L2_SELECTED
from tierline.tables.l3 import L3_REFINED
from tierline.tables.spec import IDS, LONG, PARENTS, STRING, Column, TableSpec, carried, derived
from tierline.tables.tiers import Tier

PAGES = (L2_SELECTED, L3_REFINED)
EVIDENCE = (*derived(L2_SELECTED, "structured_data"), *derived(PAGES, "text"))
MANUAL = derived(L2_SELECTED, "text")
HEADING = (*MANUAL, *derived(L2_SELECTED, "headings"), *derived(L2_SELECTED, "url"))
VERSION = (*derived(L2_SELECTED, "title"), *derived(L2_SELECTED, "url"))
PRODUCT = derived(L2_SELECTED, "title")

L4_CLAIMS = TableSpec(
    "l4_claims",
    "l4_claims",
    "claim_id",
    ("claim_id",),
    None,
    {
        "claim_id": Column(STRING, "Id of the claim: a hash of its parent, its place and what it says."),
        "parents": PARENTS,
        "parent_table": Column(STRING, "Table of the parent row: `l2_selected` or `l3_refined`."),
        "parent_field": Column(STRING, "Column of the parent that holds the quote: `text` or `structured_data`."),
        "span_start": Column(LONG, "First character, from 0, of the quote in the parent's column.", EVIDENCE),
        "span_end": Column(LONG, "Character after the quote.", EVIDENCE),
        "quote": Column(STRING, "The words that make the claim: exactly `parent[parent_field][span_start:span_end]`.", EVIDENCE),
        "subject": Column(STRING, "What the claim is about, as the page writes it.", EVIDENCE),
        "predicate": Column(STRING, "The property that is stated, in lower case words, such as `founding date`.", EVIDENCE),
        "object": Column(STRING, "The stated value, as the page writes it.", EVIDENCE),
        "subject_key": Column(STRING, "Normalized subject: claims about equal keys are compared.", EVIDENCE),
        "object_key": Column(STRING, "The value's words without what only writing decides, such as case and spaces.", EVIDENCE),
        "value_type": Column(
            STRING,
            "What the value is: `number`, `date`, `identifier`, `currency`, `place`, `person`, `organization`, `name` or `string`.",
            EVIDENCE,
        ),
        "value_normal": Column(STRING, "The value in the form that all ways to write it share, such as `1945-10-24`.", EVIDENCE),
        "value_precision": Column(STRING, "What the words leave open: `day`, `±500000` in the units of `value_normal`, `exact`.", EVIDENCE),
        "method": Column(STRING, "How the claim was extracted: `jsonld`, `microdata`, `table` or `text`."),
        **carried(PAGES, "url", "domain", "language"),
        "page_id": Column(STRING, "Document of the page that makes the claim: the parent, or for a passage the parent's parent."),
        "text_sketch": Column(
            pa.binary(),
            "The 128 smallest 32-bit hashes of the word 5-grams of the page's prose, little-endian, but for sentences that state a claim.",
            derived(L2_SELECTED, "text"),
        ),
        "number_sketch": Column(
            pa.binary(),
            "The 64 smallest 32-bit hashes of three numerals in a row of the page's prose, without those that its claims state.",
            derived(L2_SELECTED, "text"),
        ),
        "owners": Column(
            IDS,
            "Publishers that the page's structured data names: a registrable domain, an address elsewhere, or `name:` and a name.",
            derived(L2_SELECTED, "structured_data"),
        ),
    },
    preview=("subject", "predicate", "object", "quote", "url"),
    id_prefix="clm",
)
INDEPENDENCE = tuple(name for column in ("domain", "text_sketch", "number_sketch", "owners") for name in derived(L4_CLAIMS, column))
L4_FACTS = TableSpec(
    "l4_facts",
    "l4_facts",
    "fact_id",
    ("fact_id",),
    Tier.L4,
    {
        "fact_id": Column(STRING, "Id of the fact: a hash of what it says and of the claims that support it."),
        "parents": PARENTS,
        **carried(L4_CLAIMS, "subject", "predicate", "object", "value_type", "value_normal", "value_precision"),
        "text": Column(
            STRING,
            "The fact as one sentence, for training.",
            derived(L4_CLAIMS, "subject") + derived(L4_CLAIMS, "predicate") + derived(L4_CLAIMS, "object"),
        ),
        **carried(L4_CLAIMS, "language"),
        "tokens": Column(LONG, "Tokens of `text`, by the tokenizer that all tiers are counted with.", derived(L4_CLAIMS, "object")),
        "independent_sources": Column(
            LONG,
            "Sources that state the value at least as precisely, copies and translations counted once; at least the recipe's minimum.",
            INDEPENDENCE,
        ),
        "contradictions": Column(
            LONG, "Groups of values that other pages state and that contradict the fact.", derived(L4_CLAIMS, "object")
        ),
    },
    preview=("subject", "predicate", "object", "independent_sources", "contradictions"),
    id_prefix="fact",
)
L4_SOURCES = TableSpec(
    "l4_sources",
    "l4_facts",
    "source_id",
    ("fact_id", "source_id"),
    None,
    {
        "source_id": Column(STRING, "Id of the piece of evidence: a hash of fact and claim."),
        "fact_id": Column(STRING, "The fact that the evidence supports.", derived(L4_CLAIMS, "claim_id")),
        **carried(L4_CLAIMS, "claim_id"),
        "parent_id": Column(STRING, "Row that holds the quote.", derived(L4_CLAIMS, "parents")),
        **carried(L4_CLAIMS, "parent_table"),
        "parent_shard": Column(STRING, "Shard of that row.", derived(L4_CLAIMS, "parents")),
        **carried(L4_CLAIMS, "parent_field", "span_start", "span_end", "quote", "url", "domain"),
        "agreement": Column(
            STRING,
            "Rule by which the evidence agrees with the fact: `words`, `rounding`, `unit conversion`, `unit left out`, `date`, `country`, "
            "`name`, `identifier` or `currency`.",
            derived(L4_CLAIMS, "object"),
        ),
        "source": Column(
            STRING,
            "The independent source that the page belongs to, named by the first of its registrable domains; null without a host.",
            INDEPENDENCE,
        ),
        "source_reason": Column(
            STRING,
            "Why the page is no source of its own: `site`, `owner`, `text`, `translation` or `data`, with share and page; null if it is.",
            INDEPENDENCE,
        ),
    },
    id_prefix="src",
)
L4_MANUALS = TableSpec(
    "l4_manuals",
    "l4_manuals",
    "section_id",
    ("section_id",),
    Tier.L4,
    {
        "section_id": Column(STRING, "Id of the section: a hash of its document and its place."),
        "parents": PARENTS,
        **carried(L2_SELECTED, "url", "domain"),
        **carried(L2_SELECTED, "title"),
        "product": Column(STRING, "What the manual describes, as the recipe or the page's title says; null if neither does.", PRODUCT),
        "version": Column(STRING, "Version of it that the recipe, the page's title or its address names; null if none does.", VERSION),
        "heading": Column(STRING, "Heading of the section; empty for text before the first heading.", HEADING),
        "level": Column(LONG, "Level of the heading, 1 (highest) to 6; null for text before the first heading.", HEADING),
        "path": Column(STRING, "The headings down to this section, such as `Install > From source`; empty before the first.", HEADING),
        "position": Column(LONG, "Number of the section within its document, from 0.", MANUAL),
        "span_start": Column(LONG, "First character, from 0, of the section in the document's text.", MANUAL),
        "span_end": Column(LONG, "Character after the section.", MANUAL),
        "text": Column(STRING, "The section, heading included: exactly `text[span_start:span_end]` of the document.", MANUAL),
        "tokens": Column(LONG, "Tokens of `text`, by the tokenizer that all tiers are counted with.", MANUAL),
        **carried(L2_SELECTED, "language", "license"),
        "approved_by": Column(STRING, "Team that vetted the manual, as the recipe names it."),
        "approved_on": Column(STRING, "Date of the approval, YYYY-MM-DD, from the recipe."),
    },
    preview=("path", "text", "url", "approved_by"),
    id_prefix="sec",
)
L4_TABLES = (L4_CLAIMS, L4_FACTS, L4_SOURCES, L4_MANUALS)
