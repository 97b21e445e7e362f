"""The toolkit's functions on data frames of Daft, batch by batch, as user-defined functions."""

from __future__ import annotations

from typing import Any

import daft
import pyarrow as pa

from tierline.batch.function import BatchFunction

ROWS_PER_BATCH = 256


def apply_to(frame: daft.DataFrame, function: BatchFunction[...], rows_per_batch: int = ROWS_PER_BATCH, **settings: Any) -> daft.DataFrame:
    """The frame with the columns that the function writes, in the place of those of the same names; `settings` are the function's, by name.
    For functions that keep their rows."""
    names = [name for name in (*function.reads.names, *function.may_read.names) if name in frame.column_names]
    kind = daft.DataType.from_arrow_type(pa.struct(list(function.writes)))

    @daft.func.batch(return_dtype=kind, unnest=True, batch_size=rows_per_batch)  # pyright: ignore[reportUntypedFunctionDecorator]
    def made(*columns: daft.Series) -> pa.Array:
        given = pa.table({name: column.to_arrow() for name, column in zip(names, columns, strict=True)})
        found = function(given, **settings).select(function.writes.names).combine_chunks()
        return pa.StructArray.from_arrays([column.combine_chunks() for column in found.columns], fields=list(function.writes))

    others = [name for name in frame.column_names if name not in function.writes.names]
    return frame.select(*others, made(*(daft.col(name) for name in names)))
