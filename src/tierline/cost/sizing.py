"""Estimates how many GPUs a model needs and how fast it runs there: memory from its shape, speed from the GPU's data sheet.

No GPU was available for measurements: speeds are bounds between two shares of the hardware's peak, and say so. docs/models.md compares them
with published measurements.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeVar

from tierline.cost.rates import Rate
from tierline.errors import BadInput

Kind = TypeVar("Kind")
LEAST_SEQUENCES = 16  # with fewer at once, writing leaves a GPU idle: then take the next larger number of GPUs
USABLE = 0.9  # of a GPU's memory; vLLM's gpu_memory_utilization
COMPUTE_SHARES = (0.25, 0.5)  # of the peak that reading a prompt reaches: assumed
BANDWIDTH_SHARES = (0.4, 0.75)  # of the peak that writing reaches: assumed


@dataclass(frozen=True, slots=True)
class Shape:
    """The shape that decides a model's memory and speed; from its published config.json."""

    parameters: float
    layers: int
    kv_heads: int
    head_width: int
    weight_bytes: float = 2.0  # bfloat16

    @property
    def weights(self) -> float:
        """Bytes."""
        return self.parameters * self.weight_bytes

    @property
    def cache_per_token(self) -> int:
        """Bytes of keys and values in bfloat16 (grouped-query attention: Ainslie et al. 2023, arXiv 2305.13245)."""
        return 2 * self.layers * self.kv_heads * self.head_width * 2


@dataclass(frozen=True, slots=True)
class Gpu:
    """Data sheet: bytes, dense bfloat16 operations a second, bytes a second; and a rental price, which is assumed (mid-2026 listings)."""

    memory: float
    operations: float
    bandwidth: float
    hourly: float  # USD


MODELS = {
    "smollm2-135m": Shape(134.5e6, 30, 3, 64),
    "qwen2.5-0.5b": Shape(494e6, 24, 2, 64),
    "qwen2.5-7b": Shape(7.62e9, 28, 4, 128),
    "llama-3.1-8b": Shape(8.03e9, 32, 8, 128),
    "qwen2.5-32b": Shape(32.8e9, 64, 8, 128),
    "llama-3.1-70b": Shape(70.6e9, 80, 8, 128),
}
GPUS = {
    "l40s": Gpu(48e9, 362e12, 0.864e12, 1.0),
    "a100-80gb": Gpu(80e9, 312e12, 2.039e12, 1.6),
    "h100-sxm": Gpu(80e9, 989e12, 3.35e12, 2.9),
}


@dataclass(frozen=True, slots=True)
class Sizing:
    """One replica of a model: how many GPUs hold it, how many sequences fit at once, tokens a second read and written."""

    model: str
    gpu: str
    gpus: int
    weights: float  # bytes
    cache_per_token: int
    sequences: int
    read: Rate
    written: Rate
    hourly: float


def size(model: str, gpu: str, context: int, sequences: int) -> Sizing:
    """The fewest GPUs (a power of two, as tensor parallelism splits heads) that hold the weights and 16 sequences of `context` tokens, or
    `sequences` if that is less; then as many as fit, up to `sequences`. BadInput for an unknown name or a number that is not positive.

    Reading costs 2 operations per parameter and token (Kaplan et al. 2020, arXiv 2001.08361, 2.1); a step of writing reads the weights and
    half a context of cache for each sequence from memory once (Pope et al. 2022, arXiv 2211.05102), or is bound by its operations.
    """
    shape, card = _known(MODELS, model, "--model"), _known(GPUS, gpu, "--gpu")
    if context < 1 or sequences < 1:
        raise BadInput("must be at least 1", "--context, --sequences")
    one = context * shape.cache_per_token
    gpus = 1
    while gpus * card.memory * USABLE < shape.weights + min(sequences, LEAST_SEQUENCES) * one:
        gpus *= 2
    fitting = min(sequences, int((gpus * card.memory * USABLE - shape.weights) // one))
    operations, bandwidth = gpus * card.operations, gpus * card.bandwidth
    read = [share * operations / (2 * shape.parameters) for share in COMPUTE_SHARES]
    moved = (shape.weights + fitting * one / 2) / bandwidth
    written = [
        fitting / max(moved / share, fitting * 2 * shape.parameters / (operations * compute))
        for share, compute in zip(BANDWIDTH_SHARES, COMPUTE_SHARES, strict=True)
    ]
    return Sizing(
        model, gpu, gpus, shape.weights, shape.cache_per_token, fitting,
        Rate(math.sqrt(read[0] * read[1]), *read), Rate(math.sqrt(written[0] * written[1]), *written), gpus * card.hourly,
    )  # fmt: skip


def gpu_seconds(sizing: Sizing, prompt_tokens: float, output_tokens: float) -> Rate:
    """Of one replica: slow and fast ends of its speeds."""
    value, low, high = (
        prompt_tokens / getattr(sizing.read, end) + output_tokens / getattr(sizing.written, end) for end in ("value", "high", "low")
    )
    return Rate(value, low, high)


def _known(known: dict[str, Kind], name: str, where: str) -> Kind:
    if name not in known:
        raise BadInput(f"{name!r} is not known", where, f"give one of {', '.join(known)}")
    return known[name]
