"""What a mix may draw on: the candidates of each source, and what keeps some of them out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial, reduce

import pyarrow as pa
import pyarrow.compute as pc

from tierline.lake import Lake, Manifest
from tierline.mixes.contamination import Exclusions, read_exclusions
from tierline.mixes.recipe import MixRecipe, MixSource
from tierline.mixes.rights import Reserved, read_reserved
from tierline.mixes.superseded import COLUMNS as VERSIONED
from tierline.mixes.superseded import newest_versions, superseded
from tierline.tables import TABLES
from tierline.text.prose import DATA

NO_PROSE = "mix:data"  # the rule that keeps rows of the data lane out
EDITS = "l3_refined"
CANDIDATES = pa.schema(
    {"row": pa.int64(), "row_id": pa.string(), "tokens": pa.int64(), "excluded": pa.string(), "edits": pa.list_(pa.string())}
)


@dataclass(frozen=True, slots=True)
class Pool:
    """One source's candidates, which are not held: `candidates` reads them again each time, a table for each of `drawn_from`.

    Columns: the row's place in its shard, its id, its tokens, the rule that excludes it or null, and the documents of which it is an edit,
    or null. `decided_by` are the manifests that decided what is excluded.
    """

    source: MixSource
    drawn_from: tuple[Manifest, ...]
    decided_by: tuple[Manifest, ...]
    candidates: Callable[[], Iterator[pa.Table]]


def read_pools(lake: Lake, recipe: MixRecipe) -> list[Pool]:
    """The promoted rows of every source, without their texts. An empty pool is a pool."""
    tables = [source.table for source in recipe.sources]
    exclusions = read_exclusions(lake, tables) if recipe.exclude_contaminated else None
    reserved = read_reserved(lake, recipe.rights, tables) if recipe.rights else None
    decided_by = tuple(manifest for found in (exclusions, reserved) if found for manifest in found.manifests)
    pools: list[Pool] = []
    for source in recipe.sources:
        manifests = tuple(lake.promoted(source.table))
        read = partial(_candidates, lake, source, manifests, exclusions, reserved)
        pools.append(Pool(source, manifests, decided_by, read))
    return pools


def pool_inputs(pools: Sequence[Pool]) -> dict[str, str]:
    """table/shard -> digest: the mix's inputs."""
    manifests = [manifest for pool in pools for manifest in (*pool.drawn_from, *pool.decided_by)]
    return {f"{manifest.table}/{manifest.shard}": manifest.digest for manifest in manifests}


def _candidates(
    lake: Lake, source: MixSource, manifests: Sequence[Manifest], exclusions: Exclusions | None, reserved: Reserved | None
) -> Iterator[pa.Table]:
    spec, narrowed = TABLES[source.table], _narrowed(source)
    versioned = VERSIONED if set(VERSIONED) <= spec.columns.keys() else ()
    edits = ("kind", "parents") if source.table == EDITS else ()
    looked_at = [name for name in ("lane", *versioned, *edits) if name in spec.columns]
    columns = list(dict.fromkeys([spec.key, "shard", "tokens", *looked_at, *narrowed]))
    newest = newest_versions(_read(lake, one, list(versioned)) for one in manifests) if versioned else {}  # of any kind
    for manifest in manifests:
        rows = _read(lake, manifest, columns)
        rows = rows.append_column("row", pa.array(range(rows.num_rows), pa.int64()))
        rows = rows.filter(_wanted(rows, source, narrowed))
        excluded = pa.nulls(rows.num_rows, pa.string())
        if exclusions is not None:
            excluded = exclusions.rules(source.table, rows[spec.key], rows["shard"])
        if "lane" in columns:
            excluded = pc.if_else(pc.fill_null(pc.equal(rows["lane"], DATA), False), NO_PROSE, excluded)
        if versioned:
            excluded = pc.coalesce(excluded, superseded(rows, newest))
        if reserved is not None:
            excluded = pc.coalesce(reserved.rules(source.table, rows[spec.key]), excluded)
        edited = pa.nulls(rows.num_rows, pa.list_(pa.string()))
        if edits:
            edited = pc.if_else(pc.equal(rows["kind"], "edit"), rows["parents"], edited)
        yield pa.table([rows["row"], rows[spec.key], rows["tokens"], excluded, edited], schema=CANDIDATES)


def _read(lake: Lake, manifest: Manifest, columns: list[str]) -> pa.Table:
    """These columns, rows as they are stored: texts are found by their places."""
    return pa.Table.from_batches(lake.stream(manifest, columns), pa.schema([TABLES[manifest.table].schema.field(name) for name in columns]))


def _wanted(rows: pa.Table, source: MixSource, narrowed: Mapping[str, Sequence[str]]) -> pa.Array:
    """Which rows a source chooses."""
    chosen = [pc.is_in(rows[column], pa.array(values)) for column, values in narrowed.items() if values]
    if source.domains_excluded:
        chosen.append(pc.invert(pc.is_in(rows["domain"], pa.array(source.domains_excluded))))
    return reduce(pc.and_, chosen, pa.array([True] * rows.num_rows, pa.bool_()))


def _narrowed(source: MixSource) -> dict[str, tuple[str, ...]]:
    """The columns by which a source chooses rows, and the accepted values; none if it only excludes some."""
    wanted = {"kind": source.kinds, "language": source.languages, "domain": source.domains}
    return {name: values for name, values in wanted.items() if values or (name == "domain" and source.domains_excluded)}
