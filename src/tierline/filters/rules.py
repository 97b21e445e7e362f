"""The thresholds of the L1 rules, with the paper each comes from, and the SQL model that applies them to stored signals."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import pyarrow as pa

from tierline.sql import bundled_model
from tierline.tables import TABLES

MODEL = "l1_rules"


@dataclass(frozen=True, slots=True)
class FilterRules:
    """Thresholds of L1. Gopher: Rae et al. 2021 (arXiv 2112.11446), A.1.1 and table A1. C4: Raffel et al. 2020 (JMLR 21/140),
    section 2.2. FineWeb: Penedo et al. 2024 (arXiv 2406.17557), section 3.6, values of its published pipeline unless said."""

    SECTION: ClassVar[str] = "l1.filter"
    language_confidence_min: float = 0.65  # FineWeb, section 3.3
    languages: tuple[str, ...] = ()  # ISO 639 codes to keep; none listed: all
    language_bounds: bool = True  # a language that has a bound of its own (staging/stg_language_bounds.sql) is judged by it
    words_min: float = 50  # Gopher
    words_max: float = 100_000  # Gopher
    mean_word_length_min: float = 3  # Gopher; not for unspaced scripts
    mean_word_length_max: float = 10  # Gopher
    symbol_word_ratio_max: float = 0.1  # Gopher: "#" or ellipses
    bullet_lines_max: float = 0.9  # Gopher
    ellipsis_lines_max: float = 0.3  # Gopher
    alphabetic_words_min: float = 0.8  # Gopher
    stop_words_min: float = 2  # Gopher: different ones; languages without a list of their own are not judged by it
    duplicate_lines_max: float = 0.3  # Gopher, table A1, as all that follow
    duplicate_paragraphs_max: float = 0.3
    duplicate_line_chars_max: float = 0.2
    duplicate_paragraph_chars_max: float = 0.2
    top_2gram_max: float = 0.20
    top_3gram_max: float = 0.18
    top_4gram_max: float = 0.16
    duplicate_5gram_max: float = 0.15
    duplicate_6gram_max: float = 0.14
    duplicate_7gram_max: float = 0.13
    duplicate_8gram_max: float = 0.12
    duplicate_9gram_max: float = 0.11
    duplicate_10gram_max: float = 0.10
    sentences_min: float = 5  # C4
    curly_braces_max: float = 0  # C4
    lorem_ipsum_max: float = 0  # C4
    punctuated_lines_min: float = 0.12  # FineWeb
    short_lines_max: float = 0.67  # FineWeb: lines of at most 30 characters
    duplicate_line_text_max: float = 0.1  # FineWeb's paper; its code says 0.01, which removes pages for a few equal table cells
    newlines_per_word_max: float = 0.3  # FineWeb
    data_cells_min: float = 12.0  # our own: filled cells of data tables and definition lists that make a page without prose worth keeping
    profane_words_max: float = 0.02  # our own: one word in fifty; a single word, or a word about vulgarity, removes nothing
    profane_count_min: float = 3  # our own: below this count the share says nothing
    profane_toxicity_min: float = 0.5  # our own: in English, which it knows, the classifier must agree; elsewhere the list decides

    @property
    def variables(self) -> dict[str, float | str]:
        """Values of {{ var('name') }} in the mart; a list becomes its items with commas."""
        return {name: ",".join(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


def first_failed_rule(signals: pa.Table, rules: FilterRules) -> dict[str, dict[str, Any]]:
    """doc_id -> rule, value, threshold and detail of the first rule, in published order, that a row of `l1_signals` breaks.

    Documents that pass all rules are absent.
    """
    rows = [row for row in judge(signals, rules).values() if row["rule"]]
    return {row["doc_id"]: broken_rule(row) for row in rows}


def judge(signals: pa.Table, rules: FilterRules) -> dict[str, dict[str, Any]]:
    """doc_id -> row of marts/l1_rules.sql: outcome, lane, and the rule that decided against it."""
    return {
        row["doc_id"]: row for row in bundled_model(MODEL, tuple(rules.variables.items()))({"l1_signals": _as_stored(signals)}).to_pylist()
    }


def broken_rule(row: dict[str, Any]) -> dict[str, Any]:
    """The part of a row that says which rule decided."""
    return {name: row[name] for name in ("rule", "value", "threshold", "detail")}


def _as_stored(signals: pa.Table) -> pa.Table:
    for field in list(TABLES["l1_signals"].schema)[len(signals.schema) :]:  # columns that the lake adds
        signals = signals.append_column(field, pa.nulls(signals.num_rows, field.type))
    return signals
