"""Which language model judges and edits, and on which engine."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

import dagster as dg

from tierline.lake import Lake
from tierline.llm import CallStore, LanguageModel, ModelSettings, StoredAsker, open_model


class LanguageModels(dg.ConfigurableResource):
    """The model behind L2 and L3. Engines: llamacpp (in process), vllm (GPU), endpoint (any OpenAI-compatible server).

    `model` is a GGUF file, a model folder or a model's name, as the engine takes it; empty is the embedded default.
    `context` counts tokens in a slot, `slots` the prompts that are answered side by side.
    """

    engine: str = "llamacpp"
    model: str = ""
    url: str = ""
    api_key: str = ""
    context: int = 2048
    slots: int = 4

    @contextmanager
    def session(self, lake: Lake, shard: str) -> Iterator[StoredAsker]:
        """The model, its answers kept in the lake's call store of the shard.

        Opened within a step, so that the pool guards it; the process keeps it for the next step.
        """
        model = _opened(ModelSettings(self.engine, self.model, self.url, self.api_key, self.context, self.slots))
        yield StoredAsker(model, CallStore(lake, shard))


@lru_cache(maxsize=1)
def _opened(settings: ModelSettings) -> LanguageModel:
    return open_model(settings)
