"""Writes the files of an exported mix as its rows stream by: texts, tokens, packed sequences, and the position of each row."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tierline.config.bounds import Bytes, Count, check_bounds
from tierline.errors import BadInput
from tierline.mixes.indexed import IndexedWriter, Tokens
from tierline.mixes.packed import DOCUMENTS, TOKENS
from tierline.mixes.tokenizing import MixTokenizer, token_lists
from tierline.tables import TABLES

DATA, PACKED = "data", "packed"
# Columns of a mix's row that a trainer or an auditor wants beside its tokens.
KEPT = ("row_id", "position", "curriculum", "epoch", "weight", "tokens", "tier", "source", "source_table", "source_shard", "doc_id", "url")
KEPT_TOO = ("domain", "language")
GROUP_ROWS = 1024


@dataclass(frozen=True, slots=True)
class ExportRules:
    """How a mix is cut into files."""

    SECTION: ClassVar[str] = "mixes.export"
    sequence_tokens: Count = 2048  # of a packed sequence; windows of any other length are read from tokens.bin
    part_bytes: Bytes = 256 << 20  # of a Parquet file, before compression

    def __post_init__(self) -> None:
        """ValueError for a number outside its bounds."""
        check_bounds(self)


@dataclass(slots=True)
class Written:
    """Totals so far: documents, their tokens by this tokenizer, rows and tokens by tier and part, languages."""

    documents: int = 0
    tokens: int = 0
    budget_tokens: int = 0
    groups: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    group_tokens: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    languages: Counter[str] = field(default_factory=Counter[str])


class MixWriter:
    """Takes a mix's rows in order, a batch at a time, and holds one batch and one unfinished sequence."""

    def __init__(self, folder: Path, phase: str, tokenizer: MixTokenizer, rules: ExportRules) -> None:
        stage = TABLES[f"mix_{phase}"]
        self.written = Written()
        self._phase, self._tokenizer = phase, tokenizer
        documents = pa.schema(
            {
                **{name: stage.columns[name] for name in (*KEPT, *KEPT_TOO)},
                "phase": pa.string(),
                "start_token": pa.int64(),
                "n_tokens": pa.int64(),
                "sha256": pa.string(),
            }
        )
        self._data = PartedParquet(folder / DATA, pa.schema(stage.columns), rules.part_bytes)
        self._documents = pq.ParquetWriter(folder / DOCUMENTS, documents, compression="zstd")
        self._tokens = IndexedWriter(folder / TOKENS, tokenizer.vocabulary)
        self._packed = _Packer(PartedParquet(folder / PACKED, packed_schema(tokenizer), rules.part_bytes), tokenizer, rules.sequence_tokens)

    def __enter__(self) -> MixWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None) -> None:
        if kind is None:
            self._packed.finish()
        self._tokens.__exit__(kind, error, where)
        self._data.close()
        self._documents.close()

    def add(self, rows: pa.Table) -> None:
        """A batch of rows, all columns of the mix's table. BadInput if a text is not the one with which the row was written."""
        texts: list[str] = rows["text"].to_pylist()
        for row_id, text, said in zip(rows["row_id"].to_pylist(), texts, rows["text_sha256"].to_pylist(), strict=True):
            found = hashlib.sha256(text.encode()).hexdigest()
            if found != said:
                what = f"row {row_id} breaks the contract: its text hashes to {found[:12]}, not {str(said)[:12]}"
                raise BadInput(what, f"mix_{self._phase}", f"materialize {self._phase}_mix again")
        encoded = list(self._tokenizer.encode(texts))
        lengths = np.array([len(one) for one in encoded], np.int64)
        starts = self.written.tokens + np.cumsum(lengths) - lengths
        self._data.write(rows)
        for document in encoded:
            self._tokens.add(document)
        placed = {"phase": pa.array([self._phase] * rows.num_rows), "start_token": pa.array(starts), "n_tokens": pa.array(lengths)}
        described = rows.select([*KEPT, *KEPT_TOO])
        for name, column in (placed | {"sha256": rows["text_sha256"]}).items():
            described = described.append_column(name, column)
        self._documents.write_table(described.cast(self._documents.schema), row_group_size=GROUP_ROWS)
        self._packed.add(encoded, rows["row_id"].to_pylist())
        self._count(rows, lengths)

    def _count(self, rows: pa.Table, lengths: Tokens) -> None:
        counted = self.written
        counted.documents += rows.num_rows
        counted.tokens += int(lengths.sum())
        columns = rows.select(["tier", "curriculum", "language", "tokens"]).to_pylist()
        for row, length in zip(columns, lengths.tolist(), strict=True):
            counted.budget_tokens += row["tokens"]
            counted.groups[row["curriculum"], row["tier"]] += 1
            counted.group_tokens[row["curriculum"], row["tier"]] += length
            counted.languages[row["language"] or "unknown"] += 1


