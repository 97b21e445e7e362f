"""Draws a mix: each source up to its share of the budget, repeated up to its cap, interleaved by a seeded hash."""

from __future__ import annotations

import hashlib
import tempfile
from collections import defaultdict
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from tierline.lake import Lake, Manifest, StageResult
from tierline.lake.external_sort import SortingBuffer
from tierline.lineage.inherit import SAME_ID
from tierline.mixes.contamination import Exclusions, read_exclusions
from tierline.mixes.recipe import MixRecipe, MixSource
from tierline.mixes.rights import Reserved, read_reserved
from tierline.mixes.superseded import COLUMNS as VERSIONED
from tierline.mixes.superseded import superseded
from tierline.tables import DECISION_COLUMNS, TABLES, content_id
from tierline.text.prose import DATA

SOURCES = pa.schema({"source": pa.int64(), "source_table": pa.string(), "budget": pa.float64(), "epochs_max": pa.int64()})
PARTS = pa.schema({"source": pa.int64(), "part": pa.int64(), "begins": pa.float64(), "ends": pa.float64()})
EDITED = "mix:edited"  # the rule that keeps a document out where its edit is offered
NO_PROSE = "mix:data"  # the rule that keeps rows of the data lane out
EDITS = "l3_refined"
COPIED = ("url", "domain", "language", "text", "question")

# A source is one long stream: its rows in an order that depends only on the seed and the row, once for each epoch. A mix takes the stream's
# beginning; the parts of the curriculum divide it in proportion to their budgets, also if it ends before the budget does.
_DRAW = """
create table drawn as
with allowed as (
    select offered.*, source_table, budget, epochs_max, sha256(concat_ws('/', $seed, 'draw', source_table, row_id)) as place
    from offered join sources using (source)
    where excluded is null and tokens <= budget
),
passes as (
    select *,
        sum(tokens) over (partition by source order by place rows unbounded preceding) as through,
        sum(tokens) over (partition by source) as whole
    from allowed
),
streams as (
    select passes.*, unnest(range(epochs_max)) as epoch, epoch * whole + through as spent from passes
),
taken as (
    select *, max(spent) over (partition by source) as total from streams where spent <= budget
)
select source, row_id, shard, tokens, epoch, part,
    row_number() over (
        order by part, sha256(concat_ws('/', $seed, 'order', epoch, row_id)), source
    ) - 1 as position
from taken join parts using (source)
where (spent - tokens) / total >= begins and (spent - tokens) / total < ends
"""
_DECISIONS = """
with seen as (select distinct source, row_id from drawn),
decided as (
    select source_table, offered.row_id, max(tokens) as tokens, bool_or(seen.row_id is not null) as kept,
        min(excluded) as excluded, max(budget) as budget
    from offered join sources using (source) left join seen on seen.source = offered.source and seen.row_id = offered.row_id
    group by source_table, offered.row_id
)
select
    concat_ws(':', source_table, row_id) as row_id,
    if(kept, 'kept', 'dropped') as outcome,
    if(kept, null, coalesce(excluded, 'mix:over_budget')) as rule,
    null as value,
    if(kept or excluded is not null, null, budget) as threshold,
    row_id as related_id,
    null as detail,
    tokens
from decided order by 1
"""


@dataclass(frozen=True, slots=True)
class Pool:
    """One source's candidates: columns row_id, shard, tokens, excluded (the rule that excludes a row, or null).

    `manifests` are those it was read from and those that decided what is excluded.
    """

    source: MixSource
    offered: pa.Table
    manifests: tuple[Manifest, ...]


def read_pools(lake: Lake, recipe: MixRecipe) -> list[Pool]:
    """The promoted rows of every source, without their texts. An empty pool is a pool."""
    tables = [source.table for source in recipe.sources]
    exclusions = read_exclusions(lake, tables) if recipe.exclude_contaminated else None
    reserved = read_reserved(lake, recipe.rights, tables) if recipe.rights else None
    pools = [_read_pool(lake, source, exclusions, reserved) for source in recipe.sources]
    return _without_edited(lake, pools) if recipe.exclude_edited else pools


def pool_inputs(pools: Sequence[Pool]) -> dict[str, str]:
    """table/shard -> digest: the mix's inputs."""
    return {f"{manifest.table}/{manifest.shard}": manifest.digest for pool in pools for manifest in pool.manifests}


