"""Rows of small files that never change, remembered locally, so that a thousand shards are not opened again file by file."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import mkstemp

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import feather

from tierline.lake.delta import DeltaFolder

FILE = "file"


def read_cached(delta: DeltaFolder, cache_dir: Path, name: str, schema: pa.Schema, stage: str, columns: list[str]) -> pa.Table:
    """What `delta.read` gives for the partition of `stage`, at the cost of the files that are new since the last call.

    Delta never changes a file, so what was read from one stays true; which files count is asked of the table every time. The
    memory is one Arrow file in `cache_dir`; where it is lost or broken, or was made for other columns, all is read again.
    """
    files = delta.files(name, {"stage": stage})
    wanted = pa.schema([schema.field(column) for column in columns])
    path = cache_dir / "metadata" / f"{name}-{stage}.arrow"
    known = _known(path, wanted.append(pa.field(FILE, pa.string())))
    seen = set(known[FILE].to_pylist())
    fresh = [_marked(delta.read_files(name, [file], schema, columns), file) for file in files if file not in seen]
    whole = pa.concat_tables([known, *fresh])
    current = whole.filter(pc.is_in(whole[FILE], value_set=pa.array(files, pa.string())))
    if fresh or current.num_rows < known.num_rows:
        _write(path, current)
    return current.select(columns)


def _marked(rows: pa.Table, file: str) -> pa.Table:
    return rows.append_column(pa.field(FILE, pa.string()), pa.array([file] * rows.num_rows, pa.string()))


def _known(path: Path, schema: pa.Schema) -> pa.Table:
    try:
        known = feather.read_table(path, memory_map=False)
    except (OSError, pa.ArrowInvalid):
        return schema.empty_table()
    return known if known.schema.equals(schema) else schema.empty_table()


def _write(path: Path, rows: pa.Table) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, unfinished = mkstemp(dir=path.parent, prefix="unfinished-")
    os.close(handle)
    feather.write_feather(rows.combine_chunks(), unfinished, compression="uncompressed")
    Path(unfinished).replace(path)
