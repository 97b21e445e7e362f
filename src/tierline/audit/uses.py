"""Where rows went beyond the lake: exported mixes with their packed sequences, and training experiments with their checkpoints."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from tierline.descent.selection import covered
from tierline.descent.walk import Reach
from tierline.lake import Lake
from tierline.mixes.packed import DOCUMENTS, MANIFEST, read_manifest
from tierline.mixes.writing import PACKED
from tierline.sql import readable
from tierline.stages import BY_NAME, STAGES
from tierline.tables import TABLES
from tierline.training.rows import ROWS


@dataclass(frozen=True, slots=True)
class Export:
    """An exported mix that holds selected text: its documents with their tokens, and the packed sequences and files that they are in."""

    folder: str
    phase: str
    digest: str
    documents: int
    tokens: int
    sequences: int
    packed_files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Experiment:
    """A training experiment whose rows hold selected text: those rows with their tokens, its runs, their checkpoints and models."""

    folder: str
    rows: int
    tokens: int
    runs: tuple[str, ...]
    checkpoints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Student:
    """A scorer of L2 that learned from reached annotations: it holds no text, but would be another one without them."""

    student_id: str
    annotations: int


def exports_of(reach: Reach, root: Path) -> list[Export]:
    """Exported mixes in a folder, or in those directly below it, that hold a reached row, or a page with a selected address."""
    return [found for folder in _folders(root, MANIFEST) if (found := _export(reach, folder))]


def experiments_of(reach: Reach, root: Path) -> list[Experiment]:
    """The same of experiments."""
    return [found for folder in _folders(root, ROWS) if (found := _experiment(reach, folder))]


def students_of(lake: Lake, reach: Reach) -> list[Student]:
    """The present students that read a shard of reached annotations."""
    found: list[Student] = []
    for stage in (stage for stage in STAGES if stage.accumulates and stage.accumulates in reach.tables):
        learned = sum(count.rows for count in reach.counts() if count.table == stage.accumulates)
        for row in lake.activity_rows(stage.name):
            read = {f"{stage.accumulates}/{shard}" for shard in reach.shards(stage.accumulates)}
            if read & set(json.loads(row["inputs"])):
                key = TABLES[stage.name].key
                found += [Student(one, learned) for one in lake.read(stage.name, row["shard"], [key])[key].to_pylist()]
    return found


def _folders(root: Path, holds: str) -> list[Path]:
    if not root.is_dir():
        return []
    return [folder for folder in (root, *sorted(root.iterdir())) if (folder / holds).is_file()]


def _export(reach: Reach, folder: Path) -> Export | None:
    manifest = read_manifest(folder)
    phase = str(manifest["phase"])
    conditions = [f'row_id in (select row_id from "reach_{mix}")' for mix in _mixes(phase) if mix in reach.tables]
    drawn = sorted({table for stage in STAGES if stage.phase == phase for table in stage.parents})
    conditions += [
        f"""(source_table = '{table}' and doc_id in (select row_id from "reach_{table}"))""" for table in drawn if table in reach.tables
    ]
    with readable(str(folder)):
        reach.database.execute(f"create or replace temp view exported as select * from read_parquet('{_quoted(folder / DOCUMENTS)}')")
        if scope := reach.selection and reach.selection.scope:
            # a page that was read again has another id in the lake than in an older export
            columns = [row[0] for row in reach.database.execute("describe exported").fetchall()]
            own = covered(reach.database, "exported", "row_id", columns, scope)
            reach.database.register("own", pa.table({"row_id": pa.array(own, pa.string())}))
            conditions.append("row_id in (select row_id from own)")
        if not conditions:
            return None
        held = reach.database.sql(f"select row_id, n_tokens from exported where {' or '.join(conditions)}").to_arrow_table()
        if not held.num_rows:
            return None
        reach.database.register("held", held)
        packed = f"select filename, row_ids from read_parquet('{_quoted(folder / PACKED)}/*.parquet', filename = true)"
        query = f"select filename, count(*) from ({packed}) where list_has_any(row_ids, (select list(row_id) from held)) group by filename"
        files = sorted(reach.database.sql(query).fetchall())
    tokens = sum(held["n_tokens"].to_pylist())
    names = tuple(f"{PACKED}/{Path(name).name}" for name, _ in files)
    return Export(str(folder), phase, str(manifest["digest"]), held.num_rows, tokens, sum(count for _, count in files), names)


def _mixes(phase: str) -> list[str]:
    return [stage.name for stage in STAGES if stage.phase == phase]


def _experiment(reach: Reach, folder: Path) -> Experiment | None:
    tables = [table for table in reach.tables if TABLES[table].tier and BY_NAME.get(table)]
    if not tables:
        return None
    ids = " union ".join(f'select row_id from "reach_{table}"' for table in tables)
    query = f"select count(*), coalesce(sum(tokens), 0)::bigint from read_parquet('{_quoted(folder / ROWS)}') where id in ({ids})"
    with readable(str(folder)):
        rows, tokens = reach.database.sql(query).fetchall()[0]
    if not rows:
        return None
    runs = tuple(path.stem for path in sorted((folder / "runs").glob("*.json")))
    left = sorted((folder / "models").glob("*"))
    return Experiment(str(folder), rows, tokens, runs, tuple(path.relative_to(folder).as_posix() for path in left))


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
