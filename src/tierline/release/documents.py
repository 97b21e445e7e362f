"""The documents of a release for people: the card of the dataset, and a draft of the European Union's summary of training content."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from tierline.display import TextTable, markdown_table
from tierline.pages import render_page
from tierline.release.figures import Figures
from tierline.release.pins import models_of
from tierline.release.rights import SHOWN, admitted_reservations, left_out, licenses, reservations, terms_in_force

PACKAGE = "tierline.release"
# Rules against illegal and harmful content, of the ledgers of L1 and L2.
HARMFUL = ("profanity", "toxic")
BILLION = 10**9


def card(release: Mapping[str, Any], figures: Figures) -> str:
    """Markdown: what it is, what it was made from, how, its figures, and what it should not be used for."""
    return render_page(PACKAGE, "card.md.jinja", **_values(release, figures))


def eu_summary(release: Mapping[str, Any], figures: Figures) -> str:
    """Markdown: the sections of the European Commission's template for the public summary of training content (Regulation (EU) 2024/1689,
    Article 53(1)(d); template of 24 July 2025), with what the lake knows filled in. What only the provider knows is marked."""
    return render_page(PACKAGE, "eu_summary.md.jinja", **_values(release, figures))


def _values(release: Mapping[str, Any], figures: Figures) -> dict[str, Any]:
    first, last = figures.period
    refused = [one for one in release["gates"] if not one["passed"]]
    return {
        "release": release,
        "figures": figures,
        "first": first,
        "last": last,
        "size": _size(figures.tokens),
        "models": models_of(release),
        "mixes": _table(("phase", "tier", "table", "rows", "tokens", "share"), (
            (row["phase"], row["tier"], row["source_table"], f"{row['row_count']:,}", f"{row['tokens']:,}", f"{row['token_share']:.1%}")
            for row in figures.mix_composition
        ), 3),
        "languages": _table(("language", "tokens", "share"), (
            (name, f"{tokens:,}", f"{share:.1%}") for name, tokens, share in figures.languages[:SHOWN]
        ), 1),
        "origins": _table(("phase", "written by", "rows", "tokens", "share"), (
            (row["phase"], row["origin"], f"{row['row_count']:,}", f"{row['tokens']:,}", f"{row['token_share']:.1%}")
            for row in figures.training_origins
        ), 2),
        "domains": _table(("site", "rows", "tokens", "share"), (
            (row["domain"], f"{row['row_count']:,}", f"{row['tokens']:,}", f"{row['token_share']:.2%}") for row in figures.top_domains
        ), 1),
        "collected": _table(("format", "media type", "documents", "admitted", "first day", "last day"), (
            (row["source_format"], row["content_type"], f"{row['documents']:,}", f"{row['admitted']:,}", row["first_day"] or "unknown",
             row["last_day"] or "unknown")
            for row in figures.collected_content[:SHOWN]
        ), 2),
        "licenses": _table(("license", "documents", "admitted"), licenses(figures), 1),
        "reservations": _table(("statement", "value", "meaning", "documents", "admitted"), reservations(figures), 3),
        "terms": _table(("stage", "left out", "required"), terms_in_force(release), 3),
        "left_out": _table(("stage", "rule", "rows"), left_out(figures), 2),
        "admitted_reservations": admitted_reservations(figures),
        "bases": _table(("knowledge base", "version", "license", "retrieved", "statements"), (
            (row["base"], row["base_version"], row["license"] or "unknown", row["retrieved"] or "unknown", f"{row['statements']:,}")
            for row in figures.stated_bases
        ), 4),
        "feedback": sum(row["row_count"] for row in figures.tier_flow if row["stage"] == "l3_feedback" and row["outcome"] == "kept"),
        "harmful": sum(
            row["row_count"] for row in figures.tier_flow
            if row["outcome"] != "kept" and any(word in (row["rule"] or "") for word in HARMFUL)
        ),
        "waived": refused,
    }  # fmt: skip


def _size(tokens: int) -> str:
    """The range of the template that a number of tokens falls into."""
    if tokens < BILLION:
        return "less than 1 billion tokens"
    return "1 billion to 10 trillion tokens" if tokens <= 10_000 * BILLION else "more than 10 trillion tokens"


def _table(heads: Sequence[str], rows: Iterable[tuple[str, ...]], first_number: int) -> str:
    """Empty if there are no rows."""
    found = list(rows)
    return Markup(markdown_table(TextTable(tuple(heads), found, frozenset(range(first_number))))) if found else ""
