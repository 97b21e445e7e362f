"""Carries one activity's rows over: reads every file once, checks the digest recorded for it, gives it the new names and the new digest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath
from typing import Any, cast

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow.fs import FileSystem

from tierline.lake.delta import UNREADABLE, DeltaFolder
from tierline.lake.digest import ContentDigest
from tierline.lake.parquet import parquet_writer
from tierline.lake.upgrade.migrations import Migration, RenameColumn
from tierline.lake.upgrade.records import Row, partition

UNREAD = -1  # the size of a file that could not be read


class Format1Digest(ContentDigest):
    """The content digest of format 1: of all columns, those without a value and the writing activity among them."""

    def hexdigest(self) -> str:
        """Of all rows so far."""
        whole = hashlib.sha256()
        for name in sorted(self._schema.names):
            whole.update(f"{name}:{self._schema.field(name).type}:{self._rows};".encode())
        for path, part in sorted(self._parts.items()):
            whole.update(f"{path};".encode() + part.digest())
        return whole.hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Output:
    """One table or ledger of an activity, before and after. `wrong` says why its digest was left as it was recorded, if it was."""

    old_table: str
    old_digest: str
    old_files: tuple[str, ...]
    table: str
    rows: int
    digest: str
    files: tuple[str, ...]
    sizes: tuple[int, ...]  # bytes by file
    counts: tuple[int, ...]  # rows by file
    wrong: str = ""

    @classmethod
    def of(cls, said: Row) -> Output:
        """From the JSON of `asdict`."""
        plain: Row = {name: tuple(cast("list[Any]", value)) if isinstance(value, list) else value for name, value in said.items()}
        return cls(**plain)

    @property
    def recorded(self) -> Row:
        """As an activity says it."""
        return {"table": self.table, "rows": self.rows, "digest": self.digest, "files": list(self.files)}

    def as_json(self) -> Row:
        """What `of` takes."""
        return asdict(self)


def carry_over(delta: DeltaFolder, migration: Migration, output: Row) -> Output:
    """What an activity recorded of one of its tables, in the new format; its files are then there under both their names.

    Rows that cannot be read, or that are not those that were recorded, keep the digest that was recorded: `verify` goes on saying so.
    """
    old, new = output["table"], migration.table(output["table"])
    folder, new_folder = old.split("/")[0], new.split("/")[0]
    renames = migration.columns(old)
    files, sizes, counts = list[str](), list[int](), list[int]()
    wrong, digests = "", _Digests(ledger="/" in old, renames=renames)
    filesystem = delta.root_filesystem()
    for file in output["files"]:
        target = moved(migration, file) if renames or old != new else file
        try:
            if (folder, file) != (new_folder, target):
                delta.make_folder(new_folder, target)
            size, rows = _carry_file(filesystem, f"{folder}/{file}", f"{new_folder}/{target}", digests)
        except UNREADABLE as error:
            wrong = f"{folder}/{file} cannot be read ({' '.join(str(error).split())})"
            size, rows, target = UNREAD, 0, file
        if size != UNREAD and (target != file or folder != new_folder):
            delta.sync(new_folder, target)
        files.append(target)
        sizes.append(size)
        counts.append(rows)
    if not wrong and output["files"] and digests.old != output["digest"]:
        wrong = f"rows hash to {digests.old}, recorded is {output['digest']}"
    digest = output["digest"] if wrong else digests.new
    given = (old, output["digest"], tuple(output["files"]), new, output["rows"], digest)
    return Output(*given, tuple(files), tuple(sizes), tuple(counts), wrong)


def moved(migration: Migration, file: str) -> str:
    """The name of a file that is written again, beside the old one or in the folder of the renamed stage."""
    *folders, name = file.split("/")
    folders = [f"stage={migration.stage(folder.removeprefix('stage='))}" if folder.startswith("stage=") else folder for folder in folders]
    return "/".join([*folders, f"{PurePosixPath(name).stem}-format-{migration.to}.parquet"])


def renamed_schema(schema: pa.Schema, renames: Sequence[RenameColumn]) -> pa.Schema:
    """The schema with its columns, and fields of structs, under their new names."""
    return pa.schema([_renamed_field(field, renames) for field in schema])


class _Digests:
    """Both digests of the rows of one table."""

    def __init__(self, ledger: bool, renames: Sequence[RenameColumn]) -> None:
        self.renames = renames
        self._ledger = ledger
        self._old: Format1Digest | None = None
        self._new: ContentDigest | None = None

    def update(self, rows: pa.Table, renamed: pa.Table, shard: str) -> None:
        """Rows as their file has them, and the same with new names."""
        rows, renamed = self._covered(rows, shard, self._ledger), self._covered(renamed, shard, True)
        self._old = self._old or Format1Digest(rows.schema)
        self._new = self._new or ContentDigest(renamed.schema)
        for table, digest in ((rows, self._old), (renamed, self._new)):
            for batch in table.to_batches():
                digest.update(batch)

    @property
    def old(self) -> str:
        """As format 1 has it; empty if no row was seen, whose columns are not known."""
        return self._old.hexdigest() if self._old else ""

    @property
    def new(self) -> str:
        """As it is from now on."""
        return (self._new or ContentDigest(pa.schema([]))).hexdigest()

    def _covered(self, rows: pa.Table, shard: str, without_activity: bool) -> pa.Table:
        if without_activity:
            rows = rows.drop_columns(["activity_id"])
        return rows if self._ledger else rows.append_column("shard", pa.array([shard] * rows.num_rows, pa.string()))


def _carry_file(filesystem: FileSystem, old: str, new: str, digests: _Digests) -> tuple[int, int]:
    """Read a file into the digests and write it again where its name or its columns are new; (bytes, rows)."""
    shard = partition(old)["shard"]
    with filesystem.open_input_file(old) as source, pq.ParquetFile(source, pre_buffer=False) as opened:
        groups = _row_groups(opened)
        if old == new:
            for rows in groups:
                digests.update(rows, rows, shard)
        else:
            _write(filesystem, new, opened, groups, digests, shard)
        return filesystem.get_file_info(new).size, opened.metadata.num_rows


def _write(filesystem: FileSystem, new: str, opened: pq.ParquetFile, groups: Iterator[pa.Table], digests: _Digests, shard: str) -> None:
    schema = renamed_schema(plain_schema(opened.schema_arrow), digests.renames)
    names = {rename.old: rename.new for rename in digests.renames if not rename.field}
    keys = [names.get(name, name) for name in _bounded(opened)]
    with filesystem.open_output_stream(new) as file, parquet_writer(file, schema, keys) as writer:
        for rows in groups:
            columns = [_retyped(column.combine_chunks(), field.type) for column, field in zip(rows.columns, schema, strict=True)]
            renamed = pa.Table.from_arrays(columns, schema=schema)
            digests.update(rows, renamed, shard)
            writer.write_table(renamed, row_group_size=max(1, renamed.num_rows))


def _row_groups(opened: pq.ParquetFile) -> Iterator[pa.Table]:
    schema = plain_schema(opened.schema_arrow)
    for group in range(opened.metadata.num_row_groups):
        yield opened.read_row_group(group, use_threads=False).cast(schema)


def _bounded(opened: pq.ParquetFile) -> list[str]:
    """Columns whose bounds the file keeps."""
    if not opened.metadata.num_row_groups:
        return []
    group = opened.metadata.row_group(0)
    return [group.column(place).path_in_schema for place in range(group.num_columns) if group.column(place).is_stats_set]


def plain_schema(schema: pa.Schema) -> pa.Schema:
    """As tables say it: Parquet has a name of its own for the items of a list."""
    return pa.schema([pa.field(field.name, _plain_type(field.type)) for field in schema])


def _plain_type(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_list(kind):
        return pa.list_(_plain_type(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([(field.name, _plain_type(field.type)) for field in kind])
    return kind


def _renamed_field(field: pa.Field, renames: Sequence[RenameColumn]) -> pa.Field:
    for rename in renames:
        if rename.old == field.name and not rename.field:
            return field.with_name(rename.new)
        if rename.old == field.name:
            inner = [(rename.new if part.name == rename.field else part.name, part.type) for part in field.type.value_type]
            return field.with_type(pa.list_(pa.struct(inner)))
    return field


def _retyped(values: Any, kind: pa.DataType) -> Any:
    """The same values in a type whose fields of structs have other names."""
    if values.type == kind:
        return values
    if pa.types.is_list(kind):
        return pa.ListArray.from_arrays(values.offsets, _retyped(values.values, kind.value_type), kind, mask=values.is_null())
    fields = [_retyped(values.field(place), field.type) for place, field in enumerate(kind)]
    return pa.StructArray.from_arrays(fields, fields=list(kind), mask=values.is_null())
