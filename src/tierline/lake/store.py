"""The lake's two doors: `commit` takes a stage's whole result in, `read_promoted` lets only judged rows out."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from tierline.errors import NotPromoted, NotWritten
from tierline.lake.activity import Activity
from tierline.lake.catalog import Row
from tierline.lake.catalog_rows import partition
from tierline.lake.delta import DeltaFolder
from tierline.lake.digest import ContentDigest
from tierline.lake.external_sort import Rows
from tierline.lake.manifest import Manifest, StoredRows, manifest_of
from tierline.lake.parquet import only
from tierline.lake.publish import publish
from tierline.lake.records import newest_file, newest_records, wrote
from tierline.lake.result import StageResult
from tierline.lake.row_tree import RowTree
from tierline.lake.signed_lines import LineTable
from tierline.lake.signed_waivers import keys_state, waiver_fault
from tierline.lake.stored_form import cast, completed, digested, in_order
from tierline.lake.verdict import Verdict, Waiver
from tierline.lake.waivers import Descent, Key, newest, standing
from tierline.proof.lines import Place
from tierline.stages import LEDGER_OWNERS
from tierline.tables import DECISION_COLUMNS, TABLES, content_id, stage_tables
from tierline.tables.records import ACTIVITIES, CALLS_TABLE, DECISIONS, TOMBSTONES_TABLE, VERDICTS, WAIVERS

DECISIONS_PER_GROUP = 1 << 16
TICK = timedelta(microseconds=1)  # by which an activity or waiver is at least newer than the one it replaces, whatever the clock says


class Lake:
    """All tables below one root. Methods raise LakeUnavailable if the root cannot be read or written."""

    def __init__(self, root: str, storage_options: dict[str, str] | None = None) -> None:
        self._root = root.rstrip("/")
        self.delta = DeltaFolder(root, storage_options, self.cache_dir)
        self._signed_lines: Place = self.delta.folder or LineTable(self.delta)
        self._descents: tuple[tuple[object, ...], Descent] | None = None
        self._again: str | None = None
        self._readable = False

    def again(self, shard: str) -> Lake:
        """The same lake, which holds nothing of this shard as far as reruns are concerned: its stages are written again."""
        lake = copy(self)
        lake._again, lake._descents = shard, None
        return lake

    def readable(self) -> Lake:
        """The same lake without the records whose files are damaged, which it otherwise refuses to read: to find what to write again."""
        lake = copy(self)
        lake._readable, lake._descents = True, None
        return lake

    @property
    def root(self) -> str:
        """The folder or URL that the lake was opened with."""
        return self._root

    @property
    def moment(self) -> datetime | None:
        """None, or the time of a lake as of then."""
        return None

    @property
    def cache_dir(self) -> Path:
        """A local folder for data derived from the lake: inside it if it is a folder, else in the user's cache."""
        return self._beside("_derived", Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"))

    @property
    def journals(self) -> Path:
        """A local folder for answers that are not in the lake yet: inside it if it is a folder, else in the user's state folder."""
        return self._beside("_journal", Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"))

    @property
    def locks(self) -> Path:
        """A local folder for locks: inside the lake if it is a folder, else in the user's state folder, so of one machine only."""
        return self._beside("_locks", Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"))

    @property
    def signed_lines(self) -> Place:
        """Where keys are registered and statements kept: the lake's folder, or a table of a lake on an object store."""
        return self._signed_lines

    @property
    def takedowns(self) -> Path:
        """A local folder for what takedowns have to remember: inside the lake if it is a folder, else in the user's state folder."""
        return self._beside("_takedowns", Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"))

    def commit(self, activity: Activity, result: StageResult) -> Manifest:
        """Write every table of a stage's shard, then its decisions, then the activity, which makes them current. Other engines see
        them once they are promoted: see `publish`.

        A crash before the activity is written leaves rows that no manifest names: nobody reads them, the earlier commit
        stays readable, and a rerun replaces them. Returns the manifest of the stage's main table. Raises LawBroken (before
        anything is written).
        """
        stage, shard = activity.stage, activity.shard
        result.check(stage)
        written = {name: self._write_table(name, result.tables[name], activity) for name in stage_tables(stage)}
        outputs, roots = [output for output, _ in written.values()], {name: root for name, (_, root) in written.items()}
        outputs += [self._write_decisions(ledger, decisions, activity) for ledger, (_, decisions) in result.ledgers.items()]
        self._write_activity(activity, result, outputs, roots)
        return self.manifest(stage, shard)

    def manifest(self, table: str, shard: str) -> Manifest:
        """The manifest of one table's shard; NotWritten if no activity on it has finished."""
        found = self._manifests(table, shard)
        if not found:
            raise NotWritten("has not been written", f"{table}/{shard}", f"materialize {TABLES[table].stage} for it")
        return found[0]

    def holds(self, activity: Activity) -> bool:
        """Whether the shard's rows are those of this very activity (same code, rules, bundled files, model, prompts and inputs) and
        no file of them is known to be damaged."""
        if activity.shard == self._again:
            return False
        row = self.readable().activity(activity.stage, activity.shard)
        return row is not None and row["activity_id"] == activity.activity_id and not self.damage(activity.stage, activity.shard)

    def refuse_damaged(self, stage: str, shards: Sequence[str]) -> None:
        """Raises Damaged if a record of these shards cannot be read: for who looks at all shards in a `readable` lake and needs these."""
        damaged = self.delta.catalog.damaged("activities", ACTIVITIES, {"stage": stage})
        damaged |= self.delta.catalog.damaged("verdicts", VERDICTS, {"stage": stage})
        for shard in damaged.intersection(shards):
            self.activity(stage, shard)
            self.verdict(stage, shard)

    def damage(self, stage: str, shard: str) -> list[str]:
        """Files of a stage's shard (its rows, decisions and records) that are missing or known to be damaged; "table/file" each."""
        return self.damages(stage, shard).get(shard, [])

    def damages(self, stage: str, shard: str | None = None) -> dict[str, list[str]]:
        """The same of all shards of a stage that have any, by shard."""
        where, found = _where(stage, shard), dict[str, list[str]]()
        named = [(partition(file)[1], name, [file]) for name in ("activities", "verdicts") for file in self.delta.files(name, where)]
        for row in self.readable()._activities(where):
            named += [(row["shard"], output["table"].partition("/")[0], output["files"]) for output in row["outputs"]]
        for place, table, files in named:
            for file in self.delta.damaged(table, files):
                found.setdefault(place, []).append(f"{table}/{file}")
        return found

    def manifests(self, table: str) -> list[Manifest]:
        """Manifests of every shard of the table, in shard order, promoted or not."""
        return self._manifests(table, None)

    def read(self, table: str, shard: str, columns: list[str] | None = None) -> pa.Table:
        """The candidate rows of a shard, promoted or not, for gates and people. Rows in the table's order."""
        return self._rows(self.manifest(table, shard), columns)

    def read_promoted(self, table: str, shard: str, columns: list[str] | None = None) -> tuple[pa.Table, Manifest]:
        """The rows that the next tier or a mix may use, and what they are. Raises NotWritten, NotPromoted."""
        manifest = self.manifest(table, shard)
        self._refuse_unpromoted(manifest)
        return self._rows(manifest, columns), manifest

    def stream_promoted(self, table: str, shard: str, columns: list[str] | None = None) -> tuple[StoredRows, Manifest]:
        """As read_promoted, but a batch at a time: for shards of any size."""
        manifest = self.manifest(table, shard)
        self._refuse_unpromoted(manifest)
        return StoredRows(self.delta, manifest, columns), manifest

    def stream(self, manifest: Manifest, columns: list[str] | None = None) -> Iterator[pa.RecordBatch]:
        """The rows of a manifest in the table's order, as they were written and hashed, a batch at a time; promoted or not."""
        return StoredRows(self.delta, manifest, columns).to_batches()

    def files(self, manifest: Manifest) -> list[str]:
        """URIs of the Parquet files that hold a manifest's rows, promoted or not, for DuckDB's read_parquet. Raises Damaged."""
        return self._uris(manifest.table, manifest.files)

    def promoted(self, table: str) -> list[Manifest]:
        """Manifests of the shards that may be read, in shard order."""
        return self._passing(self.manifests(table))

    def is_promoted(self, stage: str, shard: str) -> bool:
        """Whether a stage's present rows of the shard may be read."""
        return bool(self._passing(self._manifests(stage, shard)))

    def promoted_pairs(self, table: str, other: str) -> list[tuple[Manifest, Manifest]]:
        """Manifests of two tables of one stage, of the same activity each, for the shards that may be read; in shard order."""
        found = self._both(table, other)
        passing = {manifest.shard for manifest in self._passing([first for first, _ in found])}
        return [pair for pair in found if pair[0].shard in passing]

    def read_manifest(self, manifest: Manifest, columns: list[str] | None = None) -> pa.Table:
        """The rows that a manifest names, even if the shard was written again since; in the table's order."""
        return self._rows(manifest, columns)

    def pick(self, manifest: Manifest, rows: list[int], column: str) -> Iterator[Any]:
        """Values of a column in these rows (ascending, in the table's order); reads only the row groups that hold one."""
        for part in self.delta.take(manifest.table, manifest.files, rows, only(TABLES[manifest.table].schema, [column])):
            yield from part[column].to_pylist()

    def promoted_files(self, table: str, shards: list[str] | None = None) -> list[str]:
        """URIs of the Parquet files of promoted shards, for DuckDB's read_parquet."""
        if shards is None:
            manifests = self.promoted(table)
        else:  # each looked up separately: a shard's own run asks for one of many
            manifests = [found for shard in sorted(set(shards)) for found in self._passing(self._manifests(table, shard))]
        return [uri for manifest in manifests for uri in self.files(manifest)]

    def record(self, verdict: Verdict) -> bool:
        """Write a gate's verdict, replacing the shard's earlier one; False, and nothing is written, if another run has written
        other rows since those were judged."""
        where = {"stage": verdict.stage, "shard": verdict.shard}
        row = pa.Table.from_pylist([{name: getattr(verdict, name) for name in VERDICTS.names}], schema=VERDICTS)
        while True:
            replaced = self.delta.files("verdicts", where)
            current = self.activity(verdict.stage, verdict.shard)
            if current is not None and current["digest"] != verdict.digest:
                return False
            if self.delta.replace_if("verdicts", row, where, replaced):
                publish(self, verdict.stage, verdict.shard)
                return True

    def waive(self, waiver: Waiver, sign: Callable[[Row], str] | None = None) -> None:
        """Let a failed shard through; append-only, so that every waiver stays on record. It is newer than those given before it for the
        same rows, whatever the clock says. `sign`: signs its row."""
        row, where = {name: getattr(waiver, name) for name in WAIVERS.names}, {"stage": waiver.stage}
        while True:
            known = self.delta.files("waivers", where)
            last = newest(self._waivers(where)).get((waiver.stage, waiver.shard, waiver.digest))
            row["created_at"] = max(waiver.created_at, last["created_at"] + TICK) if last else waiver.created_at
            row["signature"] = sign(row) if sign else waiver.signature
            if self.delta.replace_if("waivers", pa.Table.from_pylist([row], schema=WAIVERS), where, known, keep=True):
                break
        publish(self, waiver.stage, waiver.shard)

    def verdict(self, stage: str, shard: str) -> Row | None:
        """The newest verdict on a stage's shard, a row of VERDICTS that must not be modified."""
        return next(iter(self._verdicts({"stage": stage, "shard": shard})), None)

    def verdict_rows(self, stage: str) -> list[Row]:
        """The newest verdict on every shard of a stage; rows of VERDICTS that must not be modified."""
        return self._verdicts({"stage": stage})

    def verdicts(self) -> pa.Table:
        """The newest verdict of every stage and shard."""
        return pa.Table.from_pylist(self._verdicts({}), schema=VERDICTS)

    def waivers(self) -> pa.Table:
        """Every waiver ever given."""
        return pa.Table.from_pylist(self._waivers({}), schema=WAIVERS)

    def waiver_rows(self, stage: str | None = None) -> list[Row]:
        """The same, or of one stage, as rows of WAIVERS that must not be modified."""
        return self._waivers(_where(stage))

    def is_waived(self, manifest: Manifest) -> bool:
        """Whether a waiver in force lets these rows through."""
        return (manifest.shard, manifest.stage_digest) in self._waived(manifest.stage)

    def resting_on(self, manifest: Manifest) -> Row | None:
        """The expired waiver that a shard's present rows rest on, directly or through what they were made from; None if there is none."""
        return self._origin(self._descent(), manifest)

    def today(self) -> date:
        """The day by which waivers count, in UTC."""
        return datetime.now(UTC).date()

    def activity(self, stage: str, shard: str) -> Row | None:
        """The newest activity of a stage on a shard, a row of ACTIVITIES that must not be modified."""
        return next(iter(self._activities({"stage": stage, "shard": shard})), None)

    def activity_rows(self, stage: str | None = None) -> list[Row]:
        """The newest activity of every shard of a stage, or of all stages; rows of ACTIVITIES that must not be modified, in shard order."""
        return self._activities(_where(stage))

    def activities(self, stage: str | None = None, shard: str | None = None) -> pa.Table:
        """The newest activity of every stage and shard, or of those named."""
        return pa.Table.from_pylist(self._activities(_where(stage, shard)), schema=ACTIVITIES)

    def recorded(self) -> tuple[int, ...]:
        """Numbers that are equal if nothing was written, judged, waived or registered in between, and no waiver has expired."""
        expired = sum(not self._counts(row) for row in self._waivers({}))
        return *self._versions(), *(self.delta.catalog.version(name) for name in ("crawl_files", TOMBSTONES_TABLE)), expired

    def fact(self, key: str, find: Callable[[], Any]) -> Any:
        """The result of `find` (JSON), computed once for each key and cached: the key must name everything that it depends on."""
        return self.delta.catalog.fact(key, find)

    def decisions(self, stage: str, shard: str) -> pa.Table:
        """One ledger of one shard (`l3_edits` is a ledger of the stage `l3_refined`); empty if no activity wrote it."""
        return self.delta.read_files("decisions", self._ledger(stage, shard), DECISIONS).sort_by("row_id")

    def ledger_files(self, stage: str, shard: str) -> list[str]:
        """URIs of the ledger's Parquet files, for DuckDB's read_parquet."""
        return self._uris("decisions", self._ledger(stage, shard))

    def call_files(self) -> list[str]:
        """URIs of the Parquet files of every model call."""
        return self._uris(CALLS_TABLE, self.delta.files(CALLS_TABLE))

    def decision_files(self) -> list[str]:
        """URIs of the Parquet files of every ledger that a finished activity wrote, promoted or not."""
        outputs = [output for row in self._activities({}) for output in row["outputs"] if output["table"].startswith("decisions/")]
        return self._uris("decisions", sorted(name for output in outputs for name in output["files"]))

    def version(self, table: str) -> int:
        """The Delta version of a table, for pins that stay readable as of then; -1 if it was never written."""
        return self.delta.catalog.version(table)

    def _versions(self) -> tuple[int, ...]:
        return tuple(self.delta.catalog.version(name) for name in ("activities", "verdicts", "waivers", "reviews"))

    def _ledger(self, stage: str, shard: str) -> list[str]:
        row = self.activity(LEDGER_OWNERS.get(stage, stage), shard)
        return next((output["files"] for output in row["outputs"] if output["table"] == f"decisions/{stage}"), []) if row else []

    def _uris(self, table: str, files: Sequence[str]) -> list[str]:
        self.delta.check(table, files)
        return [f"{self.delta.uri(table)}/{name}" for name in files]

    def _beside(self, name: str, elsewhere: Path) -> Path:
        if "://" not in self.root or self.root.startswith("file://"):
            return Path(self.root.removeprefix("file://")) / name
        return elsewhere / "tierline" / content_id("lake", self.root) / name

    def _write_table(self, name: str, rows: Rows, activity: Activity) -> tuple[dict[str, object], str]:
        """What was written, and the root of the tree over its rows."""
        spec, shard = TABLES[name], activity.shard
        # Rows on disk were sorted on their way there.
        ordered = in_order(rows, spec.order) if isinstance(rows, pa.Table) else rows.to_batches()
        digest, tree = ContentDigest(spec.content), RowTree(spec.content)
        stored = digested(completed(ordered, spec, activity), digest, tree)
        files = self.delta.write(name, spec.schema, stored, {"shard": shard}, spec.group_rows, spec.order)
        return {"table": name, "rows": rows.num_rows, "digest": digest.hexdigest(), "files": files}, tree.hexdigest()

    def _write_decisions(self, ledger: str, decisions: Rows, activity: Activity) -> dict[str, object]:
        schema, where = pa.schema(DECISION_COLUMNS), {"stage": ledger, "shard": activity.shard}
        ordered = in_order(decisions, ("row_id",)) if isinstance(decisions, pa.Table) else decisions.to_batches()
        digest = ContentDigest(schema)
        rows = digested((part for batch in ordered for part in cast(batch, schema)), digest)
        stored = (part for batch in rows for part in cast(batch, DECISIONS, activity_id=activity.activity_id, **where))
        files = self.delta.write("decisions", DECISIONS, stored, where, DECISIONS_PER_GROUP)
        return {"table": f"decisions/{ledger}", "rows": decisions.num_rows, "digest": digest.hexdigest(), "files": files}

    def _write_activity(self, activity: Activity, result: StageResult, outputs: list[dict[str, object]], roots: dict[str, str]) -> None:
        tables = [f"{output['table']}={output['digest']}" for output in outputs if output["table"] in TABLES]
        digest = content_id("dig", *tables)
        row = {
            **{name: getattr(activity, name) for name in ("activity_id", "stage", "shard", "code_version", "parameters")},
            **{name: getattr(activity, name) for name in ("model_id", "model_digest", "prompt_sha256", "engine", "weights", "started_at")},
            "inputs": json.dumps(activity.inputs, sort_keys=True),
            "rows_in": result.ledgers[activity.stage][0],
            **asdict(result.cost),
            "digest": digest,
            "outputs": outputs,
            "row_roots": json.dumps(roots, sort_keys=True),
        }
        where = {"stage": activity.stage, "shard": activity.shard}
        while True:  # until it replaces exactly what it names as the activity before it
            replaced, judged = self.delta.files("activities", where), self.delta.files("verdicts", where)
            newest_one, last = newest_file(self.delta, "activities", replaced)
            row["before"] = {"activity": newest_one, "verdict": newest_file(self.delta, "verdicts", judged)[0]}
            row["ended_at"] = datetime.now(UTC) if last is None else max(datetime.now(UTC), last["ended_at"] + TICK)
            if self.delta.replace_if("activities", pa.Table.from_pylist([row], schema=ACTIVITIES), where, replaced):
                return

    def _activities(self, where: dict[str, str]) -> list[Row]:
        return newest_records("activities", self.delta.records("activities", ACTIVITIES, where, self._readable))

    def _verdicts(self, where: dict[str, str]) -> list[Row]:
        return newest_records("verdicts", self.delta.records("verdicts", VERDICTS, where, self._readable))

    def _waivers(self, where: dict[str, str]) -> list[Row]:
        return self.delta.records("waivers", WAIVERS, where)

    def _passed(self, where: dict[str, str]) -> set[tuple[str, str]]:
        """(shard, digest) of those that passed, of one stage."""
        judged = self.delta.catalog.digests("verdicts", VERDICTS, where, self._readable)
        return {(shard, digest) for shard, (digest, passed) in judged.items() if passed}

    def _manifests(self, table: str, shard: str | None) -> list[Manifest]:
        return [manifest_of(row, table) for row in self._activities(_where(TABLES[table].stage, shard)) if wrote(row, table)]

    def _both(self, table: str, other: str) -> list[tuple[Manifest, Manifest]]:
        return [(manifest_of(row, table), manifest_of(row, other)) for row in self._activities({"stage": TABLES[table].stage})]

    def _rows(self, manifest: Manifest, columns: list[str] | None) -> pa.Table:
        spec = TABLES[manifest.table]
        names = spec.schema.names if columns is None else columns
        needed = list(dict.fromkeys([*names, *spec.order]))
        rows = self.delta.read_files(manifest.table, manifest.files, spec.schema, needed)
        return rows.sort_by([(column, "ascending") for column in spec.order]).select(names).combine_chunks()

    def _passing(self, manifests: list[Manifest]) -> list[Manifest]:
        if not manifests:
            return []
        stage, shard = manifests[0].stage, manifests[0].shard if len(manifests) == 1 else None
        passed = self._passed(_where(stage, shard))
        if any((manifest.shard, manifest.stage_digest) not in passed for manifest in manifests):
            passed |= self._waived(stage)
        found = [manifest for manifest in manifests if (manifest.shard, manifest.stage_digest) in passed]
        descent = self._descent()
        return [manifest for manifest in found if self._origin(descent, manifest) is None]

    def _refuse_unpromoted(self, manifest: Manifest) -> None:
        if not self._passing([manifest]):
            raise NotPromoted("has not passed its gate", f"{manifest.table}/{manifest.shard}", self._reason(manifest))

    def _waived(self, stage: str) -> set[tuple[str, str]]:
        """(shard, digest) of those that may be read although they were refused."""
        given = newest(self._waivers({"stage": stage}))
        return {(shard, digest) for (_, shard, digest), row in given.items() if self._counts(row)}

    def waiver_fault(self, row: Row, past: bool = False) -> str:
        """Why a recorded waiver proves nothing, in words; empty if it counts until its last day, or did when it was given (`past`)."""
        return waiver_fault(self.signed_lines, row, past)

    def _counts(self, row: Row) -> bool:
        return row["until"] >= self.today() and not self.waiver_fault(row)

    def _descent(self) -> Descent:
        """What rests on expired waivers, looked up once for each state of the records and day."""
        state = *self._versions(), self.today(), *keys_state(self.signed_lines)
        if self._descents is None or self._descents[0] != state:
            self._descents = state, Descent(self, self._expired())
        return self._descents[1]

    def _origin(self, descent: Descent, manifest: Manifest) -> Row | None:
        row = self.activity(manifest.stage, manifest.shard) if descent.concerns(manifest.stage, manifest.shard) else None
        return descent.origin(row) if row else None

    def _expired(self) -> dict[Key, Row]:
        """The waivers whose day is over, or that prove nothing, and whose rows have not passed since."""
        over = {key: row for key, row in newest(self._waivers({})).items() if not self._counts(row)}
        return {key: row for key, row in over.items() if key[1:] not in self._passed({"stage": key[0], "shard": key[1]})}

    def _reason(self, manifest: Manifest) -> str:
        return standing(self, manifest.stage, manifest.shard).reason


def _where(stage: str | None, shard: str | None = None) -> dict[str, str]:
    return {name: value for name, value in (("stage", stage), ("shard", shard)) if value is not None}
