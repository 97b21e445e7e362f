"""Parts and results as bytes: a part that is cut again gives the same bytes, and a slice takes no more room than its own rows."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pytest

from tierline.compute.packed import pack, unpack

ROWS = pa.table(
    {"doc_id": [f"doc_{n}" for n in range(1_000)], "ok": [n % 3 == 0 for n in range(1_000)], "of": [[n, None] for n in range(1_000)]}
)


@dataclass(frozen=True, slots=True)
class Made:
    rows: pa.Table
    numbers: np.ndarray
    more: dict


def test_what_is_packed_comes_back():
    made = unpack(pack(Made(ROWS, np.arange(3), {"reason": "…", "batch": ROWS.to_batches()[0]})))
    assert made.rows.equals(ROWS) and made.numbers.tolist() == [0, 1, 2]
    assert made.more == {"reason": "…", "batch": ROWS.to_batches()[0]}


@pytest.mark.parametrize("rows", [ROWS, ROWS.to_batches()[0]], ids=["table", "batch"])
def test_a_slice_takes_its_own_room(rows):
    some = rows.slice(501, 7)
    assert unpack(pack(some)).equals(some)
    assert len(pack(some)) < len(pack(rows)) / 20


def test_a_part_that_is_cut_again_gives_the_same_bytes():
    again = pa.Table.from_pylist(ROWS.to_pylist(), schema=ROWS.schema)
    assert pack(ROWS.slice(501, 7)) == pack(ROWS.slice(501, 7))
    assert pack(again.slice(501, 7)) == pack(unpack(pack(again)).slice(501, 7))


def test_no_rows_are_rows():
    assert unpack(pack(ROWS.slice(0, 0))).schema == ROWS.schema
    assert (
        unpack(pack(ROWS.slice(0, 0).to_batches()[0] if ROWS.slice(0, 0).to_batches() else ROWS.to_batches()[0].slice(0, 0))).num_rows == 0
    )
