"""Asks whether the effect grows or shrinks with size: the claim's comparison with models and corpora of several sizes."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

from tierline.config.recipe import build, load_recipe
from tierline.errors import BadInput
from tierline.training.arms import FLAT, PLACEBO, TIER, Arm, Rates, at, main_arms
from tierline.training.experiment import Run, Workers, jobs_of
from tierline.training.metric import WEB, K
from tierline.training.model import Decoder
from tierline.training.prepare import Prepared
from tierline.training.recipe import TESTED, ModelShape
from tierline.training.registration import code_digest, read_registration, settled_as
from tierline.training.session import Session
from tierline.training.statistics import CONFIDENCE, Interval
from tierline.training.subsample import subsampled
from tierline.training.train import pick_device

FILE = "scale.json"  # kept beside the runs
BASE, TESTED_ARM, PLACEBO_ARM, PLACEBO_BASE = at(FLAT, 1.0), at(TIER, TESTED), at(PLACEBO, TESTED), at(FLAT, TESTED)
COMPARED = (BASE, TESTED_ARM, PLACEBO_ARM, PLACEBO_BASE)
Floats = npt.NDArray[np.float64]
Said = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class ScalingRecipe:
    """`widths` of models that have the registered one's layers, vocabulary, context and width of a head; `shares` of the corpus. A whole
    run takes `tokens_per_parameter` tokens for each of the model's parameters, whatever the corpus."""

    widths: tuple[int, ...]
    shares: tuple[float, ...]
    tokens_per_parameter: float
    seeds: tuple[int, ...] = (2001, 2002)

    def __post_init__(self) -> None:
        for name, values in (("widths", self.widths), ("shares", self.shares), ("seeds", self.seeds)):
            if len(set(values)) < 2 or len(set(values)) < len(values):
                raise ValueError(f"{name} must be at least two that differ")
        if min(self.widths) < 1 or self.tokens_per_parameter <= 0 or not 0 < min(self.shares) <= max(self.shares) <= 1:
            raise ValueError("widths and tokens_per_parameter must be above 0, and shares above 0 and at most 1")

    @classmethod
    def load(cls, path: str | Path) -> ScalingRecipe:
        """From a YAML file; BadInput if a setting is missing, unknown or not allowed."""
        return load_recipe(cls, path, "scaling recipe")


@dataclass(frozen=True, slots=True)
class Cell:
    """One size of model with one of corpus. `unique` are the corpus's admitted tokens, `tokens` those of a whole run; the gains, in bits
    per byte, are each seed's: of the tiers with TESTED of the compute over flat with all of it, in K and on held-out web, and of the
    placebo over flat at equal compute. `left_out` says why a cell has none."""

    experiment: str
    width: int
    parameters: int
    share: float
    unique: int
    tokens: int
    gains: tuple[float, ...] = ()
    web: tuple[float, ...] = ()
    placebo: tuple[float, ...] = ()
    left_out: str = ""