class PartedParquet:
    """Rows in files of about `part_bytes`: part-00000.parquet, part-00001.parquet, ..."""

    def __init__(self, folder: Path, schema: pa.Schema, part_bytes: int) -> None:
        self._folder, self._schema, self._part_bytes = folder, schema, part_bytes
        self._writer: Any = None
        self._parts = self._size = 0
        folder.mkdir()
        self._open()  # a mix without rows makes a file without rows

    def write(self, rows: pa.Table) -> None:
        """Append a batch."""
        if self._size >= self._part_bytes:
            self.close()
            self._open()
        self._writer.write_table(rows.select(self._schema.names).cast(self._schema), row_group_size=GROUP_ROWS)
        self._size += rows.nbytes

    def close(self) -> None:
        """Finish the present file."""
        self._writer.close()

    def _open(self) -> None:
        path = self._folder / f"part-{self._parts:05}.parquet"
        self._writer = pq.ParquetWriter(path, self._schema, compression="zstd")
        self._parts, self._size = self._parts + 1, 0


def packed_schema(tokenizer: MixTokenizer) -> pa.Schema:
    """Columns of a packed sequence: the position of its first token in the stream, its tokens, and of each document in it the row's id and
    the offset of its first token here; `continues` where the first document began in the sequence before."""
    return pa.schema(
        {
            "position": pa.int64(),
            "input_ids": pa.list_(pa.from_numpy_dtype(tokenizer.type)),
            "row_ids": pa.list_(pa.string()),
            "offsets": pa.list_(pa.int32()),
            "continues": pa.bool_(),
        }
    )


class _Packer:
    """Cuts the stream of documents into sequences of equal length; the last one has the rest."""

    def __init__(self, target: PartedParquet, tokenizer: MixTokenizer, length: int) -> None:
        self._target, self._type, self._length = target, tokenizer.type, length
        self._schema = packed_schema(tokenizer)
        self._position = 0  # of the first waiting token
        self._waiting: Tokens = np.empty(0, tokenizer.type)
        self._starts: list[int] = []  # of documents with a waiting token
        self._row_ids: list[str] = []

    def add(self, documents: Iterable[Tokens], row_ids: Iterable[str]) -> None:
        """Append the tokens of documents, and write the sequences that are full by then."""
        end = self._position + len(self._waiting)
        pieces = [self._waiting]
        for tokens, row_id in zip(documents, row_ids, strict=True):
            pieces.append(tokens)
            self._starts.append(end)
            self._row_ids.append(row_id)
            end += len(tokens)
        self._waiting = np.concatenate(pieces)
        self._write(len(self._waiting) // self._length * self._length)

    def finish(self) -> None:
        self._write(len(self._waiting))
        self._target.close()

    def _write(self, count: int) -> None:
        """The first `count` waiting tokens, as sequences."""
        if not count:
            return
        starts = np.array(self._starts, np.int64)
        rows: list[dict[str, Any]] = []
        tokens: list[Tokens] = []
        for begin in range(0, count, self._length):
            sequence = self._waiting[begin : min(begin + self._length, count)]
            position = self._position + begin
            first = int(np.searchsorted(starts, position, side="right")) - 1
            last = int(np.searchsorted(starts, position + len(sequence), side="left"))
            offsets = np.maximum(starts[first:last] - position, 0).tolist()
            row_ids, continues = self._row_ids[first:last], bool(starts[first] < position)
            rows.append({"position": position, "row_ids": row_ids, "offsets": offsets, "continues": continues})
            tokens.append(sequence)
        table = pa.Table.from_pylist(rows, schema=self._schema.remove(self._schema.get_field_index("input_ids")))
        self._target.write(table.append_column("input_ids", token_lists(tokens, self._type)))
        self._position, self._waiting = self._position + count, self._waiting[count:].copy()
        keep = max(0, int(np.searchsorted(starts, self._position, side="right")) - 1) if len(self._waiting) else len(starts)
        self._starts, self._row_ids = self._starts[keep:], self._row_ids[keep:]
