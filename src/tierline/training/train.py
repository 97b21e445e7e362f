"""Trains one model along a plan, from the beginning or from a state that plans share, and averages its last checkpoints."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from tierline.training.arms import Plan
from tierline.training.checkpoint import State
from tierline.training.model import Decoder
from tierline.training.recipe import ModelShape, Optimization
from tierline.training.windows import Pools

Kept = Callable[[State], None]


@dataclass(slots=True)
class Trained:
    """A model, and the loss of each step it took here."""

    model: Decoder
    losses: list[float] = field(default_factory=list)


def train(
    plan: Plan,
    pools: Pools,
    shape: ModelShape,
    rules: Optimization,
    *,
    start: State | None = None,
    keep: Collection[int] = (),
    kept: Kept | None = None,
    device: str = "cpu",
) -> Trained:
    """Runs the plan's steps from `start`, or from weights drawn from the plan's seed; the model that is returned has the mean weights of
    the last checkpoints.

    `kept` is called with the state after the numbers of steps in `keep`. On a CPU the same plan gives the same bits, from any start; the
    caller sets the number of threads. On a GPU the model runs in bfloat16.
    """
    torch.use_deterministic_algorithms(device == "cpu")
    torch.utils.deterministic.fill_uninitialized_memory = False  # pyright: ignore[reportAttributeAccessIssue] - nothing reads it
    model = Decoder(shape, plan.seed).to(device)
    optimizer = make_optimizer(model, rules)
    first = start.step if start else 0
    if start:
        start.restore(model, optimizer)
    trained, mean = Trained(model), Mean(averaged_steps(plan.steps, rules))
    model.train()
    with _denormals_flushed():
        for step in range(first, plan.steps):
            windows = torch.from_numpy(pools.read(plan.batches[step])).to(device)
            trained.losses.append(_step(model, optimizer, windows, float(plan.rates[step]), rules.clip, device))
            mean.look(step + 1, model)
            if kept and step + 1 in keep:
                kept(State.of(step + 1, model, optimizer))
    mean.give(model)
    return trained


def averaged_steps(steps: int, rules: Optimization) -> tuple[int, ...]:
    """The steps after which weights count for the mean: the last one, and others evenly before it within the end of the decay."""
    span = rules.averaged_share * rules.decay_share * steps
    return tuple(sorted({max(1, round(steps - span * number / max(1, rules.averaged - 1))) for number in range(rules.averaged)}))


class Mean:
    """The mean of a model's weights over some steps."""

    def __init__(self, steps: Collection[int]) -> None:
        """Counts after these steps."""
        self._steps, self._sums = frozenset(steps), list[torch.Tensor]()
        self._count = 0

    @torch.no_grad()
    def look(self, step: int, model: Decoder) -> None:
        """Counts the model's weights if the step is one of them."""
        if step in self._steps:
            weights = [own.detach().double() for own in model.parameters()]
            self._sums = [sum_ + own for sum_, own in zip(self._sums, weights, strict=True)] if self._sums else weights
            self._count += 1

    @torch.no_grad()
    def give(self, model: Decoder) -> None:
        """Puts the mean into the model."""
        for own, sum_ in zip(model.parameters(), self._sums, strict=False):
            own.copy_(sum_ / self._count)


def make_optimizer(model: Decoder, rules: Optimization) -> torch.optim.AdamW:
    """AdamW; norms are not decayed."""
    matrices = [weights for weights in model.parameters() if weights.ndim > 1]
    norms = [weights for weights in model.parameters() if weights.ndim == 1]
    groups: list[dict[str, Any]] = [{"params": matrices, "weight_decay": rules.weight_decay}, {"params": norms, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=rules.learning_rate, betas=(rules.beta_1, rules.beta_2), fused=True)


def pick_device() -> str:
    """`cuda` if there is a GPU."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def precision(device: str) -> AbstractContextManager[Any]:
    """bfloat16 on a GPU, float32 elsewhere."""
    return torch.autocast("cuda", torch.bfloat16) if device == "cuda" else nullcontext()


@contextmanager
def _denormals_flushed() -> Generator[None]:
    """Denormal moments of unseen tokens would slow a CPU down to a fraction of its speed; what runs afterwards has them again."""
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)


def _step(model: Decoder, optimizer: torch.optim.Optimizer, windows: torch.Tensor, rate: float, clip: float, device: str) -> float:
    for group in optimizer.param_groups:
        group["lr"] = rate
    with precision(device):
        loss = model.loss(windows)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
    optimizer.step()
    value = float(loss.item())
    if not np.isfinite(value):
        raise FloatingPointError(f"the loss is {value}; lower the learning rate")
    return value


def tokens_per_second(shape: ModelShape, rules: Optimization, device: str, seconds: float = 4.0) -> float:
    """The speed of one worker in tokens of training per second, probed for some seconds on noise after a warm-up."""
    model = Decoder(shape).to(device)
    optimizer = make_optimizer(model, rules)
    noise = torch.randint(shape.vocabulary, (rules.windows, shape.context + 1), generator=torch.Generator().manual_seed(0)).to(device)
    with _denormals_flushed():
        for _ in range(3):
            _step(model, optimizer, noise, 0.0, rules.clip, device)
        began, steps = time.monotonic(), 0
        while time.monotonic() - began < seconds:
            _step(model, optimizer, noise, 0.0, rules.clip, device)
            steps += 1
    return steps * rules.windows * shape.context / (time.monotonic() - began)
