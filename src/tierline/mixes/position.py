"""Finds the row of a mix behind a trainer's position, and every ancestor of that row down to its crawl file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tierline.errors import BadInput
from tierline.lake import Lake
from tierline.lineage import Node, trace, trace_data
from tierline.mixes.packed import PackedMix


@dataclass(frozen=True, slots=True)
class TracedPosition:
    """A position of an exported mix, the document that holds it (a row of documents.parquet), and the trace of that document."""

    position: int
    mix: str
    document: dict[str, Any]
    node: Node

    @property
    def place(self) -> str:
        """A line that says where in which document the position is."""
        row, offset = self.document, self.position - self.document["start_token"]
        place = f"position {self.position} of the {row['phase']} mix {self.mix[:12]} is token {offset + 1} of {row['n_tokens']}"
        drawn = f"drawn for {row['curriculum']} from {row['source_table']}, epoch {row['epoch']}"
        return f"{place} of {row['row_id']}, {drawn}, text sha256 {row['sha256']}"

    def as_json(self) -> dict[str, Any]:
        """Place and trace, for programs."""
        return {"position": self.position, "mix": self.mix, "document": self.document, "trace": trace_data(self.node)}


def trace_position(lake: Lake, folder: str | Path, position: int) -> TracedPosition:
    """Trace the token at a position (from 0) of an exported mix.

    If the mix was drawn again since and has other rows, the row that this one was drawn from is traced. BadInput if the folder
    is not a mix, it ends before the position, or neither row is in the lake any more.
    """
    mix = PackedMix(folder, check=False)
    document = mix.document_at(position)
    try:
        node = trace(lake, document["row_id"])
    except BadInput:
        node = trace(lake, document["doc_id"])
    return TracedPosition(position, mix.digest, document, node)
