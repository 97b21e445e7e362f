"""The training rows of an experiment: the windows that they make for every arm, with tokens or, afterwards, without."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tierline.config.recipe import load_recipe
from tierline.errors import BadInput
from tierline.lake import Lake
from tierline.lineage import Node, trace, trace_data
from tierline.training.arms import Arm, all_arms, make_plan
from tierline.training.recipe import TrainingRecipe
from tierline.training.windows import END_ID, Tiers, Tokens, lay_out, pack

ROWS, RECIPE, FINDINGS = "rows.parquet", "recipe.json", "findings.json"  # files that an experiment keeps beside its runs


@dataclass(frozen=True, slots=True)
class TrainingRows:
    """Id, tier, domain and number of tokens of each row."""

    ids: tuple[str, ...]
    tiers: tuple[str, ...]
    domains: tuple[str, ...]
    lengths: tuple[int, ...]

    @property
    def domains_by_size(self) -> list[str]:
        """Domains, the one with most tokens first."""
        sizes: Counter[str] = Counter()
        for domain, length in zip(self.domains, self.lengths, strict=True):
            sizes[domain] += length
        return sorted(sizes, key=lambda name: (-sizes[name], name))

    def arms(self, recipe: TrainingRecipe) -> list[Arm]:
        """Every arm of the recipe, also those with too little text."""
        return all_arms(recipe, sorted(set(self.tiers)), self.domains_by_size)

    def windows(self, context: int, seed: int, without_domain: str = "", tokens: Sequence[Tokens] | None = None) -> Tiers:
        """Windows of every tier in the seed's order of rows; without tokens they can be traced and not read."""
        found = {}
        for tier in sorted(set(self.tiers)):
            own = [row for row, name in enumerate(self.tiers) if name == tier and self.domains[row] != without_domain]
            ids = [self.ids[row] for row in own]
            if tokens is None:
                found[tier] = lay_out(ids, [self.lengths[row] for row in own], context, seed)
            else:
                found[tier] = pack(ids, [tokens[row] for row in own], context, seed, END_ID)
        return Tiers(found)

    def save(self, folder: Path, recipe: TrainingRecipe) -> None:
        """Saves the data for `seen_at` beside the runs."""
        columns = {"id": self.ids, "tier": self.tiers, "domain": self.domains, "tokens": self.lengths}
        pq.write_table(pa.table({name: list(values) for name, values in columns.items()}), folder / ROWS, compression="zstd")
        (folder / RECIPE).write_text(json.dumps(asdict(recipe), indent=2) + "\n", "utf-8")


@dataclass(frozen=True, slots=True)
class Seen:
    """A token of a run: the optimizer's step, window of the batch and place in the window, from 0, and its row."""

    arm: str
    seed: int
    position: int
    step: int
    window: int
    offset: int
    tier: str
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
        return f"{place}, is of {own.row_id} ({own.tier})"

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
    except (OSError, pa.ArrowInvalid):
        raise BadInput(f"holds no experiment: no {ROWS} can be read", str(folder), "give the --out of benchmarks.training") from None
    recipe = load_recipe(TrainingRecipe, root / RECIPE, "recipe of an experiment")
    rows = TrainingRows(*(tuple(kept[name].to_pylist()) for name in ("id", "tier", "domain", "tokens")))
    arms = {one.name: one for one in rows.arms(recipe)}
    if arm not in arms:
        raise BadInput("no such arm", arm, f"arms are {', '.join(arms)}")
    if not 0 <= seed < recipe.seeds:
        raise BadInput(f"no run with seed {seed}", str(folder), f"seeds are 0 to {recipe.seeds - 1}")
    windows = rows.windows(recipe.model.context, seed, arms[arm].without_domain)
    batches = make_plan(arms[arm], seed, windows, recipe).batches
    if not 0 <= position < batches.size * recipe.model.context:
        raise BadInput(f"there is no position {position}: the run takes {batches.size * recipe.model.context} tokens", arm)
    place, offset = divmod(position, recipe.model.context)
    step, window = divmod(place, batches.shape[1])
    return Seen(arm, seed, position, step, window, offset, *windows.row_at(int(batches[step, window]), offset))
