"""What the tables of a lake hold now: their files and their small records, kept in SQLite and brought up to date from Delta's log.

Delta never changes a file and numbers its commits, so only new commits have to be read, whichever process made them. Asking for
one shard costs the same for any number of shards, also in a process that has just started.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, Protocol, TypeVar
from urllib.parse import unquote

import pyarrow as pa
from deltalake import DeltaTable

from tierline.errors import Damaged, LakeUnavailable
from tierline.lake import witness
from tierline.lake.catalog_rows import Row, Where, clause_of, fingerprint, partition, plain, row_of
from tierline.lake.delta_log import Commit, DeltaLog

LAYOUT = 3  # of the database; a new version starts a new file
LOCK_SECONDS = 60.0
CACHE_KIB = 65_536  # of the database, in each process
DECODED = 1 << 18  # rows held as objects: those of ten thousand shards, which `_answers` hold as well
AT_ONCE = 500  # rows that one query asks for
DAMAGED = "damaged"  # in the place of a record's digest, if its file cannot be read
HELD = 8  # catalogs that a process keeps open
BROKEN = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
Answer = TypeVar("Answer")
TABLES = """
create table if not exists followed (name text, kind text, version int, stamp text, schema text, primary key (name, kind)) without rowid;
create table if not exists files (
    name text, stage text, shard text, path text, mark int, primary key (name, stage, shard, path)
) without rowid;
create table if not exists records (
    id integer primary key autoincrement,
    name text, stage text, shard text, path text, digest text, passed int, head int, row text, mark int
);
create index if not exists records_of on records (name, stage, shard, digest, passed);
create index if not exists records_in on records (name, path);
create table if not exists facts (key text primary key, value text, mark int) without rowid;
create table if not exists checked (file text primary key, state text) without rowid;
"""


class Source(Protocol):
    """Where the tables are (a DeltaFolder)."""

    def open(self, name: str) -> DeltaTable | None: ...
    def log(self, name: str) -> DeltaLog: ...
    def read_record(self, name: str, file: str, schema: pa.Schema) -> list[Row]: ...


class Catalog:
    """The files and records of a lake's tables as of its newest commits: every answer includes everything committed before the question.

    The database is a cache: it is rebuilt if it is lost or broken, if it disagrees with itself, or if the lake was recreated, and is held
    in memory if it cannot be written. Threads and processes may share it.
    """

    def __init__(self, source: Source, folder: Path | None) -> None:
        self._source, self._lock = source, threading.RLock()
        self._path = folder / f"catalog-{LAYOUT}.sqlite" if folder else None
        self._database = self._connect()
        self._logs: dict[str, DeltaLog] = {}
        self._decoded: OrderedDict[int, Row] = OrderedDict()
        self._current: dict[tuple[str, str], tuple[int, str]] = {}
        self._views: dict[str, tuple[tuple[int, str], Any]] = {}
        self._answers: dict[tuple[Any, ...], tuple[tuple[int, str], list[Row]]] = {}

    def version(self, name: str) -> int:
        """The newest version of a table; -1 if nothing was ever written to it."""
        return self._ask(lambda: self._follow(name, "files", None))

    def schema(self, name: str) -> str | None:
        """The table's schema as Delta's JSON; None if it is not known."""
        said = self._ask(lambda: (self._follow(name, "files", None), self._one("select schema from followed where name = ?", name))[1])
        try:
            return said if said is None or json.loads(said) else None
        except ValueError:
            return None

    def files(self, name: str, where: Where | None = None) -> list[str]:
        """Current files of the partition (all files without `where`), relative to the table, in name order."""
        return self.state(name, where)[1]

    def state(self, name: str, where: Where | None = None) -> tuple[int, list[str]]:
        """(version, files) of the partition, both of one moment."""

        def ask() -> tuple[int, list[str]]:
            version = self._follow(name, "files", None)
            clause, values = clause_of(name, where)
            with self._moment():
                found = self._database.execute(f"select path, mark from files where {clause}", values).fetchall()
                witness.check(self._database, name, "files", where, (witness.mark(name, path) for path, _ in found))
            return version, sorted(path for path, _ in found)

        return self._ask(ask)

    def doubled(self, name: str) -> list[tuple[str, str]]:
        """(stage, shard) of the partitions with more than one file."""

        def ask() -> list[tuple[str, str]]:
            self._follow(name, "files", None)
            grouped = "select stage, shard from files where name = ? group by stage, shard having count(*) > 1"
            return self._database.execute(grouped, (name,)).fetchall()

        return self._ask(ask)

    def records(self, name: str, schema: pa.Schema, where: Where | None = None, readable: bool = False) -> list[Row]:
        """Current rows of a table of small records, in order of stage and shard. They are shared: do not modify them.

        Raises Damaged if a file of these rows is damaged; with `readable` its rows are left out.
        """

        def ask() -> list[Row]:
            self._follow(name, "records", schema)
            state, key = self._current[name, "records"], (name, readable, *(where or {}).items())
            if key not in self._answers or self._answers[key][0] != state:
                if len(self._answers) > DECODED:
                    self._answers.clear()
                self._answers[key] = state, self._select(name, schema, where, readable)
            return list(self._answers[key][1])

        return self._ask(ask)

    def digests(self, name: str, schema: pa.Schema, where: Where, readable: bool = False) -> dict[str, tuple[str, bool]]:
        """Shard -> (digest, passed) of a stage's records, without the rest of them; damaged files as in `records`."""

        def ask() -> dict[str, tuple[str, bool]]:
            self._follow(name, "records", schema)
            clause, values = clause_of(name, where)
            columns = "name, stage, shard, path, digest, passed, head"
            with self._moment():
                found = self._database.execute(f"select {columns} from records where {clause}", values).fetchall()
                witness.check(self._database, name, "records", where, (witness.mark(*row[:-1]) for row in found))
                if len({row[2] for row in found}) < len(found):  # two writers' (see `records.doubled`): the newest counts
                    newest_last = f"select {columns} from records where {clause} order by json_extract(row, '$.judged_at'), id"
                    found = self._database.execute(newest_last, values).fetchall()
            if not readable:
                self._refuse_damaged(name, [row[3] for row in found if row[4] == DAMAGED], schema)
            return {row[2]: (row[4], bool(row[5])) for row in found}

        return self._ask(ask)

    def damaged(self, name: str, schema: pa.Schema, where: Where) -> set[str]:
        """Shards of a stage whose records cannot be read; mostly none."""

        def ask() -> set[str]:
            self._follow(name, "records", schema)
            clause, values = clause_of(name, where)
            found = self._database.execute(f"select shard from records where {clause} and digest = ?", (*values, DAMAGED))
            return {shard for (shard,) in found}

        return self._ask(ask)

    def view(self, name: str, schema: pa.Schema, make: Callable[[list[Row]], Answer]) -> Answer:
        """What `make` gives for all rows of a table of records, made once per process for each version of the table."""

        def ask() -> Answer:
            self._follow(name, "records", schema)
            state = self._current[name, "records"]
            if name not in self._views or self._views[name][0] != state:
                self._views[name] = state, make(self.records(name, schema))
            return self._views[name][1]

        return self._ask(ask)

    def fact(self, key: str, find: Callable[[], Any]) -> Any:
        """The result of `find` (JSON), computed once for each key: the key must name everything that it depends on."""
        known = self._ask(lambda: self._database.execute("select value, mark from facts where key = ?", (key,)).fetchone())
        if known is not None and known[1] == witness.mark(key, known[0]):
            return json.loads(known[0])
        value = find()
        said = json.dumps(value)
        with contextlib.suppress(sqlite3.OperationalError):  # a fact that could not be stored is computed again
            self._ask(lambda: self._database.execute("insert or replace into facts values (?, ?, ?)", (key, said, witness.mark(key, said))))
        return value

    def checked(self, file: str) -> str | None:
        """The state in which a file was last checked; see `FileChecks`. What is not known is only checked again."""
        with self._lock, contextlib.suppress(sqlite3.Error):
            return self._one("select state from checked where file = ?", file)
        return None

    def note_checked(self, file: str, state: str) -> None:
        """Remember it, for all processes."""
        with self._lock, contextlib.suppress(sqlite3.Error):
            self._database.execute("insert or replace into checked values (?, ?)", (file, state))

    def _ask(self, question: Callable[[], Answer]) -> Answer:
        with self._lock:
            try:
                return question()
            except sqlite3.DatabaseError as error:
                self._start_again(error)
                return question()

    def _follow(self, name: str, kind: str, schema: pa.Schema | None) -> int:
        """Read the commits since the last call; returns the newest version."""
        log = self._log(name)
        version, stamp = self._current.get((name, kind), (-1, ""))
        if version >= 0 and log.stamp(version + 1) is None and stamp == f"{fingerprint(schema)} {log.stamp(version)}":
            return version
        version = self._read_new(name, kind, schema, log, fingerprint(schema))
        self._current[name, kind] = self._known(name, kind) or (-1, "")
        return version

    def _read_new(self, name: str, kind: str, schema: pa.Schema | None, log: DeltaLog, wanted: str) -> int:
        def is_of_this_log(known: tuple[int, str] | None) -> bool:
            return known is not None and known[1] == f"{wanted} {log.stamp(known[0])}"

        known = self._known(name, kind)
        if known is not None and is_of_this_log(known) and log.stamp(known[0] + 1) is None:
            return known[0]
        if known is None and not log.exists():
            return -1
        with self._transaction():
            known = self._known(name, kind)  # another process may have read on, but not as far as this process's own last commit
            if known is None or not is_of_this_log(known):
                return self._load(name, kind, schema, log, wanted)
            version, added = known[0], dict[str, None]()
            while log.stamp(version + 1) is not None:
                version += 1
                commit = self._read_commit(name, log, version)
                self._remove(name, kind, commit.removed)
                for path in commit.removed:  # also what an earlier one of these commits added: the file may be gone by now
                    added.pop(path, None)
                added |= dict.fromkeys(commit.added)
                if commit.schema is not None:
                    self._database.execute("update followed set schema = ? where name = ? and kind = ?", (commit.schema, name, kind))
            self._add(name, kind, list(added), schema)
            self._note(name, kind, version, f"{wanted} {log.stamp(version)}")
            return version

    def _read_commit(self, name: str, log: DeltaLog, version: int) -> Commit:
        try:
            return log.read(version)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            do = "`tierline verify` says what else is damaged; restore the log from a backup"
            raise LakeUnavailable(f"entry {version} of its log cannot be read ({error})", name, do) from error

    def _load(self, name: str, kind: str, schema: pa.Schema | None, log: DeltaLog, wanted: str) -> int:
        """Load everything from delta-rs: the first time, and if the cached data belongs to another lake or other columns."""
        table = self._source.open(name)
        self._database.execute("delete from followed where name = ? and kind = ?", (name, kind))
        self._database.execute(f"delete from {kind} where name = ?", (name,))
        witness.forget(self._database, name, kind)
        if table is None:
            return -1
        paths = [unquote(path) for path in pa.table(table.get_add_actions(flatten=True)).column("path").to_pylist()]
        self._add(name, kind, paths, schema)
        self._database.execute("insert into followed values (?, ?, 0, '', ?)", (name, kind, table.schema().to_json()))
        self._note(name, kind, table.version(), f"{wanted} {log.stamp(table.version())}")
        return table.version()

    def _add(self, name: str, kind: str, paths: list[str], schema: pa.Schema | None) -> None:
        if schema is None:
            for path in dict.fromkeys(paths):
                stage, shard = partition(path)
                marked = witness.mark(name, path)
                self._database.execute("insert into files values (?, ?, ?, ?, ?)", (name, stage, shard, path, marked))
                witness.add(self._database, name, kind, stage, shard, marked)
            return
        for path in paths:
            try:
                rows = self._source.read_record(name, path, schema)
            except Damaged:
                rows = [dict(zip(("stage", "shard"), partition(path), strict=True), digest=DAMAGED)]
            for row in rows:
                self._add_record(name, path, row)

    def _add_record(self, name: str, path: str, row: Row) -> None:
        stage, shard, digest = (row.get(column) or "" for column in ("stage", "shard", "digest"))
        head = name, stage, shard, path, digest, int(bool(row.get("passed")))
        said, marked = json.dumps(row, default=plain), witness.mark(*head)
        self._database.execute(
            "insert into records (name, stage, shard, path, digest, passed, head, row, mark) values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*head, marked, said, witness.mark(marked, said)),
        )
        witness.add(self._database, name, "records", stage, shard, marked)

    def _remove(self, name: str, kind: str, paths: list[str]) -> None:
        for path in paths:
            if kind == "files":
                key = name, *partition(path), path
                found = [(*key[1:3], witness.mark(name, path))]
                gone = self._database.execute("delete from files where name = ? and stage = ? and shard = ? and path = ?", key).rowcount
            else:
                found = self._database.execute(
                    "select stage, shard, head from records where name = ? and path = ?", (name, path)
                ).fetchall()
                gone = self._database.execute("delete from records where name = ? and path = ?", (name, path)).rowcount
            if not gone:
                raise witness.Unsound("a row that a commit removes is not there")
            for stage, shard, marked in found:
                witness.add(self._database, name, kind, stage, shard, marked, rows=-1)

    def _select(self, name: str, schema: pa.Schema, where: Where | None, readable: bool) -> list[Row]:
        clause, values = clause_of(name, where)
        with self._moment():
            wanted = f"select id, head, digest, path from records where {clause} order by stage, shard, id"
            found = self._database.execute(wanted, values).fetchall()
            witness.check(self._database, name, "records", where, (head for _, head, _, _ in found))
            rows = self._rows([number for number, _, digest, _ in found if digest != DAMAGED], schema)
        if not readable:
            self._refuse_damaged(name, [path for _, _, digest, path in found if digest == DAMAGED], schema)
        return rows

    def _refuse_damaged(self, name: str, paths: list[str], schema: pa.Schema) -> None:
        """Raises Damaged for what is damaged still, Unsound for what was restored since."""
        for path in paths:
            self._source.read_record(name, path, schema)
            raise witness.Unsound("a file of records was restored")

    def _rows(self, numbers: list[int], schema: pa.Schema) -> list[Row]:
        """Numbers are never reused, so a row that was read once stays valid."""
        known = {number: self._decoded[number] for number in numbers if number in self._decoded}
        unknown = [number for number in numbers if number not in known]
        columns = "name, stage, shard, path, digest, passed, head, row, mark, id"
        for start in range(0, len(unknown), AT_ONCE):
            part = unknown[start : start + AT_ONCE]
            wanted = f"select {columns} from records where id in ({', '.join('?' * len(part))})"
            for *head, marked, said, whole, number in self._database.execute(wanted, part):
                witness.expect(witness.mark(*head), marked)
                witness.expect(witness.mark(marked, said), whole)
                known[number] = self._decoded[number] = row_of(said, schema)
        while len(self._decoded) > DECODED:
            self._decoded.popitem(last=False)
        return [known[number] for number in numbers]

    def _known(self, name: str, kind: str) -> tuple[int, str] | None:
        return self._database.execute("select version, stamp from followed where name = ? and kind = ?", (name, kind)).fetchone()

    def _note(self, name: str, kind: str, version: int, stamp: str) -> None:
        self._database.execute("update followed set version = ?, stamp = ? where name = ? and kind = ?", (version, stamp, name, kind))

    def _one(self, sql: str, *values: Any) -> Any:
        found = self._database.execute(sql, values).fetchone()
        return found[0] if found else None

    def _log(self, name: str) -> DeltaLog:
        if name not in self._logs:
            self._logs[name] = self._source.log(name)
        return self._logs[name]

    @contextlib.contextmanager
    def _moment(self) -> Generator[None]:
        """Several looks at one state of the database."""
        self._database.execute("begin")
        try:
            yield
        finally:
            self._database.execute("commit")

    @contextlib.contextmanager
    def _transaction(self) -> Generator[None]:
        self._database.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._database.execute("rollback")
            raise
        self._database.execute("commit")

    def _connect(self) -> sqlite3.Connection:
        if self._path is not None:
            for _ in range(2):
                try:
                    self._path.parent.mkdir(parents=True, exist_ok=True)
                    return _opened(str(self._path))
                except sqlite3.DatabaseError as error:
                    if not is_broken(error):
                        break
                    self._discard()
                except OSError:
                    break
        return _opened(":memory:")  # a folder that cannot be written

    def _start_again(self, error: sqlite3.DatabaseError) -> None:
        """After an error of the database: with a new file if it is broken, in memory if it cannot be used (locked, full, gone)."""
        if not isinstance(error, sqlite3.OperationalError) and not is_broken(error):
            raise error
        self._decoded.clear()
        self._current.clear()
        self._answers.clear()
        with contextlib.suppress(sqlite3.Error):
            self._database.close()
        if is_broken(error):
            self._discard()
        else:
            self._path = None
        self._database = self._connect()

    def _discard(self) -> None:
        assert self._path is not None, "what is in memory does not break"
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self._path}{suffix}").unlink(missing_ok=True)


_held: OrderedDict[tuple[int, str, str], Catalog] = OrderedDict()
_holding = threading.Lock()


def shared_catalog(source: Source, root: str, folder: Path) -> Catalog:
    """The catalog of this lake in this process, so that a step can use what an earlier step has read."""
    key = os.getpid(), root, str(folder)  # no connection survives a fork
    with _holding:
        catalog = _held.pop(key, None) or Catalog(source, folder)
        _held[key] = catalog
        while len(_held) > HELD:
            _held.popitem(last=False)
        return catalog


def _opened(path: str) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=LOCK_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        database.execute("pragma journal_mode = wal")
        database.execute(f"pragma cache_size = -{CACHE_KIB}")  # a look at all shards of a stage finds its pages in memory
        database.execute("pragma synchronous = normal")  # after a power loss it is an earlier state, never a broken one
        database.executescript(TABLES + witness.SCHEMA)
    except sqlite3.Error:
        database.close()
        raise
    return database


def is_broken(error: sqlite3.DatabaseError) -> bool:
    """Whether the file is no sound database, so that only a new one helps."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in BROKEN
