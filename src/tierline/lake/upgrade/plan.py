"""What an upgrade is about to do, written down before it does anything that shows: commits to Delta tables, then files to remove.

Until the plan is there, files have only been added that no table names: the lake is the old one. From then on every step can be done
again after a crash: a commit carries the format, and the name of its plan, as Delta's own transaction numbers of applications, and says so
when it is there. So nobody takes another plan's commits for its own, also on an object store, where no lock keeps two upgrades apart.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Schema, Transaction
from deltalake.exceptions import DeltaError
from deltalake.transaction import AddAction, RemoveAction

from tierline.errors import LakeUnavailable
from tierline.lake.delta import DeltaFolder
from tierline.lake.durable import sync_folder, sync_log
from tierline.lake.format import UPGRADE, read_small, write_small
from tierline.tables.ids import content_id

WORK = "_upgrade"
PLAN = f"{WORK}/plan.json"


@dataclass(frozen=True, slots=True)
class File:
    """A data file of a commit; `path` below its table."""

    path: str
    size: int
    rows: int
    where: dict[str, str]


@dataclass(frozen=True, slots=True)
class Commit:
    """Files that become a table's current ones: all of them, or in the place of `removed` only."""

    table: str
    schema: str  # Delta's JSON
    keys: list[str]  # partition columns
    added: list[File]
    removed: list[File] | None = None  # None: everything that is there


@dataclass(frozen=True, slots=True)
class Plan:
    """The commits, in order, and what is removed once the new format is written."""

    to: int
    versions: dict[str, int]  # of every table when the plan was made; -1 if there was none
    commits: list[Commit]
    files: list[str]
    tables: list[str] = field(default_factory=list[str])
    wrong: list[str] = field(default_factory=list[str])
    name: str = ""  # by its content; empty in plans of versions that gave them none

    def named(self) -> Plan:
        """The plan with its name: two that are made of the same lake are one."""
        return replace(self, name=content_id("plan", json.dumps(asdict(self), sort_keys=True)))

    def save(self, delta: DeltaFolder) -> None:
        """Write it down, whole or not at all. Raises OSError."""
        write_small(delta, PLAN, json.dumps(asdict(self)))

    @classmethod
    def load(cls, delta: DeltaFolder) -> Plan | None:
        """The plan of an upgrade that has not been finished. Raises OSError."""
        text = read_small(delta, PLAN)
        if text is None:
            return None
        said: dict[str, Any] = json.loads(text)
        commits = [_commit(found) for found in said["commits"]]
        return cls(said["to"], said["versions"], commits, said["files"], said["tables"], said["wrong"], said.get("name", ""))

    def begun(self, delta: DeltaFolder) -> bool:
        """Whether one of its commits was made."""
        return any(self._made(delta.open(commit.table)) for commit in self.commits)

    def finished(self, delta: DeltaFolder) -> bool:
        """Whether all of its commits were made."""
        return all(self._made(delta.open(commit.table)) for commit in self.commits)

    def refuse_overtaken(self, delta: DeltaFolder) -> None:
        """LakeUnavailable if a table that it would commit to has this format already, by the commit of another plan."""
        for commit in self.commits:
            self._refuse_overtaken(delta, delta.open(commit.table))

    def holds(self, delta: DeltaFolder) -> bool:
        """Whether nobody has written to the lake since it was made."""
        return all(version_of(delta, name) == version for name, version in self.versions.items())

    def apply(self, delta: DeltaFolder, advance: Callable[[str], None]) -> None:
        """Make the commits that are not there yet. Raises LakeUnavailable, also where somebody else writes at the same time."""
        for commit in self.commits:
            advance(commit.table)
            try:
                self._apply(delta, commit)
            except (OSError, DeltaError) as error:
                do = "stop every run that writes to this lake, then `tierline upgrade` again: it goes on where it was"
                raise LakeUnavailable(f"table {commit.table} cannot be written ({error})", delta.root, do) from error

    def _apply(self, delta: DeltaFolder, commit: Commit) -> None:
        schema, table = Schema.from_json(commit.schema), delta.open(commit.table)
        if self._made(table):
            return
        self._refuse_overtaken(delta, table)
        if table is None:
            table = DeltaTable.create(delta.uri(commit.table), schema, "ignore", commit.keys, storage_options=delta.storage_options)
        added = [AddAction(file.path, file.size, dict(file.where), 0, True, json.dumps({"numRecords": file.rows})) for file in commit.added]
        removed = [RemoveAction(file.path, True, 0, file.size, dict(file.where)) for file in commit.removed or []]
        mode = "overwrite" if commit.removed is None else "append"
        once = CommitProperties(max_commit_retries=0, app_transactions=[Transaction(name, self.to) for name in self._applications])
        table.create_write_transaction([*added, *removed], mode, schema, commit.keys, commit_properties=once)
        if delta.folder is not None:
            sync_log(delta.folder / commit.table, -1 if table.version() == 0 else table.version())
            sync_folder(delta.folder / commit.table)
            sync_folder(delta.folder)

    @property
    def _applications(self) -> list[str]:
        return [UPGRADE, *([f"{UPGRADE}-{self.name}"] if self.name else [])]

    def _made(self, table: DeltaTable | None) -> bool:
        return table is not None and table.transaction_version(self._applications[-1]) == self.to

    def _refuse_overtaken(self, delta: DeltaFolder, table: DeltaTable | None) -> None:
        if table is not None and (table.transaction_version(UPGRADE) or 0) >= self.to and not self._made(table):
            raise LakeUnavailable(
                "was upgraded by another process meanwhile", delta.root, "`tierline upgrade` again says whether it is done"
            )


def version_of(delta: DeltaFolder, name: str) -> int:
    """The version of a table; -1 if it was never written."""
    table = delta.open(name)
    return -1 if table is None else table.version()


def schema_of(table: DeltaTable) -> pa.Schema:
    """A table's columns as Arrow has them."""
    return pa.schema(table.schema().to_arrow())


def schema_json(schema: pa.Schema) -> str:
    """An Arrow schema as a commit has it."""
    return Schema.from_arrow(schema).to_json()


def _commit(said: dict[str, Any]) -> Commit:
    removed = None if said["removed"] is None else [File(**file) for file in said["removed"]]
    return Commit(said["table"], said["schema"], said["keys"], [File(**file) for file in said["added"]], removed)