@dataclass(frozen=True, slots=True)
class Scaling:
    """Every cell, smaller models and corpora first. `registration` is the digest of the one whose learning rates were taken."""

    registration: str
    recipe: ScalingRecipe
    cells: tuple[Cell, ...]

    @property
    def ran(self) -> list[Cell]:
        """The cells that have gains."""
        return [cell for cell in self.cells if cell.gains]

    def mean(self, cell: Cell, of: str = "gains") -> Interval:
        """The mean over a cell's seeds with its interval, by Student's t from the spread of seeds within all cells together: one cell
        alone has too few. `of` is gains, web or placebo."""
        groups = [np.array(getattr(one, of), np.float64) for one in self.ran]
        own = np.array(getattr(cell, of), np.float64)
        freedom = sum(len(group) - 1 for group in groups)
        spread = math.sqrt(sum(float(((group - group.mean()) ** 2).sum()) for group in groups) / freedom)
        half = float(stats.t.ppf(0.5 + CONFIDENCE / 2, freedom)) * spread / math.sqrt(len(own))
        return Interval(float(own.mean()), float(own.mean()) - half, float(own.mean()) + half, len(own))

    @property
    def slopes(self) -> dict[str, Interval]:
        """What a doubling adds to the gain: "model", of its parameters and with them of a run's tokens, and "corpus", of its tokens. By
        least squares over all seeds of all cells, with Student's t from the residuals; empty if sizes are too few for both."""
        points = [(math.log2(cell.parameters), math.log2(cell.unique), gain) for cell in self.ran for gain in cell.gains]
        table = np.array(points, np.float64).reshape(-1, 3)
        design = np.column_stack([np.ones(len(table)), table[:, :2] - table[:, :2].mean(0)]) if len(table) else np.empty((0, 3))
        freedom = len(design) - design.shape[1]
        if freedom < 1 or np.linalg.matrix_rank(design) < design.shape[1]:
            return {}
        found, *_ = np.linalg.lstsq(design, table[:, 2])
        residuals = table[:, 2] - design @ found
        errors = np.sqrt(np.diag(np.linalg.inv(design.T @ design)) * float(residuals @ residuals) / freedom)
        reach = float(stats.t.ppf(0.5 + CONFIDENCE / 2, freedom)) * errors
        return {
            name: Interval(float(found[place]), float(found[place] - reach[place]), float(found[place] + reach[place]), len(table))
            for place, name in ((1, "model"), (2, "corpus"))
        }

    def metrics(self) -> dict[str, Any]:
        """Flat names and numbers, as benchmarks print them."""
        found: dict[str, Any] = {"scale_cells": len(self.ran), "scale_seeds": len(self.recipe.seeds)}
        for name, slope in self.slopes.items():
            found |= {f"scale_{name}_slope": slope.value, f"scale_{name}_slope_lo": slope.low, f"scale_{name}_slope_hi": slope.high}
        for cell in self.ran:
            own, name = self.mean(cell), f"scale_gain_w{cell.width}_c{round(100 * cell.share)}"
            found |= {name: own.value, f"{name}_lo": own.low, f"{name}_hi": own.high}
        placebos = [abs(float(np.mean(cell.placebo))) for cell in self.ran]
        return found | {"scale_placebo_largest": max(placebos, default=0.0)}


def run_scaling(session: Session, sources: Mapping[tuple[str, str], str], recipe: ScalingRecipe, said: Said) -> Scaling:
    """Trains and measures every cell with the registered curricula and learning rates, and keeps the outcome; what is done is not done
    again. `sources` as subsample.sources_by_row has them; `said` gets a line for every cell.

    BadInput without a registration, if seeds or widths are none that can be used, or if every cell is left out.
    """
    document = read_registration(session.folder)
    registered: dict[str, Any] = document["registered"]
    _check(recipe, session.prepared, registered)
    base, rates = settled_as(document, session.prepared)
    known = {cell.experiment: cell for cell in _kept_cells(session.folder)}
    corpora = {share: subsampled(base, sources, share) for share in sorted(recipe.shares)}
    cells: list[Cell] = []
    for width in sorted(recipe.widths):
        for share, corpus in corpora.items():
            prepared, own = _sized(corpus, width, recipe), rates_for(width, base.recipe.model.width, rates)
            cell = _cell(prepared, own, width, share, recipe)
            cell = known.get(cell.experiment) or _carried_out(session, prepared, own, cell, recipe)
            cells.append(cell)
            _keep(Scaling(document["digest"], recipe, tuple(cells)), session.folder)
            said(_line(cell))
    found = Scaling(document["digest"], recipe, tuple(cells))
    if not found.ran:
        raise BadInput(f"every size is left out: {cells[0].left_out}", "scaling recipe", "lower tokens_per_parameter or give more text")
    return found


