"""Makes the rows of a mix, in the order of their positions, by a partitioned shuffle: nobody sorts or holds more than one range of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tierline.compute.workers import Workers
from tierline.lake import Lake
from tierline.mixes.draw import Draw
from tierline.mixes.pools import Pool
from tierline.mixes.recipe import MixRecipe, MixSource
from tierline.tables import TABLES, content_ids

COPIED = ("url", "domain", "language", "text", "question")
RANGE_TOKENS = 4 << 20  # of a range of positions, and of a part: some 16 MB of text
ROW_TOKENS = 100  # what the other columns of a row take is as much as these
MERGED_ROWS = 1024  # taken at a time
RANGES_MOST = 2_000  # beyond, ranges and parts grow: there are as many pieces as ranges times parts
Bounds = np.ndarray[tuple[int], np.dtype[np.int64]]


@dataclass(frozen=True, slots=True)
class Drawn:
    """Rows of one source with the draws on them; columns of `draws`: row (its place in `rows`), tokens, epoch, part, position."""

    source: int
    shard: str
    rows: pa.RecordBatch
    draws: pa.RecordBatch


def made_rows(lake: Lake, recipe: MixRecipe, pools: Sequence[Pool], draw: Draw, workers: Workers) -> Iterator[pa.Table]:
    """All rows of the mix in the order of their positions, a range at a time."""
    rows, tokens = draw.rows_and_tokens()
    if not rows:
        return iter(())
    size = max(RANGE_TOKENS, (tokens + ROW_TOKENS * rows) // RANGES_MOST)
    bounds = np.array(draw.bounds(size, ROW_TOKENS), np.int64)
    parts = _parts(lake, pools, draw, size)
    split = partial(split_rows, recipe=recipe, total=tokens, bounds=bounds)
    return workers.shuffle("make rows", split, merge_rows, parts, len(bounds) + 1)


def split_rows(part: Sequence[Drawn], recipe: MixRecipe, total: int, bounds: Bounds) -> list[pa.Table]:
    """The mix's rows for these draws by range of positions; `total` is the tokens of the mix."""
    rows = pa.concat_tables(_rows(recipe, drawn, total) for drawn in part)
    positions = rows["position"].to_numpy()
    order = np.argsort(positions)
    ordered = rows.take(pa.array(order))
    cuts = [0, *np.searchsorted(positions[order], bounds).tolist(), len(order)]
    return [ordered.slice(start, end - start) for start, end in pairwise(cuts)]


def merge_rows(pieces: Sequence[pa.Table]) -> pa.Table:
    """One range of all parts, in order."""
    rows = pa.concat_tables(pieces).combine_chunks()
    order = np.argsort(rows["position"].to_numpy())
    stored = pa.schema([field.with_type(pa.string()) if field.name == "text" else field for field in rows.schema])
    starts = range(0, len(order), MERGED_ROWS)
    return pa.concat_tables(rows.take(pa.array(order[start : start + MERGED_ROWS])).cast(stored) for start in starts)


def _parts(lake: Lake, pools: Sequence[Pool], draw: Draw, size: int) -> Iterator[list[Drawn]]:
    """All draws, those of small batches together."""
    part, weight = list[Drawn](), 0
    for drawn in _drawn(lake, pools, draw, size):
        part.append(drawn)
        weight += pc.sum(drawn.draws["tokens"]).as_py() + ROW_TOKENS * drawn.draws.num_rows
        if weight >= size:
            yield part
            part, weight = [], 0
    if part:
        yield part


def _drawn(lake: Lake, pools: Sequence[Pool], draw: Draw, size: int) -> Iterator[Drawn]:
    """Source by source and shard by shard, a batch of texts or less at a time, without the rows that are not drawn."""
    for source, shard, draws in draw.by_shard():
        manifest = pools[source].drawn_from[shard]
        spec = TABLES[manifest.table]
        drawn, start = draws["row"].to_numpy(), 0
        for batch in lake.stream(manifest, [name for name in (spec.key, *COPIED) if name in spec.columns]):
            first, last = np.searchsorted(drawn, [start, start + batch.num_rows]).tolist()
            if last > first:
                for mine in _of_size(draws.slice(first, last - first), size):
                    wanted, place = np.unique(mine["row"].to_numpy(), return_inverse=True)
                    rows = batch.take(pa.array(wanted - start))
                    yield Drawn(source, manifest.shard, rows, mine.set_column(0, "row", pa.array(place)))
            start += batch.num_rows


def _of_size(draws: pa.RecordBatch, tokens: int) -> Iterator[pa.RecordBatch]:
    """Draws in parts of about so many tokens: a row may be drawn in each epoch."""
    part = np.cumsum(draws["tokens"].to_numpy()) // tokens
    cuts = [0, *(np.flatnonzero(np.diff(part)) + 1).tolist(), draws.num_rows]
    return (draws.slice(start, end - start) for start, end in pairwise(cuts))


def _rows(recipe: MixRecipe, drawn: Drawn, total: int) -> pa.Table:
    source, draws = recipe.sources[drawn.source], drawn.draws
    place = draws["row"]
    texts, constant = _texts(drawn.rows), _constants(source, drawn.shard, draws.num_rows)
    doc_id = drawn.rows.column(TABLES[source.table].key).take(place)
    copied = {name: drawn.rows.column(name).take(place) for name in ("url", "domain", "language") if name in drawn.rows.schema.names}
    columns = {
        "row_id": content_ids("mix", constant["source_table"], doc_id, draws["epoch"], draws["position"]),
        "parents": pa.ListArray.from_arrays(pa.array(range(draws.num_rows + 1), pa.int32()), doc_id),
        "position": draws["position"],
        "curriculum": pa.array([part.part for part in recipe.curriculum], pa.string()).take(draws["part"]),
        "epoch": draws["epoch"],
        "weight": pa.array(draws["tokens"].to_numpy() / max(1, total)),
        "tokens": draws["tokens"],
        **constant,
        "doc_id": doc_id,
        **copied,
        "text_sha256": _hashes(texts).take(place),
        "text": texts.cast(pa.large_string()).take(place),
    }
    schema = pa.schema(TABLES[recipe.stage].columns | {"text": pa.large_string()})  # a large part has more than 2 GB of them
    return pa.table([columns[name] if name in columns else pa.nulls(draws.num_rows, pa.string()) for name in schema.names], schema=schema)


def _constants(source: MixSource, shard: str, rows: int) -> dict[str, pa.Array]:
    said = {"tier": str(TABLES[source.table].tier), "source": source.label, "source_table": source.table, "source_shard": shard}
    return {name: pa.repeat(pa.scalar(value, pa.string()), rows) for name, value in said.items()}


def _texts(rows: pa.RecordBatch) -> pa.Array:
    """A question stands before its answer."""
    if "question" not in rows.schema.names:
        return rows.column("text")
    question, text = pc.fill_null(rows.column("question"), ""), rows.column("text")
    return pc.if_else(pc.equal(question, ""), text, pc.binary_join_element_wise(question, text, "\n"))


def _hashes(texts: pa.Array) -> pa.Array:
    data: list[Any] = texts.cast(pa.binary()).to_pylist()
    return pa.array([sha256(one).hexdigest() for one in data], pa.string())
