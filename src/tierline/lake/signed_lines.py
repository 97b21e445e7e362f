"""What people sign in a lake on an object store: its lines are rows of a table, appended by commits that count only in their turn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa

from tierline.lake.delta import DeltaFolder
from tierline.proof import PROOF
from tierline.proof.lines import Lines

SCHEMA = pa.schema({"shard": pa.string(), "number": pa.int64(), "line": pa.string()})


@dataclass(frozen=True, eq=False)
class LineTable:
    """A partition of the table for each file of lines; its place is that of the files of a lake in a folder. Nothing is ever removed."""

    delta: DeltaFolder

    def read(self, name: str) -> Lines:
        """The lines of one file. Raises LakeUnavailable."""
        return self._rows(self.delta.files(PROOF, {"shard": name}))

    def append(self, name: str, make: Callable[[Lines], str]) -> str:
        """Append the line that `make` finds for those that are there: again, if another writer was faster. Raises LakeUnavailable, and
        what `make` raises."""
        where = {"shard": name}
        while True:
            files = self.delta.files(PROOF, where)
            lines = self._rows(files)
            line = make(lines)
            row = pa.Table.from_pylist([{"number": len(lines), "line": line, **where}], schema=SCHEMA)
            if self.delta.replace_if(PROOF, row, where, files, keep=True):
                return line

    def version(self) -> int:
        """Grows with every line; -1 before the first."""
        return self.delta.catalog.version(PROOF)

    def _rows(self, files: list[str]) -> Lines:
        return self.delta.read_files(PROOF, files, SCHEMA, ["number", "line"]).sort_by("number")["line"].to_pylist()
