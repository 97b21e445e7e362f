"""The configuration of this process: embedded defaults for a laptop, each replaced by its TIERLINE_* variable."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tierline.config.bundled import folder
from tierline.config.recipe import Recipe
from tierline.crawl.registry import CrawlRegistry
from tierline.errors import BadInput
from tierline.freshness.configuration import Configuration, Outside
from tierline.gates.suite import GateRules
from tierline.lake import Lake
from tierline.llm.open import ModelSettings, identify
from tierline.mixes.recipe import MixRecipe
from tierline.stages import WHOLE_LAKE
from tierline.tables.tiers import Phase

MAX_SLOTS = 4096  # a thread each; no server answers more at a time


@dataclass(frozen=True, slots=True)
class Settings:
    """Where recipes, models and question files are. `perplexity` measures perplexity; it is the judge unless another one is named."""

    recipe: str
    mix_recipes: str
    judge: ModelSettings
    perplexity: ModelSettings
    anchors: str = ""
    benchmarks: str = ""

    @classmethod
    def of_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """As the variables say, by default those of the process as they are now."""
        recipes, get = folder("recipes"), (os.environ if environment is None else environment).get
        judge = ModelSettings(
            engine=get("TIERLINE_ENGINE", "llamacpp"),
            model=get("TIERLINE_MODEL", ""),
            url=get("TIERLINE_MODEL_URL", ""),
            api_key=get("TIERLINE_MODEL_KEY", ""),
            dtype=get("TIERLINE_MODEL_DTYPE", "auto"),
            eager=get("TIERLINE_MODEL_EAGER", "") == "1",
            slots=_slots(get("TIERLINE_MODEL_SLOTS", "")),
        )
        reader = get("TIERLINE_PERPLEXITY_MODEL", "")
        return cls(
            recipe=get("TIERLINE_RECIPE", str(recipes / "tiers.yaml")),
            mix_recipes=get("TIERLINE_MIX_RECIPES", str(recipes / "mixes")),
            judge=judge,
            perplexity=ModelSettings(model=reader) if reader else judge,
            anchors=get("TIERLINE_ANCHORS", ""),
            benchmarks=get("TIERLINE_BENCHMARKS", ""),
        )

    def configuration(self) -> Configuration:
        """The record that every stage would make with these settings. Raises BadInput if the recipe cannot be read."""
        recipe = Recipe.load(self.recipe)
        models: dict[str, Callable[[], str]] = {
            "judge": lambda: identify(self.judge).weights_sha256,
            "perplexity": lambda: identify(self.perplexity).weights_sha256,
        }
        external = {
            "crawl_files": _crawl_files,
            "anchor_files": lambda *_: anchor_inputs(self.anchors),
            "benchmarks": lambda *_: benchmark_inputs(self.benchmarks) or None,
            "perplexity_model": lambda *_: {f"perplexity_model/{WHOLE_LAKE}": models["perplexity"]()},
        }
        student = partial(_student, recipe=recipe)
        return Configuration(recipe, lambda phase: self.mix_recipe(phase), Outside(models, external, student))

    def mix_recipe(self, phase: Phase) -> MixRecipe:
        """The recipe of one phase's mix. BadInput."""
        return MixRecipe.load(Path(self.mix_recipes) / f"{phase}.yaml")


def _slots(value: str) -> int:
    if value and (not value.isdecimal() or not 1 <= int(value) <= MAX_SLOTS):
        raise BadInput(f"expected a number from 1 to {MAX_SLOTS:,}, found {value!r}", "TIERLINE_MODEL_SLOTS")
    return int(value) if value else ModelSettings().slots


def anchor_inputs(root: str) -> dict[str, str]:
    """What an activity records of the labeled texts below a folder, or of the bundled ones. BadInput if they cannot be read."""
    from tierline.reliability.anchors import find_sets, read_cached  # imports what scoring needs

    return {f"anchor_files/{WHOLE_LAKE}": read_cached(find_sets(root)).digest}


def benchmark_inputs(pattern: str) -> dict[str, str]:
    """What an activity records of the named question files; nothing where none are named. BadInput if they cannot be read."""
    from tierline.filters.benchmark_items import find_benchmarks, read_cached

    files = find_benchmarks(pattern)
    return {f"benchmarks/{WHOLE_LAKE}": read_cached(files).digest} if files else {}


def _crawl_files(lake: Lake, shard: str) -> dict[str, str]:
    return {f"crawl_files/{shard}": CrawlRegistry(lake).digest(shard)}


def _student(lake: Lake, recipe: Recipe) -> dict[str, str]:
    from tierline.reliability.active_student import active_student
    from tierline.reliability.ensemble import features_id

    return active_student(lake, features_id(), recipe.rules(GateRules)).inputs
