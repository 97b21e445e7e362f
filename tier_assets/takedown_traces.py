"""Removes what Dagster and exports keep of texts that are taken down: histories of runs with previews, logs, small tables, mixes."""

import json
import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import dagster as dg

from resources import MixExports, RecipeFile
from tier_assets.postgres_rows import clear_rows
from tierline.errors import TierlineError
from tierline.lake import WHOLE_LAKE, Lake
from tierline.mixes import ExportRules, MixRecipe, export_mix
from tierline.mixes.packed import MANIFEST
from tierline.tables.tiers import Phase
from tierline.takedown.probes import Probes
from tierline.takedown.purge import compact, is_database


def clear_history(instance: dg.DagsterInstance, folder: Path, database: str, probes: Probes) -> int:
    """Delete the runs whose events hold a piece of a removed text, with their logs, and every other file below Dagster's folder that
    still does, or row of its database where that is Postgres; how many runs went. No run may be under way. Materializations stay in the
    lake, which is what stages follow."""
    runs = [run for run in instance.get_run_records() if _tells(instance, run.dagster_run.run_id, probes)]
    for run in runs:
        instance.delete_run(run.dagster_run.run_id)
    for key in instance.all_asset_keys():
        if (record := instance.get_asset_records([key])) and probes.in_text(repr(record[0].asset_entry.last_materialization)):
            instance.wipe_assets([key])
    if database:
        clear_rows(database, probes)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and probes.in_file(path):
            _clear_file(path, probes)
    return len(runs)


def renew_exports(lake: Lake, exports: MixExports, recipe: RecipeFile) -> list[str]:
    """Write every export again whose mix has changed, or remove it where its mix may not be exported; which were."""
    renewed: list[str] = []
    for phase in Phase:
        target = Path(exports.folder) / phase
        _remove_unfinished(target)
        if not (target / MANIFEST).is_file():
            continue
        mix = MixRecipe.load(recipe.mix(phase))
        if json.loads((target / MANIFEST).read_text("utf-8"))["mix"]["digest"] == lake.manifest(mix.stage, WHOLE_LAKE).digest:
            continue
        try:
            export_mix(lake, mix, exports.folder, exports.load_tokenizer(), recipe.load().rules(ExportRules))
        except TierlineError:
            shutil.rmtree(target)
        renewed.append(phase)
    return renewed


def remove_holding(folders: Iterable[Path], probes: Probes) -> None:
    """Files of small tables: each is written again with its report."""
    for folder in folders:
        for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
            if path.is_file() and not path.is_symlink() and probes.in_file(path):
                path.unlink()


def _remove_unfinished(target: Path) -> None:
    """What an export left that was killed."""
    for scratch in target.parent.glob(f".{target.name}-*"):
        shutil.rmtree(scratch, ignore_errors=True)


def _tells(instance: dg.DagsterInstance, run_id: str, probes: Probes) -> bool:
    return any(probes.in_text(dg.serialize_value(entry)) for entry in instance.all_logs(run_id))


def _clear_file(path: Path, probes: Probes) -> None:
    """A database without what was deleted in it, and, where that is not enough, without the rows that hold it; any other file goes."""
    if not is_database(path):
        path.unlink()
        return
    compact(path)
    if probes.in_file(path):
        with closing(sqlite3.connect(path, timeout=60)) as opened:
            for (table,) in opened.execute("select name from sqlite_master where type = 'table'").fetchall():
                _delete_rows(opened, table, probes)
            opened.commit()
        compact(path)


def _delete_rows(opened: sqlite3.Connection, table: str, probes: Probes) -> None:
    cursor = opened.execute(f'select rowid, * from "{table}"')
    held = [row[0] for row in cursor if any(probes.in_text(value if isinstance(value, str) else str(value)) for value in row[1:])]
    opened.executemany(f'delete from "{table}" where rowid = ?', [(number,) for number in held])
