"""Samples a mix: draws candidates by recipe, and makes the rows of those that are drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from tierline.compute.workers import IN_PROCESS, Workers
from tierline.lake import Lake, StageResult
from tierline.lake.external_sort import Rows, scan
from tierline.lake.result import LEDGER_BYTES
from tierline.lake.spooled import spooled
from tierline.mixes.draw import draw
from tierline.mixes.pools import Pool
from tierline.mixes.recipe import MixRecipe
from tierline.mixes.rows import made_rows
from tierline.tables import DECISION_COLUMNS, TABLES


def sample_mix(lake: Lake, recipe: MixRecipe, pools: Sequence[Pool], workers: Workers = IN_PROCESS) -> StageResult:
    """`mix_<phase>`: rows in training order, each naming the row it was drawn from.

    A source draws its rows in an order that depends only on the seed and the row, so that a mix changes little when a shard
    is added; a whole pass is finished before a row is repeated. The row that would exceed the source's share ends the drawing.
    Candidates are in a database on the local disk, and so are decisions and rows; one range of rows is held.
    """
    with draw(recipe, pools) as drawn:
        decisions = spooled(pa.schema(DECISION_COLUMNS), drawn.decisions(), LEDGER_BYTES)
        rows = spooled(pa.schema(TABLES[recipe.stage].columns), made_rows(lake, recipe, pools, drawn, workers))
    return StageResult({recipe.stage: rows}, {recipe.stage: (decisions.num_rows, decisions)})


def tokens_by_table(decisions: Rows) -> dict[str, int]:
    """Tokens of all candidates of each table, by the mix's decisions about them."""
    found = Counter[str]()
    for batch in scan(decisions, ["row_id", "tokens"]):
        tables = pc.list_element(pc.split_pattern(batch.column("row_id"), ":", max_splits=1), 0)
        tokens = pa.table({"table": tables, "tokens": batch.column("tokens")}).group_by("table").aggregate([("tokens", "sum")])
        found.update(dict(zip(tokens["table"].to_pylist(), tokens["tokens_sum"].to_pylist(), strict=True)))
    return dict(found)
