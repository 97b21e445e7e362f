"""A database of one's own for what no memory would hold: it is in a folder of the local disk, of which little is held."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from tierline.errors import LakeUnavailable

MEMORY_BYTES = 1 << 30  # at least
ROW_BYTES = 20  # of memory for each row, where that is more: windows over 16 million rows take 300 MB
THREADS = 8  # at most: each of them needs a part of that


@contextmanager
def on_disk(rows: int) -> Generator[duckdb.DuckDBPyConnection]:
    """For about so many rows; it is deleted at the end. DuckDB holds 1 GB, or 20 bytes for each row if that is more. LakeUnavailable where
    the disk takes no more."""
    memory = f"{max(MEMORY_BYTES, ROW_BYTES * rows) >> 20}MiB"
    with tempfile.TemporaryDirectory(prefix="tierline-") as folder:
        config: dict[str, Any] = {"temp_directory": folder, "memory_limit": memory, "threads": min(THREADS, os.cpu_count() or 1)}
        with duckdb.connect(Path(folder) / "scratch.duckdb", config=config) as database:
            database.execute("set enable_progress_bar = false")
            try:
                yield database
            except duckdb.IOException as error:
                said = " ".join(str(error).split())[:200]
                raise LakeUnavailable(
                    f"cannot be written ({said})", tempfile.gettempdir(), "free space, or name another by TMPDIR"
                ) from error
