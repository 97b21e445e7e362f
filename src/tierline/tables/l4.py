"""Schemas of L4: claims of pages, statements of knowledge bases, facts with their evidence and training forms, sections of manuals."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa

from tierline.tables.l2 import L2_SELECTED
from tierline.tables.l3 import L3_REFINED
from tierline.tables.spec import BOOL, DOUBLE, IDS, LONG, PARENTS, STRING, Column, TableSpec, carried, derived
from tierline.tables.tiers import Tier

PAGES = (L2_SELECTED, L3_REFINED)
EVIDENCE = (*derived(L2_SELECTED, "structured_data"), *derived(PAGES, "text"))
MANUAL = derived(L2_SELECTED, "text")
HEADING = (*MANUAL, *derived(L2_SELECTED, "headings"), *derived(L2_SELECTED, "url"))
VERSION = (*derived(L2_SELECTED, "title"), *derived(L2_SELECTED, "url"))
PRODUCT = derived(L2_SELECTED, "title")
DATED = tuple(name for column in ("structured_data", "url", "fetched_at") for name in derived(L2_SELECTED, column))

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
        "predicate": Column(
            STRING,
            "The property that is stated, by its name in the vocabulary (`founding date`), else in the lower case words of the page; "
            "without `time`.",
            EVIDENCE,
        ),
        "object": Column(STRING, "The stated value, as the page writes it, without `time`.", EVIDENCE),
        "subject_key": Column(STRING, "The subject's words without what only writing decides, such as case and spaces.", EVIDENCE),
        "subject_ids": Column(
            IDS,
            "Identifiers that the page gives of the subject, as `scheme:value`: `wikidata:Q183`, `wikipedia:en/Germany`, `isbn:...`, or "
            "`url:` and an address; a country's code by its name.",
            EVIDENCE,
        ),
        "subject_type": Column(
            STRING, "Type of the subject, a term of schema.org such as `Country`; null if the page gives none.", EVIDENCE
        ),
        "aliases": Column(IDS, "Other names of the subject that stand beside its name: alternate, legal, or in other languages.", EVIDENCE),
        "object_ids": Column(
            IDS, "Identifiers that the page gives of the value, if that is a thing, as `subject_ids` has them of the subject.", EVIDENCE
        ),
        "object_key": Column(STRING, "The value's words without what only writing decides, such as case and spaces.", EVIDENCE),
        "value_type": Column(
            STRING,
            "What the value is: `number`, `date`, `identifier`, `currency`, `place`, `person`, `organization`, `name` or `string`.",
            EVIDENCE,
        ),
        "value_normal": Column(STRING, "The value in the form that all ways to write it share, such as `1945-10-24`.", EVIDENCE),
        "value_precision": Column(STRING, "What the words leave open: `day`, `±500000` in the units of `value_normal`, `exact`.", EVIDENCE),
        "method": Column(
            STRING,
            "How it was extracted: `jsonld`, `microdata`, `rdfa`, `property_value`, `table`, `infobox`, `definition`, `label` (a labeled "
            "line), `text` (a sentence), `prompt`.",
        ),
        **carried(PAGES, "url", "domain", "language"),
        "time": Column(
            STRING,
            "When a value that changes holds, as stated with it: a date or interval of EDTF, such as `2011-03`, `2005/2012`, `2021/..`.",
            EVIDENCE,
        ),
        "time_source": Column(
            STRING, "Where `time` stands: in `value`, `label`, `column`, `property` or `sentence`; null without one.", EVIDENCE
        ),
        "page_time": Column(
            STRING,
            "Date of the page, or of the object that states the claim, in ISO 8601 to its precision; null if unknown.",
            DATED,
        ),
        "page_time_source": Column(STRING, "What it is the date of: `modified`, `published`, `url` or `fetched`.", DATED),
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
L4_STATEMENTS = TableSpec(
    "l4_statements",
    "l4_statements",
    "statement_id",
    ("source_uri", "source_row", "source_column", "statement_id"),
    None,
    {
        "statement_id": Column(STRING, "Id of the statement: a hash of its base, its file's bytes, its row, its column and its property."),
        "parents": Column(IDS, "Always empty: a statement is made from a row of a knowledge base's file, not from another row."),
        "base": Column(STRING, "Name of the knowledge base, from its mapping."),
        "base_version": Column(STRING, "Its version, from its mapping."),
        "license": Column(STRING, "Its license, from its mapping."),
        "retrieved": Column(STRING, "Date on which it was retrieved, YYYY-MM-DD, from its mapping."),
        "url": Column(STRING, "Address at which it is published; null if its mapping names none."),
        "derived_from": Column(IDS, "Bases and registrable domains whose data it is: they count as one source with it."),
        "vouched_by": Column(STRING, "Person who vouches for the base as it stands; null if nobody does, or not for these bytes."),
        "vouched_on": Column(STRING, "Date on which the person did, YYYY-MM-DD."),
        "lapsed": Column(STRING, "Why a vouching that the mapping names counts no more; null if it counts, or there is none."),
        "source_uri": Column(STRING, "Path of the file that holds the row."),
        "source_sha256": Column(STRING, "SHA-256 of the file's bytes, as hex digits; `tierline verify` computes it again."),
        "source_reader": Column(STRING, "How the rows of the file are found, as JSON (src/tierline/bases/rows.py)."),
        "source_row": Column(LONG, "Number of the row in the file, from 0."),
        "source_address": Column(STRING, "The row for people: member of an archive, then line, JSON pointer, element, table row or IRI."),
        "source_column": Column(STRING, "Column of the row, or path in it, that holds the value."),
        "source_value": Column(STRING, "The whole value of the column in that row, white space as single spaces, HTML as its text."),
        "subject": Column(STRING, "What the statement is about, as the base names it; of several things of one name with where it is."),
        "subject_key": Column(STRING, "Normalized subject: statements and claims about equal keys are compared."),
        "subject_type": Column(STRING, "What kind of thing the subject is, from the mapping; null if it does not say."),
        "subject_ids": Column(IDS, "Ids of the subject, each as `scheme:value`, such as `wikidata:Q183` and `iso3166-1:DE`."),
        "subject_shared": Column(
            BOOL, "Whether the base states the property of another thing of this name, so that the name does not say which is meant."
        ),
        "aliases": Column(IDS, "Other names of the subject that the row has."),
        "predicate": Column(STRING, "The property that is stated, by its name in the vocabulary."),
        "object": Column(STRING, "The stated value, with the unit that the mapping gives it, without `time`."),
        "object_ids": Column(IDS, "Ids of the value, if that is a thing, each as `scheme:value`, from RDF and Wikidata."),
        **{name: replace(L4_CLAIMS.fields[name], sources=()) for name in ("value_type", "value_normal", "value_precision")},
        "language": Column(STRING, "Language of the value, ISO 639, from the base or its mapping."),
        "time": Column(STRING, "When a value that changes holds, in EDTF, as the base or its mapping states it; null if neither does."),
    },
    preview=("subject", "predicate", "object", "time", "base", "source_address"),
    id_prefix="stm",
)
STATED = (L4_CLAIMS, L4_STATEMENTS)
ENTITY = tuple(name for column in ("subject", "subject_ids", "subject_type", "aliases") for name in derived(STATED, column))
INDEPENDENCE = (
    *(name for column in ("domain", "text_sketch", "number_sketch", "owners") for name in derived(L4_CLAIMS, column)),
    *(name for column in ("base", "base_version", "derived_from") for name in derived(L4_STATEMENTS, column)),
)
EVIDENCE_IDS = (*derived(L4_CLAIMS, "claim_id"), *derived(L4_STATEMENTS, "statement_id"))
TIMES = (
    *(name for column in ("time", "page_time", "object") for name in derived(L4_CLAIMS, column)),
    *(name for column in ("time", "retrieved", "object") for name in derived(L4_STATEMENTS, column)),
)
OBJECT_ENTITY = Column(
    STRING,
    "The thing that the value is, as `entity` names it, where as many sources identify it as a fact needs; else null: its words say all.",
    (*(name for column in ("object", "object_ids") for name in derived(STATED, column)), *ENTITY),
)
L4_FACTS = TableSpec(
    "l4_facts",
    "l4_facts",
    "fact_id",
    ("fact_id",),
    Tier.L4,
    {
        "fact_id": Column(STRING, "Id of the fact: a hash of what it says and of the claims and statements that support it."),
        "parents": PARENTS,
        **carried(STATED, "subject"),
        "entity": Column(
            STRING,
            "The thing that the fact is about: its best identifier, such as `wikidata:Q183`, else `ent_` and a hash of name and kind.",
            ENTITY,
        ),
        "subject_type": Column(STRING, "Its type, a term of schema.org, by most sites that give one; null if none does.", ENTITY),
        "aliases": Column(IDS, "Other names of it: those in its claims, and those that two sites give beside another name.", ENTITY),
        **carried(STATED, "predicate", "object", "value_type", "value_normal", "value_precision"),
        "object_entity": OBJECT_ENTITY,
        "text": Column(
            STRING,
            "The fact as one sentence, for training. A name of two things says in brackets which is meant: `Georgia (country)`.",
            ENTITY + derived(STATED, "predicate") + derived(STATED, "object"),
        ),
        **carried(STATED, "language"),
        "tokens": Column(LONG, "Tokens of `text`, by the tokenizer that all tiers are counted with.", derived(STATED, "object")),
        "independent_sources": Column(
            LONG,
            "Sources that state the value at least as precisely, copies and translations counted once; at least the recipe's "
            "minimum, unless somebody vouches for one of them.",
            INDEPENDENCE,
        ),
        "vouched_by": Column(
            STRING,
            "Person who vouches for a knowledge base that states the fact; null if it rests on independent sources alone.",
            derived(L4_STATEMENTS, "vouched_by"),
        ),
        "contradictions": Column(
            LONG, "Groups of values that other pages state for the same time and that contradict the fact.", derived(STATED, "object")
        ),
        "state": Column(
            STRING,
            "Of a value that changes: `current` if no later one is known, else `superseded`; null if nothing dates it or it never changes.",
            TIMES,
        ),
        "valid_from": Column(
            STRING,
            "Date in ISO 8601 at which the value holds, as precise as stated: the first by which so many sources state it as a fact needs.",
            TIMES,
        ),
        "known_by": Column(
            STRING, "Date in ISO 8601 by which so many sources state the value: `valid_from`, or where pages alone date it theirs.", TIMES
        ),
        "valid_until": Column(STRING, "Date by which the next value holds; null if none is known.", TIMES),
        "dated_by": Column(
            STRING, "`stated` if times beside the values date it, `page` if only dates of pages or of a retrieval do; else null.", TIMES
        ),
        "superseded_by": Column(STRING, "The fact of the next value; null if none is known.", EVIDENCE_IDS),
    },
    preview=("subject", "predicate", "object", "valid_from", "state", "independent_sources", "contradictions"),
    id_prefix="fact",
)
L4_SOURCES = TableSpec(
    "l4_sources",
    "l4_facts",
    "source_id",
    ("fact_id", "source_id"),
    None,
    {
        "source_id": Column(STRING, "Id of the piece of evidence: a hash of fact and claim or statement."),
        "fact_id": Column(STRING, "The fact that the evidence supports.", EVIDENCE_IDS),
        "claim_id": Column(STRING, "The claim of a page that is the evidence; null if it is a statement.", derived(L4_CLAIMS, "claim_id")),
        "statement_id": Column(
            STRING, "The statement of a knowledge base that is the evidence; null if it is a claim.", derived(L4_STATEMENTS, "statement_id")
        ),
        "parent_id": Column(STRING, "Row that holds the quote.", (*derived(L4_CLAIMS, "parents"), *derived(L4_STATEMENTS, "statement_id"))),
        **carried(L4_CLAIMS, "parent_table"),
        "parent_shard": Column(STRING, "Shard of that row.", derived(L4_CLAIMS, "parents")),
        **carried(L4_CLAIMS, "parent_field", "span_start", "span_end", "quote", "url", "domain"),
        **carried(L4_CLAIMS, "time", "time_source", "page_time", "page_time_source"),
        "agreement": Column(
            STRING,
            "Rule by which the evidence agrees with the fact: `words`, `rounding`, `unit conversion`, `unit left out`, `date`, `country`, "
            "`name`, `identifier`, `currency` or `entity`.",
            derived(STATED, "object"),
        ),
        "source": Column(
            STRING,
            "The independent source that the page belongs to, named by the first of its registrable domains, or the knowledge base with "
            "its version; null without a host.",
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
VALUE_STATES = ("verified", "superseded", "single_source", "contradicted", "refuted", "withdrawn")
L4_VALUES = TableSpec(
    "l4_values",
    "l4_facts",
    "value_id",
    ("entity", "predicate", "value_id"),
    None,
    {
        "value_id": Column(STRING, "Id of the row: a hash of the thing, the property, the value and what states it."),
        "parents": Column(IDS, "The claims and statements that state the value; of a withdrawn one those that are left.", EVIDENCE_IDS),
        **carried(STATED, "subject"),
        "entity": Column(STRING, "The thing that the value is of, as in `l4_facts`.", ENTITY),
        **carried(STATED, "predicate", "object", "value_type", "value_normal", "value_precision"),
        "object_entity": OBJECT_ENTITY,
        **carried(STATED, "language"),
        "state": Column(
            STRING,
            "`verified`, `superseded` (true of its time, a newer one is verified), `single_source`, `contradicted`, `refuted` (by a "
            "vouched base or by more sources) or `withdrawn`.",
            INDEPENDENCE + TIMES,
        ),
        "reason": Column(STRING, "Rule that decided the state; docs/tiers.md lists them.", INDEPENDENCE + TIMES),
        "confidence": Column(
            DOUBLE,
            "Probability, from 0 to 1, that the value is true of its time, calibrated on reference facts that were held apart "
            "(knowledge/confidence.json).",
            INDEPENDENCE + TIMES,
        ),
        "independent_sources": Column(
            LONG, "Sources that state the value at least as precisely, copies and translations counted once.", INDEPENDENCE
        ),
        "sources_for": Column(
            IDS, "Independent sources that state it, however precisely: sites, and bases with their versions.", INDEPENDENCE
        ),
        "sources_against": Column(
            IDS,
            "Independent sources that state another value for the same time; not those whose page gives several values, or gives this one "
            "too.",
            INDEPENDENCE,
        ),
        "listing": Column(LONG, "Of the sources for it, those that state it on pages with several values only.", INDEPENDENCE),
        "methods": Column(
            IDS, "How its claims were extracted: the values of `l4_claims.method`, and `base`.", derived(L4_CLAIMS, "method")
        ),
        "agreements": Column(IDS, "Rules by which its claims agree, as in `l4_sources.agreement`.", derived(STATED, "object")),
        "is_ambiguous": Column(BOOL, "Whether its words have two readings, as `1.234` has.", derived(STATED, "object")),
        "fact_id": Column(STRING, "The fact that it is promoted as; of a withdrawn value the fact that it was; else null.", EVIDENCE_IDS),
        "decided_by": Column(
            STRING,
            "What stands against or after it: the vouched statement or the fact that refutes it, the fact that superseded it; else null.",
            EVIDENCE_IDS,
        ),
        "lost": Column(
            IDS, "Of a withdrawn value, the claims and statements that it rested on and that are gone; else null.", EVIDENCE_IDS
        ),
        **carried(STATED, "vouched_by"),
        "valid_from": Column(
            STRING, "Date in ISO 8601 at which the value holds, as in `l4_facts`; of no fact the first that is stated.", TIMES
        ),
        "valid_until": Column(STRING, "Date by which the next value holds; null if none is known.", TIMES),
        "dated_by": Column(STRING, "`stated` if times beside the value date it, `page` if only dates of pages do; else null.", TIMES),
    },
    preview=("subject", "predicate", "object", "state", "confidence", "sources_for", "sources_against"),
    id_prefix="val",
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
        "valid_until": Column(STRING, "Last day of the approval, YYYY-MM-DD, from the recipe; null if it has none."),
    },
    preview=("path", "text", "url", "approved_by"),
    id_prefix="sec",
)
SAID = tuple(name for column in ("subject", "predicate", "object") for table in (L4_FACTS, L4_VALUES) for name in derived(table, column))
L4_FORMS = TableSpec(
    "l4_forms",
    "l4_forms",
    "form_id",
    ("form_id",),
    Tier.L4,
    {
        "form_id": Column(STRING, "Id of the form: a hash of its kind, its parents and its text."),
        "parents": PARENTS,
        "parent_table": Column(STRING, "Table of the parents: `l4_facts`, or of what is not settled `l4_values`."),
        "kind": Column(
            STRING,
            "`sentence`, `dated_statement`, `succession`, `question`, `evidence_answer`, `two_hop`, `comparison`, `card`, `table`, "
            "`unknown`, `contradicted` or `unconfirmed`.",
        ),
        "question": Column(STRING, "The instruction; null for a text that answers none.", SAID),
        "text": Column(STRING, "The text, or the answer to the question.", SAID),
        **carried((L4_FACTS, L4_VALUES), "language"),
        "subject": Column(STRING, "The thing that it is about, or the first of several.", derived((L4_FACTS, L4_VALUES), "subject")),
        "stated_values": Column(
            IDS,
            "The values that reading the text again gave, in the normal form of their type: one for each parent, in order; null of "
            "what is not known.",
            derived((L4_FACTS, L4_VALUES), "value_normal"),
        ),
        "template": Column(STRING, "Template of the text, behind that of the question; of a card or table its layout."),
        **carried(L4_SOURCES, "source_id", "quote", "url", "domain"),
        "tokens": Column(LONG, "Tokens of question and text, by the tokenizer that all tiers are counted with.", SAID),
    },
    preview=("kind", "language", "question", "text"),
    id_prefix="form",
)
L4_TABLES = (L4_CLAIMS, L4_STATEMENTS, L4_FACTS, L4_SOURCES, L4_VALUES, L4_MANUALS, L4_FORMS)
