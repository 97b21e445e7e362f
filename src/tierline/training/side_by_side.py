"""Trains a stack of models, each along its own plan, and averages its last checkpoints; all plans have the same number of steps."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence

import numpy as np
import torch

from tierline.training.arms import Plan, shared_steps
from tierline.training.recipe import ModelShape, Optimization
from tierline.training.stacked import Stack
from tierline.training.train import averaged_steps
from tierline.training.windows import Pools

LOGITS_MAX = 2**29  # of all models together in one step: about 8 GiB of a GPU's memory with their gradients
LOOKED_AT = 100  # steps between two looks at the losses, each of which waits for the device


def together(count: int, shape: ModelShape, rules: Optimization) -> int:
    """How many of `count` models a step can hold."""
    return max(1, min(count, LOGITS_MAX // (rules.windows * shape.context * shape.vocabulary)))


def train_stack(
    stack: Stack,
    plans: Sequence[Plan],
    pools: Mapping[int, Pools],
    rules: Optimization,
    *,
    keep: Collection[int] = (),
    kept: dict[int, Stack] | None = None,
) -> list[list[float]]:
    """Runs the plans from where the stack is, model by model; `pools` are those of each seed. Afterwards it has the mean weights of the
    last checkpoints. Returns each model's losses by step. States after the numbers of steps in `keep` go into `kept`.

    FloatingPointError if a loss is not finite.
    """
    steps = plans[0].steps
    averaged, total = set(averaged_steps(steps, rules)), torch.zeros_like(stack.weights, dtype=torch.float64)
    count, losses = 0, list[torch.Tensor]()
    for step in range(stack.step, steps):
        windows = np.stack([pools[plan.seed].read(plan.batches[step]) for plan in plans])
        tokens = torch.from_numpy(windows).to(stack.weights.device, non_blocking=True)
        losses.append(stack.advance(tokens, [float(plan.rates[step]) for plan in plans], rules))
        if step + 1 in averaged:
            total, count = total + stack.weights, count + 1
        if kept is not None and step + 1 in keep:
            kept[step + 1] = stack.copy()
        if len(losses) % LOOKED_AT == 0 or step + 1 == steps:
            _refuse_infinite(losses[-1])
    if count:
        stack.weights = (total / count).to(stack.weights.dtype)
    return torch.stack(losses, 1).cpu().tolist()


def branch_points(plans: Sequence[Sequence[Plan]]) -> list[int]:
    """After how many steps each arm parts from the first, 0 if it shares none of them; plans by arm and model."""
    found = [0]
    for own in plans[1:]:
        shared = min(shared_steps(first, plan) for first, plan in zip(plans[0], own, strict=True))
        found.append(shared if shared < plans[0][0].steps else 0)
    return found


def stack_speed(shape: ModelShape, rules: Optimization, models: int, device: str, seconds: float = 10.0) -> float:
    """Tokens of training per second of all models together, probed on noise after a warm-up."""
    stack = Stack(shape, range(together(models, shape, rules)), device)
    draw = torch.Generator().manual_seed(0)
    noise = torch.randint(shape.vocabulary, (stack.count, rules.windows, shape.context + 1), generator=draw).to(device)
    rates = [0.0] * stack.count
    for _ in range(3):
        stack.advance(noise, rates, rules).sum().item()
    began, steps = time.monotonic(), 0
    while time.monotonic() - began < seconds:
        stack.advance(noise, rates, rules).sum().item()  # waits for the device: steps are counted when they are done
        steps += 1
    return steps * noise[:, :, 1:].numel() / (time.monotonic() - began)


def _refuse_infinite(losses: torch.Tensor) -> None:
    if not torch.isfinite(losses).all():
        raise FloatingPointError(f"a loss is not finite: {losses.tolist()}; lower the learning rate")
