"""`tierline upgrade`: reads an older lake, writes what changes beside what is there, then switches to it.

1. Every activity's files are read, checked against the recorded digests and, where names change, written again under other names. What
   was done of an activity is noted, so that an upgrade that was cut off goes on there.
2. Activities, verdicts and waivers are written again with the new names and digests. Nothing names these files yet.
3. The plan of all commits is written (tierline/lake/upgrade/plan.py). Up to here the lake is the old one in every respect.
4. The commits are made, data tables first, then the records; each of them once.
5. The new format is written: from now on this lake opens. Then the old files are removed.

A local lake is locked meanwhile. On an object store two upgrades of one lake make equal plans, or the later one finds commits that are not
its plan's and gives up; old files are removed by the plan alone whose commits were made.

Between 3 and 5 the lake opens for nobody but `tierline upgrade`, which finishes it. The upgrade needs the room of the tables whose columns
are renamed once more. Delta's own versions from before it can be opened no longer; the states that the lake's activities name can.
"""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pyarrow.fs import FileSelector, FileType

from tierline.errors import BadInput, LakeUnavailable
from tierline.lake.delta import DeltaFolder
from tierline.lake.format import FORMAT, lake_format, read_small, write_format, write_small
from tierline.lake.locks import only_upgrade
from tierline.lake.store import Lake
from tierline.lake.upgrade.digests import Carried, DigestMap
from tierline.lake.upgrade.migrations import MIGRATIONS, Migration
from tierline.lake.upgrade.plan import PLAN, WORK, Plan
from tierline.lake.upgrade.prepare import make_plan
from tierline.lake.upgrade.records import Recorded, read_records, read_rows, registration_order
from tierline.lake.upgrade.rows import Output, carry_over
from tierline.tables.ids import content_id

Advance = Callable[[str, int, int], None]  # what is being done, how many of it are done, how many there are


@dataclass(frozen=True, slots=True)
class Upgraded:
    """What an upgrade did. `wrong`: shards whose rows are not those that were recorded, or cannot be read, before it as after it."""

    before: int
    after: int
    wrong: tuple[str, ...] = ()


def upgrade(root: str, storage_options: dict[str, str] | None = None, advance: Advance = lambda *_: None) -> Upgraded:
    """Bring the lake to this code's format, or finish an upgrade that was cut off. Returns at once where there is nothing to do.

    No run may write to the lake meanwhile. Raises LakeUnavailable (not readable, newer than this code, in use), BadInput (no lake).
    """
    delta = DeltaFolder(root, storage_options, any_format=True)
    _present_format(delta)  # where there is no lake, no lock is made either
    try:
        with only_upgrade(Lake(root, storage_options)):
            before = _present_format(delta)  # another upgrade may have ended since
            wrong: list[str] = []
            _clean_up(delta, before, advance)
            for migration in MIGRATIONS[before - 1 :]:
                wrong += _migrate(delta, migration, advance)
                _clean_up(delta, migration.to, advance)
    except OSError as error:
        raise LakeUnavailable(f"cannot be upgraded ({error})", root, "check its permissions and free space; nothing is lost") from error
    return Upgraded(before, FORMAT, tuple(dict.fromkeys(wrong)))


def _present_format(delta: DeltaFolder) -> int:
    found = lake_format(delta)
    if found is None:
        raise BadInput("there is no lake", delta.root, "give its root with --lake or TIERLINE_LAKE")
    if found > FORMAT:
        raise LakeUnavailable(f"this lake has format {found}, this tierline reads format {FORMAT}", delta.root, "install a newer tierline")
    return found


def _migrate(delta: DeltaFolder, migration: Migration, advance: Advance) -> list[str]:
    plan = Plan.load(delta)
    if plan is None or plan.to != migration.to or not (plan.begun(delta) or plan.holds(delta)):
        plan = _prepare(delta, migration, advance)
        plan.refuse_overtaken(delta)  # everything that it was made of was read before
        plan.save(delta)
        if not plan.holds(delta):
            raise LakeUnavailable("was written to while it was upgraded", delta.root, "stop every run, then `tierline upgrade` again")
    plan.apply(delta, lambda table: advance(f"switching {table}", 0, 0))
    write_format(delta, migration.to)
    return plan.wrong


def _prepare(delta: DeltaFolder, migration: Migration, advance: Advance) -> Plan:
    chains = read_records(delta)
    waivers = [(file, read_rows(delta, "waivers", file)) for file in delta.files("waivers")]
    digests = DigestMap(migration, registration_order(delta), [row for _, rows in waivers for row in rows])
    done, every = 0, sum(len(chain) for chain in chains)
    carried: list[Carried] = []
    for chain in chains:
        own: list[Carried] = []
        for recorded in chain:
            advance("/".join(recorded.place), done, every)
            own.append(_carry(delta, migration, recorded))
            done += 1
        digests.add(own)
        carried += own
    return make_plan(delta, migration, carried, digests)


def _carry(delta: DeltaFolder, migration: Migration, recorded: Recorded) -> Carried:
    """An activity's outputs in the new format, made now or by an upgrade that was cut off."""
    note = f"{WORK}/activities/{content_id('note', str(migration.to), recorded.file)}.json"
    if (text := read_small(delta, note)) is not None:
        with contextlib.suppress(ValueError):
            said: list[dict[str, Any]] = json.loads(text)
            return Carried(recorded, [Output.of(output) for output in said])
    outputs = [carry_over(delta, migration, output) for output in recorded.row["outputs"]]
    write_small(delta, note, json.dumps([output.as_json() for output in outputs]))
    return Carried(recorded, outputs)


def _clean_up(delta: DeltaFolder, present: int, advance: Advance) -> None:
    """Remove what the lake's present format does not name any more, and the plan at last, which a clean-up that is cut off goes on from."""
    plan = Plan.load(delta)
    if plan is None or plan.to > present:
        return
    filesystem = delta.root_filesystem()
    files, tables = (plan.files, plan.tables) if plan.finished(delta) else ([], [])  # another plan's files may be present ones
    for done, file in enumerate(files):
        advance("removing old files", done, len(files))
        with contextlib.suppress(FileNotFoundError):
            filesystem.delete_file(file)
    advance("removing old files", len(files), len(files))
    for name in [*tables, "_derived", f"{WORK}/activities"]:
        if delta.folder is not None:
            shutil.rmtree(delta.folder / name, ignore_errors=True)
        else:
            for found in filesystem.get_file_info(FileSelector(name, allow_not_found=True, recursive=True)):
                if found.type == FileType.File:
                    filesystem.delete_file(found.path)
    with contextlib.suppress(FileNotFoundError):
        filesystem.delete_file(PLAN)
    if delta.folder is not None:
        shutil.rmtree(delta.folder / WORK, ignore_errors=True)
