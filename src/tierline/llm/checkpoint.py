"""Writes a trained checkpoint as GGUF, so that llama.cpp runs it and the next generation can be scored with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load_file

from tierline.errors import BadInput

NAME = "tierline-proxy-gen{generation}"
FILES = ("config.json", "model.safetensors", "tokenizer.json")
SIZES = {  # llama.cpp's setting -> Hugging Face's
    "context_length": "max_position_embeddings",
    "embedding_length": "hidden_size",
    "block_count": "num_hidden_layers",
    "feed_forward_length": "intermediate_size",
    "head_count": "num_attention_heads",
    "head_count_kv": "num_key_value_heads",
    "vocab_size": "vocab_size",
}
ABOUT = "tierline"  # key of config.json under which training describes the checkpoint's training data


def write_checkpoint(folder: Path, target: Path, generation: int) -> Path:
    """The Llama checkpoint of a folder (Hugging Face's layout: FILES) as a GGUF file in float32 in the folder `target`.

    The file's name, and so the id of the model, contains the generation; the checkpoint's description of its training is copied too.
    Raises BadInput if the folder holds no Llama checkpoint with a byte-level BPE tokenizer.
    """
    from gguf import GGUFWriter

    config, tokenizer, weights = _read(folder, "config.json"), _read(folder, "tokenizer.json"), _weights(folder)
    if config.get("model_type") != "llama" or config.get("rope_scaling") or config.get("attention_bias") or config.get("mlp_bias"):
        raise BadInput("no plain Llama model", str(folder / "config.json"), "only what this project trains can be written as GGUF")
    target.mkdir(parents=True, exist_ok=True)
    name = NAME.format(generation=generation)
    path, part = target / f"{name}.gguf", target / f"{name}.gguf.part"
    writer: Any = GGUFWriter(part, "llama")
    writer.add_name(name)
    writer.add_uint32("tierline.generation", generation)
    writer.add_string("tierline.about", json.dumps(config.get(ABOUT, {}), sort_keys=True))
    _add_shape(writer, config)
    _add_tokenizer(writer, tokenizer, config, folder / "tokenizer.json")
    _add_tensors(writer, weights, config, folder / "model.safetensors")
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return part.replace(path)


def _add_shape(writer: Any, config: dict[str, Any]) -> None:
    for setting, source in SIZES.items():
        getattr(writer, f"add_{setting}")(config[source])
    writer.add_rope_dimension_count(config.get("head_dim") or config["hidden_size"] // config["num_attention_heads"])
    rope = config.get("rope_parameters") or config  # transformers 5 keeps it in a separate dictionary
    writer.add_rope_freq_base(rope.get("rope_theta", 10_000.0))
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])


def _add_tokenizer(writer: Any, tokenizer: dict[str, Any], config: dict[str, Any], path: Path) -> None:
    """Byte-level BPE as llama.cpp's `gpt2` tokenizer, whose pattern `gpt-2` is that of `tokenizers`' ByteLevel."""
    from gguf import TokenType

    model, cutter = tokenizer["model"], tokenizer.get("pre_tokenizer") or {}
    if model.get("type") != "BPE" or cutter.get("type") != "ByteLevel" or cutter.get("add_prefix_space") or tokenizer.get("normalizer"):
        raise BadInput("no byte-level BPE tokenizer", str(path), "only what this project trains can be written as GGUF")
    special = {token["id"]: token["content"] for token in tokenizer.get("added_tokens", []) if token.get("special")}
    tokens = {number: token for token, number in model["vocab"].items()} | special
    if sorted(tokens) != list(range(config["vocab_size"])):
        raise BadInput(f"has {len(tokens)} tokens, the model {config['vocab_size']}", str(path), "export model and tokenizer together")
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list([tokens[number] for number in range(len(tokens))])
    writer.add_token_types([TokenType.CONTROL if number in special else TokenType.NORMAL for number in range(len(tokens))])
    writer.add_token_merges([pair if isinstance(pair, str) else " ".join(pair) for pair in model["merges"]])
    writer.add_bos_token_id(config["bos_token_id"])
    writer.add_eos_token_id(config["eos_token_id"])
    writer.add_add_bos_token(False)


def _add_tensors(writer: Any, weights: dict[str, npt.NDArray[np.float32]], config: dict[str, Any], path: Path) -> None:
    from gguf import MODEL_ARCH, get_tensor_name_map

    names: Any = get_tensor_name_map(MODEL_ARCH.LLAMA, config["num_hidden_layers"])
    heads = {"q_proj.weight": config["num_attention_heads"], "k_proj.weight": config["num_key_value_heads"]}
    for name, tensor in sorted(weights.items()):
        written = names.get_name(name, try_suffixes=(".weight",))
        if written is None:
            raise BadInput(f"holds {name}, which no Llama model has", str(path), "export the checkpoint again")
        count = next((count for ending, count in heads.items() if name.endswith(ending)), None)
        writer.add_tensor(written, interleaved(tensor, count) if count else tensor)


def interleaved(projection: npt.NDArray[np.float32], heads: int) -> npt.NDArray[np.float32]:
    """A query or key projection, (heads x width, inputs), with rows reordered for llama.cpp: it rotates neighboring pairs of each
    head (2i, 2i + 1), as the paper does (Su et al. 2021, section 3.2.2); Hugging Face's weights pair (i, i + width / 2)."""
    outputs, inputs = projection.shape
    return np.ascontiguousarray(projection.reshape(heads, 2, outputs // heads // 2, inputs).swapaxes(1, 2).reshape(outputs, inputs))


def _read(folder: Path, name: str) -> dict[str, Any]:
    try:
        return json.loads((folder / name).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(f"no checkpoint ({error})", str(folder / name), f"a checkpoint is a folder with {', '.join(FILES)}") from None


def _weights(folder: Path) -> dict[str, npt.NDArray[np.float32]]:
    try:
        return {name: tensor.astype(np.float32) for name, tensor in load_file(folder / "model.safetensors").items()}
    except (OSError, SafetensorError) as error:
        raise BadInput(f"no weights ({error})", str(folder), f"a checkpoint is a folder with {', '.join(FILES)}") from None
