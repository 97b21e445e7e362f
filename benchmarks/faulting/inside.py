"""What is done to a process from within it, before it begins its work: errors of the system, an early end, another clock."""

from __future__ import annotations

import ctypes
import errno
import json
import os
import signal
import stat
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

OVERRIDES = (1, 2)  # the capabilities to write and to read whatever its mode says (capabilities(7))
CAPABILITY_VERSION, DROP_FROM_BOUNDS = 0x20080522, 24  # of capset(2), prctl(2)


@dataclass(frozen=True, slots=True)
class Inside:
    """All of it; nothing by default.

    `die_at`: SIGKILL before the commit point with this number (a sync, a link, a rename or a new folder below the lake). `fail_open`:
    the name of a system error and the number of the file opened below the lake that meets it, once. `fail_read`: the same of a Parquet
    file that is read; so does every later one. `tempted`: a folder; that something is to be made in it is counted. `syncs`: a file that
    gets what was synced and when. `clock`: seconds by which the clock is wrong.
    `checkpoint_every`: commits between two checkpoints. `obedient`: modes of files count for root too. `mark`: a file that is made when
    what was counted is met.
    """

    lake: str = ""
    die_at: int = 0
    fail_open: tuple[str, int] = ("", 0)
    fail_read: tuple[str, int] = ("", 0)
    tempted: str = ""
    syncs: str = ""
    clock: float = 0.0
    checkpoint_every: int = 0
    obedient: bool = False
    mark: str = ""

    @property
    def counts(self) -> bool:
        """Whether it waits for something that may never come."""
        return bool(self.die_at or self.fail_open[0] or self.fail_read[0] or self.tempted)

    def enter(self) -> None:
        """Do it to this process."""
        if self.obedient and not os.geteuid():
            _obey_modes()
        if self.die_at:
            _watch_commits(self.lake, _countdown(self.die_at, _die, self.mark))
        if self.fail_open[0]:
            _watch_opened(self.lake, _countdown(self.fail_open[1], lambda: _fail(self.fail_open[0]), self.mark))
        if self.fail_read[0]:
            _watch_reads(_countdown(self.fail_read[1], lambda: _fail(self.fail_read[0]), self.mark, lasting=True))
        if self.tempted:
            _watch_made(self.tempted, self.mark)
        if self.syncs:
            _record_syncs(self.lake, self.syncs)
        if self.clock:
            _shift_clock(self.clock)
        if self.checkpoint_every:
            import tierline.lake.delta

            tierline.lake.delta.CHECKPOINT_EVERY = self.checkpoint_every


def _obey_modes() -> None:
    """Give up what makes root pass by the modes of files, also for what this process starts."""
    libc = ctypes.CDLL(None, use_errno=True)
    header, sets = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0), (ctypes.c_uint32 * 6)()
    libc.capget(header, sets)
    for capability in OVERRIDES:
        libc.prctl(DROP_FROM_BOUNDS, capability, 0, 0, 0)
        for number in range(3):  # effective, permitted, inheritable
            sets[number] &= ~(1 << capability)
    if libc.capset(header, sets):
        raise OSError(ctypes.get_errno(), "capabilities cannot be given up")


def _countdown(number: int, act: Callable[[], None], mark: str, lasting: bool = False) -> Callable[[], None]:
    """Acts at its call with this number, and never again; at every later one too if it is lasting."""
    left, lock = [number], threading.Lock()

    def count() -> None:
        with lock:
            left[0] -= 1
            due = left[0] == 0 or (lasting and left[0] < 0)
        if due:
            Path(mark).touch()
            act()

    return count


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _fail(name: str) -> None:
    number = getattr(errno, name)
    raise OSError(number, os.strerror(number))


def _watch_commits(lake: str, count: Callable[[], None]) -> None:
    watched = {"os.link", "os.rename", "os.mkdir"}

    def look(event: str, details: tuple[Any, ...]) -> None:
        if event in watched and str(details[0]).startswith(lake):
            count()

    sys.addaudithook(look)
    sync = os.fsync

    def counted(handle: int) -> None:
        if _path_of(handle).startswith(lake):
            count()
        sync(handle)

    os.fsync = counted


