"""Trains and measures arms with every seed: one seed and curriculum a job, its budgets branching from one trunk in memory."""

from __future__ import annotations

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

from tierline.training.arms import FLAT, TIER, Arm, Rates, at, families, shared_steps
from tierline.training.checkpoint import State, export_model
from tierline.training.prepare import Prepared
from tierline.training.recipe import TESTED
from tierline.training.train import tokens_per_second, train

Run = dict[str, Any]
Progress = Callable[[int, int], None]  # runs done, runs in all
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
    paths = [folder / "runs" / f"{job.label}{arm.name}-{job.seed}.json" for arm in job.arms]
    stored = [_stored(path, job.experiment) for path in paths]
    if all(stored):
        return [run for run in stored if run]
    prepared = prepared.settled(job.tokens)
    pools = prepared.pools(job.seed)
    plans = [prepared.plan(arm, job.seed, pools, job.rates) for arm in job.arms]
    branches = [0, *(shared_steps(plans[0], plan) for plan in plans[1:])]
    branches = [step if step < plans[0].steps else 0 for step in branches]
    states: dict[int, State] = {}
    runs: list[Run] = []
    for arm, plan, branch, path in zip(job.arms, plans, branches, paths, strict=True):
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
        trained_by = time.process_time()
        measured = prepared.metric.measure(trained.model, prepared.tokenizer, device)
        tokens_a_step = rules.windows * prepared.recipe.model.context
        stride = max(1, len(trained.losses) // LOSSES_KEPT)
        first = start.step if start else 0
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
            "train_seconds": trained_by - began,
            "measure_seconds": time.process_time() - trained_by,
            **measured,
        }
        if job.seed == 0 and not job.label and arm.name in EXPORTED:
            about = {"arm": arm.name, "seed": job.seed, "tokens": run["tokens"], "experiment": job.experiment}
            export_model(trained.model, prepared.tokenizer, folder / "models" / arm.name, about)
        _write(path, run)
        runs.append(run)
    return runs


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
    """Carries out jobs in this process or, on a CPU, in several that each hold the prepared data and have `threads` threads."""

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
        if self._executor is None:
            with with_threads(self._threads):
                yield from (run_job(*self._given, job) for job in jobs)
            return
        for future in as_completed([self._executor.submit(_work, job) for job in jobs]):
            yield future.result()

    def speed(self) -> float:
        """Tokens of training per second of all workers together, probed side by side."""
        prepared, _, device = self._given
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


def _stored(path: Path, experiment: str) -> Run | None:
    try:
        run: Run = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return run if run.get("experiment") == experiment else None


def _write(path: Path, run: Run) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_suffix(".part")
    scratch.write_text(json.dumps(run) + "\n", "utf-8")
    scratch.replace(path)
