"""Draws a mix: each source up to its share of the budget, repeated up to the cap, interleaved by a seeded hash."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tierline.document import TABLES, content_id
from tierline.lake import Lake, Manifest, StageResult, decision_table
from tierline.mixes.contamination import Exclusions, read_exclusions
from tierline.mixes.recipe import MixRecipe, MixSource


@dataclass(frozen=True, slots=True)
class Pool:
    """What one source offers: columns row_id, shard, tokens, excluded (the rule that keeps a row out, or null).

    `manifests` are those it was read from and those that decided what is excluded.
    """

    source: MixSource
    offered: pa.Table
    manifests: tuple[Manifest, ...]


@dataclass(frozen=True, slots=True)
class Draw:
    """One row of the mix before its text is read."""

    pool: int
    row_id: str
    shard: str
    tokens: int
    epoch: int
    order: bytes


def read_pools(lake: Lake, recipe: MixRecipe) -> list[Pool]:
    """The promoted rows of every source, without their texts. An empty pool is a pool."""
    exclusions = read_exclusions(lake, [source.table for source in recipe.sources]) if recipe.exclude_contaminated else None
    return [_read_pool(lake, source, exclusions) for source in recipe.sources]


def pool_inputs(pools: Sequence[Pool]) -> dict[str, str]:
    """table/shard -> digest: the mix's inputs."""
    return {f"{manifest.table}/{manifest.shard}": manifest.digest for pool in pools for manifest in pool.manifests}


def sample_mix(lake: Lake, recipe: MixRecipe, pools: Sequence[Pool]) -> StageResult:
    """`mix_<phase>`: rows in training order, each naming the row it was drawn from.

    A source draws its rows in an order that depends on the seed and the row alone, so that a mix changes little when a shard
    comes in; a whole pass is finished before a row is repeated. A row that would overrun the source's share is left out.
    """
    draws: list[Draw] = []
    decisions: dict[str, dict[str, Any]] = {}
    weights = sum(pool.source.weight for pool in pools)
    for number, pool in enumerate(pools):
        budget = recipe.token_budget * pool.source.weight / weights
        drawn = _draw(number, pool, budget, recipe)
        draws += drawn
        taken = {draw.row_id for draw in drawn}
        for row in pool.offered.to_pylist():
            key = f"{pool.source.table}:{row['row_id']}"
            decision = {"row_id": key, "related_id": row["row_id"], "tokens": row["tokens"]}
            over = {"outcome": "dropped", "rule": row["excluded"] or "mix:over_budget", "threshold": None if row["excluded"] else budget}
            if decisions.get(key, over)["outcome"] != "kept":  # two sources may draw on one table
                decisions[key] = decision | ({"outcome": "kept"} if row["row_id"] in taken else over)
    draws.sort(key=lambda draw: draw.order)
    texts = _texts(lake, draws, pools)
    total = sum(draw.tokens for draw in draws)
    rows = [_row(position, draw, pools[draw.pool].source, texts[draw.pool][draw.row_id], total) for position, draw in enumerate(draws)]
    table = pa.Table.from_pylist(rows, schema=pa.schema(TABLES[recipe.stage].columns))
    return StageResult({recipe.stage: table}, {recipe.stage: (len(decisions), decision_table(decisions.values()))})


def _read_pool(lake: Lake, source: MixSource, exclusions: Exclusions | None) -> Pool:
    manifests = lake.promoted(source.table)
    columns = [TABLES[source.table].key, "shard", "tokens", *(["kind"] if source.kinds else [])]
    parts = [lake.read_promoted(source.table, manifest.shard, columns)[0] for manifest in manifests]
    offered = pa.concat_tables(parts) if parts else pa.schema([TABLES[source.table].schema.field(name) for name in columns]).empty_table()
    if source.kinds:
        offered = offered.filter(pc.is_in(offered["kind"], pa.array(source.kinds)))
    offered = offered.select(columns[:3]).rename_columns(["row_id", "shard", "tokens"])
    if exclusions is None:
        return Pool(source, offered.append_column("excluded", pa.nulls(offered.num_rows, pa.string())), tuple(manifests))
    excluded = exclusions.rules(source.table, offered["row_id"], offered["shard"])
    return Pool(source, offered.append_column("excluded", excluded), (*manifests, *exclusions.manifests))


def _draw(number: int, pool: Pool, budget: float, recipe: MixRecipe) -> list[Draw]:
    allowed = pool.offered.filter(pc.is_null(pool.offered["excluded"]))
    rows = sorted(allowed.to_pylist(), key=lambda row: _hash(recipe.seed, "draw", pool.source.table, row["row_id"]))
    drawn: list[Draw] = []
    spent = 0
    for epoch in range(recipe.epochs_max):
        before = spent
        for row in rows:
            if spent + row["tokens"] <= budget:
                spent += row["tokens"]
                order = _hash(recipe.seed, "order", str(epoch), row["row_id"])
                drawn.append(Draw(number, row["row_id"], row["shard"], row["tokens"], epoch, order))
        if spent == before:
            break
    return drawn


def _texts(lake: Lake, draws: Sequence[Draw], pools: Sequence[Pool]) -> list[dict[str, dict[str, Any]]]:
    """For each pool, row id -> what the mix keeps of the row; texts are read a shard at a time."""
    found: list[dict[str, dict[str, Any]]] = [{} for _ in pools]
    wanted: dict[tuple[int, str], set[str]] = defaultdict(set)
    for draw in draws:
        wanted[draw.pool, draw.shard].add(draw.row_id)
    for (number, shard), ids in sorted(wanted.items()):
        table = pools[number].source.table
        spec = TABLES[table]
        columns = [name for name in (spec.key, "url", "domain", "language", "text", "question") if name in spec.columns]
        rows = lake.read_promoted(table, shard, columns)[0]
        chosen = rows.filter(pc.is_in(rows[spec.key], pa.array(sorted(ids))))
        found[number] |= {row[spec.key]: row for row in chosen.to_pylist()}
    return found


def _row(position: int, draw: Draw, source: MixSource, row: dict[str, Any], total: int) -> dict[str, Any]:
    question = row.get("question")
    return {
        "row_id": content_id("mix", source.table, draw.row_id, str(draw.epoch), str(position)),
        "parents": [draw.row_id],
        "position": position,
        "epoch": draw.epoch,
        "weight": draw.tokens / max(1, total),
        "tokens": draw.tokens,
        "tier": TABLES[source.table].tier,
        "source_table": source.table,
        "source_shard": draw.shard,
        "doc_id": draw.row_id,
        "url": row.get("url"),
        "domain": row.get("domain"),
        "language": row.get("language"),
        "text": f"{question}\n{row['text']}" if question else row["text"],
    }


def _hash(seed: int, *parts: str) -> bytes:
    return hashlib.sha256("\x00".join((str(seed), *parts)).encode()).digest()
