"""The L1 documents of a shard beside the signals that the student looks at, both promoted."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from tierline.document import TABLES
from tierline.lake import Lake, Manifest

SIGNALS = (
    "word_count",
    "sentence_count",
    "mean_word_length",
    "alphabetic_word_share",
    "terminal_punctuation_line_share",
    "short_line_share",
    "duplicate_5gram_char_share",
    "top_2gram_char_share",
    "bullet_line_share",
)  # of l1_signals


def read_documents(lake: Lake, shard: str, columns: list[str] | None = None) -> tuple[pa.Table, Manifest]:
    """Rows of `l1_filtered` with the columns of SIGNALS appended, and their manifest. Raises NotWritten, NotPromoted."""
    documents, manifest = lake.read_promoted("l1_filtered", shard, columns)
    signals, _ = lake.read_promoted("l1_signals", shard, ["doc_id", *SIGNALS])
    return with_signals(documents, signals), manifest


def with_signals(documents: pa.Table, signals: pa.Table) -> pa.Table:
    """Each document's signals appended to its row; every document has some."""
    rows = signals.select(list(SIGNALS)).take(pc.index_in(documents["doc_id"], signals["doc_id"].combine_chunks()))
    for name in SIGNALS:
        documents = documents.append_column(name, rows[name])
    return documents


def no_documents(columns: list[str]) -> pa.Table:
    """No rows of `l1_filtered` with signals."""
    fields = [TABLES["l1_filtered"].schema.field(name) for name in columns]
    return with_signals(pa.schema(fields).empty_table(), TABLES["l1_signals"].schema.empty_table())
