"""The configuration of this process: embedded defaults for a laptop, each replaced by its TIERLINE_* variable."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tierline.config.bundled import folder
from tierline.config.environment import NONE, Environment
from tierline.config.places import Places
from tierline.config.recipe import Recipe
from tierline.crawl.registry import CrawlRegistry
from tierline.errors import BadInput
from tierline.freshness.configuration import Configuration, Outside
from tierline.gates.suite import GateRules
from tierline.interactions import digests
from tierline.lake import Lake
from tierline.lake.signed_approvals import INPUT, signed_approvals
from tierline.llm.open import ENGINES, ModelSettings, identify
from tierline.mixes.recipe import MixRecipe
from tierline.stages import WHOLE_LAKE
from tierline.tables import content_id
from tierline.tables.tiers import Phase

if TYPE_CHECKING:
    from tierline.knowledge.manuals import ManualRules

MAX_SLOTS = 4096  # a thread each; no server answers more at a time
NAMED = f"benchmarks/{WHOLE_LAKE}"  # the input that stands for all question files
FEEDBACK_FILES = f"feedback_files/{WHOLE_LAKE}"
ENDED_APPROVALS = f"ended_approvals/{WHOLE_LAKE}"
SIGNED_APPROVALS = f"{INPUT}/{WHOLE_LAKE}"
NUMBER_FORMATS = "auto", "half", "float16", "bfloat16", "float", "float32"  # vLLM's
SWITCH = {word: value for value, words in (("1", "1 true yes on"), ("", "0 false no off")) for word in words.split()}


@dataclass(frozen=True, slots=True)
class Settings:
    """Where recipes, models and question files are. `perplexity` measures perplexity; it is the judge unless another one is named."""

    recipe: str
    mix_recipes: str
    judge: ModelSettings
    perplexity: ModelSettings
    anchors: str = ""
    benchmarks: str = ""
    knowledge: str = ""
    knowledge_root: str = ""
    feedback: str = ""

    @classmethod
    def of_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """As the variables say, by default those of the process as they are now. BadInput names the first that cannot be meant."""
        recipes, given = folder("recipes"), Environment(environment)
        judge = _judge(given)
        reader = given.file("TIERLINE_PERPLEXITY_MODEL", what="model file")
        return cls(
            recipe=given.file("TIERLINE_RECIPE", str(recipes / "tiers.yaml"), "recipe"),
            mix_recipes=given.folder("TIERLINE_MIX_RECIPES", str(recipes / "mixes")),
            judge=judge,
            perplexity=ModelSettings(model=reader) if reader else judge,
            anchors=given.folder("TIERLINE_ANCHORS"),
            benchmarks=given.pattern("TIERLINE_BENCHMARKS", NONE),
            knowledge=given.pattern("TIERLINE_KNOWLEDGE"),
            knowledge_root=given.folder("TIERLINE_KNOWLEDGE_ROOT"),
            feedback=Places.of_environment(environment).feedback,
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
            # Unset is no wish: whoever forgets the variable would let through what was found with it.
            "benchmarks": lambda *_: benchmark_inputs(self.benchmarks) or ({NAMED: ""} if self.benchmarks == NONE else None),
            "knowledge_bases": lambda *_: knowledge_inputs(self.knowledge, self.knowledge_root) or None,
            "feedback_files": lambda *_: feedback_inputs(self.feedback),
            "ended_approvals": lambda lake, _: ended_approvals(_manual_rules(recipe), lake.today()),
            "signed_approvals": lambda lake, _: signed_approvals(lake).inputs() or {SIGNED_APPROVALS: ""},
            "perplexity_model": lambda *_: {f"perplexity_model/{WHOLE_LAKE}": models["perplexity"]()},
        }
        student = partial(_student, recipe=recipe)
        return Configuration(recipe, lambda phase: self.mix_recipe(phase), Outside(models, external, student))

    def mix_recipe(self, phase: Phase) -> MixRecipe:
        """The recipe of one phase's mix. BadInput."""
        return MixRecipe.load(Path(self.mix_recipes) / f"{phase}.yaml")


def _judge(given: Environment) -> ModelSettings:
    engine = given.choice("TIERLINE_ENGINE", {name: name for name in ENGINES}, "llamacpp")
    url, key = given.get("TIERLINE_MODEL_URL"), given.get("TIERLINE_MODEL_KEY")
    if engine == "endpoint" and not url:
        raise BadInput("the endpoint engine needs an address", "TIERLINE_MODEL_URL", "for example http://localhost:8000/v1")
    if url or key:
        from tierline.llm.http_client import server_address, server_key  # httpx takes a while to import

        server_key(key)
        if url:
            server_address(url)
    return ModelSettings(
        engine=engine,
        model=given.file("TIERLINE_MODEL", what="model file") if engine == "llamacpp" else given.get("TIERLINE_MODEL"),
        url=url,
        api_key=key,
        dtype=given.choice("TIERLINE_MODEL_DTYPE", {name: name for name in NUMBER_FORMATS}, "auto"),
        eager=bool(given.choice("TIERLINE_MODEL_EAGER", SWITCH, "0")),
        slots=given.number("TIERLINE_MODEL_SLOTS", ModelSettings().slots, MAX_SLOTS),
    )


def _manual_rules(recipe: Recipe) -> ManualRules:
    from tierline.knowledge.manuals import ManualRules  # imports what extraction needs

    return recipe.rules(ManualRules)


def ended_approvals(rules: ManualRules, today: date) -> dict[str, str]:
    """What an activity records of the approvals of manuals that are over, so that the end of one makes its pages be looked at again."""
    ended = rules.ended(today)
    return {ENDED_APPROVALS: content_id("ended", *ended) if ended else ""}


def anchor_inputs(root: str) -> dict[str, str]:
    """What an activity records of the labeled texts below a folder, or of the bundled ones. BadInput if they cannot be read."""
    from tierline.reliability.anchors import find_sets, read_cached  # imports what scoring needs

    return {f"anchor_files/{WHOLE_LAKE}": read_cached(find_sets(root)).digest}


def benchmark_inputs(pattern: str) -> dict[str, str]:
    """What an activity records of the named question files; nothing where none are named. BadInput if they cannot be read."""
    from tierline.filters.benchmark_items import find_benchmarks, read_cached

    files = find_benchmarks(pattern)
    return {NAMED: read_cached(files).digest} if files else {}


def knowledge_inputs(pattern: str, root: str) -> dict[str, str]:
    """What an activity records of the named knowledge bases: their mappings and the bytes of their files; nothing where none are named,
    which is not the same as a folder without mappings. BadInput if one cannot be used."""
    from tierline.bases import find_bases

    digests = [base.digest for base in find_bases(pattern, root)]
    return {f"knowledge_bases/{WHOLE_LAKE}": content_id("bases", digests)} if pattern else {}


def feedback_inputs(folder: str) -> dict[str, str]:
    """What an activity records of the files of interactions: one digest, "" for none. BadInput if one cannot be read."""
    found = digests(folder)
    return {FEEDBACK_FILES: content_id("feedback", found) if found else ""}


def _crawl_files(lake: Lake, shard: str) -> dict[str, str]:
    return {f"crawl_files/{shard}": CrawlRegistry(lake).digest(shard)}


def _student(lake: Lake, recipe: Recipe) -> dict[str, str]:
    from tierline.reliability.active_student import active_student
    from tierline.reliability.ensemble import features_id

    return active_student(lake, features_id(), recipe.rules(GateRules)).inputs
