"""Indexed token files: what is read is what was written, and damaged or foreign files are refused before a token is read."""

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierline.errors import BadInput
from tierline.mixes.indexed import HEADER, MAGIC, VERSION, IndexedWriter, map_indexed, token_type


def write(prefix, documents, vocabulary=1000):
    with IndexedWriter(prefix, vocabulary) as writer:
        for document in documents:
            writer.add(np.array(document, np.int64))
    return prefix


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.integers(0, 999), min_size=1, max_size=5), max_size=8), st.sampled_from([1000, 100_000]))
def test_positions_find_their_documents_and_starts(tmp_path_factory, documents, vocabulary):
    mapped = map_indexed(write(tmp_path_factory.mktemp("m") / "tokens", documents, vocabulary))
    flat = [token for document in documents for token in document]
    owners = [number for number, document in enumerate(documents) for _ in document]
    assert mapped.tokens.tolist() == flat and mapped.tokens.dtype == token_type(vocabulary)
    assert [mapped.document_at(position) for position in range(len(flat))] == owners
    if documents:
        starts = np.cumsum([0, *map(len, documents)])[:-1]
        assert mapped.starts(0, len(documents) - 1).tolist() == starts.tolist()


def test_an_interrupted_writer_leaves_no_index(tmp_path):
    def interrupted():
        with IndexedWriter(tmp_path / "tokens", 10) as writer:
            writer.add(np.array([1]))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    with pytest.raises(BadInput, match="is missing or cut off"):
        map_indexed(tmp_path / "tokens")


@pytest.mark.parametrize(
    ("place", "value"),
    [(0, b"X"), (9, struct.pack("<Q", 2)), (17, b"\x63"), (18, struct.pack("<Q", 9)), (26, struct.pack("<Q", 2))],
    ids=["magic", "version", "type", "sequences", "documents"],
)
def test_another_header_is_refused(tmp_path, place, value):
    prefix = write(tmp_path / "tokens", [[1, 2], [3]])
    data = bytearray(prefix.with_suffix(".idx").read_bytes())
    data[place : place + len(value)] = value
    prefix.with_suffix(".idx").write_bytes(data)
    with pytest.raises(BadInput, match="is no index of token documents"):
        map_indexed(prefix)


@pytest.mark.parametrize("change", [lambda data: data + b"\x00", lambda data: data[:-1], lambda data: b""])
def test_tokens_that_the_index_does_not_name_are_refused(tmp_path, change):
    prefix = write(tmp_path / "tokens", [[1, 2], [3]])
    prefix.with_suffix(".bin").write_bytes(change(prefix.with_suffix(".bin").read_bytes()))
    with pytest.raises(BadInput, match="does not hold the tokens that its index names"):
        map_indexed(prefix)


def test_the_header_is_megatrons(tmp_path):
    prefix = write(tmp_path / "tokens", [[1, 2], [3]])
    assert HEADER.unpack(prefix.with_suffix(".idx").read_bytes()[: HEADER.size]) == (MAGIC, VERSION, 8, 2, 3)
