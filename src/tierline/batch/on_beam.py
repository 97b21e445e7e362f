"""The toolkit's functions as transforms of Apache Beam, over rows that are dictionaries as Beam's Parquet source gives them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import apache_beam as beam
import pyarrow as pa

from tierline.batch.function import BatchFunction

ROWS_PER_BATCH = 256  # at most; Beam chooses, by how long the function takes


class ApplyToBatches(beam.PTransform):  # pyright: ignore[reportUntypedBaseClass] - Beam is installed beside, or not at all
    """A PCollection of rows (dictionaries with the columns that the function reads) to one of rows, batch by batch; `settings` are the
    function's, by name. The order of rows is Beam's."""

    def __init__(self, function: BatchFunction[...], rows_per_batch: int = ROWS_PER_BATCH, **settings: Any) -> None:
        super().__init__(function.name)
        self._apply, self._most = _Apply(function, settings), rows_per_batch

    def expand(self, input_or_inputs: Any) -> Any:
        """Batches the rows and applies the function."""
        batches = input_or_inputs | beam.BatchElements(min_batch_size=1, max_batch_size=self._most)
        return batches | beam.ParDo(self._apply)


class _Apply(beam.DoFn):  # pyright: ignore[reportUntypedBaseClass]
    def __init__(self, function: BatchFunction[...], settings: dict[str, Any]) -> None:
        super().__init__()
        self._function, self._settings = function, settings

    def process(self, element: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        yield from self._function(pa.Table.from_pylist(list(element)), **self._settings).to_pylist()
