"""The content digest as a specification: these tables have these digests, on any machine and with any version of any library."""

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierline.lake.digest import ContentDigest, content_digest

TIME = pa.timestamp("us", tz="UTC")
VECTORS: dict[str, tuple[dict[str, pa.Array], str]] = {
    "no rows": ({"a": pa.array([], pa.string())}, "f1ab6b1fa3e07be02cdd3816ad1c1c0f"),
    "strings": ({"a": pa.array(["x", "", None, "é漢😀"], pa.string())}, "41fab2de39eb0e1839227e43a5f2f9d2"),
    "integers": ({"a": pa.array([0, -1, None, 2**62], pa.int64())}, "b57238007a13d4bd6bb7ba7b7132ab92"),
    "small integers": ({"a": pa.array([1, None, 3], pa.int32())}, "4356d971c269f3a746d38672c600065b"),
    "floats": ({"a": pa.array([0.5, -1.25, None, float("inf"), float("nan")], pa.float64())}, "0a8a4fba82d97d5fc7c359242a8ae9a2"),
    "booleans": ({"a": pa.array([True, False, None], pa.bool_())}, "5ba6f1595caca1ae0d68e526c10fc5c6"),
    "bytes": ({"a": pa.array([b"\x00\xff", b"", None], pa.binary())}, "2aeb2644ddc7154a77f787185ec9d169"),
    "times": ({"a": pa.array([datetime(2026, 1, 15, 8, 30, 0, 250, UTC), None], TIME)}, "77042e3e6a970ae055f2b46ea89bd342"),
    "lists": ({"a": pa.array([["x", "y"], [], None, [None]], pa.list_(pa.string()))}, "0c1f237aa8d87439005b69ffedec352f"),
    "vectors": ({"a": pa.array([[0.5, -1.0], None], pa.list_(pa.float32()))}, "16a5cd2f4f6614ca7c1bced3fb17832b"),
    "structs": (
        {"a": pa.array([{"x": 1, "y": "a"}, {"x": None, "y": "b"}, None], pa.struct({"x": pa.int64(), "y": pa.string()}))},
        "f99a171e517666a3b24b93ca88612a77",
    ),
    "two columns": ({"b": pa.array([1, 2], pa.int64()), "a": pa.array(["x", "y"], pa.string())}, "9204a29e6acac676740f0edec16b9752"),
    "a column without values": (
        {"a": pa.array(["x"], pa.string()), "n": pa.array([None], pa.float64())},
        "25705723f425868b797eba7a9554553f",
    ),
}


@pytest.mark.parametrize("name", VECTORS)
def test_a_known_table_has_the_known_digest(name):
    columns, expected = VECTORS[name]
    assert content_digest(pa.table(columns)) == expected


def test_all_known_tables_differ_but_for_the_column_without_values():
    digests = {name: content_digest(pa.table(columns)) for name, (columns, _) in VECTORS.items()}
    assert digests["a column without values"] == content_digest(pa.table({"a": pa.array(["x"], pa.string())}))
    assert len(set(digests.values())) == len(digests)


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "text": st.none() | st.text(max_size=4),
            "tags": st.none() | st.lists(st.none() | st.text(max_size=2), max_size=3),
            "pair": st.none() | st.fixed_dictionaries({"x": st.none() | st.integers(-9, 9), "y": st.lists(st.booleans(), max_size=2)}),
            "number": st.none() | st.floats(allow_nan=False),
        }
    ),
    max_size=8,
)
SCHEMA = pa.schema(
    {
        "text": pa.string(),
        "tags": pa.list_(pa.string()),
        "pair": pa.struct({"x": pa.int64(), "y": pa.list_(pa.bool_())}),
        "number": pa.float64(),
    }
)


@settings(max_examples=60, deadline=None)
@given(ROWS, st.integers(1, 5), st.integers(0, 3))
def test_chunks_offsets_and_the_order_of_columns_do_not_count(rows, size, skip):
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    expected = content_digest(table)
    padded = pa.Table.from_pylist([*([{}] * skip), *rows, {}], schema=SCHEMA).slice(skip, len(rows))
    assert content_digest(padded) == expected, "a slice of larger buffers"
    digest = ContentDigest(SCHEMA)
    for batch in table.to_batches(max_chunksize=size):
        digest.update(batch)
    assert digest.hexdigest() == expected
    assert content_digest(table.select(list(reversed(SCHEMA.names)))) == expected


@settings(max_examples=60, deadline=None)
@given(ROWS, ROWS)
def test_two_tables_have_one_digest_exactly_if_their_rows_are_equal(one, other):
    tables = [pa.Table.from_pylist(rows, schema=SCHEMA) for rows in (one, other)]
    same = tables[0].to_pylist() == tables[1].to_pylist()
    assert (content_digest(tables[0]) == content_digest(tables[1])) == same


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (pa.array([0.0]), pa.array([-0.0])),
        (pa.array(["a", "b"]), pa.array(["a", "b"]).dictionary_encode()),
    ],
    ids=["signed zero", "dictionary"],
)
def test_what_holds_the_same_values_counts_the_same(one, other):
    digests = []
    for column in (one, other):
        digest = ContentDigest(pa.schema({"a": one.type}))
        digest.update(pa.RecordBatch.from_arrays([column], ["a"]))
        digests.append(digest.hexdigest())
    assert digests[0] == digests[1]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (pa.array(["ab", "c"]), pa.array(["a", "bc"])),
        (pa.array([""]), pa.array([None], pa.string())),
        (pa.array([0, 1]), pa.array([None, 1])),
        (pa.array([["a"], []]), pa.array([[], ["a"]])),
        (pa.array([[], ["a"]]), pa.array([None, ["a"]])),
        (pa.array([1], pa.int32()), pa.array([1], pa.int64())),
        (pa.array([np.float32(0.1)], pa.float32()), pa.array([0.1], pa.float64())),
        (pa.array(["1"]), pa.array([1])),
        (pa.array([b"a"]), pa.array(["a"])),
    ],
)
def test_what_only_looks_alike_counts_apart(one, other):
    assert content_digest(pa.table({"a": one})) != content_digest(pa.table({"a": other}))


def test_the_order_of_rows_and_the_names_of_columns_count():
    table = pa.table({"a": [1, 2], "b": ["x", "y"]})
    assert content_digest(table) != content_digest(table.take([1, 0]))
    assert content_digest(table) != content_digest(table.rename_columns(["a", "c"]))
    assert content_digest(table) != content_digest(table.slice(0, 1))
