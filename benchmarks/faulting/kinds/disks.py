"""Disks that refuse: no space, no inodes, no permission, nothing to be read, read-only, gone."""

from __future__ import annotations

import shutil
from pathlib import Path

from benchmarks.faulting.fault import Fault, Scene
from benchmarks.faulting.inside import Inside
from benchmarks.faulting.places import files_below, mount, remount, unmount
from benchmarks.faulting.processes import Run

FULL = r"no space left|disk is full|database or disk is full|disk i/o error"
FILLER = "filler"


def disk_full(step: str) -> Fault:
    """Every free byte is taken at a moment of a step. Where no small disk can be had, a file that is opened meets the error."""
    return Fault("disk full", FULL, step, strike=_fill, inside=_without_disk("ENOSPC"), lift=_empty)


def no_inodes(step: str) -> Fault:
    """No further file can be made, though bytes are free."""
    return Fault("no inodes", f"{FULL}|unable to open database", step, strike=_take_inodes, inside=_without_disk("ENOSPC"), lift=_empty)


def temporary_full(step: str) -> Fault:
    """The folder of temporary files takes nothing from a step on. It counts only if something is to be made there after that."""
    return Fault("TMPDIR full", FULL, step, strike=_small_temporary, inside=_tempted, lift=_whole_temporary)


def full_at_start() -> Fault:
    """Nothing can be written from the beginning."""
    return Fault(
        "disk full", FULL, prepare=lambda scene: _fill(scene, None), inside=_without_disk("ENOSPC"), lift=_empty, detail="at start"
    )


def read_error(number: int, parquet: bool) -> Fault:
    """A file below the lake cannot be read, once; or no Parquet file from one on."""
    place = "fail_read" if parquet else "fail_open"
    return Fault(
        "read error",
        "input/output error|EIO",
        inside=lambda scene: Inside(str(scene.place.lake), **{place: ("EIO", number)}),
        detail=f"{'Parquet' if parquet else 'any'} file {number}",
    )


def read_only(step: str) -> Fault:
    """The disk turns read-only, as a file system does that has found an error. Where there is none, its folders lose the permission."""
    return Fault("read-only", "read-only file system|permission denied|readonly", step, strike=_freeze, lift=_thaw, inside=_obedient)


def permission_lost(step: str) -> Fault:
    """The lake belongs to somebody else, and lets nobody write."""
    return Fault("permission lost", "permission denied|readonly|unable to open", step, strike=_lock_out, lift=_let_in, inside=_obedient)


def lake_gone(step: str) -> Fault:
    """The lake's folder is away while a run works on it, and comes back after."""
    return Fault(
        "lake gone",
        "no such file|cannot be|not a directory|unable to open|gone|readonly|disk i/o",
        step,
        strike=_take,
        lift=_bring,
        silent=False,
    )


def _without_disk(name: str):
    def inside(scene: Scene) -> Inside:
        return Inside() if scene.place.mounted else Inside(str(scene.place.lake), fail_open=(name, 40))

    return inside


def _fill(scene: Scene, run: Run | None) -> None:
    if not scene.place.mounted:
        return
    with (scene.place.root / FILLER).open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue


def _take_inodes(scene: Scene, run: Run) -> None:
    if not scene.place.mounted:
        return
    folder = scene.place.root / FILLER
    folder.mkdir(exist_ok=True)
    try:
        for number in range(1 << 20):
            (folder / str(number)).touch()
    except OSError:
        return


def _empty(scene: Scene) -> None:
    filler = scene.place.root / FILLER
    if filler.is_dir():
        for path in files_below([filler]):
            path.unlink()
        filler.rmdir()
    filler.unlink(missing_ok=True)


def _tempted(scene: Scene) -> Inside:
    return Inside(tempted=str(scene.place.temporary))


def _small_temporary(scene: Scene, run: Run) -> None:
    scene.mark.unlink(missing_ok=True)  # what was made before found room
    if mount(scene.place.temporary, "size=4k,nr_inodes=2"):
        (scene.place.temporary / FILLER).write_bytes(b"\0" * 4096)
    else:
        scene.place.temporary.chmod(0o500)


def _whole_temporary(scene: Scene) -> None:
    unmount(scene.place.temporary)
    scene.place.temporary.chmod(0o700)


def _freeze(scene: Scene, run: Run) -> None:
    if not (scene.place.mounted and remount(scene.place.root, "ro")):
        _lock_out(scene, run)


def _thaw(scene: Scene) -> None:
    if scene.place.mounted:
        remount(scene.place.root, "rw")
    _let_in(scene)


def _obedient(scene: Scene) -> Inside:
    return Inside(obedient=True)


def _lock_out(scene: Scene, run: Run) -> None:
    for folder in _folders(scene.place.lake):
        folder.chmod(0o500)
    for path in files_below([scene.place.lake]):
        path.chmod(0o400)


def _let_in(scene: Scene) -> None:
    for folder in _folders(scene.place.lake):
        folder.chmod(0o755)
    for path in files_below([scene.place.lake]):
        path.chmod(0o644)


def _folders(lake: Path) -> list[Path]:
    return [lake, *(path for path in lake.rglob("*") if path.is_dir())]


def _take(scene: Scene, run: Run) -> None:
    scene.place.lake.rename(scene.place.root / "lake-away")


def _bring(scene: Scene) -> None:
    if scene.place.lake.exists():  # what was written meanwhile is no lake
        shutil.rmtree(scene.place.lake)
    (scene.place.root / "lake-away").rename(scene.place.lake)
