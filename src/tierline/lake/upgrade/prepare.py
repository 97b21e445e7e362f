"""Writes the records of a lake again, with the new names and digests, and plans the commits that make them and the data files current."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from tierline.lake.delta import DeltaFolder
from tierline.lake.parquet import parquet_writer
from tierline.lake.upgrade.digests import Carried, DigestMap
from tierline.lake.upgrade.migrations import Migration
from tierline.lake.upgrade.plan import Commit, File, Plan, schema_json, schema_of, version_of
from tierline.lake.upgrade.records import Row, partition, read_file
from tierline.lake.upgrade.rows import UNREAD, Output, moved, plain_schema, renamed_schema

RECORDS = ("activities", "verdicts", "waivers", "decisions")


def make_plan(delta: DeltaFolder, migration: Migration, carried: Sequence[Carried], digests: DigestMap) -> Plan:
    """Commits of data tables first, then of the records, the activities before what is bound to them."""
    current = [one for one in carried if one.recorded.current]
    known = {one.recorded.file for one in carried} | {file for one in carried for file, _ in one.recorded.verdicts}
    writer = _Writer(delta, migration, digests, known)
    activities = [(one, writer.activity(one)) for one in carried]
    verdicts = {file: writer.verdict(file, one) for file, one in _judges(carried).items()}
    waivers = [writer.waivers(file) for file in delta.files("waivers")]
    tables = sorted({(output.old_table, output.table) for one in carried for output in one.outputs if "/" not in output.table})
    commits = [
        *(_table(delta, migration, old, new, current) for old, new in tables if old != new or migration.columns(old)),
        _records(delta, "activities", [file for one, file in activities if one.recorded.current]),
        _records(delta, "verdicts", [verdicts[file] for file in delta.files("verdicts") if file in verdicts]),
        _records(delta, "waivers", waivers),
        _ledgers(delta, current),
    ]
    removed = {f"activities/{one.recorded.file}" for one in carried} | {f"verdicts/{file}" for file in verdicts}
    removed |= {f"waivers/{file}" for file in delta.files("waivers")}
    removed |= {file for one in carried for output in one.outputs for file in _replaced(output)}
    names = {*RECORDS, *(commit.table for commit in commits if commit), *(old for old, _ in tables)}
    wrong = [f"{output.table}/{one.recorded.place[1]}: {output.wrong}" for one in current for output in one.outputs if output.wrong]
    made = [commit for commit in commits if commit is not None]
    versions = {name: version_of(delta, name) for name in sorted(names)}
    return Plan(migration.to, versions, made, sorted(removed), [old for old, new in tables if old != new], wrong).named()


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes files of records again, beside the old ones."""

    delta: DeltaFolder
    migration: Migration
    digests: DigestMap
    known: set[str]  # files of activities and verdicts that are written again

    def activity(self, one: Carried) -> File:
        """An activity with its outputs, inputs and parameters in the new format; what it replaced is named by its new file."""
        row = one.recorded.row
        changes: Row = {
            "outputs": [output.recorded for output in one.outputs],
            "digest": one.stage_digest,
            "inputs": json.dumps(self.digests.inputs(one.recorded), sort_keys=True),
            "row_roots": None,  # of rows under their old names
            "before": {kind: [self._renamed(file) for file in files] for kind, files in row["before"].items()},
        }
        if renames := self.migration.parameters(self.migration.stage(row["stage"])):
            parameters = _renamed_keys(json.loads(row["parameters"]), renames)
            changes["parameters"] = json.dumps(parameters, sort_keys=True, ensure_ascii=False)
        return self._write("activities", one.recorded.file, lambda _: changes)

    def verdict(self, file: str, one: Carried | None) -> File:
        """A verdict, bound to the new digest."""

        def change(row: Row) -> Row:
            suite = {"suite": self.migration.stage(row["suite"])}
            return {"digest": self.digests.verdict(one, row), **suite}

        return self._write("verdicts", file, change)

    def waivers(self, file: str) -> File:
        """Waivers, bound to the new digests."""
        return self._write("waivers", file, lambda row: {"digest": self.digests.stage(row["stage"], row["shard"], row["digest"])})

    def _renamed(self, file: str) -> str:
        return moved(self.migration, file) if file in self.known else file

    def _write(self, table: str, file: str, change: Callable[[Row], Row]) -> File:
        rows, target = read_file(self.delta, table, file), moved(self.migration, file)
        schema, filesystem = plain_schema(rows.schema), self.delta.root_filesystem()
        changed = [row | change(row | partition(file)) for row in rows.to_pylist()]
        self.delta.make_folder(table, target)
        with filesystem.open_output_stream(f"{table}/{target}") as out, parquet_writer(out, schema, ()) as writer:
            writer.write_table(pa.Table.from_pylist(changed, schema=schema))
        self.delta.sync(table, target)
        return File(target, filesystem.get_file_info(f"{table}/{target}").size, rows.num_rows, partition(target))


def _judges(carried: Sequence[Carried]) -> dict[str, Carried | None]:
    """File of every verdict -> the activity whose rows it judged."""
    found: dict[str, Carried | None] = {}
    for one in carried:
        for file, row in one.recorded.verdicts:
            if row["digest"] == one.recorded.row["digest"]:
                found[file] = found.get(file) or one
            else:
                found.setdefault(file, None)
    return found


def _table(delta: DeltaFolder, migration: Migration, old: str, new: str, current: Sequence[Carried]) -> Commit | None:
    """The present files of a table that was written again."""
    table = delta.open(old) or delta.open(new)
    if table is None:
        return None
    schema = schema_json(renamed_schema(schema_of(table), migration.columns(old)))
    return Commit(new, schema, table.metadata().partition_columns, list(_files(current, new)))


def _records(delta: DeltaFolder, name: str, files: list[File]) -> Commit | None:
    table = delta.open(name)
    return None if table is None else Commit(name, schema_json(schema_of(table)), table.metadata().partition_columns, files)


def _ledgers(delta: DeltaFolder, current: Sequence[Carried]) -> Commit | None:
    """The ledgers of renamed stages; all others stay where they are."""
    table = delta.open("decisions")
    renamed = {output.old_table: output.table for one in current for output in one.outputs if output.old_table != output.table}
    ledgers = {old: new for old, new in renamed.items() if "/" in old}
    if table is None or not ledgers:
        return None
    added = [file for new in ledgers.values() for file in _files(current, new)]
    stages = [old.removeprefix("decisions/") for old in ledgers]
    removed = [File(file, 0, 0, partition(file)) for stage in stages for file in delta.files("decisions", {"stage": stage})]
    return Commit("decisions", schema_json(schema_of(table)), table.metadata().partition_columns, added, removed)


def _files(current: Sequence[Carried], table: str) -> Iterator[File]:
    for one in current:
        for output in one.outputs:
            if output.table == table:
                for file, size, rows in zip(output.files, output.sizes, output.counts, strict=True):
                    if size != UNREAD:
                        yield File(file, size, rows, partition(file))


def _replaced(output: Output) -> Iterable[str]:
    """Files that were written again, by their old names below the lake."""
    for old, new, size in zip(output.old_files, output.files, output.sizes, strict=True):
        if size != UNREAD and (old != new or output.old_table != output.table):
            yield f"{output.old_table.split('/')[0]}/{old}"


def _renamed_keys(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {names.get(key, key): _renamed_keys(item, names) for key, item in value.items()}
    return [_renamed_keys(item, names) for item in value] if isinstance(value, list) else value
