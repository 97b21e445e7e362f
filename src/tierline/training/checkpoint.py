"""Keeps the state of a run in memory so that others branch from it bit for bit, and writes models as Hugging Face's tools read them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer
from torch import Tensor

from tierline.training.model import EPSILON, Decoder
from tierline.training.tokenizer import END
from tierline.training.windows import END_ID

MOMENTS = ("exp_avg", "exp_avg_sq")  # AdamW's, by torch's names


@dataclass(frozen=True, slots=True)
class State:
    """A run after `step` steps: weights and AdamW's moments by parameter name. There is no other state: nothing is random
    after the initial weights."""

    step: int
    weights: dict[str, Tensor]
    moments: dict[str, dict[str, Tensor]]

    @classmethod
    def of(cls, step: int, model: Decoder, optimizer: torch.optim.Optimizer) -> State:
        """A copy that further training does not modify."""
        moments: dict[str, dict[str, Tensor]] = {moment: {} for moment in MOMENTS}
        for name, weights in model.named_parameters():
            for moment in MOMENTS:
                if moment in (kept := optimizer.state.get(weights, {})):
                    moments[moment][name] = kept[moment].detach().clone()
        return cls(step, {name: weights.detach().clone() for name, weights in model.named_parameters()}, moments)

    def restore(self, model: Decoder, optimizer: torch.optim.Optimizer) -> None:
        """Puts model and optimizer into this state."""
        with torch.no_grad():
            for name, weights in model.named_parameters():
                weights.copy_(self.weights[name])
                kept: dict[str, Any] = {moment: self.moments[moment][name].to(weights.device, copy=True) for moment in MOMENTS if self.step}
                # torch counts steps itself, for the bias correction
                optimizer.state[weights] = kept | {"step": torch.tensor(float(self.step), device=weights.device)} if kept else {}


def export_model(model: Decoder, tokenizer: Tokenizer, folder: str | Path, about: dict[str, Any]) -> Path:
    """A folder that transformers loads as LlamaForCausalLM and lm-evaluation-harness runs: config.json, model.safetensors,
    tokenizer.json, tokenizer_config.json. `about`, the description of the training data, goes into the config under `tierline`."""
    target, shape = Path(folder), model.shape
    target.mkdir(parents=True, exist_ok=True)
    config = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_size": shape.width,
        "intermediate_size": shape.hidden,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.heads,
        "head_dim": shape.width // shape.heads,
        "vocab_size": shape.vocabulary,
        "max_position_embeddings": shape.context,
        "rope_theta": shape.rope_theta,
        "rms_norm_eps": EPSILON,
        "hidden_act": "silu",
        "attention_bias": False,
        "mlp_bias": False,
        "tie_word_embeddings": True,
        "bos_token_id": END_ID,
        "eos_token_id": END_ID,
        "torch_dtype": "float32",
        "tierline": about,
    }
    tokens = {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": END, "eos_token": END, "model_max_length": shape.context}
    (target / "config.json").write_text(json.dumps(config, indent=2) + "\n", "utf-8")
    (target / "tokenizer_config.json").write_text(json.dumps(tokens, indent=2) + "\n", "utf-8")
    tokenizer.save(str(target / "tokenizer.json"))
    weights = {name: tensor.detach().cpu().contiguous() for name, tensor in model.named_parameters()}
    save_file(weights, target / "model.safetensors", metadata={"format": "pt"})
    return target
