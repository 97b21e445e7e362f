"""A small Llama-style decoder whose weights have Hugging Face's names, so that a checkpoint loads there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from tierline.training.recipe import ModelShape

EPSILON = 1e-5  # of RMSNorm
INIT_STD = 0.02  # GPT-2 (Radford et al. 2019); projections back into the residual stream are scaled by 1/sqrt(2 layers), section 2.3


@dataclass(slots=True)
class Seen:
    """Keys and values of the positions that a layer has read, with room for `room` of them."""

    room: int
    length: int = 0
    kept: tuple[Tensor, Tensor] | None = None  # each (batch, heads, room, width of a head)

    def extend(self, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """Keeps those of further positions, each (batch, heads, positions, width of a head); returns all up to now."""
        if self.kept is None:
            batch, heads, _, width = key.shape
            self.kept = key.new_empty(batch, heads, self.room, width), value.new_empty(batch, heads, self.room, width)
        first, self.length = self.length, self.length + key.shape[2]
        for kept, further in zip(self.kept, (key, value), strict=True):
            kept[:, :, first : self.length] = further
        return self.kept[0][:, :, : self.length], self.kept[1][:, :, : self.length]


class Decoder(nn.Module):
    """Token ids (batch, length) -> logits (batch, length, vocabulary); each position sees itself and the ones before it."""

    def __init__(self, shape: ModelShape, seed: int = 0) -> None:
        """Weights are drawn from `seed` alone."""
        super().__init__()
        self.shape = shape
        self.model = Body(shape)
        rotation = rotations(shape.context, shape.width // shape.heads, shape.rope_theta)
        self.register_buffer("cosine", rotation[0], persistent=False)
        self.register_buffer("sine", rotation[1], persistent=False)
        self.cosine: Tensor
        self.sine: Tensor
        self._draw(torch.Generator().manual_seed(seed))

    def forward(self, tokens: Tensor) -> Tensor:
        return self.logits(self.states(tokens))

    def states(self, tokens: Tensor, seen: Sequence[Seen] = ()) -> Tensor:
        """The residual stream behind the last layer, (batch, length, width). With `seen`, one of each layer, the tokens stand behind
        those that it holds and go into it: any number at first, one at a time afterwards."""
        first = seen[0].length if seen else 0
        own = slice(first, first + tokens.shape[1])
        return self.model(tokens, self.cosine[own], self.sine[own], seen)

    def unread(self) -> list[Seen]:
        """For `states`, before the first token."""
        return [Seen(self.shape.context) for _ in range(self.shape.layers)]

    def logits(self, states: Tensor) -> Tensor:
        """(…, width) -> (…, vocabulary)."""
        return functional.linear(states, self.model.embed_tokens.weight)

    def loss(self, windows: Tensor) -> Tensor:
        """Mean cross-entropy in nats of each token given those before it; windows (batch, length + 1)."""
        logits = self(windows[:, :-1])
        return functional.cross_entropy(logits.flatten(0, 1).float(), windows[:, 1:].flatten())

    @torch.no_grad()
    def _draw(self, generator: torch.Generator) -> None:
        for name, weights in self.named_parameters():
            if weights.ndim > 1:
                inward = name.endswith(("o_proj.weight", "down_proj.weight"))
                weights.normal_(0, INIT_STD / math.sqrt(2 * self.shape.layers) if inward else INIT_STD, generator=generator)


class Body(nn.Module):
    """Embedding, layers, final norm."""

    def __init__(self, shape: ModelShape) -> None:
        super().__init__()
        self.embed_tokens = nn.Embedding(shape.vocabulary, shape.width)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        self.norm = nn.RMSNorm(shape.width, eps=EPSILON)

    def forward(self, tokens: Tensor, cosine: Tensor, sine: Tensor, seen: Sequence[Seen] = ()) -> Tensor:
        state = self.embed_tokens(tokens)
        for number, layer in enumerate(self.layers):
            state = layer(state, cosine, sine, seen[number] if seen else None)
        return self.norm(state)


class Layer(nn.Module):
    """Attention, then SwiGLU, each after its RMSNorm and added to the residual stream."""

    def __init__(self, shape: ModelShape) -> None:
        super().__init__()
        self.input_layernorm = nn.RMSNorm(shape.width, eps=EPSILON)
        self.self_attn = Attention(shape)
        self.post_attention_layernorm = nn.RMSNorm(shape.width, eps=EPSILON)
        self.mlp = SwiGLU(shape)

    def forward(self, state: Tensor, cosine: Tensor, sine: Tensor, seen: Seen | None = None) -> Tensor:
        state = state + self.self_attn(self.input_layernorm(state), cosine, sine, seen)
        return state + self.mlp(self.post_attention_layernorm(state))


class Attention(nn.Module):
    """Causal multi-head attention with rotary positions."""

    def __init__(self, shape: ModelShape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.q_proj = nn.Linear(shape.width, shape.width, bias=False)
        self.k_proj = nn.Linear(shape.width, shape.width, bias=False)
        self.v_proj = nn.Linear(shape.width, shape.width, bias=False)
        self.o_proj = nn.Linear(shape.width, shape.width, bias=False)

    def forward(self, state: Tensor, cosine: Tensor, sine: Tensor, seen: Seen | None = None) -> Tensor:
        batch, length, width = state.shape
        query, key, value = (
            project(state).view(batch, length, self.heads, width // self.heads).transpose(1, 2)
            for project in (self.q_proj, self.k_proj, self.v_proj)
        )
        query, key = rotate(query, cosine, sine), rotate(key, cosine, sine)
        if seen:
            key, value = seen.extend(key, value)
        mixed = functional.scaled_dot_product_attention(query, key, value, is_causal=length > 1)  # a single one sees all before it
        return self.o_proj(mixed.transpose(1, 2).reshape(batch, length, width))


class SwiGLU(nn.Module):
    """down(silu(gate(x)) * up(x))."""

    def __init__(self, shape: ModelShape) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(shape.width, shape.hidden, bias=False)
        self.up_proj = nn.Linear(shape.width, shape.hidden, bias=False)
        self.down_proj = nn.Linear(shape.hidden, shape.width, bias=False)

    def forward(self, state: Tensor) -> Tensor:
        return self.down_proj(functional.silu(self.gate_proj(state)) * self.up_proj(state))


def rotations(length: int, width: int, theta: float) -> tuple[Tensor, Tensor]:
    """Cosines and sines, each (length, width): angle p * theta^(-2i/width) for position p and pair i (Su et al. 2021, arXiv
    2104.09864, section 3.2.2); a pair is (i, i + width/2), as in Llama's published code."""
    frequencies = theta ** (-torch.arange(0, width, 2, dtype=torch.float64) / width)
    angles = torch.outer(torch.arange(length, dtype=torch.float64), frequencies).repeat(1, 2)
    return angles.cos().float(), angles.sin().float()


def rotate(vectors: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    """Rotates each pair of (…, length, width) by its position's angle."""
    left, right = vectors.chunk(2, -1)
    return vectors * cosine + torch.cat((-right, left), -1) * sine
