"""Trains and measures arms with every seed: one seed and curriculum a job, its budgets branching from one trunk in memory."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from tierline.errors import BadInput
from tierline.training.arms import FLAT, TIER, Arm, Plan, Rates, at, families, shared_steps
from tierline.training.checkpoint import State, export_model
from tierline.training.prepare import Prepared
from tierline.training.recipe import TESTED
from tierline.training.side_by_side import branch_points, stack_speed, together, train_stack
from tierline.training.stacked import Stack
from tierline.training.train import Trained, tokens_per_second, train
from tierline.training.windows import Pools

Run = dict[str, Any]
Progress = Callable[[int, int], None]  # runs done, runs in all
DIGEST = "digest"  # of a run's file: SHA-256 of everything else in it
LOSSES_KEPT = 200  # of a run, evenly
EXPORTED = (at(FLAT, 1.0), at(TIER, TESTED))  # models of the first seed that are kept


@dataclass(frozen=True, slots=True)
class Job:
    """Arms of one family with one seed and the tokens of a whole run. `experiment` names what the runs belong to: a run of another one
    is not taken for them."""

    arms: tuple[Arm, ...]
    seed: int
    tokens: int
    rates: Rates
    experiment: str
    label: str = ""  # goes before the arm in the names of files


def jobs_of(arms: Sequence[Arm], seeds: Sequence[int], tokens: int, rates: Rates, experiment: str, label: str = "") -> list[Job]:
    """Every family with every seed, the longest first."""
    return [Job(tuple(family), seed, tokens, rates, experiment, label) for family in families(list(arms)) for seed in seeds]


def run_job(prepared: Prepared, folder: Path, device: str, job: Job) -> list[Run]:
    """Trains and measures the job's arms. Steps that an arm shares with the first are not repeated: it continues from a copy of that
    one's state, which gives the same bits. Finished runs of the same experiment are read."""
    stored = [_stored(folder, job, arm) for arm in job.arms]
    if all(stored):
        return [run for run in stored if run]
    prepared = prepared.settled(job.tokens)
    pools = prepared.pools(job.seed)
    plans = [prepared.plan(arm, job.seed, pools, job.rates) for arm in job.arms]
    branches = [0, *(shared_steps(plans[0], plan) for plan in plans[1:])]
    branches = [step if step < plans[0].steps else 0 for step in branches]
    states: dict[int, State] = {}
    runs: list[Run] = []
    for arm, plan, branch in zip(job.arms, plans, branches, strict=True):
        rules = job.rates.of(arm.trunk, prepared.recipe.optimization)
        began, start = time.process_time(), states.get(branch)
        keep = set(branches) - {0} if not runs else set[int]()
        trained = train(
            plan,
            pools,
            prepared.recipe.model,
            rules,
            start=start,
            keep=keep,
            kept=lambda state: states.update({state.step: state}),
            device=device,
        )
        seconds, first = time.process_time() - began, start.step if start else 0
        runs.append(_finished(prepared, folder, device, job, arm, plan, pools, trained, seconds, first))
    return runs


def run_side_by_side(prepared: Prepared, folder: Path, device: str, jobs: Sequence[Job]) -> Iterator[list[Run]]:
    """Trains and measures jobs that `groups` put together as one stack of models, one for each job; what they take and leave is what
    `run_job` does, but for the last digits."""
    todo = list[Job]()
    for job in jobs:
        stored = [_stored(folder, job, arm) for arm in job.arms]
        if all(stored):
            yield [run for run in stored if run]
        else:
            todo.append(job)
    if not todo:
        return
    prepared = prepared.settled(todo[0].tokens)
    recipe = prepared.recipe
    pools = {seed: prepared.pools(seed) for seed in {job.seed for job in todo}}
    plans = [[prepared.plan(arm, job.seed, pools[job.seed], job.rates) for job in todo] for arm in todo[0].arms]
    branches = branch_points(plans)
    states: dict[int, Stack] = {}
    runs: list[list[Run]] = [[] for _ in todo]
    for number, (arm, own, branch) in enumerate(zip(todo[0].arms, plans, branches, strict=True)):
        began = time.process_time()
        stack = states[branch].copy() if branch else Stack(recipe.model, [job.seed for job in todo], device)
        rules = todo[0].rates.of(arm.trunk, recipe.optimization)
        losses = train_stack(stack, own, pools, rules, keep=set[int]() if number else set(branches) - {0}, kept=states)
        seconds = (time.process_time() - began) / len(todo)
        for place, (job, plan) in enumerate(zip(todo, own, strict=True)):
            trained = Trained(stack.model(place), losses[place])
            runs[place].append(_finished(prepared, folder, device, job, arm, plan, pools[job.seed], trained, seconds, branch))
    yield from runs


