"""Runs every arm with every seed, flat first, so that the detectable effect is written down before the effect."""

from __future__ import annotations

import json
import math
import multiprocessing
import os
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import torch

from tierline.training.arms import FLAT, TIERED, Arm, Plan, composition, make_plan, shared_steps
from tierline.training.checkpoint import State, export_model, load_state, save_state
from tierline.training.evaluate import accuracies, bits_per_byte
from tierline.training.model import Decoder
from tierline.training.prepare import Prepared, prepare
from tierline.training.questions import chance
from tierline.training.recipe import TrainingRecipe
from tierline.training.statistics import minimum_detectable_effect
from tierline.training.train import pick_device, train
from tierline.training.windows import Tiers

Run = dict[str, Any]
Progress = Callable[[int, int], None]  # runs done, runs in all
LOSSES_KEPT = 200  # of a run, evenly


@dataclass(frozen=True, slots=True)
class Outcome:
    """Every run, and everything fixed or known before: `before` has the recipe, the scale and the minimum detectable effects."""

    recipe: TrainingRecipe
    arms: list[Arm]
    runs: list[Run]
    before: dict[str, Any]


def run_experiment(
    rows: pa.Table,
    recipe: TrainingRecipe,
    folder: str | Path,
    benchmarks: str | Path | None = None,
    *,
    workers: int = 1,
    progress: Progress = lambda done, whole: None,
) -> Outcome:
    """All arms and seeds on rows of corpus.SCHEMA. `folder` gets runs/*.json, before.json, tokenizer.json, what `rows.seen_at` reads, and
    models/ (flat and tiered of the first seed, in Hugging Face's form); runs that are there already, of the same recipe and rows, are
    not repeated.

    On a CPU each worker is a process with one thread; with a GPU there is one.
    """
    target, device = Path(folder), pick_device()
    prepared = prepare(rows, recipe, benchmarks)
    target.mkdir(parents=True, exist_ok=True)
    prepared.tokenizer.save(str(target / "tokenizer.json"))
    prepared.rows.save(target, recipe)
    arms, impossible = prepared.possible_arms()
    families = [[arm for arm in arms if arm.name == FLAT], *_families(arms, recipe)]
    whole, runs = len(arms) * recipe.seeds, list[Run]()
    with _Workers(prepared, target, device, workers) as carry_out:

        def train_all(some: Sequence[list[Arm]]) -> None:
            for found in carry_out([(family, seed) for family in some for seed in range(recipe.seeds)]):
                runs.extend(found)
                progress(len(runs), whole)

        train_all(families[:1])
        before = _before(prepared, runs) | {"impossible": impossible}
        (target / "before.json").write_text(json.dumps(before, indent=2) + "\n", "utf-8")
        train_all(families[1:])
    order = {arm.name: number for number, arm in enumerate(arms)}
    return Outcome(recipe, arms, sorted(runs, key=lambda run: (order[run["arm"]], run["seed"])), before)


def run_family(prepared: Prepared, folder: Path, device: str, arms: Sequence[Arm], seed: int) -> list[Run]:
    """Trains and measures arms with one seed. Steps that an arm shares with the family's first are not repeated: it continues from a
    copy of the first one's state, which gives the same bits."""
    paths = [folder / "runs" / f"{re.sub(r'[^A-Za-z0-9_.-]', '_', arm.name)}-{seed}.json" for arm in arms]
    stored = [_stored(path, prepared.digest) for path in paths]
    if all(stored):
        return [run for run in stored if run]
    packs = {domain: prepared.pack(seed, domain) for domain in {arm.without_domain for arm in arms}}
    plans = [make_plan(arm, seed, packs[arm.without_domain], prepared.recipe) for arm in arms]
    branches = {number: shared_steps(plans[0], plan) for number, plan in enumerate(plans) if number}
    states: dict[int, tuple[State, Run]] = {}
    runs: list[Run] = []
    for number, (plan, path) in enumerate(zip(plans, paths, strict=True)):
        start = states.get(branches.get(number, 0))
        keep = set(branches.values()) - {0} if number == 0 else set[int]()
        run = _run(prepared, folder, device, plan, packs[plan.arm.without_domain], start, keep, states)
        _write(path, run)
        runs.append(run)
    return runs


