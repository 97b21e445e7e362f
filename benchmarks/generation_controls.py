"""Makes the selections that a generation's own is compared with, and the training rows that each of them gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from tierline.lake import Lake
from tierline.tables.tiers import Tier
from tierline.training.prepare import Prepared

Chosen = Mapping[str, float]  # document -> its usefulness


@dataclass(frozen=True, slots=True)
class Selection:
    """What L2 decided about each document of L1, and how useful it is."""

    kept: Mapping[str, bool]
    usefulness: Mapping[str, float]

    @property
    def chosen(self) -> dict[str, float]:
        """The documents that it kept."""
        return {name: self.usefulness.get(name, 0.0) for name, kept in self.kept.items() if kept}

    def among(self, documents: set[str]) -> Selection:
        """The same of these documents alone."""
        return Selection({name: kept for name, kept in self.kept.items() if name in documents}, self.usefulness)


def read_selection(lake: Lake) -> Selection:
    """Over all promoted shards."""
    kept: dict[str, bool] = {}
    for manifest in lake.promoted("l2_selected"):
        rows = lake.decisions("l2_selected", manifest.shard)
        kept |= dict(zip(rows["row_id"].to_pylist(), (one == "kept" for one in rows["outcome"].to_pylist()), strict=True))
    useful: dict[str, float] = {}
    for manifest in lake.promoted("l2_scores"):
        rows = lake.read_promoted("l2_scores", manifest.shard, ["doc_id", "usefulness"])[0]
        useful |= dict(zip(rows["doc_id"].to_pylist(), rows["usefulness"].to_pylist(), strict=True))
    return Selection(kept, useful)


def swapped(before: Selection, after: Selection, seed: int) -> Chosen:
    """The selection before, with as many documents taken out, and others put in, as differ from the one after: drawn at random."""
    draw = np.random.default_rng(seed)
    common = sorted(before.kept.keys() & after.kept.keys())
    inside, outside = ([name for name in common if before.kept[name] == kept] for kept in (True, False))
    leaving = draw.permutation(inside)[: sum(not after.kept[name] for name in inside)].tolist()
    entering = draw.permutation(outside)[: sum(after.kept[name] for name in outside)].tolist()
    chosen = {name: useful for name, useful in before.chosen.items() if name not in set(leaving)}
    return chosen | {name: before.usefulness.get(name, 0.0) for name in entering}


def ranked(before: Selection, count: int) -> Chosen:
    """As many documents as another selection has, by the ranking before: first what it kept, the most useful of all; what L2 merged may
    be as useful as that, and comes after it."""
    order = sorted(before.kept, key=lambda name: (not before.kept[name], -before.usefulness.get(name, 0.0), name))
    return {name: before.usefulness.get(name, 0.0) for name in order[:count]}


def with_selection(prepared: Prepared, chosen: Chosen) -> Prepared:
    """The same inputs with another L2: rows of L1, as they are, with their usefulness. Upper tiers stay."""
    rows = prepared.rows
    others = [row for row, tier in enumerate(rows.tiers) if tier != Tier.L2]
    admitted = [row for row in others if rows.tiers[row] == Tier.L1 and rows.ids[row] in chosen]
    order = [*others, *admitted]
    made = replace(
        rows,
        ids=tuple(rows.ids[row] for row in order),
        tiers=(*(rows.tiers[row] for row in others), *(str(Tier.L2) for _ in admitted)),
        domains=tuple(rows.domains[row] for row in order),
        lengths=tuple(rows.lengths[row] for row in order),
        usefulness=(*(rows.usefulness[row] for row in others), *(chosen[rows.ids[row]] for row in admitted)),
    )
    return replace(prepared, rows=made, tokens=tuple(prepared.tokens[row] for row in order))
