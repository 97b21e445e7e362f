"""Files that are no longer what was written: promoted rows, Delta's log, derived caches, journals, Dagster's storage, left locks."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from benchmarks.faulting.fault import Fault, Scene
from benchmarks.faulting.places import Place

BROKEN_FILE = "cannot be read|damaged|broken|corrupt|truncat|lost|missing|gone|hash to|magic|verify"


def promoted_file(table: str, how: str, shard: str = "") -> Fault:
    """A committed file of a table: a byte flipped, the end cut off, emptied, or removed."""

    def harm(scene: Scene) -> None:
        path = scene.draw.choice(sorted(scene.place.lake.glob(f"{table}/_files/**/*.parquet")))
        scene.notes["path"] = path
        DAMAGES[how](path, scene)

    return Fault(f"{how} Parquet", BROKEN_FILE, prepare=harm, detail=table, harms=True)


def log_entry_lost(table: str) -> Fault:
    """The newest entry of a table's log is gone."""

    def harm(scene: Scene) -> None:
        sorted((scene.place.lake / table / "_delta_log").glob("*.json"))[-1].unlink()

    return Fault("log entry lost", BROKEN_FILE, prepare=harm, detail=table, harms=True)


def checkpoint_lost(table: str, how: str) -> Fault:
    """A table's newest checkpoint is gone or garbage, though the log names it."""

    def harm(scene: Scene) -> None:
        found = sorted((scene.place.lake / table / "_delta_log").glob("*.checkpoint.parquet"))
        if found:
            DAMAGES[how](found[-1], scene)

    return Fault("checkpoint lost", BROKEN_FILE, prepare=harm, detail=f"{how} {table}", harms=True)


def cache_damaged(pattern: str, how: str) -> Fault:
    """A file of `_derived`."""

    def harm(scene: Scene) -> None:
        for path in sorted(scene.place.lake.glob(f"_derived/{pattern}")):
            if path.is_file():
                DAMAGES[how](path, scene)

    return Fault("derived cache damaged", BROKEN_FILE, prepare=harm, detail=f"{how} {pattern}")


def cache_of_another_lake(find: Callable[[], Place]) -> Fault:
    """The derived files of another lake, as a careless copy leaves them."""

    def harm(scene: Scene) -> None:
        shutil.rmtree(scene.place.lake / "_derived")
        shutil.copytree(find().lake / "_derived", scene.place.lake / "_derived")

    return Fault("cache of another lake", BROKEN_FILE, prepare=harm)


def journal_damaged(how: str) -> Fault:
    """A journal that a crash left, with a line that cannot be read."""

    def harm(scene: Scene) -> None:
        folder = scene.place.lake / "_journal"
        folder.mkdir(exist_ok=True)
        shard = scene.place.shard_of(scene.crawl.second)
        lines = {
            "garbage": b"\x00\xff\xfe not a line\n{}\n",
            "foreign": json.dumps({"call_id": "call_x", "state": "ok"}).encode() + b"\n",
            "cut": b'{"call_id": "call_1", "ki',
        }
        (folder / f"{shard}.jsonl").write_bytes(lines[how])

    return Fault("journal damaged", "journal|_journal", prepare=harm, detail=how)


def event_storage_damaged(name: str, how: str) -> Fault:
    """A database of Dagster's is garbage."""

    def harm(scene: Scene) -> None:
        for path in sorted(scene.place.state.glob(name)):
            if path.is_file():
                DAMAGES[how](path, scene)

    def heal(scene: Scene) -> None:
        """What the message asks for: the folder is set aside."""
        shutil.rmtree(scene.place.state)
        scene.place.state.mkdir()

    return Fault("event storage damaged", "malformed|not a database|corrupt|database", prepare=harm, lift=heal, detail=f"{how} {name}")


def stale_locks() -> Fault:
    """Lock files that nobody holds, unfinished files, and an empty journal, as a dead machine leaves them."""

    def harm(scene: Scene) -> None:
        (scene.place.state / "ingest.lock").touch()
        journals = scene.place.lake / "_journal"
        journals.mkdir(exist_ok=True)
        (journals / "all.jsonl").touch()
        (scene.place.lake / "lake.lock").touch()

    return Fault("stale locks", prepare=harm)


def flip(path: Path, scene: Scene) -> None:
    """One byte in the middle half."""
    stored = bytearray(path.read_bytes())
    if stored:
        stored[scene.draw.randrange(len(stored) // 4, max(len(stored) // 4 + 1, 3 * len(stored) // 4))] ^= 0x55
        _write(path, bytes(stored))


def cut(path: Path, scene: Scene) -> None:
    """The last third is gone."""
    _write(path, path.read_bytes()[: path.stat().st_size * 2 // 3])


def garbage(path: Path, scene: Scene) -> None:
    """Random bytes of the same length."""
    _write(path, scene.draw.randbytes(max(64, path.stat().st_size)))


def _write(path: Path, content: bytes) -> None:
    with path.open("r+b") as file:
        file.write(content)
        file.truncate()


DAMAGES = {
    "flipped": flip,
    "truncated": cut,
    "garbage": garbage,
    "empty": lambda path, scene: _write(path, b""),
    "missing": lambda path, scene: path.unlink(),
}
