"""What every stage would record with these resources: the comparison behind sensors, automation and ingest."""

from collections.abc import Mapping
from typing import Any

from resources.anchors import AnchorFiles
from resources.benchmarks import BenchmarkFiles
from resources.feedback import FeedbackFiles
from resources.knowledge import KnowledgeBases
from resources.models import LanguageModels
from resources.recipe import RecipeFile
from tierline.freshness import Configuration
from tierline.freshness.settings import Settings


def configuration_of(
    recipe: RecipeFile,
    language_models: LanguageModels,
    perplexity_model: LanguageModels,
    anchors: AnchorFiles,
    benchmarks: BenchmarkFiles,
    knowledge: KnowledgeBases,
    feedback: FeedbackFiles,
) -> Configuration:
    """Raises BadInput if the recipe cannot be read."""
    models = language_models.settings(), perplexity_model.settings()
    outside = anchors.root, benchmarks.pattern, knowledge.pattern, knowledge.root, feedback.folder
    return Settings(recipe.path, recipe.mixes, *models, *outside).configuration()


def configuration_in(resources: Mapping[str, Any]) -> Configuration:
    """The same from all resources of a process, by their names."""
    names = "recipe", "language_models", "perplexity_model", "anchors", "benchmarks", "knowledge", "feedback"
    return configuration_of(*(resources[name] for name in names))
