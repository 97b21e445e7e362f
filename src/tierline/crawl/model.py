"""The extractor's model: two small networks that decide for each block whether it is main text; the second sees the first's guesses."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import IO, Any

import numpy as np

from tierline.crawl.blocks import Blocks
from tierline.crawl.features import block_features, context_features
from tierline.crawl.network_kernel import run_network

WEIGHTS = "extractor.npz"
Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Network:
    """One hidden layer of rectified units, `nets` members side by side whose probabilities are averaged.

    `hidden` is features x (nets*units), `output` (nets*units) x nets; the features' standardization is folded into the first layer.
    """

    hidden: Array
    hidden_bias: Array
    output: Array
    output_bias: Array

    def __call__(self, features: Array) -> Array:
        """n probabilities of n rows, whose first columns are the features that this network reads."""
        found = np.empty(len(features), np.float32)
        run_network(features, self.hidden, self.hidden_bias, self.output, self.output_bias, found)
        return found


@dataclass(frozen=True, slots=True)
class Model:
    """The first guess and its revision, after the auto-context of Tu and Bai (2010), section 2."""

    first: Network
    second: Network
    threshold: float

    def probabilities(self, blocks: Blocks, title: str) -> Array:
        """How likely each of n > 0 blocks is main text."""
        features, context = block_features(blocks, title)
        context_features(features, self.first(features), context)
        return self.second(features)

    def save(self, path: Path | IO[bytes]) -> None:
        """Write the weights in half precision."""
        arrays = {f"{name}_{part}": getattr(net, part) for name, net in self.networks().items() for part in PARTS}
        np.savez_compressed(
            path, threshold=np.float32(self.threshold), **{name: array.astype(np.float16) for name, array in arrays.items()}
        )

    def networks(self) -> dict[str, Network]:
        """Both networks by name."""
        return {"first": self.first, "second": self.second}


PARTS = ("hidden", "hidden_bias", "output", "output_bias")


def load_model(path: Path | IO[bytes]) -> Model:
    """A model that `save` wrote."""
    with np.load(path) as stored:
        first, second = (Network(*(stored[f"{name}_{part}"].astype(np.float32) for part in PARTS)) for name in ("first", "second"))
        return Model(first, second, float(stored["threshold"]))


@cache
def shipped_model() -> Model:
    """The model trained on all sets (training_scripts/train_extractor.py)."""
    with as_file(files("tierline.crawl") / WEIGHTS) as path:
        return load_model(path)
