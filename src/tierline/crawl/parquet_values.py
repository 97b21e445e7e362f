"""Makes a record of a Parquet row whatever its columns hold: a value that Python has no type for costs itself, not its row."""

from __future__ import annotations

from typing import Any

import pyarrow as pa


def record_of(row: pa.RecordBatch) -> dict[str, Any]:
    """Name -> value of a batch of one row. Text that is not UTF-8 is given as bytes, a time out of range as words that are no time."""
    try:
        return row.to_pylist()[0]
    except Exception:  # of many kinds, also of libraries for time zones
        return {name: _value(column[0]) for name, column in zip(row.schema.names, row.columns, strict=True)}


def _value(scalar: pa.Scalar) -> Any:
    if isinstance(scalar, pa.DictionaryScalar):
        return _value(scalar.value)
    try:
        return scalar.as_py()
    except Exception:
        pass  # its parts may be sound
    if isinstance(scalar, pa.StructScalar):
        return {name: _value(scalar[name]) for name in scalar}
    if isinstance(scalar, pa.ListScalar):
        return [_value(one) for one in scalar.values]
    if isinstance(scalar, pa.StringScalar):
        return scalar.as_buffer().to_pybytes()
    return f"{scalar.type}: {scalar.value}"