def sample_mix(lake: Lake, recipe: MixRecipe, pools: Sequence[Pool]) -> StageResult:
    """`mix_<phase>`: rows in training order, each naming the row it was drawn from.

    A source draws its rows in an order that depends only on the seed and the row, so that a mix changes little when a shard
    is added; a whole pass is finished before a row is repeated. The row that would exceed the source's share ends the drawing.
    Ids and token counts of all candidates are held (spilling to disk if necessary), texts a batch at a time.
    """
    decisions, drawn = draw(recipe, pools)
    buffer = SortingBuffer(pa.schema(TABLES[recipe.stage].columns), TABLES[recipe.stage].order)
    for rows in _rows(lake, recipe, drawn):
        buffer.append(rows)
    return StageResult({recipe.stage: buffer.rows()}, {recipe.stage: (decisions.num_rows, decisions)})


def draw(recipe: MixRecipe, pools: Sequence[Pool]) -> tuple[pa.Table, pa.Table]:
    """(a decision about every candidate; the drawn rows: source and part by number, row_id, shard, tokens, epoch, position)."""
    with _database() as database:
        database.register("offered", _offered(pools))
        database.register("sources", _sources(recipe))
        database.register("parts", _parts(recipe))
        database.execute(_DRAW, {"seed": recipe.seed})
        decisions = database.sql(_DECISIONS).to_arrow_table().cast(pa.schema(DECISION_COLUMNS))
        drawn = database.sql("select * from drawn order by position").to_arrow_table()
    return decisions, drawn


@contextmanager
def _database() -> Generator[duckdb.DuckDBPyConnection]:
    """In memory, with a folder to spill to."""
    with tempfile.TemporaryDirectory(prefix="tierline-") as folder, duckdb.connect(config={"temp_directory": folder}) as database:
        yield database


def _read_pool(lake: Lake, source: MixSource, exclusions: Exclusions | None, reserved: Reserved | None) -> Pool:
    manifests = lake.promoted(source.table)
    spec, narrowed = TABLES[source.table], _narrowed(source)
    has_versions = set(VERSIONED) <= spec.columns.keys()
    looked_at = ("lane", *(VERSIONED if has_versions else ()))
    columns = list(dict.fromkeys([spec.key, "shard", "tokens", *(name for name in looked_at if name in spec.columns), *narrowed]))
    parts = [lake.read_promoted(source.table, manifest.shard, columns)[0] for manifest in manifests]
    rows = pa.concat_tables(parts) if parts else pa.schema([spec.schema.field(name) for name in columns]).empty_table()
    older = superseded(rows) if has_versions else pa.nulls(rows.num_rows, pa.string())  # by newer ones of any kind
    wanted = _wanted(rows, source, narrowed)
    rows, older = rows.filter(wanted), older.filter(wanted)
    is_data = pc.equal(rows["lane"], DATA) if "lane" in columns else pa.array([False] * rows.num_rows, pa.bool_())
    offered = rows.select(columns[:3]).rename_columns(["row_id", "shard", "tokens"])
    excluded, decided_by = pa.nulls(offered.num_rows, pa.string()), ()
    if exclusions is not None:
        excluded, decided_by = exclusions.rules(source.table, offered["row_id"], offered["shard"]), exclusions.manifests
    excluded = pc.coalesce(pc.if_else(pc.fill_null(is_data, False), NO_PROSE, excluded), older)
    if reserved is not None:
        excluded = pc.coalesce(reserved.rules(source.table, offered["row_id"]), excluded)
        decided_by = *decided_by, *reserved.manifests
    return Pool(source, offered.append_column("excluded", excluded), (*manifests, *decided_by))


def _wanted(rows: pa.Table, source: MixSource, narrowed: Mapping[str, Sequence[str]]) -> pa.Array:
    """Which rows a source chooses."""
    chosen = [pc.is_in(rows[column], pa.array(values)) for column, values in narrowed.items() if values]
    if source.domains_excluded:
        chosen.append(pc.invert(pc.is_in(rows["domain"], pa.array(source.domains_excluded))))
    return reduce(pc.and_, chosen, pa.array([True] * rows.num_rows, pa.bool_()))


