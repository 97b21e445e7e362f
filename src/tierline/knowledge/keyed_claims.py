"""Gives claims and statements the 64-bit keys by which verification counts and groups them without reading their words."""

from __future__ import annotations

import marshal
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tierline.knowledge.common_text import page_of
from tierline.knowledge.feeds import is_compared
from tierline.knowledge.hashed import Keys, key_of, keys_of
from tierline.knowledge.mentions import compared_name
from tierline.knowledge.object_things import ids_of_object
from tierline.knowledge.sites import site_of
from tierline.knowledge.sketches import hashes_of
from tierline.knowledge.vocabulary import has_states
from tierline.knowledge.vouched import claims_of
from tierline.tables import TABLES

_BASES = pa.schema({"base": pa.string(), "subject_shared": pa.bool_(), "vouched_by": pa.string(), "lapsed": pa.string()})
# Rows of `l4_claims`, and of `l4_statements` in their form (vouched.py).
STATED = pa.schema([*pa.schema(TABLES["l4_claims"].columns), pa.field("shard", pa.string()), *_BASES])
_U64, _LIST = pa.uint64(), pa.list_(pa.uint64())
# Of a row: of everything that it says, of what it is about, of what its page is.
_OF_WORDS = pa.schema(
    {
        "row_low": _U64, "row_high": _U64,  # of everything that the row says
        "page": _U64, "site": _U64, "language_key": _U64,  # 0: no site
        "name": _U64, "subject_words": _U64, "property": _U64, "changes": pa.bool_(),
        "ids": _LIST, "site_ids": _LIST, "other_names": _LIST, "value_ids": _LIST,
        "number": _U64,  # of a number as it is written, if feeds are known by it; else 0
    }
)  # fmt: skip
# And of its id; whether somebody vouches for it.
KEYS = pa.schema([*_OF_WORDS, pa.field("claim", _U64), pa.field("vouched", pa.bool_())])
KEYED = pa.schema([*STATED, *KEYS])


def keyed(claims: pa.RecordBatch) -> pa.Table:
    """Rows of KEYED from rows of `l4_claims`, or of STATED, whatever their order; columns that are not there are null."""
    return _with_keys(_completed(claims))


def keyed_statements(statements: pa.RecordBatch) -> pa.Table:
    """The same from rows of `l4_statements`."""
    rows = [_only(row) for row in claims_of(statements.to_pylist())]
    return _with_keys(pa.Table.from_pylist(rows, STATED))


class Sketches:
    """The hashes of all text sketches that pages have, each text once for a page."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, bytes], None] = {}

    def add(self, rows: pa.Table) -> None:
        """Those of rows of KEYED."""
        for batch in rows.select(["page", "text_sketch"]).to_batches():
            self._known.update(dict.fromkeys(zip(batch["page"].to_pylist(), batch["text_sketch"].to_pylist(), strict=True)))

    def ordered(self) -> tuple[npt.NDArray[np.uint32], Keys]:
        """(hash, key of the page that has it), in order of the hashes."""
        found = [(page, hashes_of(sketch)) for page, sketch in self._known if sketch]
        hashes = np.concatenate([np.empty(0, np.uint32), *(own for _, own in found)])
        pages = np.repeat(np.array([page for page, _ in found], np.uint64), [len(own) for _, own in found])
        order = np.argsort(hashes, kind="stable")
        return hashes[order], pages[order]


def _completed(batch: pa.RecordBatch) -> pa.Table:
    named = batch.schema.names
    columns = [batch[field.name].cast(field.type) if field.name in named else pa.nulls(len(batch), field.type) for field in STATED]
    return pa.Table.from_arrays(columns, schema=STATED)


def _with_keys(rows: pa.Table) -> pa.Table:
    keys = pa.Table.from_pylist([_keys(row) for row in rows.to_pylist()], _OF_WORDS)
    keys = keys.append_column(KEYS.field("claim"), pa.array(keys_of(rows["claim_id"].combine_chunks())))
    keys = keys.append_column(KEYS.field("vouched"), rows["vouched_by"].is_valid())
    for name in KEYS.names:
        rows = rows.append_column(KEYS.field(name), keys[name])
    return rows


def _keys(row: Mapping[str, Any]) -> dict[str, Any]:
    digest = blake2b(marshal.dumps(list(row.values()), 2), digest_size=16).digest()  # version 2 depends on values alone
    name, site, language = compared_name(row["subject"] or ""), site_of(row), row["language"] or ""
    ids = row["subject_ids"] or ()
    return {
        "row_low": int.from_bytes(digest[:8], "little"),
        "row_high": int.from_bytes(digest[8:], "little"),
        "page": key_of(page_of(row)),
        "site": key_of(site),
        "language_key": key_of(language),
        "name": key_of(name),
        "subject_words": key_of(row["subject_key"] or ""),
        "property": key_of(row["predicate"] or ""),
        "changes": has_states(row["predicate"] or ""),
        "ids": [key_of(one) for one in ids],
        "site_ids": [key_of(f"{site}\0{language}\0{one}") for one in ids],
        "other_names": [key_of(one) for one in {compared_name(alias) for alias in row["aliases"] or ()} - {name, ""}],
        "value_ids": [key_of(one) for one in ids_of_object(row)],
        "number": key_of(row["object"].strip()) if is_compared(row) else 0,
    }


def _only(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row.get(name) for name in STATED.names}
