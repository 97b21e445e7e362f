"""Files that a process reads once while they stay the same."""

from collections.abc import Callable, Hashable, Sequence
from functools import lru_cache, wraps
from pathlib import Path
from typing import TypeVar

Result = TypeVar("Result")


def read_once(read: Callable[..., Result]) -> Callable[..., Result]:
    """`read(files, *rules)` whose last result is kept while the files (by size and time of change) and the hashable rules stay the same."""

    @lru_cache(maxsize=1)
    def kept(stamps: tuple[tuple[Path, int, int], ...], *rules: Hashable) -> Result:
        return read([path for path, _, _ in stamps], *rules)

    @wraps(read)
    def cached(files: Sequence[Path], *rules: Hashable) -> Result:
        return kept(tuple((path, path.stat().st_mtime_ns, path.stat().st_size) for path in files), *rules)

    return cached