def shape_for(width: int, base: ModelShape) -> ModelShape:
    """The registered model with another width: heads of the same width, hidden layers in proportion, to a multiple of 8. BadInput if
    heads do not fit."""
    head = base.width // base.heads
    if width % head:
        raise BadInput(f"width {width} has no whole number of heads", "scaling recipe", f"give multiples of {head}")
    return replace(base, width=width, heads=width // head, hidden=8 * math.ceil(width * base.hidden / base.width / 8))


def rates_for(width: int, base: int, rates: Rates) -> Rates:
    """The registered learning rates, by the inverse square root of the width (Vaswani et al. 2017, arXiv 1706.03762, section 5.3): between
    Adam's two in Yang et al. 2022 (arXiv 2203.03466, table 3), the inverse for hidden matrices and the same one for the embedding,
    as one rate has to serve both here."""
    return replace(rates, rates={trunk: rate * math.sqrt(base / width) for trunk, rate in rates.rates.items()})


def parameters_of(shape: ModelShape) -> int:
    """Of the whole model, with its embedding."""
    return sum(weights.numel() for weights in Decoder(shape).parameters())


def read_scaling(folder: str | Path, registration: str) -> Scaling | None:
    """The outcome that is kept in a folder, if it is of the registration with that digest and has gains."""
    path = Path(folder) / FILE
    try:
        found = build(Scaling, json.loads(path.read_text("utf-8"))["scaling"], str(path))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if found.registration == registration and found.ran else None


def _check(recipe: ScalingRecipe, base: Prepared, registered: Mapping[str, Any]) -> None:
    if base.digest != registered["corpus"]:
        raise BadInput("is not the corpus whose learning rates are registered", "corpus", "restore it, or register another experiment")
    used = sorted(set(recipe.seeds) & {*registered["seeds"], *registered["pilot_seeds"]})
    if used:
        raise BadInput(f"seed {used[0]} is the registered experiment's", "scaling recipe", "give seeds that neither it nor its pilot has")
    for width in recipe.widths:
        shape_for(width, base.recipe.model)


def _sized(corpus: Prepared, width: int, recipe: ScalingRecipe) -> Prepared:
    shape = shape_for(width, corpus.recipe.model)
    step = corpus.recipe.optimization.windows * shape.context
    tokens = step * round(recipe.tokens_per_parameter * parameters_of(shape) / step)
    return replace(corpus, recipe=replace(corpus.recipe, model=shape, tokens=tokens))


def _cell(prepared: Prepared, rates: Rates, width: int, share: float, recipe: ScalingRecipe) -> Cell:
    """A cell that has not run. Its experiment names everything that its runs depend on."""
    own, unique = prepared.recipe, prepared.scale["tier"]["L1"]["tokens"]
    name = f"{prepared.digest} {own!r} {rates!r} {recipe.seeds} {code_digest()}"
    return Cell(f"scale {hashlib.sha256(name.encode()).hexdigest()}", width, parameters_of(own.model), share, unique, own.tokens)


def _carried_out(session: Session, prepared: Prepared, rates: Rates, cell: Cell, recipe: ScalingRecipe) -> Cell:
    arms = [arm for arm in main_arms(prepared.recipe) if arm.name in COMPARED]
    if refused := _refused(prepared, arms, rates, recipe.seeds):
        return replace(cell, left_out=refused)
    jobs = jobs_of(arms, recipe.seeds, cell.tokens, rates, cell.experiment, f"scale-w{cell.width}-c{round(100 * cell.share)}-")
    runs: list[Run] = []
    with Workers(prepared, session.folder, pick_device(), session.workers, session.threads) as workers:
        for done in workers.carry_out(jobs):
            runs.extend(done)
            session.progress(len(runs), len(arms) * len(recipe.seeds))

    def gains(control: str, treated: str, score: str = K) -> tuple[float, ...]:
        scores = {(run["arm"], run["seed"]): run["scores"].get(score) for run in runs}
        pairs = [(scores[control, seed], scores[treated, seed]) for seed in recipe.seeds]
        return tuple(one - other for one, other in pairs if one is not None and other is not None)

    return replace(cell, gains=gains(BASE, TESTED_ARM), web=gains(BASE, TESTED_ARM, WEB), placebo=gains(PLACEBO_BASE, PLACEBO_ARM))


def _refused(prepared: Prepared, arms: Sequence[Arm], rates: Rates, seeds: Sequence[int]) -> str:
    """Why a corpus is too small for the arms, such as a row that would be read too often; "" if it is not. Nothing is trained for it."""
    try:
        for seed in seeds:
            pools = prepared.rows.windows(prepared.recipe, seed)
            for arm in arms:
                prepared.plan(arm, seed, pools, rates)
    except BadInput as refused:
        return f"{refused.where}: {refused.what}"
    return ""


def _line(cell: Cell) -> str:
    size = f"width {cell.width}, {cell.parameters:,} parameters, {cell.share:.0%} of the corpus, {cell.tokens:,} tokens"
    return f"{size}: {f'left out, {cell.left_out}' if cell.left_out else f'gain {float(np.mean(cell.gains)):+.4f}'}"


def _kept_cells(folder: Path) -> tuple[Cell, ...]:
    path = folder / FILE
    try:
        return build(Scaling, json.loads(path.read_text("utf-8"))["scaling"], str(path)).cells
    except (OSError, ValueError, KeyError, TypeError):
        return ()


def _keep(found: Scaling, folder: Path) -> None:
    kept = {"scaling": asdict(found), "metrics": found.metrics()}
    (folder / FILE).write_text(json.dumps(kept, indent=2) + "\n", "utf-8")
