"""What every stage would record with these resources: the comparison behind sensors, automation and ingest."""

from collections.abc import Mapping
from typing import Any

from resources.anchors import AnchorFiles
from resources.benchmarks import BenchmarkFiles
from resources.models import LanguageModels
from resources.recipe import RecipeFile
from tierline.freshness import Configuration
from tierline.freshness.settings import Settings


def configuration_of(
    recipe: RecipeFile, language_models: LanguageModels, perplexity_model: LanguageModels, anchors: AnchorFiles, benchmarks: BenchmarkFiles
) -> Configuration:
    """Raises BadInput if the recipe cannot be read."""
    models = language_models.settings(), perplexity_model.settings()
    return Settings(recipe.path, recipe.mixes, *models, anchors.root, benchmarks.pattern).configuration()


def configuration_in(resources: Mapping[str, Any]) -> Configuration:
    """The same from all resources of a process, by their names."""
    return configuration_of(*(resources[name] for name in ("recipe", "language_models", "perplexity_model", "anchors", "benchmarks")))
