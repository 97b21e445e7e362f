"""Draws the rows of a mix: each source up to its share of the budget, repeated up to its cap, interleaved by a seeded hash.

Candidates, draws and decisions are in a database on the local disk.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby, pairwise

import duckdb
import numpy as np
import pyarrow as pa

from tierline.lake.scratch import on_disk
from tierline.lineage.inherit import SAME_ID
from tierline.mixes.pools import CANDIDATES, Pool
from tierline.mixes.recipe import MixRecipe
from tierline.tables import DECISION_COLUMNS

BATCH_ROWS = 1 << 15  # read from the database at a time
BLOCK = 64  # positions of which the tokens are known together
EDITED = "mix:edited"  # the rule that keeps a document out where its edit is offered: the two are nearly one text

SOURCES = pa.schema(
    {"source": pa.int64(), "source_table": pa.string(), "budget": pa.float64(), "epochs_max": pa.int64(), "same_id": pa.bool_()}
)
PARTS = pa.schema({"source": pa.int64(), "part": pa.int64(), "begins": pa.float64(), "ends": pa.float64()})
NUMBERED = pa.schema([("source", pa.int64()), ("shard", pa.int64()), *CANDIDATES])  # the shard among those of the source

_OFFERED = f"""
create table edited as
select distinct unnest(edits) as row_id from candidates where excluded is null and $exclude_edited;

create view offered as
select candidates.* exclude (excluded, edits), source_table, budget, epochs_max,
    coalesce(excluded, if(same_id and edited.row_id is not null, '{EDITED}', null)) as excluded
from candidates join sources using (source) left join edited using (row_id)
"""
# A source is one long stream: its rows in an order that depends only on the seed and the row, once for each epoch. A mix takes the stream's
# beginning; the parts of the curriculum divide it in proportion to their budgets, also if it ends before the budget does. Of a hash its
# first 128 bits decide an order.
_DRAW = """
create table ordered as
select source, shard, row, row_id, tokens, budget, epochs_max,
    (sum(tokens) over (
        partition by source
        order by ('0x' || sha256(concat_ws('/', $seed, 'draw', source_table, row_id))[:32])::uhugeint
        rows unbounded preceding
    ))::bigint as through
from offered where excluded is null and tokens <= budget;

create table taken as
with wholes as (select source, max(through) as whole from ordered group by source),
streams as (
    select ordered.* exclude (budget, epochs_max), budget, epoch, epoch * whole + through as spent
    from ordered join wholes using (source), unnest(range(epochs_max)) as epochs(epoch)
    where through <= budget
)
select * exclude (budget) from streams where spent <= budget;

create table drawn as
with totals as (select source, max(spent) as total from taken group by source),
parted as (
    select source, shard, row, row_id, tokens, epoch, part
    from taken join totals using (source) join parts using (source)
    where (spent - tokens) / total >= begins and (spent - tokens) / total < ends
)
select row, tokens, epoch, part, source, shard,
    row_number() over (
        order by part, ('0x' || sha256(concat_ws('/', $seed, 'order', epoch, row_id))[:32])::uhugeint, source
    ) - 1 as position
from parted
"""
_DECISIONS = """
with seen as (select source, shard, row from drawn where epoch = 0),
decided as (
    select source_table, row_id, max(tokens) as tokens, bool_or(seen.row is not null) as kept,
        min(excluded) as excluded, max(budget) as budget
    from offered left join seen on seen.source = offered.source and seen.shard = offered.shard and seen.row = offered.row
    group by source_table, row_id
)
select
    concat_ws(':', source_table, row_id) as row_id,
    if(kept, 'kept', 'dropped') as outcome,
    if(kept, null, coalesce(excluded, 'mix:over_budget')) as rule,
    null::double as value,
    if(kept or excluded is not null, null, budget) as threshold,
    row_id as related_id,
    null::varchar as detail,
    tokens
