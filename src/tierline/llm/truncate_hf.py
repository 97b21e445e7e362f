"""Cuts a model folder off after an inner layer: an engine then pools that layer's hidden state."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

from tierline.errors import BadInput

LAYER = re.compile(r"(?:^|\.)layers\.(\d+)\.")
BESIDES = ("tokenizer*", "special_tokens_map.json", "*.jinja", "vocab*", "merges.txt", "generation_config.json")


def write_shortened(model: Path, target: Path, share: float) -> None:
    """Copy the first `share` of a model's layers, its embeddings and its final norm, from `model` to the folder `target`.

    Raises BadInput if `model` is not a folder with config.json and safetensors (for example a name whose files are in a cache).
    """
    from safetensors.torch import load_file, save_file  # pyright: ignore[reportUnknownVariableType]

    files = sorted(model.glob("*.safetensors"))
    if not files or not (model / "config.json").is_file():
        raise BadInput("representations need a model folder with config.json and safetensors", str(model), "set TIERLINE_MODEL to one")
    config: dict[str, Any] = json.loads((model / "config.json").read_text())
    kept = max(1, int(config["num_hidden_layers"] * share))
    config |= {"num_hidden_layers": kept} | ({"layer_types": config["layer_types"][:kept]} if config.get("layer_types") else {})
    (target / "config.json").write_text(json.dumps(config, indent=1))
    for file in files:
        tensors = {name: tensor for name, tensor in load_file(file).items() if not (found := LAYER.search(name)) or int(found[1]) < kept}
        if tensors:
            save_file(tensors, target / file.name, {"format": "pt"})
    for pattern in BESIDES:
        for file in model.glob(pattern):
            shutil.copyfile(file, target / file.name)