def _finished(
    prepared: Prepared,
    folder: Path,
    device: str,
    job: Job,
    arm: Arm,
    plan: Plan,
    pools: Pools,
    trained: Trained,
    seconds: float,
    first: int,
) -> Run:
    """Measures a model that was trained in so many seconds from step `first` on, and writes what is kept of the run."""
    rules, began = job.rates.of(arm.trunk, prepared.recipe.optimization), time.process_time()
    measured = prepared.metric.measure(trained.model, prepared.tokenizer, device)
    tokens_a_step = rules.windows * prepared.recipe.model.context
    stride = max(1, len(trained.losses) // LOSSES_KEPT)
    run: Run = {
        "experiment": job.experiment,
        "arm": arm.name,
        "seed": job.seed,
        "tokens": plan.steps * tokens_a_step,
        "steps_shared": first,
        "learning_rate": rules.learning_rate,
        "floor": rules.floor,
        "where": where(device),
        "passes": pools.passes(plan.batches.ravel()),
        "row_passes_max": pools.most_passes(plan.batches.ravel()),
        "losses": [[(first + step + 1) * tokens_a_step, trained.losses[step]] for step in range(0, len(trained.losses), stride)],
        "train_seconds": seconds,
        "measure_seconds": time.process_time() - began,
        **measured,
    }
    if job.seed == 0 and not job.label and arm.name in EXPORTED:
        about = {"arm": arm.name, "seed": job.seed, "tokens": run["tokens"], "experiment": job.experiment}
        export_model(trained.model, prepared.tokenizer, folder / "models" / arm.name, about)
    _write(_path(folder, job, arm), run)
    return run


def where(device: str) -> dict[str, Any]:
    """What the last bits of a run depend on beside its plan: the same sums are added in another order elsewhere."""
    instructions = torch.backends.cpu.get_cpu_capability()
    return {"device": device, "threads": torch.get_num_threads(), "instructions": instructions, "torch": torch.__version__}


@contextmanager
def with_threads(count: int) -> Generator[None]:
    """Sums have the same order on every machine with the same number of threads."""
    threads = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


class Workers(AbstractContextManager["Workers"]):
    """Carries out jobs: on a CPU in this process or in several that each hold the prepared data and have `threads` threads, on a GPU jobs
    of the same arms side by side."""

    def __init__(self, prepared: Prepared, folder: Path, device: str, workers: int, threads: int = 1) -> None:
        self._given = (prepared, folder, device)
        self._threads = threads
        self.count = workers if device == "cpu" else 1
        self._executor: ProcessPoolExecutor | None = None

    def __enter__(self) -> Workers:
        if self.count > 1:
            context = multiprocessing.get_context("spawn")
            self._executor = ProcessPoolExecutor(self.count, context, _start, (*self._given, self._threads))
        return self

    def __exit__(self, *_: object) -> None:
        if self._executor:
            self._executor.shutdown(cancel_futures=True)

    def carry_out(self, jobs: Sequence[Job]) -> Iterator[list[Run]]:
        """The runs of each job, in the order in which they end."""
        prepared, _, device = self._given
        if device == "cuda":
            for group in groups(jobs, together(len(jobs), prepared.recipe.model, prepared.recipe.optimization)):
                yield from run_side_by_side(*self._given, group)
            return
        if self._executor is None:
            with with_threads(self._threads):
                yield from (run_job(*self._given, job) for job in jobs)
            return
        for future in as_completed([self._executor.submit(_work, job) for job in jobs]):
            yield future.result()

    def speed(self) -> float:
        """Tokens of training per second of all workers together, probed side by side."""
        prepared, _, device = self._given
        if device == "cuda":
            return stack_speed(prepared.recipe.model, prepared.recipe.optimization, prepared.recipe.seeds, device)
        if self._executor is None:
            with with_threads(self._threads):
                return tokens_per_second(prepared.recipe.model, prepared.recipe.optimization, device)
        return sum(future.result() for future in [self._executor.submit(_probe) for _ in range(self.count)])


_given: list[tuple[Prepared, Path, str]] = []  # of this worker process


def _start(prepared: Prepared, folder: Path, device: str, threads: int) -> None:
    torch.set_num_threads(threads)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _given.append((prepared, folder, device))


def _end_with_parent() -> None:
    """End with the parent: a killed parent cannot stop its workers, and a worker would first finish hours of training."""
    parent = multiprocessing.parent_process()
    if parent:
        parent.join()
        os._exit(1)


def _work(job: Job) -> list[Run]:
    return run_job(*_given[0], job)


def _probe() -> float:
    prepared, _, device = _given[0]
    return tokens_per_second(prepared.recipe.model, prepared.recipe.optimization, device)


def groups(jobs: Sequence[Job], size: int) -> Iterator[list[Job]]:
    """Jobs of the same arms, tokens and length of the decay, up to `size` at a time."""
    alike: dict[tuple[int, float | None, str], list[Job]] = {}
    for job in jobs:
        alike.setdefault((job.tokens, job.rates.decay_share, repr(job.arms)), []).append(job)
    for own in alike.values():
        for start in range(0, len(own), size):
            yield own[start : start + size]


def _path(folder: Path, job: Job, arm: Arm) -> Path:
    return folder / "runs" / f"{job.label}{arm.name}-{job.seed}.json"


def _stored(folder: Path, job: Job, arm: Arm) -> Run | None:
    """The finished run, if there is one of this experiment. BadInput if it was changed since, or is another arm's or seed's."""
    path = _path(folder, job, arm)
    try:
        run: Run = json.loads(path.read_text("utf-8"))
        if run["experiment"] != job.experiment:
            return None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    digest = run.pop(DIGEST, None)
    if (run.get("arm"), run.get("seed"), digest) != (arm.name, job.seed, _digest_of(run)):
        raise BadInput("was changed after it was written", str(path), "remove it: the same numbers are made again")
    return run


def _write(path: Path, run: Run) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_suffix(".part")
    scratch.write_text(json.dumps(run | {DIGEST: _digest_of(run)}) + "\n", "utf-8")
    scratch.replace(path)


def _digest_of(run: Run) -> str:
    return hashlib.sha256(json.dumps(run, sort_keys=True).encode()).hexdigest()
