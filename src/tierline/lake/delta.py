"""Delta Lake access: one table, replaced or appended to a partition at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, WriterProperties, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError
from deltalake.fs import DeltaStorageHandler
from pyarrow import dataset
from pyarrow.fs import PyFileSystem

from tierline.errors import LakeUnavailable

PARTITION_KEYS = ("stage", "shard")  # columns that live in the folder names, not in the files
Where = dict[str, str]  # partition column -> value
ATTEMPTS = 10  # concurrent shards touch disjoint partitions; a lost race for the log entry is simply tried again


class DeltaFolder:
    """The Delta tables below one root (a folder, or s3:// and the like with the object store's own options)."""

    def __init__(self, root: str, storage_options: dict[str, str] | None = None) -> None:
        self.root = root.rstrip("/")
        self.storage_options = storage_options

    def uri(self, name: str) -> str:
        """Where the table lives."""
        return f"{self.root}/{name}"

    def open(self, name: str) -> DeltaTable | None:
        """The table at its newest version, or None where nothing was ever written to it."""
        try:
            return DeltaTable(self.uri(name), storage_options=self.storage_options)
        except TableNotFoundError:
            return None
        except (OSError, DeltaError) as error:
            raise LakeUnavailable(f"table {name} cannot be opened ({error})", self.root) from error

    def replace(self, name: str, rows: pa.Table, where: Where) -> None:
        """Put `rows` in the place of everything in the partition `where`, in one commit."""
        predicate = " and ".join(f"{column} = '{value}'" for column, value in where.items())
        self._write(name, rows, list(where), "overwrite", predicate)

    def append(self, name: str, rows: pa.Table, partition_by: list[str]) -> None:
        """Add rows in one commit."""
        self._write(name, rows, partition_by, "append", None)

    def files(self, name: str, where: Where | None = None) -> list[str]:
        """The current Parquet files of the partition (all files without `where`), relative to the table, in name order."""
        table = self.open(name)
        if table is None:
            return []
        filters = [(column, "=", value) for column, value in where.items()] if where else None
        root = table.table_uri.removeprefix("file://").rstrip("/") + "/"
        return sorted(uri.removeprefix("file://").split(root, 1)[-1] for uri in table.file_uris(file_pruning_predicate=filters))

    def read_files(self, name: str, files: Sequence[str], schema: pa.Schema, columns: list[str] | None = None) -> pa.Table:
        """Rows of exactly these files, current or replaced since (they stay on disk until the table is vacuumed)."""
        wanted = schema if columns is None else pa.schema([schema.field(column) for column in columns])
        if not files:
            return wanted.empty_table()
        filesystem = PyFileSystem(DeltaStorageHandler(self.uri(name), self.storage_options))
        keys = dataset.partitioning(flavor="hive", schema=pa.schema([field for field in schema if field.name in PARTITION_KEYS]))
        try:
            parts = dataset.dataset(list(files), filesystem=filesystem, format="parquet", partitioning=keys, schema=schema)
            return parts.to_table(columns=wanted.names).cast(wanted)
        except (FileNotFoundError, OSError) as error:
            raise LakeUnavailable(f"files of table {name} cannot be read ({error})", self.root, "write the shard again") from error

    def read(self, name: str, schema: pa.Schema, where: Where | None = None, columns: list[str] | None = None) -> pa.Table:
        """Rows of the partition (all rows without `where`), cast to `schema`; empty where there is no such table."""
        wanted = schema if columns is None else pa.schema([schema.field(column) for column in columns])
        table = self.open(name)
        if table is None:
            return wanted.empty_table()
        partitions: list[tuple[str, str, Any]] | None = [(column, "=", value) for column, value in where.items()] if where else None
        return table.to_pyarrow_dataset(partitions=partitions).to_table(columns=wanted.names).cast(wanted)

    def _write(self, name: str, rows: pa.Table, partition_by: list[str], mode: Any, predicate: str | None) -> None:
        for attempt in range(ATTEMPTS):
            exists = self.open(name) is not None
            try:
                write_deltalake(
                    self.uri(name),
                    rows,
                    partition_by=partition_by,
                    mode=mode,
                    predicate=predicate if exists else None,
                    storage_options=self.storage_options,
                    writer_properties=WriterProperties(compression="ZSTD"),
                    commit_properties=CommitProperties(max_commit_retries=50),
                )
                return
            except (CommitFailedError, DeltaError) as error:
                if not _lost_race(error) or attempt + 1 == ATTEMPTS:
                    raise LakeUnavailable(
                        f"table {name} cannot be written ({error})", self.root, "check the path, its permissions and free space"
                    ) from error
            except OSError as error:
                raise LakeUnavailable(
                    f"table {name} cannot be written ({error})", self.root, "check the path, its permissions and free space"
                ) from error


def _lost_race(error: Exception) -> bool:
    return isinstance(error, CommitFailedError) or "already exists" in str(error).lower()
