"""Which labeled texts scorers are measured on."""

from functools import lru_cache
from pathlib import Path

import dagster as dg

from tierline.reliability.anchors import AnchorSet, find_sets, read_anchors
from tierline.tables import content_id

Stamp = tuple[Path, int, int]


class AnchorFiles(dg.ConfigurableResource):
    """A folder with quality/*.jsonl[.gz] and spam/*.jsonl[.gz]; empty: the small set that travels with the code."""

    root: str = ""

    def read(self) -> AnchorSet:
        """All labeled texts; read once a process while the files stay the same."""
        return _read(self._stamps())

    def inputs(self) -> dict[str, str]:
        """What an activity records of them."""
        return {"anchor_files/all": content_id("dig", *(f"{row['set']}\n{row['label']}\n{row['text']}" for row in self.read().rows))}

    def _stamps(self) -> tuple[Stamp, ...]:
        return tuple((path, path.stat().st_mtime_ns, path.stat().st_size) for path in find_sets(self.root))


@lru_cache(maxsize=1)
def _read(stamps: tuple[Stamp, ...]) -> AnchorSet:
    return read_anchors([path for path, _, _ in stamps])