from decided order by 1
"""


@dataclass(frozen=True, slots=True)
class Draw:
    """The drawn rows, in an open database."""

    database: duckdb.DuckDBPyConnection

    def decisions(self) -> Iterator[pa.Table]:
        """One about every candidate, in the order of their ids."""
        schema = pa.schema(DECISION_COLUMNS)
        for batch in self.database.sql(_DECISIONS).to_arrow_reader(BATCH_ROWS):
            yield pa.Table.from_batches([batch]).cast(schema)

    def by_shard(self) -> Iterator[tuple[int, int, pa.RecordBatch]]:
        """Numbers of source and shard, and the draws on it by row and epoch: row, tokens, epoch, part (by number), position."""
        found = self.database.sql("select * from drawn order by source, shard, row, epoch").to_arrow_reader(BATCH_ROWS)
        cut = (part for batch in found for part in _of_one_shard(batch))
        for (source, shard), parts in groupby(cut, lambda part: (part["source"][0].as_py(), part["shard"][0].as_py())):
            yield source, shard, pa.concat_batches(list(parts))

    def rows_and_tokens(self) -> tuple[int, int]:
        """Of the mix."""
        rows, tokens = self.database.execute("select count(*), coalesce(sum(tokens), 0)::bigint from drawn").fetchall()[0]
        return rows, tokens

    def bounds(self, size: int, row: int) -> list[int]:
        """First positions of all ranges but the first one, where the tokens of a range, and `row` more for each of its rows, are about
        `size`."""
        blocks = (
            f"select sum(tokens)::bigint + {row} * count(*) as size from drawn group by position // {BLOCK} order by position // {BLOCK}"
        )
        through = np.cumsum(self.database.sql(blocks).to_arrow_table()["size"].to_numpy())
        return (BLOCK * (np.flatnonzero(np.diff(through // size)) + 1)).tolist() if len(through) else []


@contextmanager
def draw(recipe: MixRecipe, pools: Sequence[Pool]) -> Generator[Draw]:
    """The rows that the recipe draws from its pools."""
    with _offered(recipe, pools) as database:
        database.register("parts", _parts(recipe))
        for statement in _DRAW.split(";"):
            database.execute(statement, {"seed": recipe.seed} if "$seed" in statement else None)
        yield Draw(database)


def tokens_offered(recipe: MixRecipe, pools: Sequence[Pool]) -> list[int]:
    """Tokens of each source's rows that nothing excludes."""
    with _offered(recipe, pools) as database:
        found = dict(database.execute("select source, sum(tokens)::bigint from offered where excluded is null group by source").fetchall())
    return [found.get(source, 0) for source in range(len(pools))]


@contextmanager
def _offered(recipe: MixRecipe, pools: Sequence[Pool]) -> Generator[duckdb.DuckDBPyConnection]:
    """A database with the candidates, and the view `offered` of them."""
    with on_disk(sum(manifest.rows for pool in pools for manifest in pool.drawn_from)) as database:
        database.register("read", pa.RecordBatchReader.from_batches(NUMBERED, _numbered(pools)))
        database.execute("create table candidates as select * from read")
        database.register("sources", _sources(recipe))
        for statement in _OFFERED.split(";"):
            database.execute(statement, {"exclude_edited": recipe.exclude_edited} if "$" in statement else None)
        yield database


def _of_one_shard(draws: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    changes = [np.diff(draws[name].to_numpy()) != 0 for name in ("source", "shard")]
    ends = [*(np.flatnonzero(changes[0] | changes[1]) + 1).tolist(), draws.num_rows]
    return (draws.slice(start, end - start) for start, end in pairwise([0, *ends]) if end > start)


def _numbered(pools: Sequence[Pool]) -> Iterator[pa.RecordBatch]:
    for source, pool in enumerate(pools):
        for shard, rows in enumerate(pool.candidates()):
            numbers = [pa.repeat(pa.scalar(number, pa.int64()), rows.num_rows) for number in (source, shard)]
            yield from pa.table([*numbers, *rows.columns], schema=NUMBERED).to_batches()


def _sources(recipe: MixRecipe) -> pa.Table:
    budgets = [sum(column) for column in zip(*recipe.budgets(), strict=True)]
    rows = [
        {
            "source": number,
            "source_table": source.table,
            "budget": budgets[number],
            "epochs_max": recipe.cap(source),
            "same_id": source.table in SAME_ID,
        }
        for number, source in enumerate(recipe.sources)
    ]
    return pa.Table.from_pylist(rows, schema=SOURCES)


def _parts(recipe: MixRecipe) -> pa.Table:
    """For each source the section of its stream that each part of the curriculum takes, as shares of the stream."""
    rows: list[dict[str, float]] = []
    for source, budgets in enumerate(zip(*recipe.budgets(), strict=True)):
        total, begun = sum(budgets), 0.0
        for part, budget in enumerate(budgets):
            last = not any(budgets[part + 1 :])
            ends = 2.0 if last and budget else (begun + budget) / total  # so that rounding leaves no row after the last section
            rows.append({"source": source, "part": part, "begins": begun / total, "ends": ends})
            begun += budget
    return pa.Table.from_pylist(rows, schema=PARTS)
