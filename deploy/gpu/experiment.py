"""Runs the prepared training experiment on a machine with a GPU, checks it, and leaves what is to be taken home in one folder.

Probe and pilot, registration, runs, report. Exit status 0: the outcome is sound, whichever way it went; 1: a check failed; 2: no GPU, or
bad input. What is done is not done again.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from tierline.config.bundled import folder
from tierline.display import printable
from tierline.errors import BadInput, TierlineError
from tierline.training.arms import main_arms
from tierline.training.corpus import read_corpus
from tierline.training.curation import read_curation
from tierline.training.experiment import Run
from tierline.training.findings import Findings, metrics_of
from tierline.training.prepare import Prepared, prepare
from tierline.training.recipe import ModelShape, Optimization, TrainingRecipe
from tierline.training.registration import FILE, read_registration
from tierline.training.report import first_line, write_report
from tierline.training.session import PILOT, Session
from tierline.training.stacked import Stack
from tierline.training.train import make_optimizer, pick_device, precision

STEPS, LEARNING_RATE = 8, 1e-3  # of the check that models side by side learn what one learns alone
LOSSES_PART_MAX = {"cuda": 0.05, "cpu": 1e-3}  # nats: bfloat16 has 8 bits of mantissa, and kernels differ


def main(arguments: list[str] | None = None) -> int:
    """See the module's docstring."""
    parser = argparse.ArgumentParser(prog="deploy.gpu.experiment", description=__doc__)
    parser.add_argument("--data", help="a folder with bench/ and text/; none: neither questions nor the source of no tier")
    parser.add_argument("--corpus", required=True, help="FOLDER/corpus that benchmarks.training --step corpus --out FOLDER has built")
    parser.add_argument("--recipe", help="a recipe file; none: recipes/training/h100.yaml")
    parser.add_argument("--out", required=True, help="where the experiment is kept; OUT/result is what to take home")
    parser.add_argument("--without-gpu", action="store_true", help="on the CPU, if there is no GPU: for a small recipe")
    parser.add_argument("--workers", type=int, default=1, help="processes, on the CPU")
    options = parser.parse_args(arguments)
    try:
        return carry_out(options, f"python -m deploy.gpu.experiment {' '.join(arguments or sys.argv[1:])}")
    except TierlineError as error:
        print(f"experiment: {printable(str(error))}", file=sys.stderr)
        return 2


def carry_out(options: argparse.Namespace, command: str) -> int:
    """Every step; returns the exit status."""
    device, began = pick_device(), time.monotonic()
    if device == "cpu" and not options.without_gpu:
        raise BadInput("no GPU is seen by torch", torch.__version__, "install torch for CUDA, or give --without-gpu and a small --recipe")

    def say(text: str) -> None:
        print(f"{time.monotonic() - began:7.1f} s  {text}", flush=True)

    recipe = TrainingRecipe.load(options.recipe or folder("recipes") / "training" / "h100.yaml")
    say(f"on {torch.cuda.get_device_name() if device == 'cuda' else 'the CPU'}, torch {torch.__version__}")
    apart = losses_apart(recipe.model, recipe.optimization, device)
    say(f"side by side and alone, losses differ by {apart:.2g} nats at most")
    cost = Path(options.corpus) / "corpus.json"
    prepared = prepare(read_corpus(options.corpus), recipe, options.data)
    say(f"prepared: {prepared.scale['tier']}")
    stages = read_curation(cost) if cost.is_file() else {}
    session = Session(prepared, Path(options.out), options.workers, stages, lambda done, whole: say(f"{done} of {whole} models"))
    pilot = session.pilot()
    say(f"pilot: {pilot.tokens_per_second:,.0f} tokens a second, {pilot.tokens:,} a whole run, gain {pilot.gain:+.4f}")
    say(f"registered {session.register()['digest']}")
    findings = session.run()
    page = write_report(findings, session.folder, command)
    failed = failures(findings, prepared, apart, device)
    say(first_line(findings))
    facts = {"device": device, "seconds": time.monotonic() - began, "losses_apart": apart, "tokens_per_second": pilot.tokens_per_second}
    _take(session.folder, page, {"facts": facts, "metrics": metrics_of(findings), "failed": failed})
    for line in failed:
        print(f"experiment: {line}", file=sys.stderr)
    say(f"{session.folder / 'result'}: {'sound' if not failed else f'{len(failed)} checks failed'}")
    return int(bool(failed))


def losses_apart(shape: ModelShape, rules: Optimization, device: str) -> float:
    """How far the losses of models side by side are from those of the same models alone, over some steps on the same noise; in nats."""
    draw = torch.Generator().manual_seed(0)
    windows = torch.randint(shape.vocabulary, (2, rules.windows, shape.context + 1), generator=draw).to(device)
    stack, rates, found = Stack(shape, (0, 1), device), [LEARNING_RATE] * 2, 0.0
    singles = [stack.model(number) for number in range(2)]
    optimizers = [make_optimizer(model, rules) for model in singles]
    for _ in range(STEPS):
        beside = stack.advance(windows, rates, rules).tolist()
        for number, (model, optimizer) in enumerate(zip(singles, optimizers, strict=True)):
            for group in optimizer.param_groups:
                group["lr"] = LEARNING_RATE
            with precision(device):
                loss = model.loss(windows[number])
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), rules.clip)
            optimizer.step()
            found = max(found, abs(loss.item() - beside[number]))
    return found


def failures(findings: Findings, prepared: Prepared, apart: float, device: str) -> list[str]:
    """What is wrong with the experiment, not with the claim: one line each."""
    arms, seeds = [arm.name for arm in main_arms(prepared.recipe)], range(prepared.recipe.seeds)
    found: list[str] = []
    if not apart <= LOSSES_PART_MAX[device]:
        found.append(f"models side by side do not learn what they learn alone: {apart:.3g} nats apart")
    if [(run["arm"], run["seed"]) for run in findings.runs] != [(arm, seed) for arm in arms for seed in seeds]:
        found.append("not every arm has run once with every seed")
    found += [f"{run['arm']}, seed {run['seed']}: {reason}" for run in findings.runs for reason in _reasons(run)]
    return found


def _reasons(run: Run) -> Sequence[str]:
    losses = [loss for _, loss in run["losses"]]
    if not all(map(math.isfinite, [*losses, *run["scores"].values()])):
        return ["a loss or a score is not finite"]
    return [] if run["steps_shared"] or min(losses) < losses[0] else ["it has learned nothing"]


def _take(experiment: Path, page: Path, outcome: dict[str, Any]) -> None:
    target = experiment / "result"
    target.mkdir(exist_ok=True)
    for path in (page, experiment / PILOT, experiment / FILE):
        shutil.copy2(path, target / path.name)
    read_registration(target)
    with (target / "runs.jsonl").open("w", encoding="utf-8") as file:
        for path in sorted((experiment / "runs").glob("*.json")):
            file.write(path.read_text("utf-8").strip() + "\n")
    (target / "outcome.json").write_text(json.dumps(outcome, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
