"""Scores documents again without the sentences that may address their judge, so that these cannot raise a score."""

from __future__ import annotations

import pyarrow as pa

from tierline.judges.injection import DOUBT, ablated
from tierline.text.tokens import count_tokens


def without_doubtful_sentences(documents: pa.Table) -> tuple[list[int], pa.Table]:
    """(rows, those documents cut): where a sentence may address a judge, however little sure that is. Text and tokens are those of what is
    left, all else stays; a document of nothing but such sentences keeps its text, for an empty one says nothing to any scorer."""
    texts = documents["text"].to_pylist()
    cut = {row: left for row, text in enumerate(texts) if (left := ablated(text, DOUBT)) and left != text}
    rows = documents.take(pa.array(list(cut), pa.int64()))
    left = list(cut.values())
    for name, values in (("text", pa.array(left, pa.string())), ("tokens", count_tokens(left))):
        rows = rows.set_column(rows.column_names.index(name), name, pa.chunked_array([values]))
    return list(cut), rows
