"""The language model that judges and edits, and its engine."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import dagster as dg

from tierline.config.environment import Environment
from tierline.config.recipe import Recipe
from tierline.lake import Lake
from tierline.llm import Budget, BudgetMeter, CachedModelClient, CallRules, CallStore, ModelProcess, ModelSettings, PriceRules
from tierline.llm.budget import spent_by_stage
from tierline.llm.open import identify

MODELS_HELD = 2


class LanguageModels(dg.ConfigurableResource):
    """The model behind L2 and L3, or the one that measures perplexity.

    Engines: llamacpp (in process), vllm (GPU), endpoint (any OpenAI-compatible server).

    `model` is a GGUF file, a model folder or a model's name, as the engine takes it; empty is the bundled model.
    `context` counts tokens in a slot, `slots` the prompts that are answered concurrently.
    `dtype` and `eager` (no compilation) are vllm's. The endpoint's key is not part of this configuration, which Dagster stores and shows:
    it is read from TIERLINE_MODEL_KEY when the model is opened.
    """

    engine: str = "llamacpp"
    model: str = ""
    url: str = ""
    context: int = 2048
    slots: int = 4
    dtype: str = "auto"
    eager: bool = False

    @contextmanager
    def session(self, lake: Lake, shard: str, recipe: Recipe) -> Iterator[CachedModelClient]:
        """The model, with answers stored in the lake's call store of the shard, at the recipe's prices and within its budget.

        It is loaded at the first question without a stored answer, within a step, so that the pool guards it; the process keeps it for
        the next step.
        """
        prices, budget, rules = recipe.rules(PriceRules), recipe.rules(Budget), recipe.rules(CallRules)
        with CallStore(lake, shard, rules) as store:  # first: if a killed run left one, its model has ended when this is open
            model = _opened(replace(self.settings(), calls=rules))
            meter = BudgetMeter(budget, spent_by_stage(lake)) if budget.given else None
            yield CachedModelClient(model, store, prices.of(model.model_id), meter)

    def weights(self) -> str:
        """Digest of the weights, without loading them. Raises BadInput."""
        return identify(self.settings()).weights_sha256

    def settings(self) -> ModelSettings:
        """As the library takes them; the key is read now."""
        key = Environment().get("TIERLINE_MODEL_KEY")
        return ModelSettings(self.engine, self.model, self.url, key, self.context, self.slots, self.dtype, self.eager)


def _opened(settings: ModelSettings) -> ModelProcess:
    """One process per model: the language model and, if different, the one that measures perplexity.

    The least recently used one is closed, and one whose process has ended is started again.
    """
    held = _held.pop(settings, None)
    if held is None or not held.alive:
        while len(_held) >= MODELS_HELD:
            _held.pop(next(iter(_held))).close()
        held = ModelProcess(settings)
    _held[settings] = held
    return held


_held: dict[ModelSettings, ModelProcess] = {}
