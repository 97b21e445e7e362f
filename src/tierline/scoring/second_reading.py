"""Reads documents a second time without the sentences that may address their judge, so that these cannot raise a score."""

from __future__ import annotations

import pyarrow as pa

from tierline.filters.batch import measure
from tierline.scoring.documents import SIGNALS, with_signals
from tierline.scoring.injection import DOUBT, ablated


def without_doubtful_sentences(documents: pa.Table) -> tuple[list[int], pa.Table]:
    """(rows, those documents cut): where a sentence may address a judge, however little sure that is. The language stays, tokens and the
    signals of L1 are those of what is left; a document of nothing else keeps its text, for it is held back anyway."""
    texts = documents["text"].to_pylist()
    cut = {row: left for row, text in enumerate(texts) if (left := ablated(text, DOUBT)) and left != text}
    rows = documents.take(pa.array(list(cut), pa.int64()))
    found = measure(rows["doc_id"].to_pylist(), list(cut.values())).signals
    for name, values in (("text", pa.chunked_array([pa.array(list(cut.values()), pa.string())])), ("tokens", found["tokens"])):
        rows = rows.set_column(rows.column_names.index(name), name, values)
    return list(cut), with_signals(rows.drop_columns(list(SIGNALS)), found)
