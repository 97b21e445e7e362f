"""The training rows of an experiment: the windows that they make for every arm, with tokens or, afterwards, without."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tierline.config.recipe import build
from tierline.errors import BadInput
from tierline.lake import Lake
from tierline.lineage import Node, trace, trace_data
from tierline.training.arms import Arm, Rates, attribution_arms, main_arms, make_plan
from tierline.training.pools import assign_pools
from tierline.training.recipe import TrainingRecipe
from tierline.training.windows import END_ID, Pools, Tokens, lay_out, pack

# Files that an experiment keeps beside its runs.
ROWS, PLAN, REGISTRATION, FINDINGS = "rows.parquet", "plan.json", "registration.json", "findings.json"


@dataclass(frozen=True, slots=True)
class TrainingRows:
    """Id, tier, domain, number of tokens and usefulness of each row."""

    ids: tuple[str, ...]
    tiers: tuple[str, ...]
    domains: tuple[str, ...]
    lengths: tuple[int, ...]
    usefulness: tuple[float | None, ...]

    def windows(self, recipe: TrainingRecipe, seed: int, tokens: Sequence[Tokens] | None = None) -> Pools:
        """Windows of every pool in the seed's order of rows; without tokens they can be traced and not read."""
        phases, context = recipe.phases, recipe.model.context
        rows_of = assign_pools(self.ids, self.tiers, self.lengths, self.usefulness, phases.best_share, sorted(phases.decay))
        found = {}
        for pool, rows in rows_of.items():
            ids = [self.ids[row] for row in rows]
            if tokens is None:
                found[pool] = lay_out(ids, [self.lengths[row] for row in rows], context, seed)
            else:
                found[pool] = pack(ids, [tokens[row] for row in rows], context, seed, END_ID)
        return Pools(found)

    def save(self, folder: Path, recipe: TrainingRecipe, rates: Rates) -> None:
        """Saves the data for `seen_at` beside the runs."""
        columns = {"id": self.ids, "tier": self.tiers, "domain": self.domains, "tokens": self.lengths, "usefulness": self.usefulness}
        kinds = {"usefulness": pa.float64(), "tokens": pa.int64()}
        table = pa.table({name: pa.array(values, kinds.get(name, pa.string())) for name, values in columns.items()})
        pq.write_table(table, folder / ROWS, compression="zstd")
        plan = {"recipe": asdict(recipe), "rates": asdict(rates)}
        (folder / PLAN).write_text(json.dumps(plan, indent=2) + "\n", "utf-8")


@dataclass(frozen=True, slots=True)
class Seen:
    """A token of a run: the optimizer's step, window of the batch and place in the window, from 0, and its row."""

    arm: str
    seed: int
    position: int
    step: int
    window: int
    offset: int
    pool: str
    row_id: str


@dataclass(frozen=True, slots=True)
class TracedToken:
    """A token of a run, and the trace of its row."""

    seen: Seen
    node: Node

    @property
    def place(self) -> str:
        """A line that says where the token was seen."""
        own = self.seen
        place = f"position {own.position} of {own.arm}, seed {own.seed}: step {own.step}, window {own.window}, token {own.offset}"
        return f"{place}, is of {own.row_id} ({own.pool})"

    def as_json(self) -> dict[str, Any]:
        """Place and trace, for programs."""
        return asdict(self.seen) | {"trace": trace_data(self.node)}


def trace_run(lake: Lake, folder: str | Path, arm: str, seed: int, position: int) -> TracedToken:
    """Trace the token at a position of a run down to the crawl file. BadInput as `seen_at`, or if the lake is not the one
    that the experiment's corpus was taken from."""
    seen = seen_at(folder, arm, seed, position)
    return TracedToken(seen, trace(lake, seen.row_id))


def seen_at(folder: str | Path, arm: str, seed: int, position: int) -> Seen:
    """The token number `position`, from 0, that an arm of the experiment in a folder saw. BadInput if there is no experiment,
    arm, seed or position of that name."""
    root = Path(folder)
    try:
        kept = pq.read_table(root / ROWS)
        plan: dict[str, Any] = json.loads((root / PLAN).read_text("utf-8"))
    except (OSError, ValueError, pa.ArrowInvalid):
        raise BadInput(f"holds no experiment: no {ROWS} can be read", str(folder), "give the --out of benchmarks.training") from None
    recipe, rates = build(TrainingRecipe, plan["recipe"], str(root / PLAN)), build(Rates, plan["rates"], str(root / PLAN))
    columns = ("id", "tier", "domain", "tokens", "usefulness")
    rows = TrainingRows(*(tuple(kept[name].to_pylist()) for name in columns))
    arms: dict[str, Arm] = {one.name: one for one in [*main_arms(recipe), *attribution_arms(recipe)]}
    if arm not in arms:
        raise BadInput("no such arm", arm, f"arms are {', '.join(arms)}")
    if not 0 <= seed < recipe.seeds:
        raise BadInput(f"no run with seed {seed}", str(folder), f"seeds are 0 to {recipe.seeds - 1}")
    windows = rows.windows(recipe, seed)
    batches = make_plan(arms[arm], seed, windows, recipe, rates).batches
    if not 0 <= position < batches.size * recipe.model.context:
        raise BadInput(f"there is no position {position}: the run takes {batches.size * recipe.model.context} tokens", arm)
    place, offset = divmod(position, recipe.model.context)
    step, window = divmod(place, batches.shape[1])
    return Seen(arm, seed, position, step, window, offset, *windows.row_at(int(batches[step, window]), offset))
