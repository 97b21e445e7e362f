"""Delta Lake access: one table, replaced or appended to a partition at a time."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import reduce
from itertools import chain
from pathlib import Path
from random import uniform
from time import sleep, time_ns
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from deltalake import DeltaTable, Field, Schema
from deltalake.exceptions import CommitFailedError, DeltaError, SchemaMismatchError, TableNotFoundError
from deltalake.fs import DeltaStorageHandler
from deltalake.transaction import AddAction, RemoveAction
from pyarrow.fs import FileSystem, FileType, LocalFileSystem, PyFileSystem, SubTreeFileSystem

from tierline.config.regular_file import refuse_special
from tierline.errors import LakeUnavailable
from tierline.lake.catalog import Catalog, shared_catalog
from tierline.lake.delta_log import AS_READ, DeltaLog, commit_once
from tierline.lake.durable import make_folder, sync_file, sync_folder, sync_log
from tierline.lake.file_checks import FileChecks, checksum, is_damage, named, unreadable
from tierline.lake.format import begin_format, check_format
from tierline.lake.heads import seal_commit
from tierline.lake.parquet import completed, new_path, only, parquet_writer, row_groups, rows_at
from tierline.lake.place import CHECK_STORE, check_place, what_to_check
from tierline.lake.seal import Seal

Where = dict[str, str]  # partition column -> value
ROWS_PER_BATCH = 1024  # of a stream
# Missing, not Parquet, or other types; a name in a broken footer need not be UTF-8.
UNREADABLE = (OSError, pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, UnicodeDecodeError)
CHECKPOINT_EVERY, CHECKPOINT_SHARE = 100, 8  # commits between checkpoints; more where that is under this part of the files
ATTEMPTS = 200  # of a commit that other writers are faster than, one of whom gets on each time
WAIT_SECONDS = 0.5  # at most, between two attempts on an object store


class DeltaFolder:
    """The Delta tables below one root (a folder, or s3:// and the like with the object store's own options)."""

    def __init__(
        self,
        root: str,
        storage_options: dict[str, str] | None = None,
        cache: Path | None = None,
        any_format: bool = False,
        checked: bool = True,
    ) -> None:
        """`cache`: a local folder for derived data. `any_format`: also a lake that this code reads only to upgrade it. `checked`: refuse
        damaged files; `verify` reads them as they are."""
        check_place(root, storage_options)
        self.root = root.rstrip("/")
        self.storage_options = storage_options
        self._any_format = any_format
        self._cache = cache
        self._catalog: Catalog | None = None
        self._checks = FileChecks(self.folder) if checked else None

    @property
    def catalog(self) -> Catalog:
        """What the tables hold now. Before there is a lake it is held in memory: to look for one makes no folder."""
        if self._cache is not None and (self.folder is None or self.folder.is_dir()):
            self._catalog, self._cache = shared_catalog(self, self.root, self._cache), None
        self._catalog = self._catalog or Catalog(self, None)
        return self._catalog

    @property
    def folder(self) -> Path | None:
        """The root as a folder of a local disk; None for an object store."""
        if "://" in self.root and not self.root.startswith("file://"):
            return None
        return Path(self.root.removeprefix("file://")).absolute()

    def uri(self, name: str) -> str:
        """Where the table lives."""
        return f"{self.root}/{name}"

    def open(self, name: str) -> DeltaTable | None:
        """The table at its newest version, or None if nothing was ever written to it."""
        self._check_format()
        try:
            return self._table(name)
        except TableNotFoundError:
            return None
        except (OSError, DeltaError) as error:
            raise LakeUnavailable(f"table {name} cannot be opened ({error})", self.root, what_to_check(self.root, "")) from error

    def _table(self, name: str) -> DeltaTable:
        if self.folder is not None:
            self.log(name).refuse_special()
        return DeltaTable(self.uri(name), storage_options=self.storage_options)

    def replace(self, name: str, rows: pa.Table, where: Where) -> None:
        """Replace everything in the partition `where` by `rows`, in one commit."""
        self.publish(name, rows.schema, self.write(name, rows.schema, rows.to_batches(), where, max(1, rows.num_rows)), where)

    def write(
        self, name: str, schema: pa.Schema, batches: Iterable[pa.RecordBatch], where: Where, group_rows: int, keys: Sequence[str] = ()
    ) -> list[str]:
        """Write files of a partition that no commit names yet; returns them, relative to the table. Memory is bounded by a row
        group. Only of the columns `keys` are bounds kept, by which a query skips row groups.

        delta-rs buffers its input (measured: 3.5 bytes per byte), so files are written here.
        """
        try:
            self._create(name, schema, list(where))
            columns = pa.schema([field for field in schema if field.name not in where])
            added = self._write_file(name, new_path(where), columns, row_groups(batches, group_rows), where, keys)
        except (DeltaError, OSError) as error:
            raise self._unwritable(name, error) from error
        return [action.path for action in added]

    def publish(self, name: str, schema: pa.Schema, files: Sequence[str], where: Where) -> None:
        """Make these files, written before, the content of the partition, for every engine that reads Delta tables."""
        try:
            if self.files(name, where) == sorted(files):
                return
            self._create(name, schema, list(where))
            filesystem = self._filesystem(name)
            added = [self._added(filesystem, path, where) for path in files]
            self._commit_files(name, schema, added, where, list(where))
        except (DeltaError, *UNREADABLE) as error:
            raise self._unwritable(name, error) from error

    def replace_if(self, name: str, rows: pa.Table, where: Where, expected: Sequence[str], keep: bool = False) -> bool:
        """Replace everything in the partition, or with `keep` add to it, if its files are still the expected ones; False if they are not,
        and nothing is written."""
        try:
            self._create(name, rows.schema, list(where))
            columns = pa.schema([field for field in rows.schema if field.name not in where])
            added = self._write_file(name, new_path(where), columns, iter([rows]), where, ())
            if self._commit_files(name, rows.schema, added, where, list(where), expected, [] if keep else None):
                return True
            for action in added:
                self._filesystem(name).delete_file(action.path)
            return False
        except (DeltaError, OSError) as error:
            raise self._unwritable(name, error) from error

    def keep_only(self, name: str, schema: pa.Schema, where: Where, kept: Sequence[str], expected: Sequence[str]) -> bool:
        """Take all but these files out of the partition if its files are still the expected ones; returns whether they were."""
        removed = [path for path in expected if path not in kept]
        try:
            return self._commit_files(name, schema, [], where, list(where), expected, removed)
        except (DeltaError, OSError) as error:
            raise self._unwritable(name, error) from error

    def append(self, name: str, rows: pa.Table, partition_by: list[str]) -> None:
        """Add rows in one commit."""
        try:
            self._create(name, rows.schema, partition_by)
            columns = pa.schema([field for field in rows.schema if field.name not in partition_by])
            added: list[AddAction] = []
            for where in rows.select(partition_by).group_by(partition_by).aggregate([]).to_pylist():
                own = rows.filter(reduce(pc.and_, (pc.equal(rows[column], value) for column, value in where.items())))
                added += self._write_file(name, new_path(where), columns, iter([own]), where, ())
            self._commit_files(name, rows.schema, added, None, partition_by)
        except (DeltaError, OSError) as error:
            raise self._unwritable(name, error) from error

    def files(self, name: str, where: Where | None = None) -> list[str]:
        """The current Parquet files of the partition (all files without `where`), relative to the table, in name order."""
        return self.catalog.files(name, where)

    def records(self, name: str, schema: pa.Schema, where: Where | None = None, readable: bool = False) -> list[dict[str, Any]]:
        """Rows of a table of small records, without opening its files again; do not modify them. Raises Damaged; with `readable` the rows
        of damaged files are left out."""
        return self.catalog.records(name, schema, where, readable)

    def has(self, name: str, file: str) -> bool:
        """Whether a file that was written is still there: a vacuum keeps records of what it has removed. Raises OSError."""
        return self._filesystem(name).get_file_info(file).type == FileType.File

    def check(self, name: str, files: Iterable[str]) -> None:
        """Raises Damaged for a file that is missing or not as it was written; its bytes are read once for each state of the file."""
        if self._checks is not None:
            for file in files:
                self._checks.check(name, file, self.catalog)

    def damaged(self, name: str, files: Iterable[str]) -> list[str]:
        """Those of the files that are missing or known to be damaged; see `FileChecks.is_damaged`."""
        checks = self._checks
        return [file for file in files if checks.is_damaged(name, file, self.catalog)] if checks is not None else []

    def read_record(self, name: str, file: str, schema: pa.Schema) -> list[dict[str, Any]]:
        """The rows of one file of records, for the catalog. Raises Damaged."""
        if self._checks is not None:
            self._checks.check(name, file, self.catalog)
        return pa.Table.from_batches(self._stream_file(name, file, schema, schema), schema).to_pylist()

    def seal(self, name: str) -> Seal | None:
        """The seal of a table's log; object stores have none."""
        return Seal(self.folder, name) if self.folder is not None else None

    def log(self, name: str) -> DeltaLog:
        """The table's transaction log."""
        return DeltaLog(self._filesystem(name), self.folder / name if self.folder else None)

    def read_files(self, name: str, files: Sequence[str], schema: pa.Schema, columns: list[str] | None = None) -> pa.Table:
        """Rows of exactly these files, current or replaced since (they stay on disk until `tierline vacuum`)."""
        return pa.Table.from_batches(self.stream_files(name, files, schema, columns), schema if columns is None else only(schema, columns))

    def dataset(self, name: str, files: Sequence[str], schema: pa.Schema) -> ds.Dataset:
        """The same rows; only the columns and row groups that a query needs are read. Raises Damaged."""
        self.check(name, files)
        keys = [folder.partition("=")[0] for folder in files[0].split("/")[:-1] if "=" in folder] if files else []
        partitions = ds.partitioning(pa.schema([schema.field(key) for key in keys]), flavor="hive")
        return ds.dataset(list(files), schema, "parquet", self._filesystem(name), partitioning=partitions)

    def stream_files(
        self, name: str, files: Sequence[str], schema: pa.Schema, columns: list[str] | None = None
    ) -> Iterator[pa.RecordBatch]:
        """The same, a batch at a time: file after file, in stored order. Nothing is read ahead, so that a slow reader holds one batch."""
        wanted = schema if columns is None else only(schema, columns)
        for file in files:
            self.check(name, [file])
            yield from self._stream_file(name, file, schema, wanted)

    def _stream_file(self, name: str, file: str, schema: pa.Schema, wanted: pa.Schema) -> Iterator[pa.RecordBatch]:
        constants = _constants(file)
        stored = [column for column in wanted.names if column not in constants]
        filesystem = self._filesystem(name)
        try:
            with self._opened(name, filesystem, file) as opened:
                self._refuse_foreign(name, opened.schema_arrow.names, schema)
                for batch in opened.iter_batches(ROWS_PER_BATCH, columns=stored, use_threads=False):
                    yield from completed(batch, wanted, constants).to_batches()
        except UNREADABLE as error:
            raise self._unreadable(name, file, error) from error

    def take(self, name: str, files: Sequence[str], rows: Sequence[int], wanted: pa.Schema) -> Iterator[pa.Table]:
        """These rows (ascending), counted through the files in stored order, with these columns; only the row groups that hold one are
        read. LakeUnavailable, Damaged."""
        first = 0
        for file in files:
            self.check(name, [file])
            try:
                with self._opened(name, self._filesystem(name), file) as opened:
                    end = first + opened.metadata.num_rows
                    own = [row - first for row in rows[bisect_left(rows, first) : bisect_left(rows, end)]]
                    for batch in rows_at(opened, own, wanted.names):
                        yield completed(batch, wanted, _constants(file))
                    first = end
            except UNREADABLE as error:
                raise self._unreadable(name, file, error) from error

    @contextmanager
    def _opened(self, name: str, filesystem: FileSystem, file: str) -> Generator[pq.ParquetFile]:
        if self.folder is not None:
            refuse_special(self.folder / name / file)
        with filesystem.open_input_file(file) as source, pq.ParquetFile(source, pre_buffer=False) as opened:
            yield opened

    def read(self, name: str, schema: pa.Schema, where: Where | None = None, columns: list[str] | None = None) -> pa.Table:
        """Rows of the partition (all rows without `where`), cast to `schema`; empty if there is no such table."""
        return self.read_files(name, self.files(name, where), schema, columns)

    def _filesystem(self, name: str) -> FileSystem:
        """Of one table. A local folder is not read through Python: Arrow's threads would abort it when the interpreter ends."""
        self._check_format()
        return self._filesystem_at(name)

    def root_filesystem(self) -> FileSystem:
        """The file system of the folder with the tables, in any format."""
        return self._filesystem_at("")

    def _filesystem_at(self, name: str) -> FileSystem:
        if self.folder is None:
            try:
                return PyFileSystem(DeltaStorageHandler(self.uri(name), self.storage_options))
            except (DeltaError, OSError, ValueError) as error:
                raise LakeUnavailable(f"cannot be opened ({error})", self.root, CHECK_STORE) from error
        return SubTreeFileSystem(str(self.folder / name), LocalFileSystem())

    def _check_format(self) -> None:
        if not self._any_format:
            check_format(self)

    def _write_file(
        self, name: str, path: str, columns: pa.Schema, groups: Iterator[pa.Table], where: Where, keys: Sequence[str]
    ) -> list[AddAction]:
        """One Parquet file, or none if there are no rows.

        Picking rows reads the footer first: without bounds of texts and dictionaries of ids it is less than a third as long, and
        the file is not longer, because zstd finds repetitions.
        """
        filesystem = self._filesystem(name)
        self.make_folder(name, path)
        first = next(groups, None)
        if first is None:
            return []
        with filesystem.open_output_stream(path) as file, parquet_writer(file, columns, keys) as writer:
            for group in chain([first], groups):
                writer.write_table(group.select(columns.names), row_group_size=group.num_rows)
        path = self._with_checksum(name, path)
        self.sync(name, path)
        return [self._added(filesystem, path, where)]

    def _added(self, filesystem: FileSystem, path: str, where: Where) -> AddAction:
        size, rows = filesystem.get_file_info(path).size, pq.read_metadata(path, filesystem=filesystem).num_rows
        return AddAction(path, size, dict(where), time_ns() // 1_000_000, True, json.dumps({"numRecords": rows}))

    def _with_checksum(self, name: str, path: str) -> str:
        """Rename a written file on a local disk so that its name holds its checksum. Raises OSError."""
        if self.folder is None:
            return path
        whole = named(path, checksum(self.folder / name / path))
        (self.folder / name / path).rename(self.folder / name / whole)
        if self._checks is not None:
            self._checks.trust(name, whole)
        return whole

    def _seal(self, name: str, version: int, checkpoint: bool = False) -> None:
        if self.folder is not None:
            seal_commit(self.folder, name, version, checkpoint)

    def _create(self, name: str, schema: pa.Schema, keys: list[str]) -> None:
        if self.catalog.version(name) < 0:
            begin_format(self)
            try:
                DeltaTable.create(self.uri(name), schema, "ignore", keys, storage_options=self.storage_options)
            except DeltaError:  # the type does not tell: another process may have created it meanwhile
                if not DeltaTable.is_deltatable(self.uri(name), self.storage_options):
                    raise
            if self.folder is not None:
                sync_log(self.folder / name, -1)
                sync_folder(self.folder / name)
                sync_folder(self.folder)
                self._seal(name, 0)

    def make_folder(self, name: str, path: str) -> None:
        """The folder of a file of the table; object stores have none."""
        if self.folder is not None:
            make_folder((self.folder / name / path).parent)

    def sync(self, name: str, path: str) -> None:
        """Sync a file and its folder: the activity that names it is committed later, when both are on the disk."""
        if self.folder is not None:
            sync_file(self.folder / name / path)
            sync_folder((self.folder / name / path).parent)

    def _commit_files(
        self,
        name: str,
        schema: pa.Schema,
        added: list[AddAction],
        where: Where | None,
        keys: list[str],
        expected: Sequence[str] | None = None,
        removed: Sequence[str] | None = None,
    ) -> bool:
        """Make files current, replacing those in the partition `where`, if any (or `removed` of them); whether they are.

        Every commit names the version it was made from and counts only if no other one was made meanwhile: then the new one is read
        and this one made again from there, because replacing a partition replaces its content of that moment. With `expected` it is
        given up if these are no longer the files of the partition.
        """
        self._add_columns(name, schema)
        for attempt in range(ATTEMPTS):
            version, found = self.catalog.state(name, where)
            if expected is not None and found != sorted(expected):
                return False
            replaced = [] if where is None else found if removed is None else list(removed)
            stays = {action.path for action in added} & set(replaced)  # published meanwhile by another process
            adding = [action for action in added if action.path not in stays]
            replaced = [path for path in replaced if path not in stays]
            if stays and not adding and not replaced:
                return True
            if self._write_commit(name, schema, version, adding, replaced, where or {}, keys):
                return True
            if self.folder is None:
                sleep(uniform(0, WAIT_SECONDS) * min(1.0, (attempt + 1) / 4))
        raise DeltaError(f"{ATTEMPTS} times another writer was faster")

    def _add_columns(self, name: str, schema: pa.Schema) -> None:
        """Give the table the columns that it lacks, in a commit of its own."""
        while missing := self._missing(name, schema):
            table = self._table(name)
            with suppress(CommitFailedError, SchemaMismatchError):  # another writer was faster, perhaps with the same columns
                table.alter.add_columns(missing, commit_properties=AS_READ)
                if self.folder is not None:
                    sync_log(self.folder / name, table.version() - 1)
                    self._seal(name, table.version())

    def _missing(self, name: str, schema: pa.Schema) -> list[Field]:
        known = {field["name"] for field in json.loads(self.catalog.schema(name) or '{"fields": []}')["fields"]}
        return [field for field in Schema.from_arrow(schema).fields if field.name not in known]

    def _write_commit(
        self, name: str, schema: pa.Schema, version: int, added: list[AddAction], removed: list[str], where: Where, keys: list[str]
    ) -> bool:
        """The commit that follows `version`; False if there is another one by now.

        On a local disk it is written here (see `tierline.lake.delta_log`), on object stores by delta-rs.
        """
        if self.folder is None:
            table = self._table(name)
            now = time_ns() // 1_000_000
            gone = [RemoveAction(path, True, now, 0, dict(where)) for path in removed]
            return table.version() == version and commit_once(table, [*added, *gone], schema, keys)
        log = self.log(name)
        if not log.write(version + 1, added, removed, where):
            return False
        self._seal(name, version + 1)
        if (version + 1) % CHECKPOINT_EVERY == 0:
            self._checkpoint(name, self.folder / name, version + 1, log)
        return True

    def _checkpoint(self, name: str, folder: Path, version: int, log: DeltaLog) -> None:
        """Write the whole state, from which other readers start, once enough has changed to justify its cost."""
        if version - log.last_checkpoint() >= len(self.catalog.files(name)) // CHECKPOINT_SHARE:
            with suppress(DeltaError, OSError):  # the commit is valid without it
                table = self._table(name)
                table.create_checkpoint()
                sync_log(folder, version - 1)
                self._seal(name, table.version(), checkpoint=True)
                table.cleanup_metadata()

    def _refuse_foreign(self, name: str, found: Sequence[str], schema: pa.Schema) -> None:
        """A column that a file lacks reads as null; a file that has none of them is not an older file but a foreign one."""
        if not set(found) & set(schema.names):
            raise LakeUnavailable(f"table {name} has none of the columns that it has in a lake", self.root, "give the root of a lake")

    def _unreadable(self, name: str, file: str, error: Exception) -> LakeUnavailable:
        """Damage is also remembered for the next run: of a file whose name holds no checksum it is found only here."""
        if self.folder is None:
            do = f"{CHECK_STORE}; `tierline verify` names every file"
            return LakeUnavailable(f"files of table {name} cannot be read ({error})", self.root, do)
        if self._checks is not None and is_damage(error):
            self._checks.note_damaged(name, file, self.catalog)
        return unreadable(name, file, error)

    def _unwritable(self, name: str, error: Exception) -> LakeUnavailable:
        do = what_to_check(self.root, "check the path, its permissions and free space")
        return LakeUnavailable(f"table {name} cannot be written ({error})", self.root, do)


def _constants(file: str) -> dict[str, str]:
    return {key: unquote(value) for key, _, value in (folder.partition("=") for folder in file.split("/")[:-1])}
