"""What each stage would record now: code version, recipe values, bundled files, model, prompts and inputs from outside the lake."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tierline.config.bundled import bundled_digests
from tierline.config.recipe import Recipe
from tierline.config.sections import rules_class
from tierline.filters.site_rights import site_inputs
from tierline.gates.suite import GateRules, suite_for
from tierline.lake import Lake
from tierline.lake.activity import stage_parameters
from tierline.lake.reviews import INPUT, settlements
from tierline.mixes.recipe import MixRecipe
from tierline.stages import BY_NAME, CHECKED, SITE_RIGHTS, STAGES, STATED, TAKEN_DOWN, WHOLE_LAKE, Stage
from tierline.tables import content_id
from tierline.tables.tiers import Phase
from tierline.takedown.tombstones import takedown_inputs

Inputs = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Identity:
    """Everything but the inputs that decides a stage's rows, in the form of an activity's record (columns of `activities`)."""

    code_version: str
    parameters: str
    weights: str
    model_digest: str
    prompt_sha256: str


@dataclass(frozen=True, slots=True)
class Outside:
    """Sources of configuration outside the recipe; each is called at most once, and only if a stage needs it.

    `models`: "judge" or "perplexity" -> digest of its weights. `external`: name of an input -> (lake, shard) -> what an activity records
    of it, the digest "" where that is nothing, or None if nothing is configured: then what is recorded stands. `student`: what
    `l2_scores` records of the student.
    """

    models: Mapping[str, Callable[[], str]]
    external: Mapping[str, Callable[[Lake, str], Inputs | None]]
    student: Callable[[Lake], Inputs]


class Configuration:
    """The present recipe, files and models. Methods raise BadInput if one of them cannot be read."""

    def __init__(self, recipe: Recipe, mix_recipe: Callable[[Phase], MixRecipe], outside: Outside) -> None:
        self.recipe = recipe
        self._mix_recipe, self._outside = mix_recipe, outside
        self._identities: dict[str, Identity] = {}
        self._models: dict[str, str] = {}
        self._suites: dict[str, str] = {}
        self._mixes: dict[Phase, MixRecipe] = {}

    def identity(self, stage: Stage) -> Identity:
        """The record that the stage's activity would make now, for any shard."""
        if stage.name not in self._identities:
            self._identities[stage.name] = self._identity(stage)
        return self._identities[stage.name]

    def suite(self, stage: Stage) -> str:
        """Digest of the suite that the stage's gate would use now."""
        if stage.name not in self._suites:
            self._suites[stage.name] = suite_for(stage.name, self.recipe.rules(GateRules)).sha256
        return self._suites[stage.name]

    def external(self, stage: Stage, lake: Lake, shard: str) -> dict[str, str | None]:
        """Input from outside the lake -> digest, "" for none; None if nothing is configured, so that what is recorded stands."""
        found: dict[str, str | None] = {}
        for name in stage.external:
            if name == TAKEN_DOWN:
                inputs = takedown_inputs(lake, stage.name, shard)
            elif name == SITE_RIGHTS:
                inputs = site_inputs(lake, shard)
            else:
                inputs = review_inputs(lake, stage, shard) if name == INPUT else self._outside.external[name](lake, shard)
            found |= {f"{name}/{shard}": None} if inputs is None else dict(inputs)
        return found

    def reads(self, stage: Stage) -> tuple[str, ...]:
        """The tables that the stage reads by the present recipe: a mix reads the sources that its recipe names."""
        if stage.phase is None:
            return stage.reads
        recipe = self._mix(stage.phase)
        drawn = dict.fromkeys(source.table for source in recipe.sources)
        return tuple(dict.fromkeys([*drawn, *(CHECKED if recipe.exclude_contaminated else ()), *(STATED if recipe.rights else ())]))

    def fingerprint(self, lake: Lake) -> str:
        """Names everything that a survey of the lake looks at, but for the lake's own records."""
        parts = [f"{self.identity(stage)} {self.suite(stage)}" for stage in STAGES]
        outside = [
            f"{self.external(stage, lake, WHOLE_LAKE)}" for stage in STAGES if stage.external and "crawl_files" not in stage.external
        ]
        return content_id("configuration", parts, outside)

    def growth(self, stage: Stage) -> float:
        """The factor by which the training rows of an accumulating stage must have grown before new shards make it out of date."""
        return max(float(getattr(rules, "growth", 1.0)) for rules in self._rules(stage))

    def student(self, lake: Lake) -> Inputs:
        """A scoring activity's record of the student, if it ran now."""
        return self._outside.student(lake)

    def _identity(self, stage: Stage) -> Identity:
        rules = self._rules(stage)
        parameters = stage_parameters(stage.name, rules[0] if len(rules) == 1 else tuple(rules))
        prompts = next((str(one.prompt_sha256) for one in rules if stage.model and hasattr(one, "prompt_sha256")), "")
        asks = not stage.asks_if or any(getattr(one, stage.asks_if, 0) for one in rules)
        model = self._model(stage) if asks else ""
        return Identity(stage.code_version, parameters, json.dumps(bundled_digests(stage.files)), model, prompts)

    def _rules(self, stage: Stage) -> list[Any]:
        if stage.phase is not None:
            return [self._mix(stage.phase)]
        return [self.recipe.rules(rules_class(section.name)) for section in stage.sections]

    def _mix(self, phase: Phase) -> MixRecipe:
        if phase not in self._mixes:
            self._mixes[phase] = self._mix_recipe(phase)
        return self._mixes[phase]

    def _model(self, stage: Stage) -> str:
        if stage.model and stage.model not in self._models:
            self._models[stage.model] = self._outside.models[stage.model]()
        return self._models.get(stage.model, "")


def review_inputs(lake: Lake, stage: Stage, shard: str) -> Inputs:
    """What an activity of the stage would record of reviews: a decision of a person makes its stage and shard out of date, no other."""
    return {f"{INPUT}/{shard}": settlements(lake, stage.name, shard).digest}


def rule_names() -> dict[str, str]:
    """Name of a rules dataclass as activities record it -> its section of the recipe."""
    from tierline.config.sections import SECTIONS

    named = {place.partition(":")[2]: section for section, place in SECTIONS.items()}
    return named | {"MixRecipe": "mix"} | {stage.name: stage.name for stage in BY_NAME.values() if stage.phase}
