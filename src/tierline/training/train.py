"""Trains one model along a plan, starting from any saved state."""

from __future__ import annotations

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
from tierline.training.windows import Tiers

Look = Callable[[int, Decoder], None]
Kept = Callable[[State, list[float]], None]


@dataclass(slots=True)
class Trained:
    """A model, and the loss of each step it took here."""

    model: Decoder
    losses: list[float] = field(default_factory=list)


def train(
    plan: Plan,
    tiers: Tiers,
    shape: ModelShape,
    rules: Optimization,
    *,
    start: State | None = None,
    look: Look | None = None,
    keep: Collection[int] = (),
    kept: Kept | None = None,
    until: int | None = None,
    device: str = "cpu",
) -> Trained:
    """Runs the plan's steps from `start` (or from weights drawn from the plan's seed) up to `until`, exclusive.

    `look` is called with the model after every step, `kept` with the state and the losses so far after the numbers of steps in `keep`.
    On a CPU the same plan gives the same bits, whether or not it was interrupted; the caller sets the number of threads. On a GPU the
    model runs in bfloat16.
    """
    torch.use_deterministic_algorithms(device == "cpu")
    model = Decoder(shape, plan.seed).to(device)
    optimizer = make_optimizer(model, rules)
    first = start.step if start else 0
    if start:
        start.restore(model, optimizer)
    trained = Trained(model)
    model.train()
    with _denormals_flushed():
        for step in range(first, plan.steps if until is None else until):
            windows = torch.from_numpy(tiers.read(plan.batches[step])).to(device)
            trained.losses.append(_step(model, optimizer, windows, float(plan.rates[step]), rules.clip, device))
            if look:
                look(step + 1, model)
            if kept and step + 1 in keep:
                kept(State.of(step + 1, model, optimizer), trained.losses)
    return trained


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
