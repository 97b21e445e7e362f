"""Models of one shape side by side, as a GPU trains them: every weight has an axis of models, and so has the optimizer's state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy

import torch
from torch import Tensor
from torch.nn import functional
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from tierline.training.model import EPSILON, Decoder, rotate, rotations
from tierline.training.recipe import ModelShape, Optimization

ADAM_EPSILON = 1e-8  # torch's default, which single runs have too
EMBEDDING, FINAL_NORM = "model.embed_tokens.weight", "model.norm.weight"


class Stack:
    """Weights and AdamW's moments of models, each (models, parameters), and the steps that they have taken."""

    def __init__(self, shape: ModelShape, seeds: Sequence[int], device: str = "cpu") -> None:
        """Each model's weights are the ones that `Decoder` draws from its seed."""
        drawn = [Decoder(shape, seed) for seed in seeds]
        named = list(drawn[0].named_parameters())
        self.shape, self.step = shape, 0
        self._forms = {name: weights.shape for name, weights in named}
        self.weights = torch.stack([parameters_to_vector(model.parameters()).detach() for model in drawn]).to(device)
        self.moments = torch.zeros_like(self.weights), torch.zeros_like(self.weights)
        matrix = torch.cat([torch.full((weights.numel(),), float(weights.ndim > 1)) for _, weights in named])
        self._decayed = matrix.to(device)  # norms are not
        self._rotations = tuple(own.to(device) for own in rotations(shape.context, shape.width // shape.heads, shape.rope_theta))

    @property
    def count(self) -> int:
        """Models."""
        return len(self.weights)

    def losses(self, weights: Tensor, windows: Tensor) -> Tensor:
        """Each model's mean cross-entropy in nats, (models,), with weights (models, parameters) on windows (models, batch, length + 1)."""
        pieces = weights.split([form.numel() for form in self._forms.values()], 1)
        named = {name: own.unflatten(1, form) for (name, form), own in zip(self._forms.items(), pieces, strict=True)}
        models, batch, length = windows.shape[0], windows.shape[1], windows.shape[2] - 1
        embedding = named[EMBEDDING]
        places = torch.arange(models, device=windows.device)[:, None, None] * self.shape.vocabulary + windows[:, :, :-1]
        state = functional.embedding(places, embedding.flatten(0, 1)).view(models, batch * length, self.shape.width)
        for layer in range(self.shape.layers):
            state = self._layer(named, f"model.layers.{layer}.", state, batch)
        logits = _normed(state, named[FINAL_NORM]) @ embedding.mT
        found = functional.cross_entropy(logits.flatten(0, 1).float(), windows[:, :, 1:].flatten(), reduction="none")
        return found.view(models, -1).mean(1)

    def advance(self, windows: Tensor, rates: Sequence[float], rules: Optimization) -> Tensor:
        """One step of AdamW of every model, each with its windows, its learning rate and the norm of its own gradient clipped; the losses
        before it, (models,). Nothing waits for the device."""
        weights = self.weights.requires_grad_()
        with torch.autocast(weights.device.type, torch.bfloat16, enabled=weights.is_cuda):
            losses = self.losses(weights, windows)
        (gradient,) = torch.autograd.grad(losses.sum(), weights)
        self.weights = weights.detach()
        with torch.no_grad():
            self._descend(gradient, torch.tensor(rates, dtype=torch.float32).to(gradient.device, non_blocking=True)[:, None], rules)
        return losses.detach()

    def copy(self) -> Stack:
        """Another stack in the same state, which further training does not modify."""
        found = copy(self)
        found.weights = self.weights.clone()
        found.moments = self.moments[0].clone(), self.moments[1].clone()
        return found

    def model(self, number: int) -> Decoder:
        """One of the models, alone."""
        found = Decoder(self.shape).to(self.weights.device)
        with torch.no_grad():
            vector_to_parameters(self.weights[number].clone(), found.parameters())
        return found

    def _layer(self, named: Mapping[str, Tensor], name: str, state: Tensor, batch: int) -> Tensor:
        models, tokens, width = state.shape
        length, heads = tokens // batch, self.shape.heads

        def project(inner: Tensor, part: str) -> Tensor:
            return inner @ named[f"{name}{part}.weight"].mT

        def by_head(part: str) -> Tensor:
            return project(inner, f"self_attn.{part}").view(models * batch, length, heads, width // heads).transpose(1, 2)

        inner = _normed(state, named[f"{name}input_layernorm.weight"])
        cosine, sine = (own[:length] for own in self._rotations)
        query, key = rotate(by_head("q_proj"), cosine, sine), rotate(by_head("k_proj"), cosine, sine)
        value = by_head("v_proj")
        mixed = functional.scaled_dot_product_attention(query.to(value.dtype), key.to(value.dtype), value, is_causal=True)
        state = state + project(mixed.transpose(1, 2).reshape(models, tokens, width), "self_attn.o_proj")
        inner = _normed(state, named[f"{name}post_attention_layernorm.weight"])
        return state + project(functional.silu(project(inner, "mlp.gate_proj")) * project(inner, "mlp.up_proj"), "mlp.down_proj")

    def _descend(self, gradient: Tensor, rates: Tensor, rules: Optimization) -> None:
        """AdamW as torch.optim.AdamW takes its steps; `rates` (models, 1)."""
        self.step += 1
        gradient *= (rules.clip / (gradient.norm(dim=1, keepdim=True) + 1e-6)).clamp(max=1)
        first, second = self.moments
        first.lerp_(gradient, 1 - rules.beta_1)
        second.mul_(rules.beta_2).addcmul_(gradient, gradient, value=1 - rules.beta_2)
        deviation = (second / (1 - rules.beta_2**self.step)).sqrt_().add_(ADAM_EPSILON)
        self.weights.mul_(1 - rates * rules.weight_decay * self._decayed)
        self.weights.sub_(first / deviation * (rates / (1 - rules.beta_1**self.step)))


def _normed(state: Tensor, gain: Tensor) -> Tensor:
    """RMSNorm of (models, tokens, width) with each model's gain, (models, width)."""
    return functional.rms_norm(state, state.shape[-1:], eps=EPSILON) * gain[:, None]
