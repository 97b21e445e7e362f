"""Scores documents again without the sentences that may address their judge, so that these cannot raise a score."""

from __future__ import annotations

import pyarrow as pa

from tierline.judges.injection import DOUBT, ablated
from tierline.text.tokens import count_tokens


def without_doubtful_sentences(documents: pa.Table) -> tuple[list[int], pa.Table]:
    """(rows, the documents that were cut): doubtful sentences are removed too. Text and tokens are those of the
    rest, other columns stay; a document with only such sentences keeps its text, because no scorer can score an empty one."""
    texts = documents["text"].to_pylist()
    cut = {row: left for row, text in enumerate(texts) if (left := ablated(text, DOUBT)) and left != text}
    rows = documents.take(pa.array(list(cut), pa.int64()))
    left = list(cut.values())
    for name, values in (("text", pa.array(left, pa.string())), ("tokens", count_tokens(left))):
        rows = rows.set_column(rows.column_names.index(name), name, pa.chunked_array([values]))
    return list(cut), rows