def _without_edited(lake: Lake, pools: Sequence[Pool]) -> list[Pool]:
    """The pools, in which documents are excluded that a source of edits has edits of: the two are nearly one text."""
    edits = [pool.offered.filter(pc.is_null(pool.offered["excluded"])) for pool in pools if pool.source.table == EDITS]
    offered = {passage for rows in edits for passage in rows["row_id"].to_pylist()}
    edited: set[str] = set()
    for manifest in lake.promoted(EDITS) if offered else ():
        rows = lake.read_promoted(EDITS, manifest.shard, ["passage_id", "kind", "parents"])[0]
        rows = rows.filter(pc.equal(rows["kind"], "edit")).to_pylist()
        edited |= {parent for row in rows if row["passage_id"] in offered for parent in row["parents"]}
    return [_less(pool, edited) if pool.source.table in SAME_ID and edited else pool for pool in pools]


def _less(pool: Pool, edited: set[str]) -> Pool:
    """With these documents excluded, where no other rule did so."""
    found = pc.is_in(pool.offered["row_id"], value_set=pa.array(sorted(edited), pa.string()))
    rule = pc.if_else(found, pa.scalar(EDITED), pa.scalar(None, pa.string()))
    excluded = pc.coalesce(pool.offered["excluded"], rule)
    place = pool.offered.schema.get_field_index("excluded")
    return Pool(pool.source, pool.offered.set_column(place, "excluded", excluded), pool.manifests)


def _narrowed(source: MixSource) -> dict[str, tuple[str, ...]]:
    """The columns by which a source chooses rows, and the accepted values; none if it only excludes some."""
    wanted = {"kind": source.kinds, "language": source.languages, "domain": source.domains}
    return {name: values for name, values in wanted.items() if values or (name == "domain" and source.domains_excluded)}


def _offered(pools: Sequence[Pool]) -> pa.Table:
    numbers = [pa.array([number] * pool.offered.num_rows, pa.int64()) for number, pool in enumerate(pools)]
    return pa.concat_tables(pool.offered.append_column("source", number) for pool, number in zip(pools, numbers, strict=True))


def _sources(recipe: MixRecipe) -> pa.Table:
    budgets = [sum(column) for column in zip(*recipe.budgets(), strict=True)]
    rows = [
        {"source": number, "source_table": source.table, "budget": budgets[number], "epochs_max": recipe.cap(source)}
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


def _rows(lake: Lake, recipe: MixRecipe, drawn: pa.Table) -> Iterator[pa.Table]:
    """The mix's rows, source by source and shard by shard."""
    total = max(1, pc.sum(drawn["tokens"]).as_py() or 0)
    schema = pa.schema(TABLES[recipe.stage].columns)
    groups = drawn.select(["source", "shard"]).group_by(["source", "shard"]).aggregate([])
    for group in groups.sort_by([("source", "ascending"), ("shard", "ascending")]).to_pylist():
        source = recipe.sources[group["source"]]
        mine = drawn.filter((pc.field("source") == group["source"]) & (pc.field("shard") == group["shard"]))
        draws: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for draw in mine.to_pylist():
            draws[draw["row_id"]].append(draw)
        spec = TABLES[source.table]
        columns = [name for name in (spec.key, *COPIED) if name in spec.columns]
        wanted = pa.array(sorted(draws), pa.string())
        for batch in lake.stream_promoted(source.table, group["shard"], columns)[0].to_batches():
            chosen = batch.filter(pc.is_in(batch.column(spec.key), value_set=wanted)).to_pylist()
            rows = [_row(recipe, source, draw, row, total) for row in chosen for draw in draws[row[spec.key]]]
            yield pa.Table.from_pylist(rows, schema=schema)


def _row(recipe: MixRecipe, source: MixSource, draw: Mapping[str, Any], row: Mapping[str, Any], total: int) -> dict[str, Any]:
    question, doc_id, epoch, position = row.get("question"), draw["row_id"], draw["epoch"], draw["position"]
    text = f"{question}\n{row['text']}" if question else row["text"]
    return {
        "row_id": content_id("mix", source.table, doc_id, str(epoch), str(position)),
        "parents": [doc_id],
        "position": position,
        "curriculum": recipe.curriculum[draw["part"]].part,
        "epoch": epoch,
        "weight": draw["tokens"] / total,
        "tokens": draw["tokens"],
        "tier": TABLES[source.table].tier,
        "source": source.label,
        "source_table": source.table,
        "source_shard": draw["shard"],
        "doc_id": doc_id,
        "url": row.get("url"),
        "domain": row.get("domain"),
        "language": row.get("language"),
        "text_sha256": hashlib.sha256(text.encode()).hexdigest(),
        "text": text,
    }