def _run(
    prepared: Prepared, folder: Path, device: str, plan: Plan, tiers: Tiers, start: tuple[State, Run] | None, keep: set[int], states: Any
) -> Run:
    recipe, name = prepared.recipe, f"{prepared.digest}/{plan.arm.name}/{plan.seed}"
    saved = folder / "states" / f"{re.sub(r'[^A-Za-z0-9_.-]', '_', plan.arm.name)}-{plan.seed}.safetensors"
    if start is None and not keep and saved.is_file():
        start = load_state(saved, name)
    losses, curve = (list(start[1]["losses"]), list(start[1]["curve"])) if start else ([], [])
    tokens_a_step = recipe.optimization.windows * recipe.model.context
    points = {round(recipe.steps * point / recipe.measuring.curve_points) for point in range(1, recipe.measuring.curve_points)}
    on_disk = set(range(recipe.checkpoint_steps, plan.steps, recipe.checkpoint_steps))
    before = list(losses)

    def look(step: int, model: Decoder) -> None:
        if step in points or step == plan.steps:
            curve.append([step * tokens_a_step, bits_per_byte(model, prepared.curve, device)["bits_per_byte"]])

    def kept(state: State, own: list[float]) -> None:
        notes = {"losses": before + own, "curve": list(curve)}
        if state.step in keep:
            states[state.step] = (state, notes)
        if state.step in on_disk:
            save_state(state, saved, name, notes)

    trained = train(
        plan, tiers, recipe.model, recipe.optimization, start=start and start[0], look=look, keep=keep | on_disk, kept=kept, device=device
    )
    losses = before + trained.losses
    scores = bits_per_byte(trained.model, prepared.heldout, device) | {
        f"accuracy:{name}": value for name, value in accuracies(trained.model, prepared.tokenizer, prepared.questions, device).items()
    }
    if plan.seed == 0 and plan.arm.name in (FLAT, TIERED):
        about = {"arm": plan.arm.name, "seed": plan.seed, "tokens": plan.steps * tokens_a_step, "recipe": recipe.digest}
        export_model(trained.model, prepared.tokenizer, folder / "models" / plan.arm.name, about)
    saved.unlink(missing_ok=True)
    stride = max(1, len(losses) // LOSSES_KEPT)
    return {
        "experiment": prepared.digest,
        "arm": plan.arm.name,
        "seed": plan.seed,
        "tokens": plan.steps * tokens_a_step,
        "composition": composition(plan, tiers),
        "epochs": {tier: share * plan.batches.size / len(tiers.sources[tier]) for tier, share in composition(plan, tiers).items()},
        "losses": [[(step + 1) * tokens_a_step, losses[step]] for step in range(0, len(losses), stride)],
        "curve": curve,
        "scores": scores,
    }


def _families(arms: Sequence[Arm], recipe: TrainingRecipe) -> list[list[Arm]]:
    """Arms with the same beginning as the tiered one are trained together with it, every other arm by itself. The longest come first."""
    first = recipe.phases[0].tiers
    together = [arm for arm in arms if arm.name == TIERED or arm.budget < 1 or (arm.without_tier and arm.without_tier not in first)]
    alone = [[arm] for arm in arms if arm not in together and arm.name != FLAT]
    return [together, *alone]


def _before(prepared: Prepared, flat: Sequence[Run]) -> dict[str, Any]:
    """Everything known before any other arm is evaluated."""
    sets = {question.set: [one for one in prepared.questions if one.set == question.set] for question in prepared.questions}
    effects = {name: minimum_detectable_effect([run["scores"][name] for run in flat]) for name in flat[0]["scores"]}
    return {
        "experiment": prepared.digest,
        "recipe": prepared.recipe.digest,
        "headline": prepared.recipe.headline,
        "seeds": prepared.recipe.seeds,
        "parameters": sum(weights.numel() for weights in Decoder(prepared.recipe.model).parameters()),
        "scale": prepared.scale,
        "questions": {name: len(own) for name, own in sets.items()},
        "chance": {f"accuracy:{name}": chance(own) for name, own in sets.items()},
        "minimum_detectable_effect": {name: value for name, value in effects.items() if math.isfinite(value)},
    }


class _Workers:
    """Runs jobs in this process, or in several that each hold the prepared data."""

    def __init__(self, prepared: Prepared, folder: Path, device: str, workers: int) -> None:
        self._given = (prepared, folder, device)
        self._workers = workers if device == "cpu" else 1
        self._executor: ProcessPoolExecutor | None = None

    def __enter__(self) -> Callable[[Sequence[tuple[list[Arm], int]]], Iterator[list[Run]]]:
        if self._workers > 1:
            context = multiprocessing.get_context("spawn")
            self._executor = ProcessPoolExecutor(self._workers, context, _start, self._given)
        return self._carry_out

    def __exit__(self, *_: object) -> None:
        if self._executor:
            self._executor.shutdown(cancel_futures=True)

    def _carry_out(self, jobs: Sequence[tuple[list[Arm], int]]) -> Iterator[list[Run]]:
        if self._executor is None:
            threads = torch.get_num_threads()
            torch.set_num_threads(1)  # sums have the same order on every machine
            yield from (run_family(*self._given, family, seed) for family, seed in jobs)
            torch.set_num_threads(threads)
            return
        for future in as_completed([self._executor.submit(_work, family, seed) for family, seed in jobs]):
            yield future.result()


_given: list[tuple[Prepared, Path, str]] = []  # of this worker process


def _start(prepared: Prepared, folder: Path, device: str) -> None:
    torch.set_num_threads(1)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _given.append((prepared, folder, device))


def _end_with_parent() -> None:
    """End with the parent: a killed parent cannot stop its workers, and a worker would first finish hours of training."""
    parent = multiprocessing.parent_process()
    if parent:
        parent.join()
        os._exit(1)


def _work(family: list[Arm], seed: int) -> list[Run]:
    return run_family(*_given[0], family, seed)


def _stored(path: Path, digest: str) -> Run | None:
    try:
        run: Run = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return run if run.get("experiment") == digest else None


def _write(path: Path, run: Run) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_suffix(".part")
    scratch.write_text(json.dumps(run) + "\n", "utf-8")
    scratch.replace(path)