def _watch_opened(lake: str, count: Callable[[], None]) -> None:
    def look(event: str, details: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(details[0], str) and details[0].startswith(lake):
            count()

    sys.addaudithook(look)


def _watch_made(folder: str, mark: str) -> None:
    def look(event: str, details: tuple[Any, ...]) -> None:
        if event in ("open", "os.mkdir") and str(details[0]).startswith(folder):
            Path(mark).touch()

    sys.addaudithook(look)


def _watch_reads(count: Callable[[], None]) -> None:
    import pyarrow.parquet as pq

    read = pq.ParquetFile.iter_batches

    def counted(self: Any, *arguments: Any, **options: Any) -> Any:
        count()
        return read(self, *arguments, **options)

    pq.ParquetFile.iter_batches = counted


def _record_syncs(lake: str, path: str) -> None:
    """What a disk has for certain: of a file, its bytes so far; of a folder, the names in it."""
    sync, log = os.fsync, os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def recorded(handle: int) -> None:
        sync(handle)
        name, status = _path_of(handle), os.fstat(handle)
        if not name.startswith(lake):
            return
        said: dict[str, Any] = {"path": name, "inode": status.st_ino, "size": status.st_size, "time": status.st_mtime_ns}
        if stat.S_ISDIR(status.st_mode):
            said["entries"] = {entry.name: entry.inode() for entry in os.scandir(name)}
        os.write(log, json.dumps(said).encode() + b"\n")

    os.fsync = recorded


def _path_of(handle: int) -> str:
    try:
        return str(Path(f"/proc/self/fd/{handle}").readlink())
    except OSError:
        return ""


def _shift_clock(seconds: float) -> None:
    """For whoever asks this process's modules for the time; timers run as before."""
    now, now_ns = time.time, time.time_ns

    class Shifted(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return datetime.fromtimestamp(time.time(), tz)

    time.time = lambda: now() + seconds
    time.time_ns = lambda: now_ns() + int(seconds * 1e9)
    for module in [module for name, module in sys.modules.items() if name.partition(".")[0] in ("tierline", "tier_assets", "ingest")]:
        for name, value in list(vars(module).items()):
            if value is datetime:
                setattr(module, name, Shifted)
            elif value is now_ns:
                setattr(module, name, time.time_ns)


def lose_power(lake: Path, before: dict[str, tuple[int, int, int]], syncs: Path, choose: Callable[[list[str]], str]) -> int:
    """What a disk may look like after the power failed: of each file that is newer than `before` and whose bytes or name were not synced,
    `choose` says whether it is kept, empty or gone. Returns how many are not kept.

    The journals are written by the model's process, which is not watched; they count as synced.
    """
    bytes_of: dict[int, tuple[int, int]] = {}
    names_in: dict[str, dict[str, int]] = {}
    for line in syncs.read_text("utf-8").splitlines() if syncs.exists() else []:
        said = json.loads(line)
        if "entries" in said:
            names_in[said["path"]] = said["entries"]
        else:
            bytes_of[said["inode"]] = said["size"], said["time"]
    lost = 0
    for path in sorted(path for path in lake.rglob("*") if path.is_file() and "_journal" not in path.parts):
        state = file_state(path)
        if before.get(str(path)) == state:
            continue
        fates = ["kept"]
        if bytes_of.get(state[0]) != state[1:]:
            fates.append("empty")
        if str(path) not in before and names_in.get(str(path.parent), {}).get(path.name) != state[0]:
            fates.append("gone")
        fate = choose(fates)
        lost += fate != "kept"
        if fate == "empty":
            os.truncate(path, 0)
        elif fate == "gone":
            path.unlink()
    return lost


def file_state(path: Path) -> tuple[int, int, int]:
    """Inode, size and time of change."""
    status = path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns


def file_states(lake: Path) -> dict[str, tuple[int, int, int]]:
    """Of every file of a lake."""
    return {str(path): file_state(path) for path in lake.rglob("*") if path.is_file()}
