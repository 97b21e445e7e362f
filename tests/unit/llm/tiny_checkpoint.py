"""A tiny random Llama checkpoint in Hugging Face's layout, for tests of what reads one."""

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

WIDTH, HEADS, KEY_HEADS, HIDDEN, LAYERS, TOKENS, CONTEXT, THETA, EPSILON = 48, 4, 2, 96, 2, 300, 64, 10_000.0, 1e-5
TEXT = "The mill stands below the weir; its wheel was rebuilt in 1894 after the flood, and it turns to this day when the river is high."


def write_tiny_checkpoint(folder: Path) -> Path:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=TOKENS, special_tokens=["<|end|>"], initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator([TEXT], trainer)
    tokenizer.save(str(folder / "tokenizer.json"))
    save_file(tiny_weights(), folder / "model.safetensors")
    config = {"model_type": "llama", "hidden_size": WIDTH, "intermediate_size": HIDDEN, "num_hidden_layers": LAYERS}
    config |= {"num_attention_heads": HEADS, "num_key_value_heads": KEY_HEADS, "vocab_size": TOKENS, "max_position_embeddings": CONTEXT}
    config |= {"rope_theta": THETA, "rms_norm_eps": EPSILON, "bos_token_id": 0, "eos_token_id": 0, "tierline": {"arm": "tiered"}}
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def tiny_weights():
    random = np.random.default_rng(5)

    def draw(*shape):
        return random.normal(0, 0.35, shape).astype(np.float32)

    found = {"model.embed_tokens.weight": draw(TOKENS, WIDTH), "model.norm.weight": 1 + draw(WIDTH)}
    for layer in range(LAYERS):
        name, narrow = f"model.layers.{layer}", WIDTH // HEADS * KEY_HEADS
        found |= {f"{name}.self_attn.{part}_proj.weight": draw(WIDTH, WIDTH) for part in "qo"}
        found |= {f"{name}.self_attn.{part}_proj.weight": draw(narrow, WIDTH) for part in "kv"}
        found |= {f"{name}.mlp.{part}_proj.weight": draw(HIDDEN, WIDTH) for part in ("gate", "up")}
        found |= {f"{name}.mlp.down_proj.weight": draw(WIDTH, HIDDEN)}
        found |= {f"{name}.{part}_layernorm.weight": 1 + draw(WIDTH) for part in ("input", "post_attention")}
    return found
