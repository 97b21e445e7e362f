"""Which language model judges and edits, and on which engine."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

import dagster as dg

from tierline.lake import Lake
from tierline.llm import CallStore, LanguageModel, ModelSettings, StoredAsker, open_model
from tierline.llm.open import weights_sha256


class LanguageModels(dg.ConfigurableResource):
    """The model behind L2 and L3, or the one that perplexity is measured by.

    Engines: llamacpp (in process), vllm (GPU), endpoint (any OpenAI-compatible server).

    `model` is a GGUF file, a model folder or a model's name, as the engine takes it; empty is the embedded default.
    `context` counts tokens in a slot, `slots` the prompts that are answered side by side.
    `dtype` and `eager` (no compilation) are vllm's. The endpoint's key is no configuration, which Dagster would keep and show: it is
    read from TIERLINE_MODEL_KEY when the model is opened.
    """

    engine: str = "llamacpp"
    model: str = ""
    url: str = ""
    context: int = 2048
    slots: int = 4
    dtype: str = "auto"
    eager: bool = False

    @contextmanager
    def session(self, lake: Lake, shard: str) -> Iterator[StoredAsker]:
        """The model, its answers kept in the lake's call store of the shard.

        Opened within a step, so that the pool guards it; the process keeps it for the next step.
        """
        yield StoredAsker(_opened(self._settings()), CallStore(lake, shard))

    def weights(self) -> str:
        """Digest of the weights, without loading them: what a sensor compares with what activities recorded. Raises BadInput."""
        return weights_sha256(self._settings())

    def _settings(self) -> ModelSettings:
        key = os.environ.get("TIERLINE_MODEL_KEY", "")
        return ModelSettings(self.engine, self.model, self.url, key, self.context, self.slots, self.dtype, self.eager)


def perplexity_inputs(language_models: LanguageModels, perplexity_model: LanguageModels) -> dict[str, str]:
    """What an activity of both models records of the second: its weights, or nothing where it is the first."""
    weights = perplexity_model.weights()
    return {} if weights == language_models.weights() else {"perplexity_model/all": weights}


@lru_cache(maxsize=2)  # the language model and, where it is another, the one that perplexity is measured by
def _opened(settings: ModelSettings) -> LanguageModel:
    return open_model(settings)
